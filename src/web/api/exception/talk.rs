//! What is said beside a request and what it points to: comments, each for its audience, and links.

use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    act::{self, Question},
    history::{ActorView, TimelineQuery, actor, numbered},
    path::ExceptionPath,
    show::{Opened, Texts},
};
use crate::{
    desk::Find,
    domain::{command::Command, event::Deed, exception::Link},
    store::timeline::Entry,
    web::{
        api::text::{Instant, Label, Slug},
        call::{Call, named},
        hand_over,
        json::Json,
        page::{self, Page},
        problem::{Problem, codes},
        query::Query,
    },
};

/// Who reads a comment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// All who see the exception, its requester too.
    #[default]
    Requester,
    /// Those who work on it: whoever holds a role where it is, and is neither its requester nor its beneficiary.
    Internal,
}

/// A comment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommentShown)]
pub struct CommentView {
    /// The number of its event within the exception.
    pub seq: u64,
    /// When it was written.
    pub at: Instant,
    /// Who wrote it.
    pub by: ActorView,
    /// Who reads it.
    pub visibility: Audience,
    /// What it says.
    pub text: Opened,
}

/// List the comments
#[utoipa::path(
    tag = "Exceptions",
    summary = "List the comments",
    description = "What was said of an exception, the first first. Internal comments are listed for those who work on it alone.",
    params(ExceptionPath, TimelineQuery),
    responses((status = 200, description = "A page of comments.", body = Page<CommentView>, headers(("Link" = String, description = "The next page (RFC 8288).")))),
)]
#[get("/v1/exceptions/{id}/comments")]
pub async fn list_comments(call: Call<Query<TimelineQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let (find, by, limit, after) =
        (call.target()?, call.by.clone(), page::limit(asked.limit)?, asked.cursor.unwrap_or(0));
    let found = hand_over::read(&call.web.desk, move |desk| desk.comments(&by, &find, after, limit)).await?;
    let items = found.what.iter().filter_map(|entry| comment(entry, Texts(&found.texts))).collect();
    Ok(page::answer(&call.request, &numbered(&found.what, limit, items)))
}

fn comment(entry: &Entry, texts: Texts<'_>) -> Option<CommentView> {
    let Deed::Commented { text, internal } = &entry.event.deed else { return None };
    Some(CommentView {
        seq: entry.seq,
        at: entry.event.at.into(),
        by: actor(&entry.event.by),
        visibility: if *internal { Audience::Internal } else { Audience::Requester },
        text: texts.open(text),
    })
}

/// A pointer to another record: `target`, or `exception`.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "relation": "ticket", "target": "https://tickets.example.org/4711" }))]
pub struct LinkBody {
    /// What it is: `relates` or `supersedes` for another exception, else a code such as `ticket`.
    pub relation: Slug,
    /// Where it is: an address (`https://…`), or the name of a record elsewhere.
    #[serde(default)]
    pub target: Option<Label>,
    /// The other exception, by its id or its number.
    #[serde(default)]
    pub exception: Option<Label>,
}

/// Points to another record; an exception must be one that whoever asks can see.
pub async fn link(call: Call<Json<LinkBody>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let relation = sent.body.relation.as_str().to_owned();
    let (target, exception) = match (&sent.body.target, &sent.body.exception) {
        (Some(target), None) => (elsewhere(&relation, target)?, None),
        (None, Some(other)) => seen(&call, &relation, other).await?,
        (Some(_), Some(_)) | (None, None) => {
            return Err(Problem::field(codes::REQUIRED, "/target", "give either `target` or `exception`"));
        }
    };
    let id = act::id_of(&call, call.target()?).await?;
    let (command, openings) = act::sealed(&call, target, |target, asking| {
        let target = asking.sealer.seal("target", &target);
        Ok(Command::Link { link: Link { relation, target, exception } })
    })?;
    act::ask(&call, id, Question { command, openings, hash: sent.hash }).await
}

/// A record elsewhere. An address leads to the web and nowhere else, since pages show it as a link.
pub(in crate::web) fn elsewhere(relation: &str, target: &Label) -> Result<String, Problem> {
    let text = target.as_str();
    if Link::BETWEEN.contains(&relation) {
        return Err(Problem::field(codes::INVALID_VALUE, "/relation", "for another exception; name it in `exception`"));
    }
    let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    if scheme.is_some_and(|scheme| !matches!(scheme.as_str(), "http" | "https")) {
        return Err(Problem::field(codes::INVALID_VALUE, "/target", "an address begins with https:// or http://"));
    }
    Ok(text.to_owned())
}

type Seen = (String, Option<crate::words::ExceptionId>);

/// Another exception: its number, and its id.
async fn seen(call: &Call, relation: &str, other: &Label) -> Result<Seen, Problem> {
    if !Link::BETWEEN.contains(&relation) {
        let known = Link::BETWEEN.join(", ");
        return Err(Problem::field(codes::INVALID_VALUE, "/relation", format!("to another exception: {known}")));
    }
    let unknown = || {
        let detail = "name an exception that you can see, by its id or its number";
        Problem::field(codes::UNKNOWN_EXCEPTION, "/exception", detail)
    };
    let find: Find = named(other.as_str()).ok_or_else(unknown)?;
    let by = call.by.clone();
    let found = hand_over::read(&call.web.desk, move |desk| desk.find(&by, &find)).await;
    match found {
        Ok(found) => Ok((found.what.number, Some(found.what.id))),
        Err(problem) if problem.code() == codes::NOT_FOUND.code => Err(unknown()),
        Err(problem) => Err(problem),
    }
}
