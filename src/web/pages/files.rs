//! The files of an exception: what is there, one more, sent by a form as browsers do, and the way to take one out. Its type is judged by its
//! content, and nothing of it is kept before the form is known to be of this very session.

use actix_multipart::{Field, Multipart};
use actix_web::HttpResponse;
use askama::Template;
use futures_util::{StreamExt, stream::Fuse};

use super::{
    command,
    form::require_same_origin,
    layout::{page, see},
    names::Names,
    record::{File, Telling, target},
    refused,
    sheet::Sheet,
    shell::Shell,
    text::Tongue,
    visit::Visit,
};
use crate::{
    attachments::{DisplayName, Kept, Media},
    desk::{Asked, Record},
    domain::exception::Exception,
    web::{
        api::exception::{
            act::Question,
            attachments::{attaching, broken, keep, name_of},
        },
        hand_over,
        problem::{Problem, codes},
    },
    words::{Language, Verb},
};

/// The longest field of the form beside the file, in bytes.
const MOST_FIELD: usize = 512;
/// How much of a file that is refused is read on, in bytes, so that a browser that is still sending hears why.
const MOST_UNHEARD: usize = 512 * 1024 * 1024;
const MB: u64 = 1024 * 1024;

#[derive(Template)]
#[template(path = "files.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
    number: String,
    id: String,
    title: String,
    here: String,
    back: String,
    /// Is it a part of asking for it?
    asking: bool,
    done: Option<&'static str>,
    files: Vec<File>,
    attaches: bool,
    detaches: bool,
    endings: &'static str,
    most: String,
}

/// What a form sent.
#[derive(Default)]
struct Sending {
    token: String,
    once: Option<String>,
    file: Option<(Kept, DisplayName)>,
}

/// A length as people read it.
pub(super) fn size(tongue: Tongue, bytes: u64) -> String {
    if bytes < MB {
        return format!("{} kB", bytes.div_ceil(1024));
    }
    let tenths = bytes.saturating_mul(10).div_ceil(MB);
    let point = match tongue.language {
        Language::En => '.',
        Language::De => ',',
    };
    if tenths.is_multiple_of(10) {
        format!("{} MB", tenths / 10)
    } else {
        format!("{}{point}{} MB", tenths / 10, tenths % 10)
    }
}

/// The exception of the path, and whether whoever looks may attach a file to it, and take one out.
async fn found(visit: &Visit) -> Result<(Record<Exception>, [bool; 2]), Problem> {
    const VERBS: [Verb; 2] = [Verb::Attach, Verb::Detach];
    let find = target(visit)?;
    let read = visit.read(move |desk, by| {
        let found = desk.find(by, &find)?;
        let offers = desk.offers_of(by, &[&found.what], &VERBS)?;
        Ok((found, offers))
    });
    let (found, offers) = read.await?;
    let offered = offers.concat();
    let may = VERBS.map(|verb| offered.contains(&verb) && command::makes_sense(verb, &found.what, visit.me()));
    Ok((found, may))
}

/// Shows what is there, and asks for one more.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let sheet = visit.sheet()?;
    asked(visit, sheet).await
}

async fn asked(visit: Visit, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let (found, [attaches, detaches]) = found(&visit).await?;
    let (tongue, now) = (visit.tongue(), visit.web.desk.clock().now());
    let telling = Telling { tongue, texts: &found.texts, names: &Names::default(), now };
    let number = found.what.number.clone();
    let asking = visit.request.path().starts_with("/request/");
    let back = format!("/{}/{number}", if asking { "request" } else { "exceptions" });
    let status = if sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    let shown = Page {
        id: found.what.id.to_string(),
        title: telling.title(&found.what),
        here: format!("{back}/files"),
        back,
        asking,
        done: ["done", "gone"].into_iter().find(|name| visit.parameter(name).is_some() && !sheet.is_wrong()),
        files: telling.files(&found.what),
        attaches,
        detaches,
        endings: Media::endings(),
        most: size(tongue, visit.web.attachments.most()),
        number,
        sheet,
        shell: visit.shell,
    };
    page(status, &shown)
}

/// Attaches the file of a form.
pub(super) async fn submit(visit: Visit, form: Multipart) -> Result<HttpResponse, Problem> {
    require_same_origin(&visit.web, &visit.request)?;
    // Nobody fills the disk for an exception to which they may attach nothing.
    let (found, [attaches, _]) = found(&visit).await?;
    if !attaches {
        return Err(Problem::not_found("place for a file"));
    }
    let done = match received(&visit, form).await {
        Ok(sent) => attached(&visit, &found.what, sent).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(see(&format!("{}?done=1", visit.request.path())).finish()),
        Err(problem) if problem.inside().is_none() => {
            let sheet = wrong(&visit, visit.sheet()?, &problem);
            asked(visit, sheet).await
        }
        Err(problem) => Err(problem),
    }
}

/// The form as it was refused: what is wrong with the file at the file, with what to do about it.
fn wrong(visit: &Visit, sheet: Sheet, problem: &Problem) -> Sheet {
    let t = visit.tongue();
    let said = match problem.code() {
        code if code == codes::FILE_EMPTY.code || code == codes::REQUIRED.code => t.say("files-empty"),
        code if code == codes::TOO_LARGE.code => {
            t.say("files-too-large").with("most", size(t, visit.web.attachments.most()))
        }
        code if code == codes::FILE_TYPE_REFUSED.code => t.say("files-type-refused"),
        _ => return Sheet { said: Some(refused::told(problem, t)), ..sheet },
    };
    sheet.wrong("file", said.to_string())
}

/// Reads the form: first what shows that it is ours, then the file.
async fn received(visit: &Visit, mut form: Multipart) -> Result<Sending, Problem> {
    let mut sent = Sending::default();
    while let Some(part) = form.next().await {
        let mut part = part.map_err(broken)?;
        match part.name().unwrap_or_default() {
            "form_token" => sent.token = field(&mut part).await?,
            "once" => sent.once = Some(field(&mut part).await?),
            "file" if sent.file.is_none() => {
                let (name, mut part) = (name_of(&part), part.fuse());
                let kept = match visit.visitor.require_form(&sent.token) {
                    Ok(()) => keep(&visit.web, &name, &mut part).await,
                    Err(problem) => Err(problem),
                };
                if kept.is_err() {
                    unheard(&mut part).await;
                }
                sent.file = Some(kept?);
            }
            _ => return Err(Problem::field(codes::UNKNOWN_FIELD, "/file", "send one part with the name `file`")),
        }
    }
    visit.visitor.require_form(&sent.token)?;
    Ok(sent)
}

/// A short field of the form.
async fn field(part: &mut Field) -> Result<String, Problem> {
    let mut read = Vec::new();
    while let Some(bytes) = part.next().await {
        read.extend(bytes.map_err(broken)?);
        if read.len() > MOST_FIELD {
            return Err(Problem::new(codes::BAD_REQUEST, "a field of the form is too long"));
        }
    }
    String::from_utf8(read).map_err(broken)
}

/// Reads on what nobody keeps, so far as that is bearable.
async fn unheard(part: &mut Fuse<Field>) {
    let mut read = 0;
    while let Some(Ok(bytes)) = part.next().await {
        read += bytes.len();
        if read > MOST_UNHEARD {
            return;
        }
    }
}

/// Asks it of the door: the same file in the same showing of the form is one.
async fn attached(visit: &Visit, found: &Exception, sent: Sending) -> Result<(), Problem> {
    let missing = || Problem::field(codes::REQUIRED, "/file", "send one part with the name `file`");
    let (kept, name) = sent.file.ok_or_else(missing)?;
    let Question { command, openings, hash } = attaching(&visit.web, kept, &name)?;
    let key = visit.key(&format!("attach {}", found.id), (sent.once, hash));
    let asked = Asked { by: visit.by(), key, expected: None, command, openings };
    hand_over::write(visit.web.desk.act(found.id, asked)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Zone;

    #[test]
    fn lengths_are_read_by_people() {
        let told = |language, bytes| size(Tongue { language, zone: Zone::UTC }, bytes);
        for (bytes, english, german) in
            [(1, "1 kB", "1 kB"), (1_500, "2 kB", "2 kB"), (MB, "1 MB", "1 MB"), (MB * 5 / 2, "2.5 MB", "2,5 MB")]
        {
            assert_eq!((told(Language::En, bytes).as_str(), told(Language::De, bytes).as_str()), (english, german));
        }
    }
}
