//! Rows of another register: some at a time, each judged by itself, so that what is wrong with one keeps no other
//! back. What becomes of a row is decided behind the door.

mod view;

use actix_web::{HttpResponse, post};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    administer::{look, sealed},
    exception::{
        records::require_own_fields,
        request::RequestBody,
        seal::{self, Making},
    },
    text::{Instant, Line, Reference, Slug, or_absent},
};
use crate::{
    desk::{Going, ImportRow, Laws, Taken},
    domain::import::Provenance,
    identity::email::EmailAddress,
    sop::Sop,
    web::{
        call::Call,
        hand_over,
        json::{Json, checked},
        problem::{Problem, codes},
    },
    words::{AdminVerb, Standing, Tier, canonical},
};

pub use view::{CountsView, ImportView, OutcomeView, ReasonView, RowView};

/// Rows that wait for the writer at a time.
const AT_ONCE: usize = 20;
/// The longest row as it was, in characters of its JSON.
const LONGEST: usize = 20_000;

/// Some rows of another register.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportBody, example = json!({
    "source": "grc-2025",
    "dry_run": true,
    "rows": [{
        "reference": "POL-17",
        "standing": "live",
        "tier": "moderate",
        "owner": "ada@example.org",
        "row": { "ref_id": "POL-17", "name": "Summaries of support tickets", "status": "approved" },
        "request": { "title": "Summaries of support tickets", "clauses": ["AIP-2.1"], "end": "2026-09-30T00:00:00Z" },
    }],
}))]
pub struct ImportBody {
    /// The register that they come from: with the reference of a row it makes the row one and the same.
    pub source: Slug,
    /// Says what would become of them, and writes nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// The procedure; that of new requests unless it is given.
    #[serde(default)]
    pub sop: Option<Slug>,
    /// The rows.
    #[validate(length(min = 1, max = 100))]
    #[schema(value_type = Vec<RowBody>, min_items = 1, max_items = 100)]
    pub rows: Vec<Value>,
}

/// One row of another register.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportRow)]
pub struct RowBody {
    /// What it is called there.
    pub reference: Reference,
    /// How it stands there.
    pub standing: Standing,
    /// When it ended there.
    #[serde(default)]
    pub ended_at: Option<Instant>,
    /// The tier that it has there. Without one it is assessed here, as every request is.
    #[serde(default)]
    pub tier: Option<Tier>,
    /// The mail address of its owner. Somebody who is known and active here becomes its requester.
    #[serde(default, deserialize_with = "or_absent")]
    pub owner: Option<Line>,
    /// Stays a draft, so that its files can be attached; then `submit` takes it where it belongs.
    #[serde(default)]
    pub stays_draft: bool,
    /// The row as it was: kept with the exception, and shown to whoever sees that.
    #[schema(value_type = Object)]
    pub row: Map<String, Value>,
    /// What it says, as of a new request. A start that has passed is left out: it begins here once it is ratified.
    #[serde(default)]
    #[validate(nested)]
    pub request: RequestBody,
}

/// Import exceptions
#[utoipa::path(
    tag = "Exceptions",
    summary = "Import exceptions",
    description = "Takes rows of another register, at most 100 at a time. What lives there goes before its quorum, marked as imported and without effect; what lacks an owner, an end, a tier or anything else that a new request must say goes to the fix queue, and then the way of every request; what had ended is history, which counts nowhere as an approval. Each row is imported once, by its source and reference: sent again it is `known` and stays as it is, so that an import that broke off is simply repeated. What is wrong with one row keeps no other back. For governance and administrators, in their domains.",
    request_body(content = ImportBody, description = "Some rows."),
    responses((status = 200, description = "What became of each row, in their order.", body = ImportView)),
)]
#[post("/v1/imports")]
pub async fn import_exceptions(call: Call<Json<ImportBody>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let by = call.by.clone();
    look(&call, move |desk| desk.may_administer(&by, AdminVerb::ImportExceptions).map(drop)).await?;
    let ImportBody { source, dry_run, sop, rows } = sent.body;
    let name = sop.map_or_else(|| call.web.settings.default_sop.clone(), |sop| sop.as_str().to_owned());
    let laws = hand_over::laws(&call.web.desk).await?;
    let procedure = of_procedure(&laws, &name)?;
    let importing = Importing { call: &call, sop: &procedure, source: source.as_str(), dry_run };
    let mut told = Vec::with_capacity(rows.len());
    for some in rows.chunks(AT_ONCE) {
        told.extend(importing.rows(some).await?);
    }
    Ok(HttpResponse::Ok().json(ImportView::of(&source, dry_run, told)))
}

fn of_procedure(laws: &Laws, name: &str) -> Result<std::sync::Arc<Sop>, Problem> {
    laws.sops.newest(name).ok_or_else(|| {
        Problem::field(codes::INVALID_VALUE, "/sop", format!("there is no procedure `{name}`; see GET /v1/sops"))
    })
}

/// What is the same for all rows.
struct Importing<'i> {
    call: &'i Call,
    sop: &'i Sop,
    source: &'i str,
    dry_run: bool,
}

impl Importing<'_> {
    /// Takes some rows. What cannot be done for now ends the import: what was done before is known the next time.
    async fn rows(&self, rows: &[Value]) -> Result<Vec<RowView>, Problem> {
        let asked: Vec<_> = rows.iter().map(|row| (reference(row), self.ask(row))).collect();
        let mut told = Vec::with_capacity(asked.len());
        for (reference, asked) in asked {
            let taken = match asked {
                Ok(pending) => pending.await.map_err(|error| below("/request", error.into())),
                Err(problem) => Err(problem),
            };
            told.push(match taken {
                Ok(Taken { known, exception }) => RowView::taken(reference, (known, self.dry_run), exception.as_ref()),
                Err(problem) if problem.is_final() => RowView::refused(reference, &problem),
                Err(problem) => return Err(problem),
            });
        }
        Ok(told)
    }

    fn ask(&self, row: &Value) -> Result<crate::desk::Pending<Taken>, Problem> {
        let body: RowBody = checked(row.clone())?;
        let going = match (self.dry_run, body.stays_draft) {
            (true, _) => Going::Foreseen,
            (false, true) => Going::Drafted,
            (false, false) => Going::Entered,
        };
        let row = self.read(body)?;
        Ok(self.call.web.desk.import(&self.call.by, row, going)?)
    }

    /// A row as the door takes it.
    fn read(&self, body: RowBody) -> Result<ImportRow, Problem> {
        let desk = &self.call.web.desk;
        let (mut asked, now) = (body.request, desk.clock().now());
        if asked.sop.is_some() {
            let detail = "all rows run through the procedure that is named beside them";
            return Err(Problem::field(codes::UNKNOWN_FIELD, "/request/sop", detail));
        }
        asked.start = asked.start.filter(|start| start.0 > now);
        require_own_fields(self.sop, &asked).map_err(|problem| below("/request", problem))?;
        let making = Making { random: desk.random(), now, sop: self.sop, before: None };
        let (request, mut openings) = seal::sealed(&asked, &making).map_err(|problem| below("/request", problem))?;
        let text = as_it_was(&body.row)?;
        let (row, opening) = sealed(self.call, |sealer| sealer.seal("import/row", &text))?;
        openings.extend(opening);
        let owner = body.owner.as_ref().and_then(|owner| owner.as_str().parse::<EmailAddress>().ok());
        let from = Provenance {
            source: self.source.to_owned(),
            reference: body.reference.as_str().to_owned(),
            row,
            standing: body.standing,
            ended_at: body.ended_at.map(|at| at.0),
            tier: body.tier,
            ownerless: false,
        };
        let owner = owner.map(|owner| owner.key().to_owned());
        Ok(ImportRow { sop: self.sop.document().id.clone(), from, owner, request, openings })
    }
}

/// The row as it was, as one text.
fn as_it_was(row: &Map<String, Value>) -> Result<String, Problem> {
    let refused = |detail: String| Problem::field(codes::INVALID_VALUE, "/row", detail);
    let text = canonical(row).map_err(|error| refused(error.to_string()))?;
    let count = text.chars().count();
    if count <= LONGEST { Ok(text) } else { Err(refused(format!("at most {LONGEST} characters, these are {count}"))) }
}

/// What a row is called, as far as that can be read.
fn reference(row: &Value) -> Option<String> {
    let text = row.get("reference").and_then(Value::as_str)?;
    text.parse::<Reference>().ok().map(|reference| reference.as_str().to_owned())
}

/// The same problem with its fields where they stand in a row.
fn below(at: &str, problem: Problem) -> Problem {
    let errors = problem
        .errors()
        .iter()
        .cloned()
        .map(|error| crate::web::problem::FieldError { pointer: format!("{at}{}", error.pointer), ..error });
    let errors = errors.collect();
    problem.with_errors(errors)
}
