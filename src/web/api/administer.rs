//! A command on the roster on its way through the door, and what its answer needs: names, texts, and the
//! change that waits where one person's word is not enough.

pub mod words;

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpResponse, http::header};
use uuid::Uuid;

use super::changes::{self, ChangeView};
use crate::{
    clock::Stream,
    desk::{Administered, Asked, Desk, Error},
    domain::{
        refusal::{Refusal, Refused},
        roster::{Change, RosterAction, RosterCommand, RosterDeed, RosterEvent},
    },
    store::{Conn, IdempotencyKey, StoreError, queries, roster::Secrets},
    web::{
        call::Call,
        hand_over, idempotency,
        problem::{Problem, codes},
    },
    words::{ChangeId, Hash, Opening, PersonId, Sealed, Sealer},
};

/// What somebody asks of the roster.
#[derive(Debug)]
pub struct Question {
    /// The command.
    pub command: RosterCommand,
    /// What opens its texts.
    pub openings: Vec<Opening>,
    /// What never stands in an event.
    pub secrets: Secrets,
    /// The hash of the body that it came from.
    pub hash: Hash,
    /// The version of the account that was looked at, where it matters.
    pub expected: Option<u64>,
}

/// What became of it.
#[derive(Debug)]
pub enum Outcome {
    /// It is done.
    Done(Vec<RosterEvent>),
    /// A second person has to confirm it.
    Waits(Box<Change>),
}

impl Question {
    /// A question without texts and secrets.
    pub fn plain(call: &Call, action: RosterAction, hash: Hash) -> Result<Self, Problem> {
        let command = RosterCommand::Act { action: Box::new(action), change: drawn(call, ChangeId)? };
        Ok(Self { command, openings: Vec::new(), secrets: Secrets::default(), hash, expected: None })
    }

    /// The same question with these texts.
    #[must_use]
    pub fn opened_by(self, openings: Vec<Opening>) -> Self {
        Self { openings, ..self }
    }

    /// The same question with these secrets.
    #[must_use]
    pub fn with(self, secrets: Secrets) -> Self {
        Self { secrets, ..self }
    }
}

/// Asks it. What the path names and is not there is not found.
pub async fn ask(call: &Call, question: Question) -> Result<Outcome, Problem> {
    let key = call.key(format!("{} {}", question.command.verb(), call.request.path()), question.hash)?;
    ask_once(call, key, question).await
}

/// The same by a key of its own, such as a form's.
pub async fn ask_once(call: &Call, key: Option<IdempotencyKey>, question: Question) -> Result<Outcome, Problem> {
    let Question { command, openings, secrets, hash: _, expected } = question;
    let asked = Asked { by: call.by.clone(), key, expected, command, openings };
    let (desk, looks) = (call.web.desk.clone(), looks_ahead(&asked.command));
    let ask = move || desk.administer(asked, secrets).map_err(told);
    let pending = if looks { hand_over::block(ask).await? } else { ask()? };
    let Administered { events, waits, replayed } = pending.await.map_err(told)?;
    if replayed {
        idempotency::mark_replayed(&call.request);
    }
    Ok(waits.map_or_else(|| Outcome::Done(events), |change| Outcome::Waits(Box::new(change))))
}

/// May the door read long before it writes? Whoever is erased is looked for then.
fn looks_ahead(command: &RosterCommand) -> bool {
    match command {
        RosterCommand::Act { action, .. } => matches!(**action, RosterAction::Erasure(_)),
        RosterCommand::ConfirmChange { .. } => true,
        RosterCommand::RejectChange { .. } => false,
    }
}

/// Asks it, and answers with what `show` makes of what was done, or with the change that waits.
pub async fn done(
    call: &Call,
    question: Question,
    show: impl AsyncFnOnce(Vec<RosterEvent>) -> Result<HttpResponse, Problem>,
) -> Result<HttpResponse, Problem> {
    match ask(call, question).await? {
        Outcome::Done(events) => show(events).await,
        Outcome::Waits(change) => waiting(call, *change).await,
    }
}

/// The same where nothing is left to show.
pub async fn gone(call: &Call, question: Question) -> Result<HttpResponse, Problem> {
    done(call, question, async |_| Ok(HttpResponse::NoContent().finish())).await
}

/// What the events of a command say, by the one that `pick` finds it in; a repeated request says it again.
pub fn noted<T>(events: &[RosterEvent], pick: impl Fn(&RosterDeed) -> Option<T>) -> Result<T, Problem> {
    let found = events.iter().find_map(|event| pick(&event.deed));
    found.ok_or_else(|| Problem::internal("a command without its event"))
}

fn told(error: Error) -> Problem {
    match error {
        Error::Refused(Refused { refusal: Refusal::NoSuch { what }, .. }) => Problem::not_found(what),
        Error::Refused(_)
        | Error::Forbidden(_)
        | Error::NotFound(_)
        | Error::KeyReused
        | Error::Replayed
        | Error::Store(_)
        | Error::Random(_) => error.into(),
    }
}

/// Answers 202 with a change that waits, and where it is.
pub async fn waiting(call: &Call, change: Change) -> Result<HttpResponse, Problem> {
    let location = format!("/v1/changes/{}", change.id);
    let view: ChangeView = look(call, move |desk| changes::shown(desk, vec![change]))
        .await?
        .pop()
        .ok_or_else(|| Problem::internal("a change without a view"))?;
    Ok(HttpResponse::Accepted().insert_header((header::LOCATION, location)).json(view))
}

/// A secret that goes out with the first answer alone, since nothing keeps it: an answer that is repeated has none.
pub fn shown_once(call: &Call, secret: String) -> Option<String> {
    (!idempotency::is_replayed(&call.request)).then_some(secret)
}

/// A fresh id.
pub fn drawn<I>(call: &Call, id: impl FnOnce(Uuid) -> I) -> Result<I, Problem> {
    let desk = &call.web.desk;
    desk.random().uuid_v7(desk.clock().now()).map(id).map_err(Problem::internal)
}

/// What `job` makes of sealed texts, and what opens them.
pub fn sealed<T>(call: &Call, job: impl FnOnce(&mut Sealer<'_>) -> T) -> Result<(T, Vec<Opening>), Problem> {
    let mut salts: Stream = call.web.desk.random().stream().map_err(Problem::internal)?;
    let mut draw = || salts.bytes32();
    let mut sealer = Sealer::new(&mut draw);
    let made = job(&mut sealer);
    Ok((made, sealer.into_openings()))
}

/// Looks something up on a thread that may block.
pub async fn look<T: Send + 'static>(
    call: &Call,
    job: impl FnOnce(&Desk) -> Result<T, Error> + Send + 'static,
) -> Result<T, Problem> {
    hand_over::read(&call.web.desk, job).await
}

/// Does whoever asks have the right? A refusal by role is an answer here.
pub fn allowed<T>(asked: Result<T, Error>) -> Result<bool, Error> {
    match asked {
        Ok(_) => Ok(true),
        Err(Error::Forbidden(_)) => Ok(false),
        Err(
            error @ (Error::Refused(_)
            | Error::NotFound(_)
            | Error::KeyReused
            | Error::Replayed
            | Error::Store(_)
            | Error::Random(_)),
        ) => Err(error),
    }
}

/// The texts of these commitments; those of erased ones are missing.
pub fn texts(conn: &mut Conn, commitments: &[Hash]) -> Result<BTreeMap<Hash, String>, StoreError> {
    Ok(queries::opened(conn, commitments)?.into_iter().map(|opened| (opened.commitment, opened.value)).collect())
}

/// The names of these accounts; those of erased ones are missing.
pub fn names(conn: &mut Conn, ids: &BTreeSet<PersonId>) -> Result<BTreeMap<PersonId, String>, StoreError> {
    let records = crate::store::roster::records(conn, ids)?;
    let commitments: Vec<Hash> = records.values().map(|record| record.name).collect();
    let texts = texts(conn, &commitments)?;
    Ok(records.into_iter().filter_map(|(id, record)| Some((id, texts.get(&record.name)?.clone()))).collect())
}

/// A person that a body names is not there.
pub fn unknown_person(pointer: &str) -> Problem {
    Problem::field(codes::UNKNOWN_PERSON, pointer, "there is no such person; use an id from /v1/people")
}

/// Refuses a body that names somebody who is not there.
pub async fn require_person(call: &Call, id: PersonId, pointer: &'static str) -> Result<(), Problem> {
    let found = look(call, move |desk| Ok(desk.store().read(|conn| names_nobody(conn, id))?)).await?;
    if found { Err(unknown_person(pointer)) } else { Ok(()) }
}

fn names_nobody(conn: &mut Conn, id: PersonId) -> Result<bool, StoreError> {
    Ok(crate::store::roster::records(conn, &BTreeSet::from([id]))?.is_empty())
}

/// The text of a sealed one, as an erased one stands in sentences.
pub fn or_erased<'t>(texts: &'t BTreeMap<Hash, String>, sealed: &Sealed) -> &'t str {
    texts.get(&sealed.commitment).map_or(super::text::ERASED, String::as_str)
}
