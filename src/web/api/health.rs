//! Is the process alive, and is the service ready? For load balancers and operators; nothing secret is told.

use std::{collections::BTreeMap, sync::atomic::Ordering};

use actix_web::{HttpResponse, get, web::Data};
use chrono::TimeDelta;
use serde::Serialize;
use utoipa::ToSchema;

use super::text::Instant;
use crate::{
    desk::Witnessed,
    domain::request::Time,
    store::{
        ClockTrust,
        health::{Health, health},
    },
    web::{Web, hand_over, problem::Problem},
    words::Hash,
};

/// The process answers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Live)]
pub struct LiveView {
    /// Always `true`.
    pub live: bool,
}

/// Is the service ready, and if not, why?
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ready)]
pub struct ReadyView {
    /// Can it do its work?
    pub ready: bool,
    /// What is missing, one sentence each; empty if it is ready.
    pub missing: Vec<String>,
    /// What somebody should look at though the service is ready, one sentence each.
    pub warnings: Vec<String>,
    /// The database; `null` while it cannot be reached.
    pub database: Option<DatabaseView>,
    /// The writer.
    pub writer: WriterView,
}

/// The database as it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DatabaseHealth)]
pub struct DatabaseView {
    /// Migrations that it lacks.
    pub pending_migrations: Vec<String>,
    /// How far its clock is ahead of the service's, in milliseconds. Beyond 2,000 either way nothing is written.
    pub clock_offset_ms: i64,
    /// On PostgreSQL: does another role own the ledger, so that the service's own could not change the record
    /// even if it were taken over? `null` on SQLite.
    pub ledger_kept_apart: Option<bool>,
    /// The settings that decide whether a commit survives a power cut, by their own names.
    pub durability: BTreeMap<String, DurabilityView>,
    /// The ledger's head.
    pub ledger: LedgerView,
    /// Which process keeps time.
    pub scheduler: SchedulerView,
    /// The letters that wait to be sent.
    pub outbox: OutboxView,
}

/// One setting.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Durability)]
pub struct DurabilityView {
    /// Its value.
    pub value: String,
    /// Does an acknowledged commit survive with it?
    pub safe: bool,
}

/// The ledger's head.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerHead)]
pub struct LedgerView {
    /// How many leaves it has.
    pub size: u64,
    /// The root of its tree (RFC 6962 §2.1).
    pub root: Hash,
}

/// The lease of the process that keeps time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Scheduler)]
pub struct SchedulerView {
    /// Does a process hold it? If not, one takes it within a second.
    pub held: bool,
    /// Until when it holds, or held, by the database's clock; it is renewed every few seconds.
    pub until: Option<Instant>,
}

/// Letters that wait.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutboxHealth)]
pub struct OutboxView {
    /// How many.
    pub waiting: u64,
    /// Since when the one that waits longest has been due.
    pub due_since: Option<Instant>,
    /// For how many seconds that has been.
    pub overdue_seconds: u64,
}

/// The writer's counters since the process started.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WriterHealth)]
pub struct WriterView {
    /// Commands that wait now.
    pub queued: u64,
    /// Batches that failed as a whole.
    pub failures: u64,
}

/// Is the process alive
#[utoipa::path(
    tag = "Health",
    summary = "Is the process alive",
    description = "Answers as long as the process does; it looks at nothing else.",
    security(()),
    responses((status = 200, description = "It is.", body = LiveView)),
)]
#[get("/livez")]
pub async fn check_alive() -> HttpResponse {
    HttpResponse::Ok().json(LiveView { live: true })
}

/// Is the service ready
#[utoipa::path(
    tag = "Health",
    summary = "Is the service ready",
    description = "Looks at the database, its migrations and durability, the writer, the letters that wait and the ledger's head.",
    security(()),
    responses(
        (status = 200, description = "It is.", body = ReadyView),
        (status = 503, description = "It is not; `missing` says why.", body = ReadyView),
    ),
)]
#[get("/readyz")]
pub async fn check_ready(web: Data<Web>) -> HttpResponse {
    let view = readiness(&web).await;
    let mut answer = if view.ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    answer.json(view)
}

/// Is the service ready, and if not, why?
pub(in crate::web) async fn readiness(web: &Web) -> ReadyView {
    let now = web.desk.clock().now();
    let found = hand_over::read(&web.desk, move |desk| Ok(desk.store().read(|conn| health(conn, now))?)).await;
    if let Err(problem) = &found {
        tracing::warn!(code = problem.code(), "not ready: {}", problem.inside().unwrap_or_default());
    }
    let gauges = web.desk.store().gauges();
    let count = |gauge: &std::sync::atomic::AtomicU64| gauge.load(Ordering::Relaxed);
    let writer = WriterView { queued: count(&gauges.queued), failures: count(&gauges.failures) };
    let mut view = shown((found, web.desk.store().trust()), writer, now);
    if let Some(why) = web.desk.notary().unanchored() {
        view.missing.push(format!("the checkpoints are not anchored: {why}"));
        view.ready = false;
    }
    let witnessed = hand_over::read(&web.desk, move |desk| desk.witnessed(now)).await.ok().flatten();
    view.warnings.extend(witnessed.as_ref().and_then(Witnessed::warning));
    view
}

fn shown((found, trust): (Result<Health, Problem>, ClockTrust), writer: WriterView, now: Time) -> ReadyView {
    let Ok(found) = found else {
        let missing = vec!["the database cannot be read".to_owned()];
        return ReadyView { ready: false, missing, warnings: Vec::new(), database: None, writer };
    };
    let mut missing: Vec<String> =
        found.pending.iter().map(|name| format!("the migration {name} is pending")).collect();
    let unsafe_ones = found.durability.iter().filter(|one| !one.safe);
    missing.extend(
        unsafe_ones.map(|one| format!("with {} = {} an acknowledged commit may be lost", one.setting, one.value)),
    );
    if !trust.allows(found.clock_offset_ms) {
        missing.push(format!("the clock is {} ms away from the database's; mend one of them", found.clock_offset_ms));
    }
    if let Some((since, why)) = &found.alarm {
        missing.push(format!("the ledger is not signed since {}: {why}", Instant::from(*since)));
    }
    let durability = found.durability.into_iter();
    let theirs = match trust {
        ClockTrust::Checked => now + TimeDelta::milliseconds(found.clock_offset_ms),
        ClockTrust::Moved => now,
    };
    let database = DatabaseView {
        pending_migrations: found.pending,
        clock_offset_ms: found.clock_offset_ms,
        ledger_kept_apart: found.kept_apart,
        durability: durability
            .map(|one| (one.setting.to_owned(), DurabilityView { value: one.value, safe: one.safe }))
            .collect(),
        ledger: LedgerView { size: found.leaves, root: found.root },
        scheduler: SchedulerView {
            held: found.keeper.is_some_and(|keeper| theirs < keeper.until),
            until: found.keeper.map(|keeper| keeper.until.into()),
        },
        outbox: waiting((found.letters, found.due_since), now),
    };
    ReadyView { ready: missing.is_empty(), missing, warnings: Vec::new(), database: Some(database), writer }
}

fn waiting((waiting, due_since): (u64, Option<Time>), now: Time) -> OutboxView {
    let overdue = due_since.map_or(0, |since| (now - since).num_seconds().max(0));
    OutboxView { waiting, due_since: due_since.map(Into::into), overdue_seconds: u64::try_from(overdue).unwrap_or(0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{store::Durability, web::problem::codes};

    fn now() -> Time {
        "2026-03-01T12:00:00Z".parse().expect("a time")
    }

    fn found(synchronous: &str) -> Health {
        let durability =
            vec![Durability { setting: "synchronous", value: synchronous.to_owned(), safe: synchronous == "2" }];
        let due_since = Some(now() - TimeDelta::seconds(90));
        Health {
            pending: Vec::new(),
            clock_offset_ms: 0,
            kept_apart: None,
            durability,
            keeper: None,
            leaves: 7,
            root: Hash([0; 32]),
            alarm: None,
            letters: 2,
            due_since,
        }
    }

    fn judged(found: Result<Health, Problem>) -> ReadyView {
        shown((found, ClockTrust::Checked), WriterView { queued: 0, failures: 0 }, now())
    }

    #[test]
    fn a_sound_database_is_ready_and_tells_how_long_letters_wait() {
        let view = judged(Ok(found("2")));
        assert!(view.ready && view.missing.is_empty());
        assert_eq!(view.database.map(|database| database.outbox.overdue_seconds), Some(90));
    }

    #[test]
    fn what_would_lose_commits_or_lacks_a_migration_is_not_ready() {
        let view = judged(Ok(Health { pending: vec!["0009_x".to_owned()], ..found("1") }));
        assert!(!view.ready);
        assert_eq!(view.missing.len(), 2, "{:?}", view.missing);
    }

    #[test]
    fn a_clock_too_far_from_the_database_s_is_not_ready_unless_it_was_moved_on_purpose() {
        for (offset, ready) in [(1_999, true), (-2_001, false)] {
            let view = judged(Ok(Health { clock_offset_ms: offset, ..found("2") }));
            assert_eq!((view.ready, view.missing.len()), (ready, usize::from(!ready)), "{offset}");
        }
        let writer = WriterView { queued: 0, failures: 0 };
        let moved = Ok(Health { clock_offset_ms: 90_000, ..found("2") });
        assert!(shown((moved, ClockTrust::Moved), writer, now()).ready);
    }

    #[test]
    fn no_database_is_told_without_its_reason() {
        let view = judged(Err(Problem::new(codes::UNAVAILABLE, "host=db password=secret")));
        assert_eq!((view.ready, view.missing), (false, vec!["the database cannot be read".to_owned()]));
    }
}
