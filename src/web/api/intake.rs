//! The way in for ticket systems, mail gateways and chats: a signed message becomes a draft on the account of
//! its sender, and the answer says what it still lacks. Nothing is read of what is not genuine.

mod mapping;
pub mod several;

use actix_web::{HttpRequest, HttpResponse, get, http::header, post, web::Data};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use self::{
    mapping::{Mapped, Placed},
    several::Acknowledgements,
};
use super::exception::view::{ReasonView, reason};
use crate::{
    config::intake::Source,
    desk::{Message, Receipt},
    domain::request::Request,
    identity::webhook::{Sent, Unbelieved, believe},
    store::outbox::errands::KeptTicket,
    web::{
        Web, hand_over,
        json::{Unread, strict},
        problem::{Problem, ProblemBody, codes},
        query::Query,
    },
    words::{ExceptionId, Hash, Opening, Sealer, StateName},
};

/// The source that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; the handler reads it")]
pub struct SourcePath {
    /// The source's name in the configuration.
    #[param(example = "helpdesk")]
    source: String,
}

/// A message as its source sends it: any JSON object. The configuration says where in it stands what.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "T-4711", "from": "rita@example.com", "subject": "Summaries by a hosted model",
    "body": "Agents read 400 tickets a day; summaries would halve the time to the first answer.",
    "url": "https://tickets.example.org/4711"
}))]
pub struct IntakeMessage {
    /// Whatever the source sends.
    #[serde(flatten)]
    #[schema(value_type = Object, additional_properties)]
    pub members: serde_json::Map<String, Value>,
}

/// What came of a message.
#[derive(Debug, Serialize, ToSchema)]
pub struct Acknowledgement {
    /// The source.
    pub source: String,
    /// The exception's id.
    pub id: ExceptionId,
    /// The exception's number.
    #[schema(examples("EX-2026-000042"))]
    pub number: String,
    /// Where it is.
    pub state: StateName,
    /// Had this message been taken before?
    pub known: bool,
    /// What it still lacks to be submitted, and how to mend it; its requester fills it in.
    pub missing: Vec<ReasonView>,
    /// Where people read and complete it.
    pub link: String,
}

/// What came of a delivery that is a message, or of each message of one that has several.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(example = json!({ "source": "whatsapp", "items": [], "refused": [] }))]
pub enum Acknowledged {
    /// The delivery was a message.
    One(Acknowledgement),
    /// The source's mapping has `messages`.
    Each(Acknowledgements),
}

/// What a platform asks before it sends anything.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// What it is about: always `subscribe`.
    #[serde(rename = "hub.mode")]
    #[param(rename = "hub.mode", pattern = "^subscribe$", example = "subscribe")]
    mode: String,
    /// What it wants to have back.
    #[serde(rename = "hub.challenge")]
    #[param(
        rename = "hub.challenge",
        min_length = 1,
        max_length = 255,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "1158201444"
    )]
    challenge: String,
    /// What it was told when the address was entered there.
    #[serde(rename = "hub.verify_token")]
    #[param(rename = "hub.verify_token", example = "correct-horse-battery-staple")]
    verify_token: String,
}

/// Verify the address
#[utoipa::path(
    tag = "Intake",
    summary = "Verify the address",
    description = "For platforms such as WhatsApp Business that ask an address whether it wants their messages: whoever shows the source's `verify_token` gets the challenge back. Sources without one do not have this address.",
    params(SourcePath, Asked),
    security(()),
    responses(
        (status = 200, description = "The challenge.", body = String, content_type = "text/plain", example = "1158201444"),
        (status = 401, description = "`signature_invalid`: that is not the token.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/v1/intake/{source}")]
pub async fn verify_intake(web: Data<Web>, request: HttpRequest, asked: Query<Asked>) -> Result<HttpResponse, Problem> {
    let source = web.settings.intake.get(request.match_info().query("source"));
    let token = source.and_then(|source| source.verify_token.as_ref()).ok_or_else(|| Problem::not_found("source"))?;
    let Query(Asked { mode, challenge, verify_token }) = asked;
    if mode != "subscribe" {
        return Err(Problem::field(codes::INVALID_VALUE, "/hub.mode", "write subscribe"));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !(1..=255).contains(&challenge.len()) || !challenge.bytes().all(plain) {
        return Err(Problem::field(codes::INVALID_VALUE, "/hub.challenge", "letters, digits, - and _, at most 255"));
    }
    if !token.is(&verify_token) {
        return Err(Problem::new(codes::SIGNATURE_INVALID, "that is not this source's verify_token"));
    }
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(challenge))
}

/// Hand in a message
#[utoipa::path(
    tag = "Intake",
    summary = "Hand in a message",
    description = "For ticket systems, mail gateways and chats that the configuration names (`[intake.<source>]`). The signature is that of Standard Webhooks 1.0 (`webhook-id`, `webhook-timestamp` within five minutes, `webhook-signature`), `X-Hub-Signature-256`, or a shared secret in a header. The sender must be a known, active person; the draft is theirs, marked as filed by an agent, with a link to its ticket. The same message is the same draft; a delivery with a `webhook-id` that was taken before is refused. Where the source's mapping has `messages`, each of them is filed by itself, and a delivery without any (a status update) is answered with an empty list.",
    params(SourcePath),
    request_body(content = IntakeMessage, description = "What the source sends, at most 256 KiB."),
    security(()),
    responses(
        (status = 201, description = "A draft was made.", body = Acknowledgement, headers(("Location" = String, description = "Where the draft is."))),
        (status = 200, description = "The message was known; this is the exception it led to. Of a source whose mapping has `messages`: what came of each.", body = Acknowledged),
        (status = 401, description = "`signature_invalid` or `signature_stale`: the message is not believed.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/v1/intake/{source}")]
pub async fn take_in(web: Data<Web>, request: HttpRequest, sent: Unread) -> Result<HttpResponse, Problem> {
    let name = request.match_info().query("source").to_owned();
    let source = web.settings.intake.get(&name).ok_or_else(|| Problem::not_found("source"))?;
    let delivery = genuine(&web, &request, (source, &sent))?;
    let told = strict::parse(&sent.0)?;
    if let Some(pattern) = &source.at.messages {
        let each = several::file(&web, (&name, source), &several::messages(pattern, &told)?).await?;
        return Ok(HttpResponse::Ok().json(Acknowledged::Each(each)));
    }
    let whole = Placed { at: String::new(), message: &told };
    let message = Message { delivery, ..message_of(&web, (&name, source), &whole)? };
    let receipt = hand_over::write(web.desk.take_in(message)).await?;
    Ok(acknowledged(&web, name, &receipt))
}

/// The delivery's name, if its scheme gives it one; an error unless the message is genuine.
fn genuine(web: &Web, request: &HttpRequest, (source, sent): (&Source, &Unread)) -> Result<Option<Hash>, Problem> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let sent = Sent { header: &header, body: &sent.0, now: web.desk.clock().now() };
    believe((source.scheme, &source.secret), &source.header, &sent).map_err(|unbelieved| {
        let kind = match unbelieved {
            Unbelieved::Header(_) | Unbelieved::Signature => codes::SIGNATURE_INVALID,
            Unbelieved::Stale => codes::SIGNATURE_STALE,
        };
        let scheme = format!("Signature scheme=\"{}\"", source.scheme);
        Problem::new(kind, unbelieved.to_string()).with_header(header::WWW_AUTHENTICATE, &scheme)
    })
}

/// The message for the door, its texts sealed.
fn message_of(web: &Web, (name, source): (&str, &Source), placed: &Placed<'_>) -> Result<Message, Problem> {
    let mapped = mapping::read(source, placed)?;
    let (request, ticket, openings) = sealed(web, source, &mapped)?;
    let told = web.settings.connectors.values().any(|connector| connector.source.as_deref() == Some(name));
    let kept = told.then(|| KeptTicket { ticket: mapped.external_id.clone(), url: mapped.ticket.clone() });
    Ok(Message {
        message: Hash::of(format!("{name}\0{}", mapped.external_id).as_bytes()),
        // A delivery of several is known by its messages.
        delivery: None,
        sender: mapped.sender,
        sender_at: format!("{}{}", placed.at, source.at.sender),
        sop: source.sop.clone().unwrap_or_else(|| web.settings.default_sop.clone()),
        source: name.to_owned(),
        request,
        ticket,
        kept,
        openings,
    })
}

type Sealed = (Request, Option<crate::domain::exception::Link>, Vec<Opening>);

fn sealed(web: &Web, source: &Source, mapped: &Mapped) -> Result<Sealed, Problem> {
    let mut salts = web.desk.random().stream().map_err(Problem::internal)?;
    let mut draw = || salts.bytes32();
    let mut sealer = Sealer::new(&mut draw);
    let request = Request {
        title: Some(sealer.seal("request/title", &mapped.title)),
        kind: source.kind,
        justification: mapped.text.as_ref().map(|text| sealer.seal("request/justification", text)),
        source_ticket: mapped.ticket.as_ref().map(|ticket| sealer.seal("request/source_ticket", ticket)),
        ..Request::default()
    };
    let ticket = mapped.ticket.as_ref().map(|ticket| crate::domain::exception::Link {
        relation: "ticket".to_owned(),
        target: sealer.seal("target", ticket),
        exception: None,
    });
    Ok((request, ticket, sealer.into_openings()))
}

fn acknowledgement(web: &Web, source: String, receipt: &Receipt) -> Acknowledgement {
    let found = &receipt.answer.exception;
    Acknowledgement {
        source,
        id: found.id,
        number: found.number.clone(),
        state: found.state.name(),
        known: receipt.answer.replayed,
        missing: receipt.lacks.iter().map(reason).collect(),
        link: format!("{}/exceptions/{}", web.settings.origin, found.number),
    }
}

fn acknowledged(web: &Web, source: String, receipt: &Receipt) -> HttpResponse {
    let body = Acknowledged::One(acknowledgement(web, source, receipt));
    if receipt.answer.replayed {
        return HttpResponse::Ok().json(body);
    }
    HttpResponse::Created().insert_header(super::exception::location(&receipt.answer.exception)).json(body)
}
