//! A request for a page by somebody who is signed in; whoever is not is led to the sign-in and back, with
//! what they typed. It knows no page.

use std::{collections::BTreeSet, pin::Pin};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    error::InternalError,
    web::{Data, Form, Query},
};

use super::{
    enter::{self, Local},
    form::{Visitor, require_same_origin},
    layout::see,
    names::Names,
    sheet::{Fields, Sheet},
    shell::{Shell, Who, browser},
    text::Tongue,
};
use crate::{
    desk::{Desk, Error},
    domain::person::{By, Person},
    store::{IdempotencyKey, preferences::chosen, roster},
    web::{Web, call::Call, hand_over, idempotency, problem::Problem},
    words::{Hash, PersonId, Role},
};

/// Somebody looks at a page.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) web: Data<Web>,
    pub(super) request: HttpRequest,
    pub(super) visitor: Visitor,
    pub(super) person: Person,
    pub(super) name: String,
    pub(super) shell: Shell,
}

/// Somebody sends a form of ours.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) visit: Visit,
    pub(super) fields: Fields,
}

impl Visit {
    /// Who visits, as the door knows them.
    pub(super) fn by(&self) -> By {
        self.visitor.by.clone()
    }

    /// Who visits.
    pub(super) fn me(&self) -> PersonId {
        self.visitor.person
    }

    /// The reader's language and clock.
    pub(super) fn tongue(&self) -> Tongue {
        self.shell.tongue
    }

    /// The roles that they hold anywhere.
    pub(super) fn roles(&self) -> BTreeSet<Role> {
        self.person.grants.iter().map(|grant| grant.role).collect()
    }

    /// An empty form of theirs.
    pub(super) fn sheet(&self) -> Result<Sheet, Problem> {
        let once = self.web.desk.random().uuid_v4().map_err(Problem::internal)?.to_string();
        Ok(Sheet { token: self.visitor.form_token(), once, ..Sheet::default() })
    }

    /// Reads through the door, on a thread that may block.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Desk, &By) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let by = self.by();
        hand_over::read(&self.web.desk, move |desk| job(desk, &by)).await
    }

    /// What the query says, as the fields of a filter; nothing where it cannot be read.
    pub(super) fn typed(&self) -> Fields {
        let read = Query::<Vec<(String, String)>>::from_query(self.request.query_string());
        Fields(read.map(Query::into_inner).unwrap_or_default())
    }

    /// A parameter of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        self.typed().0.into_iter().find(|(sent, _)| sent == name).map(|(_, value)| value)
    }

    /// What makes what somebody said in one showing of a form one command, however often it is sent.
    pub(super) fn key(&self, verb: &str, sent: (Option<String>, Hash)) -> Option<IdempotencyKey> {
        let (key, body_hash) = (once(sent.0, sent.1)?.to_string(), sent.1.to_string());
        Some(IdempotencyKey { principal: self.me(), verb: format!("page {verb}"), key, body_hash })
    }

    /// The same request, as the interface's handlers start from it.
    pub(super) fn call(&self) -> Call {
        Call { web: self.web.clone(), by: self.by(), request: self.request.clone(), body: () }
    }
}

impl Sent {
    /// What makes the same form, sent twice, one command: what was typed is part of it, so that somebody who
    /// goes back and types something else asks something else.
    pub(super) fn key(&self, verb: &str) -> Option<IdempotencyKey> {
        self.visit.key(verb, (self.fields.said("once"), self.fields.hash()))
    }

    /// The same request, as the interface's handlers start from it: sent twice, it is one command there too.
    pub(super) fn call(&self) -> Call {
        if let Some(key) = once(self.fields.said("once"), self.fields.hash()) {
            idempotency::carry(&self.visit.request, key);
        }
        self.visit.call()
    }

    /// The version that the form was made from, where it names one.
    pub(super) fn expected(&self) -> Option<u64> {
        self.fields.said("version")?.parse().ok()
    }

    /// The form as it was sent, to be shown again.
    pub(super) fn sheet(&self) -> Result<Sheet, Problem> {
        Ok(Sheet { version: self.expected(), ..self.visit.sheet()?.filled(self.fields.typed()) })
    }
}

/// The key of one showing of a form and what was said in it.
fn once(showing: Option<String>, said: Hash) -> Option<Hash> {
    let showing = showing.filter(|showing| showing.len() <= 64)?;
    Some(Hash::of(format!("{showing} {said}").as_bytes()))
}

type Arriving<T> = Pin<Box<dyn Future<Output = Result<T, actix_web::Error>>>>;

impl FromRequest for Visit {
    type Error = actix_web::Error;
    type Future = Arriving<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            match visit(&request).await? {
                Some(visit) => Ok(visit),
                None => Err(turned_away(see(&enter::address(&Local::of(&request))).finish())),
            }
        })
    }
}

impl FromRequest for Sent {
    type Error = actix_web::Error;
    type Future = Arriving<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let Form(pairs) = Form::<Vec<(String, String)>>::from_request(&request, &mut payload).await?;
            let (web, fields) = (Web::of(&request)?.clone(), Fields(pairs));
            require_same_origin(&web, &request)?;
            let Some(visit) = visit(&request).await? else {
                return Err(turned_away(enter::interrupted(&web, &request, &fields).await?));
            };
            if visit.visitor.require_form(&fields.text("form_token")).is_err() {
                return Err(turned_away(enter::resend(
                    visit.shell,
                    &visit.visitor.form_token(),
                    (&Local::of(&request), &fields),
                )?));
            }
            Ok(Self { visit, fields })
        })
    }
}

fn turned_away(answer: HttpResponse) -> actix_web::Error {
    InternalError::from_response("turned away", answer).into()
}

/// Whoever is signed in, with what stands around their pages.
pub(super) async fn visit(request: &HttpRequest) -> Result<Option<Visit>, Problem> {
    let web = Web::of(request)?.clone();
    let Some(visitor) = Visitor::of(&web, request).await? else { return Ok(None) };
    let id = visitor.person;
    let read = hand_over::read(&web.desk, move |desk| {
        let (person, said) = desk.store().read(|conn| {
            let found = roster::people(conn, &BTreeSet::from([id]))?.pop();
            Ok::<_, Error>((found.ok_or(Error::NotFound("person"))?, chosen(conn, id)?))
        })?;
        Ok((person, said, Names::read(desk, &BTreeSet::from([id]))?.of(&id)))
    });
    let (person, said, name) = read.await?;
    let tongue = said.map_or_else(|| browser(request), |said| Tongue { language: said.language, zone: said.zone });
    let roles: Vec<Role> = person.grants.iter().map(|grant| grant.role).collect();
    let who = Who { name: name.clone(), form_token: visitor.form_token() };
    let shell = Shell::of_stranger(&web, request).with(who, &roles, (tongue, request.path()));
    Ok(Some(Visit { web, request: request.clone(), visitor, person, name, shell }))
}
