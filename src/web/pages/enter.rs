//! Signing in and out on pages, and what goes with it: back to where one was, with what one had typed.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Form},
};
use askama::Template;

use super::{
    dev::{self, GuestLine},
    form::require_same_origin,
    layout::{escaped, page, see},
    sheet::{Fields, Question, Sheet},
    shell::Shell,
    visit::Sent,
};
use crate::{
    identity::sign_in::{Known, NotIn, Typed},
    web::{
        Web,
        api::session::{address as network, at, begin, ended},
        browser::mark,
        hand_over,
        problem::Problem,
    },
};

/// The longest address to come back to.
const MOST: usize = 2_000;

/// An address on this service, to come back to: nothing else is ever followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Local(String);

impl Local {
    /// The address of a request.
    pub(super) fn of(request: &HttpRequest) -> Self {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        Self::read(target)
    }

    /// A text, where it is a path of ours; else the start.
    pub(super) fn read(text: &str) -> Self {
        let rest = text.strip_prefix('/');
        let sound = rest.is_some_and(|rest| !rest.starts_with(['/', '\\']))
            && text.len() <= MOST
            && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        Self(if sound { text.to_owned() } else { "/".to_owned() })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The sign-in that leads back to `here`.
pub(super) fn address(here: &Local) -> String {
    format!("/sign-in?return={}", escaped(&here.0, b"/"))
}

#[derive(Template)]
#[template(path = "enter.html")]
struct Enter {
    shell: Shell,
    sheet: Sheet,
    questions: Vec<Question>,
    back: String,
    kept: String,
    left: bool,
    guests: Vec<GuestLine>,
}

/// Fields whose values are never shown.
const SECRETS: [&str; 4] = ["password", "current", "new", "code"];

#[derive(Template)]
#[template(path = "resend.html")]
struct Resend {
    shell: Shell,
    token: String,
    address: String,
    fields: Vec<(String, String)>,
    /// What is sent by it, for whoever signed in to read before they do.
    shown: Vec<(String, String)>,
}

async fn asked(
    web: &Web,
    request: &HttpRequest,
    (back, kept): (&Local, String),
    sheet: Sheet,
) -> Result<Enter, Problem> {
    let shell = Shell::of_stranger(web, request);
    let questions = vec![
        Question::email("email", shell.say("sign-in-email")),
        Question::secret("password", shell.say("sign-in-password"), "current-password"),
    ];
    let guests = dev::guests(web, &shell).await?;
    Ok(Enter { shell, sheet, questions, back: back.0.clone(), kept, left: false, guests })
}

impl Local {
    /// Does it lead to where somebody decides?
    fn decides(&self) -> bool {
        self.0.split('?').next().is_some_and(|path| path.ends_with("/decide"))
    }
}

/// Asks who somebody is.
pub(super) async fn show(web: Data<Web>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = actix_web::web::Query::<Vec<(String, String)>>::from_query(request.query_string());
    let query = Fields(query.map(actix_web::web::Query::into_inner).unwrap_or_default());
    let back = Local::read(&query.text("return"));
    let left = query.said("left").is_some();
    page(HttpResponse::Ok(), &Enter { left, ..asked(&web, &request, (&back, String::new()), Sheet::default()).await? })
}

/// A form came without a session: sign in, and go on with it.
pub(super) async fn interrupted(web: &Web, request: &HttpRequest, sent: &Fields) -> Result<HttpResponse, Problem> {
    let kept = serde_json::to_string(&sent.carried().0).map_err(Problem::internal)?;
    page(HttpResponse::Unauthorized(), &asked(web, request, (&Local::of(request), kept), Sheet::default()).await?)
}

/// A form of another session, to be sent again by a press; a decision is looked at again instead, for whoever is
/// signed in now may be somebody else than who made it.
pub(super) fn resend(shell: Shell, token: &str, (to, sent): (&Local, &Fields)) -> Result<HttpResponse, Problem> {
    if to.decides() {
        return Ok(see(to.as_str()).finish());
    }
    let (fields, address) = (sent.carried().0, to.0.clone());
    let says = |(name, value): &(String, String)| !value.is_empty() && !SECRETS.contains(&name.as_str());
    let shown = sent.typed().0.into_iter().filter(says).collect();
    page(HttpResponse::Ok(), &Resend { shell, token: token.to_owned(), address, fields, shown })
}

/// Signs somebody in and leads back.
pub(super) async fn submit(
    web: Data<Web>,
    request: HttpRequest,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<HttpResponse, Problem> {
    require_same_origin(&web, &request)?;
    let sent = Fields(sent);
    let (now, from) = (web.desk.clock().now(), network(&web, &request));
    let typed = Typed { email: sent.text("email"), password: sent.text("password"), from };
    let (entrance, store) = (web.entrance.clone(), web.desk.store().clone());
    let known = hand_over::block(move || match entrance.sign_in(&store, &typed, now) {
        Ok(known) => Ok(Some(known)),
        Err(NotIn::Wrong) => Ok(None),
        Err(refused) => Err(at(refused, now)),
    });
    if let Some(known) = known.await? {
        return entered(&web, &request, (known, &sent)).await;
    }
    let shell = Shell::of_stranger(&web, &request);
    let sheet = Sheet::default().filled(sent.clone()).wrong("email", shell.say("sign-in-wrong").to_string());
    let back = Local::read(&sent.text("return"));
    page(HttpResponse::Unauthorized(), &asked(&web, &request, (&back, sent.text("kept")), sheet).await?)
}

/// Begins the session of somebody who is known now, and leads back to where they were, with what they had typed.
pub(super) async fn entered(
    web: &Web,
    request: &HttpRequest,
    (known, sent): (Known, &Fields),
) -> Result<HttpResponse, Problem> {
    let back = Local::read(&sent.text("return"));
    let (cookie, view) = begin(web, request, known).await?;
    let mark = mark(web, request)?;
    if view.password_temporary {
        return Ok(see("/password").cookie(cookie).cookie(mark).finish());
    }
    let kept: Option<Vec<(String, String)>> = serde_json::from_str(&sent.text("kept")).ok();
    let Some(kept) = kept else { return Ok(see(back.as_str()).cookie(cookie).cookie(mark).finish()) };
    let shell = Shell::of_stranger(web, request);
    let mut answer = resend(shell, &view.form_token, (&back, &Fields(kept)))?;
    answer.add_cookie(&cookie).and_then(|()| answer.add_cookie(&mark)).map_err(Problem::internal)?;
    Ok(answer)
}

/// Signs somebody out.
pub(super) async fn leave(sent: Sent) -> Result<HttpResponse, Problem> {
    let cookie = ended(&sent.visit.web, &sent.visit.request).await?;
    Ok(see("/sign-in?left=1").cookie(cookie).finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_followed() {
        for ours in ["/", "/desk", "/exceptions?state=active&q=a%20b", "/request/EX-2026-000001/title"] {
            assert_eq!(Local::read(ours).as_str(), ours);
        }
        for other in ["", "//evil.example", "/\\evil.example", "https://evil.example", "desk", "/a\r\nb", "/a b", "/ä"]
        {
            assert_eq!(Local::read(other).as_str(), "/", "{other}");
        }
        assert_eq!(address(&Local::read("/desk?tab=a&b")), "/sign-in?return=/desk%3Ftab%3Da%26b");
    }
}
