//! Letters about what the clock noticed: work that is late, requests that nobody touches, loops that ended.

use super::{Content, order, work::described};
use crate::{domain::upkeep::Loop, notify::matter::Matter};

pub(super) fn overdue(matter: &Matter<'_>) -> Content {
    let task = matter.named_task();
    let escalates = task.and_then(|task| task.late).and_then(|late| late.next);
    Content {
        about: task.map_or_else(|| "overdue work".to_owned(), |task| format!("overdue: please {}", order(task))),
        happened: format!("Work on this exception was not done by {}.", matter.when(matter.since())),
        means: match escalates {
            Some(at) => format!(
                "The exception waits for it, and the record says that it is late. On {} the procedure's escalation \
                 route is told.",
                matter.when(at)
            ),
            None => "The exception waits for it, and the record says that it is late.".to_owned(),
        },
        lists: vec![("The work", task.into_iter().map(|task| described(task, matter)).collect())],
        next: "Do the work now, or release it for somebody else.".to_owned(),
    }
}

pub(super) fn lapses_soon(matter: &Matter<'_>) -> Content {
    let at = matter.lapses_at().map_or_else(String::new, |at| format!(" on {}", matter.when(at)));
    Content {
        about: "your request lapses soon".to_owned(),
        happened: format!("Nobody has touched this request for some time. It lapses{at}."),
        means: "A request that lapsed is withdrawn. It stays in the record, and a new one can build on it.".to_owned(),
        lists: Vec::new(),
        next:
            "If it is still needed, complete and submit it; any change to it begins the time anew. Otherwise nothing."
                .to_owned(),
    }
}

pub(super) fn limit_reached(matter: &Matter<'_>) -> Content {
    let (what, limit) = matter.limit().map_or(("round", 0), |(what, limit)| (named(what), limit));
    Content {
        about: format!("no more {what}s"),
        happened: format!(
            "On {} this exception had {limit} {what}s, as many as its procedure allows.",
            matter.when(matter.event.at)
        ),
        means: "That loop has stopped: what would go round once more is not done by itself any longer.".to_owned(),
        lists: Vec::new(),
        next: "Look at why it goes round, and decide with those concerned whether it is completed, ended or suspended."
            .to_owned(),
    }
}

fn named(what: Loop) -> &'static str {
    match what {
        Loop::Returns => "return",
        Loop::Reopenings => "reopening",
        Loop::Reminders => "reminder",
        Loop::Escalations => "escalation",
    }
}
