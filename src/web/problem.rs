//! What a client is told when something is refused: `application/problem+json` (RFC 9457).
//! Here alone a refusal becomes a status, by exhaustive matches; what failed inside is never shown.

pub mod codes;

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    body::BoxBody,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use self::codes::Code;
use crate::{
    attachments::AttachmentError,
    desk::{Error, ExportError},
    domain::{
        exception::Reason,
        refusal::{Refusal, Refused},
    },
    store::StoreError,
    words::Citation,
};

/// How many seconds a client waits before it repeats what found the service busy.
const RETRY_AFTER: &str = "1";

/// A refusal on its way to the client.
#[derive(Debug)]
pub struct Problem(Box<Told>);

#[derive(Debug)]
struct Told {
    kind: Code,
    /// The code, where it is more precise than its kind's.
    code: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    citation: Option<Citation>,
    facts: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    internal: Option<String>,
}

/// One field to mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where it stands: a JSON Pointer (RFC 6901) into the body, or `/name` of a query parameter.
    #[schema(examples("/scope/regions/0"))]
    pub pointer: String,
    /// What is wrong, as a stable code.
    #[schema(examples("invalid_value"))]
    pub code: String,
    /// What is wrong and how to mend it.
    #[schema(examples("at most 200 characters"))]
    pub detail: String,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(kind: Code, detail: impl Into<String>) -> Self {
        Self(Box::new(Told {
            kind,
            code: kind.code,
            detail: detail.into(),
            errors: Vec::new(),
            citation: None,
            facts: Map::new(),
            headers: Vec::new(),
            internal: None,
        }))
    }

    /// A problem with one field.
    pub fn field(kind: Code, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let error = FieldError { pointer: pointer.into(), code: kind.code.to_owned(), detail: detail.clone() };
        Self::new(kind, detail).with_errors(vec![error])
    }

    /// There is no such thing.
    pub fn not_found(what: &str) -> Self {
        Self::new(codes::NOT_FOUND, format!("there is no such {what}"))
    }

    /// Something failed inside; `internal` goes to the log alone.
    pub fn internal(internal: impl fmt::Display) -> Self {
        let mut problem = Self::new(codes::INTERNAL, "something failed inside; the request's id leads to it");
        problem.0.internal = Some(internal.to_string());
        problem
    }

    /// The same problem with the fields to mend.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    /// The same problem with one more fact beside the standard members.
    #[must_use]
    pub fn with_fact(mut self, name: &str, value: Value) -> Self {
        self.0.facts.insert(name.to_owned(), value);
        self
    }

    /// The same problem with a header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.push((name, value));
        }
        self
    }

    /// The same problem as another kind, with its fields.
    #[must_use]
    pub fn into_kind(mut self, kind: Code) -> Self {
        (self.0.kind, self.0.code) = (kind, kind.code);
        self.0.errors.iter_mut().for_each(|error| kind.code.clone_into(&mut error.code));
        self
    }

    /// Its stable code.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// Would the same request be refused another time too? Not where there was too much to do, or something failed.
    pub fn is_final(&self) -> bool {
        self.0.kind.status < 500 && self.0.kind.status != 429
    }

    /// What happened this time.
    pub fn told(&self) -> String {
        self.0.detail.clone()
    }

    /// What kind of problem it is, in a few words.
    pub fn title(&self) -> &'static str {
        codes::find(self.0.code).map_or(self.0.kind.title, |known| known.title)
    }

    /// The fields to mend.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// The rule that refuses.
    pub fn citation(&self) -> Option<&Citation> {
        self.0.citation.as_ref()
    }

    /// The headers that go with it.
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.0.headers
    }

    /// What failed inside, for the log.
    pub fn inside(&self) -> Option<&str> {
        self.0.internal.as_deref()
    }

    /// The answer to the request with this id.
    pub fn answer(&self, request_id: Option<&str>) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        for (name, value) in &self.0.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        response.content_type("application/problem+json").body(self.body(request_id).to_string())
    }

    fn body(&self, request_id: Option<&str>) -> Value {
        let told = &self.0;
        let body = ProblemBody {
            kind: format!("/problems/{}", told.code),
            title: self.title().to_owned(),
            status: told.kind.status,
            detail: told.detail.clone(),
            code: told.code.to_owned(),
            errors: told.errors.clone(),
            citation: told.citation.as_ref().map(cited),
            request_id: request_id.map(ToOwned::to_owned),
        };
        let mut members = match serde_json::to_value(body) {
            Ok(Value::Object(members)) => members,
            Ok(_) | Err(_) => Map::new(),
        };
        for (name, value) in &told.facts {
            members.entry(name).or_insert_with(|| value.clone());
        }
        Value::Object(members)
    }
}

fn cited(citation: &Citation) -> Value {
    json!({ "text": citation.to_string(), "source": citation.source, "rule": citation.rule, "facts": citation.facts })
}

/// A problem (RFC 9457 §3). Some kinds have more members, such as `current_dossier`, `changes`, `missing` or `reasons`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// The address of the page that explains this code.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", examples("/problems/wrong_state"))]
    kind: String,
    /// What kind of problem it is.
    #[schema(examples("Not possible in this state"))]
    title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, examples(409))]
    status: u16,
    /// What happened this time.
    #[schema(examples("`submit` is not possible in state `active`"))]
    detail: String,
    /// The stable code.
    #[schema(examples("wrong_state"))]
    code: String,
    /// The fields to mend.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// The rule that refuses: `text` for people, `source`, `rule` and `facts` for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    citation: Option<Value>,
    /// The request's id, to be told when asking for help.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.answer(None)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refused) => refused.into(),
            Error::Forbidden(why) => Self::new(codes::FORBIDDEN, why),
            Error::NotFound(what) => Self::not_found(what),
            Error::KeyReused => Self::new(codes::KEY_REUSED, "this Idempotency-Key came with another body before"),
            Error::Replayed => Self::new(codes::DELIVERY_REPLAYED, "this delivery was taken before; nothing was done"),
            Error::Store(error) => error.into(),
            Error::Random(error) => Self::internal(error),
        }
    }
}

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Desk(error) => error.into(),
            error @ (ExportError::File(_) | ExportError::Unwritten(_)) => Self::internal(error),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let told = match error {
            StoreError::Busy => Self::new(codes::BUSY, "more is asked than can be written; nothing was begun"),
            StoreError::Broken(_) | StoreError::Pool(_) | StoreError::ShuttingDown => {
                Self::new(codes::UNAVAILABLE, "the database cannot be reached; nothing was written")
            }
            StoreError::Unknown(_) => {
                Self::new(codes::OUTCOME_UNKNOWN, "repeat with the same Idempotency-Key to learn whether it was done")
            }
            StoreError::Database(_) | StoreError::Panicked | StoreError::Unsuitable(_) | StoreError::Corrupt(_) => {
                return Self::internal(error);
            }
        };
        let mut told = told.with_header(header::RETRY_AFTER, RETRY_AFTER);
        told.0.internal = Some(error.to_string());
        told
    }
}

impl From<AttachmentError> for Problem {
    fn from(error: AttachmentError) -> Self {
        let kind = match &error {
            AttachmentError::Empty => codes::FILE_EMPTY,
            AttachmentError::TooLarge(_) => codes::TOO_LARGE,
            AttachmentError::Refused { .. } => codes::FILE_TYPE_REFUSED,
            AttachmentError::Full(_) => codes::STORAGE_FULL,
            AttachmentError::Missing(_)
            | AttachmentError::Damaged { .. }
            | AttachmentError::Irregular(_)
            | AttachmentError::Io(_) => return Self::internal(error),
        };
        Self::new(kind, error.to_string())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Refused::from(refusal).into()
    }
}

impl From<Refused> for Problem {
    fn from(Refused { refusal, citation }: Refused) -> Self {
        let mut problem = Self::new(kind(&refusal), refusal.to_string());
        problem.0.code = refusal.code();
        if let Some(pointer) = refusal.pointer() {
            let (pointer, code) = (pointer.to_owned(), refusal.code().to_owned());
            problem.0.errors.push(FieldError { pointer, code, detail: refusal.to_string() });
        }
        if let Refusal::GateFailed { reasons } = &refusal {
            problem.0.errors.extend(reasons.iter().filter_map(pointed));
            problem.0.facts.insert("reasons".to_owned(), json!(reasons));
        }
        if let Value::Object(facts) = refusal.facts() {
            problem.0.facts.extend(facts);
        }
        problem.0.citation = citation.map(|citation| *citation);
        problem
    }
}

fn pointed(reason: &Reason) -> Option<FieldError> {
    let pointer = reason.pointer.clone()?;
    Some(FieldError { pointer, code: reason.code.clone(), detail: format!("{} {}", reason.text, reason.remedy) })
}

/// The kind of each refusal, and with it its status.
const fn kind(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::WrongState { .. } => codes::WRONG_STATE,
        Refusal::NonWaivable { .. } => codes::NON_WAIVABLE,
        Refusal::UnknownClause { .. } => codes::UNKNOWN_CLAUSE,
        Refusal::QuorumInfeasible { .. } => codes::QUORUM_INFEASIBLE,
        Refusal::TierNotAllowed { .. } => codes::TIER_NOT_ALLOWED,
        Refusal::GateFailed { .. } => codes::GATE_FAILED,
        Refusal::GapOpen { .. } => codes::SOP_GAP,
        Refusal::DossierChanged { .. } => codes::DOSSIER_CHANGED,
        Refusal::VersionChanged { .. } => codes::VERSION_CHANGED,
        Refusal::Excluded { .. } => codes::EXCLUDED,
        Refusal::AlreadyApproved => codes::ALREADY_APPROVED,
        Refusal::NeedsPerson => codes::NEEDS_PERSON,
        Refusal::RoleMissing { .. } => codes::ROLE_MISSING,
        Refusal::StepUpRequired { .. } => codes::STEP_UP_REQUIRED,
        Refusal::RoundOpen => codes::ROUND_OPEN,
        Refusal::NoDelegation => codes::NO_DELEGATION,
        Refusal::DepartureUnexplained => codes::DEPARTURE_UNEXPLAINED,
        Refusal::FindingsUnread { .. } => codes::FINDINGS_UNREAD,
        Refusal::ReviewIncomplete { .. } => codes::REVIEW_INCOMPLETE,
        Refusal::ReviewNotAsked { .. } => codes::REVIEW_NOT_ASKED,
        Refusal::UnknownReason { .. } => codes::UNKNOWN_REASON,
        Refusal::NotWaivable { .. } => codes::NOT_WAIVABLE,
        Refusal::Invalid { .. } => codes::INVALID_VALUE,
        Refusal::Unlike { .. } => codes::VARIANT_UNLIKE,
        Refusal::NotErasable { .. } => codes::NOT_ERASABLE,
        Refusal::LimitReached { .. } => codes::LIMIT_REACHED,
        Refusal::PeriodNotAllowed { .. } => codes::PERIOD_NOT_ALLOWED,
        Refusal::NotDue { .. } => codes::NOT_DUE,
        Refusal::NoRound => codes::NO_ROUND,
        Refusal::NoSuch { .. } => codes::NO_SUCH,
        Refusal::RevertEnlarges => codes::REVERT_ENLARGES,
        Refusal::NotYours { .. } => codes::NOT_YOURS,
        Refusal::PayloadChanged { .. } => codes::PAYLOAD_CHANGED,
        Refusal::ChangeClosed { .. } => codes::CHANGE_CLOSED,
    }
}

#[cfg(test)]
impl Problem {
    /// The body as text.
    pub(crate) fn body_text(&self) -> String {
        self.body(Some("test")).to_string()
    }
}
