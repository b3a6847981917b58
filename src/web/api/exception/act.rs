//! A command on its way through the door: from a checked body to the exception as the command left it.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, http::header};
use serde_json::json;

use super::{
    commands::{Asking, Asks},
    history, view,
};
use crate::{
    desk::{Answer, Asked, Desk, Error, Find, Record},
    domain::{command::Command, exception::Exception, person::By},
    web::{
        browser::marked,
        call::Call,
        conditional, hand_over, idempotency,
        json::Json,
        problem::{Problem, codes},
    },
    words::{ExceptionId, Hash, Opening, Sealer},
};

/// Asks what the body says of the exception that the path names.
pub async fn act<T: Asks>(call: Call<Json<T>>) -> Result<HttpResponse, Problem> {
    act_by(call, Asks::command).await
}

/// Asks what `make` makes of the body.
pub async fn act_by<T>(
    call: Call<Json<T>>,
    make: impl FnOnce(T, &mut Asking<'_>) -> Result<Command, Problem>,
) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let id = id_of(&call, call.target()?).await?;
    let (command, openings) = sealed(&call, sent.body, make)?;
    ask(&call, id, Question { command, openings, hash: sent.hash }).await
}

/// A command with what opens its texts and the hash of the body it came from.
pub struct Question {
    pub command: Command,
    pub openings: Vec<Opening>,
    pub hash: Hash,
}

/// Asks it, and answers with the exception.
pub async fn ask(call: &Call, id: ExceptionId, question: Question) -> Result<HttpResponse, Problem> {
    let answer = asked(call, id, question, call.expected()?).await?;
    shown(call, answer, HttpResponse::Ok()).await
}

/// Asks it of the version `expected`, where one is.
pub async fn asked(call: &Call, id: ExceptionId, question: Question, expected: Option<u64>) -> Result<Answer, Problem> {
    let Question { command, openings, hash } = question;
    let (key, named) = (call.key(format!("{} {id}", command.verb()), hash)?, command.dossier());
    let asked = Asked { by: call.by.clone(), key, expected, command, openings };
    match (hand_over::write(call.web.desk.act_in_browser(id, asked, marked(&call.web, &call.request))).await, named) {
        (Err(problem), Some(named)) if problem.code() == codes::DOSSIER_CHANGED.code => {
            Err(told_what_changed(call, id, (problem, named)).await)
        }
        (answer, _) => answer,
    }
}

/// The same problem with what differs between the dossier that was named and the present one.
async fn told_what_changed(call: &Call, id: ExceptionId, (problem, named): (Problem, Hash)) -> Problem {
    let by = call.by.clone();
    let found = hand_over::read(&call.web.desk, move |desk| desk.dossiers(&by, &Find::Id(id), named)).await;
    match found {
        Ok(Record { what: [Some(then), Some(now)], texts }) => {
            let changes = history::differences(&then.content, &now.content, &texts);
            problem.with_fact("changes", json!(changes))
        }
        Ok(_) | Err(_) => problem,
    }
}

/// Seals what a body says.
pub fn sealed<T>(
    call: &Call,
    body: T,
    make: impl FnOnce(T, &mut Asking<'_>) -> Result<Command, Problem>,
) -> Result<(Command, Vec<Opening>), Problem> {
    let mut salts = call.web.desk.random().stream().map_err(Problem::internal)?;
    let mut draw = || salts.bytes32();
    let mut asking = Asking { sealer: Sealer::new(&mut draw), person: call.person()? };
    let command = make(body, &mut asking)?;
    Ok((command, asking.sealer.into_openings()))
}

/// The id of an exception that is named by id or by number.
pub async fn id_of(call: &Call, find: Find) -> Result<ExceptionId, Problem> {
    match find {
        Find::Id(id) => Ok(id),
        Find::Number(_) => hand_over::read(&call.web.desk, move |desk| desk.named(&find)).await,
    }
}

/// The exception as the command left it, with its `ETag`.
pub async fn shown(
    call: &Call,
    answer: Answer,
    mut response: actix_web::HttpResponseBuilder,
) -> Result<HttpResponse, Problem> {
    let (by, now) = (call.by.clone(), call.web.desk.clock().now());
    if answer.replayed {
        idempotency::mark_replayed(&call.request);
    }
    let body = hand_over::read(&call.web.desk, move |desk| {
        let texts = texts(desk, &by, &answer)?;
        Ok::<_, Error>(view::exception(&answer.exception, &texts, now))
    });
    let body = body.await?;
    let tag = conditional::tagged(body.version, &body)?;
    Ok(response.insert_header((header::ETAG, tag)).json(body))
}

/// What opens the answer's texts. An answer given before may have texts that only an earlier version has.
fn texts(desk: &Desk, by: &By, answer: &Answer) -> Result<BTreeMap<Hash, String>, Error> {
    let find = Find::Id(answer.exception.id);
    let none_after = |error| match error {
        // Whoever ends their own part in a confidential exception may not see it any more.
        Error::NotFound(_) => Ok(BTreeMap::new()),
        Error::Refused(_)
        | Error::Forbidden(_)
        | Error::KeyReused
        | Error::Replayed
        | Error::Store(_)
        | Error::Random(_) => Err(error),
    };
    let mut texts = desk.find(by, &find).map(|record| record.texts).or_else(none_after)?;
    if answer.replayed {
        texts.extend(desk.versions(by, &find).map(|record| record.texts).or_else(none_after)?);
    }
    Ok(texts)
}

/// Where an exception is.
pub fn location(exception: &Exception) -> (header::HeaderName, String) {
    (header::LOCATION, format!("/v1/exceptions/{}", exception.id))
}
