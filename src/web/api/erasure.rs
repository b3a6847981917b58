//! Erasing a person: what would go, what stands in the way, and who was told. Two people agree to it, and to lifting
//! a legal hold.

use actix_web::{HttpResponse, delete, get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    administer::{Question, done, look, sealed, texts},
    changes::ChangeView,
    people::PersonPath,
    text::{Instant, Statement},
};
use crate::{
    desk::{ErasureRead, WouldErase, WouldGo},
    domain::roster::{ErasureAction, InTheWay, RosterAction},
    store::erasure::{Erased, Receipt},
    web::{call::Call, json::Json, problem::Problem},
    words::{Hash, Obstacle, PersonId, Role},
};

/// Why somebody must not be erased for now.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "Preservation order 12/26 of the labour court." }))]
pub struct HoldPerson {
    /// Why.
    reason: Statement,
}

/// What exactly is to be erased.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "found": "3f6a0c1b9d4e5f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8" }))]
pub struct ErasePerson {
    /// `would.found` of the preview that was looked at: what stands for the accounts, texts and files in it.
    found: Hash,
}

/// The erasure of a person: what came of it, or what it would come to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Erasure)]
pub struct ErasureView {
    /// Whose.
    pub person: PersonId,
    /// When they were erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased: Option<ErasedView>,
    /// The legal hold that is on them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldView>,
    /// What would go, and what stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub would: Option<WouldView>,
}

/// A legal hold.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LegalHold)]
pub struct HoldView {
    /// Since when.
    pub since: Instant,
    /// Why; `null` once that was erased.
    pub reason: Option<String>,
}

/// An erasure that was done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErasureDone)]
pub struct ErasedView {
    /// When.
    pub at: Instant,
    /// The ledger's leaf that says so.
    pub leaf: u64,
    /// All accounts that went.
    pub accounts: Vec<PersonId>,
    /// How many texts went; their commitments stay.
    pub texts: u64,
    /// Was it done again, in a database that was set back?
    pub again: bool,
    /// When their files were removed and the pages of the database overwritten; `null` until then.
    pub swept_at: Option<Instant>,
    /// Who was told.
    pub receipts: Vec<ReceiptView>,
}

/// Who was told of an erasure.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErasureReceipt)]
pub struct ReceiptView {
    /// `webhook` or `connector`.
    pub channel: String,
    /// The endpoint's id, or the connector's name.
    pub name: String,
    /// `waiting`, `delivered`, `failed`, or `by_hand`: a connector has no call for it, so people see to it there.
    pub state: String,
    /// When that became so.
    pub at: Option<Instant>,
    /// The status of the answer.
    pub status: Option<u16>,
}

/// What an erasure would take.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErasurePreview)]
pub struct WouldView {
    /// What stands for exactly these accounts, texts and files: POST /v1/people/{id}/erase names it, and it is refused,
    /// also when it is confirmed, once there are others.
    pub found: Hash,
    /// The texts of others in which their whole name or their address stands, as far as you may see them.
    pub naming_texts: Vec<NamingTextView>,
    /// How many more there are: you may not see them, they are confidential, or there are too many.
    pub naming_unseen: usize,
    /// What they are called that is not looked for in texts of others: read for it yourself.
    pub not_searched: Vec<NotSearchedView>,
    /// All accounts that belong to this human.
    pub accounts: Vec<PersonId>,
    /// How many texts that they wrote, and of what is said of their accounts.
    pub texts: usize,
    /// How many texts of others in which their whole name or their address stands.
    pub naming: usize,
    /// In how many exceptions those are.
    pub exceptions: usize,
    /// How many files that nobody else attached.
    pub files: usize,
    /// What stands in the way; nothing, where it can be done.
    pub in_the_way: Vec<InTheWayView>,
}

/// A text of others that would go, since it names them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErasureNamingText)]
pub struct NamingTextView {
    /// The number of the exception that it is about, if it is about one.
    pub exception: Option<String>,
    /// What it is in it.
    pub field: String,
    /// How many characters it has.
    pub length: usize,
    /// How it begins; `null` where it stands outside exceptions, or is for those alone who work on one: read it there,
    /// as far as you may.
    pub excerpt: Option<String>,
}

/// What they are called that is not looked for in texts of others.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErasureNotSearched)]
pub struct NotSearchedView {
    /// What they are called.
    pub value: String,
    /// Why not: `one_word` (also of scripts without spaces), `short`, or `shared` where it stands in the name or the
    /// address of somebody who stays.
    pub why: String,
}

/// Something that stands in the way of an erasure.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErasureObstacle)]
pub struct InTheWayView {
    /// What.
    pub what: Obstacle,
    /// The exceptions that it concerns, by their numbers, as far as you may see them.
    pub exceptions: Vec<String>,
    /// How many more there are.
    pub unseen: usize,
    /// The roles that it concerns.
    pub roles: Vec<Role>,
    /// What to do about it.
    pub remedy: String,
}

const fn remedy(what: Obstacle) -> &'static str {
    match what {
        Obstacle::Active => "Let them go first: POST /v1/people/{id}/leave.",
        Obstacle::LegalHold => {
            "Two people lift the hold: DELETE /v1/people/{id}/hold. Where exceptions are named, it is on somebody who \
             needs what is said in them."
        }
        Obstacle::LastOfRole => "Grant the role to somebody else, or remove it from this person.",
        Obstacle::AnswersForService => "Let the service accounts go that they answer for.",
        Obstacle::OwnsEndpoint => "Remove the endpoints that they own.",
        Obstacle::Requester => "Wait for the end of these exceptions, or close, revoke or withdraw them.",
        Obstacle::Beneficiary | Obstacle::Sponsor | Obstacle::MonitoringOwner => {
            "Name somebody else in these exceptions, or wait for their end."
        }
        Obstacle::ControlOwner => "Give the controls to somebody else, or wait for the end of these exceptions.",
        Obstacle::Assignee => "Assign the tasks to somebody else.",
        Obstacle::Approver => "These exceptions rest on their approval: wait for their end.",
        Obstacle::Author => "These exceptions rest on what they wrote: wait for their end.",
        Obstacle::Named => "The texts of these exceptions name them: change the texts, or wait for their end.",
    }
}

impl From<InTheWay> for InTheWayView {
    fn from(one: InTheWay) -> Self {
        let InTheWay { what, exceptions, unseen, roles } = one;
        let (exceptions, roles) = (exceptions.into_iter().collect(), roles.into_iter().collect());
        Self { what, exceptions, unseen, roles, remedy: remedy(what).to_owned() }
    }
}

impl From<WouldErase> for WouldView {
    fn from(would: WouldErase) -> Self {
        let naming = |one: WouldGo| {
            let WouldGo { exception, field, length, excerpt } = one;
            NamingTextView { exception, field, length, excerpt }
        };
        let unsought = |(value, why): (String, &'static str)| NotSearchedView { value, why: why.to_owned() };
        Self {
            found: would.found,
            naming_texts: would.texts.into_iter().map(naming).collect(),
            naming_unseen: would.unseen,
            not_searched: would.unsought.into_iter().map(unsought).collect(),
            accounts: would.accounts.into_iter().collect(),
            texts: would.written,
            naming: would.naming,
            exceptions: would.exceptions,
            files: would.files,
            in_the_way: would.in_the_way.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<(Erased, Vec<Receipt>)> for ErasedView {
    fn from((erased, receipts): (Erased, Vec<Receipt>)) -> Self {
        let receipt = |one: Receipt| {
            let Receipt { channel, name, state, at, status } = one;
            ReceiptView { channel, name, state, at: at.map(Into::into), status }
        };
        Self {
            at: erased.at.into(),
            leaf: erased.leaf,
            accounts: erased.accounts.into_iter().collect(),
            texts: erased.texts,
            again: erased.again.is_some(),
            swept_at: erased.swept_at.map(Into::into),
            receipts: receipts.into_iter().map(receipt).collect(),
        }
    }
}

/// Read the erasure of a person
#[utoipa::path(
    tag = "People",
    summary = "Read the erasure of a person",
    description = "Before it: what would go, and what stands in the way, each with its remedy; the texts of others that name them, and by what it is not searched. Afterwards: when it was, how many texts went, whether files and pages are overwritten, and which endpoints took the word of it; connectors have no call for it and are seen to by people. For governance, auditors and admins.",
    params(PersonPath),
    responses((status = 200, description = "The erasure, or its preview.", body = ErasureView)),
)]
#[get("/v1/people/{id}/erasure")]
pub async fn get_erasure(call: Call) -> Result<HttpResponse, Problem> {
    let person: PersonId = call.id("id", "person")?;
    Ok(HttpResponse::Ok().json(view(&call, person).await?))
}

/// What is known of the erasure of somebody, for whoever asks.
pub async fn view(call: &Call, person: PersonId) -> Result<ErasureView, Problem> {
    let by = call.by.clone();
    look(call, move |desk| {
        let ErasureRead { record, erased, would } = desk.erasure(&by, person)?;
        let reason: Vec<Hash> = record.hold.iter().map(|hold| hold.reason).collect();
        let mut known = desk.store().read(|conn| texts(conn, &reason))?;
        let hold = record.hold.map(|hold| HoldView { since: hold.since.into(), reason: known.remove(&hold.reason) });
        Ok(ErasureView { person, erased: erased.map(Into::into), hold, would: would.map(Into::into) })
    })
    .await
}

/// Erase a person
#[utoipa::path(
    tag = "People",
    summary = "Erase a person",
    description = "Deletes the name, the address, the texts and the files of somebody, with all accounts of theirs, and every text of others that names them, exactly as the preview showed it (`found`); commitments, ids and what was decided stay, so that every proof still verifies. A second person confirms it. Refused while anything stands in the way (the texts are looked at last); `in_the_way` names it, and GET /v1/people/{id}/erasure how to mend it.",
    params(PersonPath),
    request_body(content = ErasePerson, description = "What was looked at."),
    responses(
        (status = 200, description = "What came of it, where there are not yet two who could agree to it.", body = ErasureView),
        (status = 202, description = "The change that a second person has to confirm.", body = ChangeView, headers(("Location" = String, description = "Where the change is."))),
    ),
)]
#[post("/v1/people/{id}/erase")]
pub async fn erase_person(call: Call<Json<ErasePerson>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let person: PersonId = call.id("id", "person")?;
    ask(&call, person, to_erase(&call, (person, &sent.body), sent.hash)?).await
}

/// What is asked to erase somebody.
pub fn to_erase(call: &Call, (person, body): (PersonId, &ErasePerson), hash: Hash) -> Result<Question, Problem> {
    let action = ErasureAction::ErasePerson { person, found: body.found };
    Question::plain(call, RosterAction::Erasure(action), hash)
}

/// What is asked to put a legal hold on somebody.
pub fn to_hold(call: &Call, (person, body): (PersonId, &HoldPerson), hash: Hash) -> Result<Question, Problem> {
    let (reason, openings) = sealed(call, |sealer| sealer.seal("reason", body.reason.as_str()))?;
    let action = RosterAction::Erasure(ErasureAction::HoldPerson { person, reason });
    Ok(Question::plain(call, action, hash)?.opened_by(openings))
}

/// What is asked to lift it.
pub fn to_release(call: &Call, person: PersonId, hash: Hash) -> Result<Question, Problem> {
    Question::plain(call, RosterAction::Erasure(ErasureAction::ReleasePerson { person }), hash)
}

async fn ask(call: &Call, person: PersonId, question: Question) -> Result<HttpResponse, Problem> {
    done(call, question, async |_| Ok(HttpResponse::Ok().json(view(call, person).await?))).await
}

/// Put a legal hold on a person
#[utoipa::path(
    tag = "People",
    summary = "Put a legal hold on a person",
    description = "Whoever it is on is not erased until two people lift it.",
    params(PersonPath),
    request_body(content = HoldPerson, description = "Why."),
    responses((status = 200, description = "The hold, and what an erasure would come to.", body = ErasureView)),
)]
#[put("/v1/people/{id}/hold")]
pub async fn hold_person(call: Call<Json<HoldPerson>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let person: PersonId = call.id("id", "person")?;
    ask(&call, person, to_hold(&call, (person, &sent.body), sent.hash)?).await
}

/// Lift the legal hold on a person
#[utoipa::path(
    tag = "People",
    summary = "Lift the legal hold on a person",
    description = "A second person confirms it.",
    params(PersonPath),
    responses(
        (status = 200, description = "What an erasure would come to, where there are not yet two who could agree to it.", body = ErasureView),
        (status = 202, description = "The change that a second person has to confirm.", body = ChangeView, headers(("Location" = String, description = "Where the change is."))),
    ),
)]
#[delete("/v1/people/{id}/hold")]
pub async fn release_person(call: Call) -> Result<HttpResponse, Problem> {
    let person: PersonId = call.id("id", "person")?;
    ask(&call, person, to_release(&call, person, Hash::of(b""))?).await
}
