//! The feed: what happened, by pull, in the ledger's order, each as a thin CloudEvent. Whoever wants to
//! know more asks for the exception.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant as Moment},
};

use actix_web::{HttpResponse, get, rt::time::sleep};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{administer::look, text::Instant};
use crate::{
    desk::{CloudEvent, Feed},
    web::{
        call::Call,
        page::limit,
        problem::{Problem, codes},
        query::{Query, number},
    },
    words::{ExceptionId, PersonId},
};

/// For how many seconds an answer may be waited for at most.
const MOST_WAIT: u64 = 25;
/// How often it is looked meanwhile.
const LOOK: Duration = Duration::from_millis(500);

/// Which part of the feed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// The `next` of the part before; nothing for the beginning.
    #[serde(deserialize_with = "number")]
    after: Option<u64>,
    /// Leaves that are looked at.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// For how many seconds to wait for something to happen.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 0, maximum = 25, default = 0)]
    wait: Option<u64>,
}

/// A part of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventFeed {
    /// What happened and may be seen, the earliest first.
    #[schema(value_type = Vec<EventShape>)]
    items: Vec<CloudEvent>,
    /// What to send as `after` for the next part. A part may be empty and still lead on.
    next: Option<u64>,
}

/// One event (CloudEvents 1.0, JSON format).
#[derive(Debug, ToSchema)]
#[schema(as = CloudEvent)]
#[expect(dead_code, reason = "documents what the door tells")]
pub struct EventShape {
    /// The version of the format.
    #[schema(examples("1.0"))]
    specversion: &'static str,
    /// The leaf's number: the same event has the same id for ever.
    #[schema(examples("4711"))]
    id: String,
    /// This service.
    #[schema(examples("https://proviso.example.org"))]
    source: String,
    /// What happened.
    #[schema(rename = "type", examples("proviso.exception.approved"))]
    kind: String,
    /// The exception's number.
    #[schema(examples("EX-2026-000042"))]
    subject: Option<String>,
    /// When.
    time: Instant,
    /// Where to learn more.
    data: DataShape,
}

/// Where to learn more.
#[derive(Debug, ToSchema)]
#[schema(as = EventData)]
#[expect(dead_code, reason = "documents what the door tells")]
pub struct DataShape {
    /// The exception.
    exception: Option<ExceptionId>,
    /// The event's number within the exception, or among the changes of people and rules.
    seq: u64,
    /// Of an erasure (`proviso.roster.person.erased`): whose, by an opaque id. Whoever keeps anything of theirs erases
    /// it too.
    person: Option<PersonId>,
    /// Of an erasure: all accounts that went, that one among them.
    accounts: Option<BTreeSet<PersonId>>,
}

/// Follow what happens
#[utoipa::path(
    tag = "Exceptions",
    summary = "Follow what happens",
    description = "Every event that one may see, in the ledger's order, without gaps: send the `next` of one part as `after` for the next. With `wait` an empty part is answered only when something happens, or after that many seconds. Changes of people, roles and rules are in it for those who may read the ledger.",
    params(EventsQuery),
    responses((status = 200, description = "A part of the feed.", body = EventFeed)),
)]
#[get("/v1/events")]
pub async fn list_events(call: Call<Query<EventsQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let (limit, wait) = (limit(asked.limit)?, asked.wait.unwrap_or(0));
    if wait > MOST_WAIT {
        return Err(Problem::field(codes::INVALID_VALUE, "/wait", format!("at most {MOST_WAIT} seconds")));
    }
    let (began, mut after) = (Moment::now(), asked.after);
    let feed = loop {
        let by = call.by.clone();
        let feed: Feed = look(&call, move |desk| desk.feed(&by, after, limit)).await?;
        if !feed.items.is_empty() || began.elapsed() >= Duration::from_secs(wait) {
            break feed;
        }
        if feed.next == after {
            sleep(LOOK).await;
        }
        after = feed.next;
    };
    let source = call.web.settings.origin.as_str();
    let items = feed.items.into_iter().map(|item| CloudEvent::of(item, source)).collect();
    Ok(HttpResponse::Ok().json(EventFeed { items, next: feed.next }))
}
