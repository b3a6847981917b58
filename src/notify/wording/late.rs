//! Letters about what the clock noticed: work that is late, requests that nobody touches, loops that ended.

use super::{
    in_parts,
    parts::{described, order},
    told_of, whole,
};
use crate::notify::{letter::Content, matter::Matter};

pub(super) fn overdue(matter: &Matter<'_>) -> Content {
    let task = matter.named_task();
    let escalates = task.and_then(|task| task.late).and_then(|late| late.next);
    let said = told_of(matter, "overdue")
        .with("order", task.map_or_else(String::new, |task| order(task, matter.tongue())))
        .with("escalates", escalates.map_or_else(String::new, |at| matter.when(at)));
    let about = if task.is_some() { "about-order" } else { "about" };
    let means = if escalates.is_some() { "means-escalates" } else { "means" };
    let work = task.into_iter().map(|task| described(task, matter)).collect();
    in_parts(&said, [about, "happened", means, "next"], vec![("work", work)])
}

pub(super) fn lapses_soon(matter: &Matter<'_>) -> Content {
    let on = |at| matter.say("letter-lapses-soon-on").with("at", matter.when(at)).to_string();
    let on = matter.lapses_at().map_or_else(String::new, on);
    whole(&told_of(matter, "lapses-soon").with("on", on), Vec::new())
}

pub(super) fn limit_reached(matter: &Matter<'_>) -> Content {
    let (what, limit) = matter.limit().map_or(("rounds", 0), |(what, limit)| (what.as_str(), limit));
    let said = told_of(matter, "limit-reached")
        .with("what", matter.say(format!("letter-loop-{what}")))
        .with("times", matter.say(format!("letter-times-{what}")).count("count", limit));
    whole(&said, Vec::new())
}
