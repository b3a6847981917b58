//! Letters about a decided exception: granted, in effect, looked at again, without effect, ended.

use std::collections::BTreeSet;

use super::{Content, by, cause, controls, period};
use crate::{
    domain::{event::Deed, exception::Authority, task::Work},
    notify::matter::Matter,
    words::PersonId,
};

pub(super) fn approved(matter: &Matter<'_>) -> Content {
    let at = matter.when(matter.event.at);
    let (about, happened, means, next) = if let Deed::Granted { authority } = &matter.event.deed {
        (
            "approved",
            format!("On {at} the request was approved by its full quorum, {} different people.", humans(authority)),
            "It is not in effect yet. It takes effect by itself once its start has come and the controls that must \
             stand first are confirmed; you will be told when that happens.",
            format!(
                "Wait until you are told. If you own a control, confirm it{}.",
                by(matter, matter.due(Work::ConfirmControl))
            ),
        )
    } else if let Deed::Reaffirmed { authority } = &matter.event.deed {
        (
            "reaffirmed",
            format!("On {at} the exception was reaffirmed by its full quorum, {} different people.", humans(authority)),
            "It stays in effect, on the terms below.",
            "Carry on, and keep to the conditions.".to_owned(),
        )
    } else {
        (
            "new content approved",
            format!("On {at} new content of this exception was approved by its full quorum."),
            "From now on the new content counts, and the old one no longer does.",
            "Read what it covers now, and keep to that.".to_owned(),
        )
    };
    Content { about: about.to_owned(), happened, means: means.to_owned(), lists: terms(matter), next }
}

fn humans(authority: &Authority) -> usize {
    authority.two.seats().iter().map(|seat| seat.human).collect::<BTreeSet<PersonId>>().len()
}

/// What everyone who uses the exception has to know.
fn terms(matter: &Matter<'_>) -> Vec<(&'static str, Vec<String>)> {
    vec![
        ("Period", period(matter)),
        ("Conditions", matter.conditions()),
        ("Controls", controls(matter)),
        ("Who monitors it", matter.monitor()),
    ]
}

pub(super) fn effective(matter: &Matter<'_>) -> Content {
    Content {
        about: "in effect".to_owned(),
        happened: format!("The exception took effect on {}.", matter.when(matter.since())),
        means: "From now on what it covers is allowed: for those it names, for the purpose it states, and on its \
                conditions. Nothing else is."
            .to_owned(),
        lists: terms(matter),
        next:
            "Keep to the conditions, and see that controls are confirmed when they are due. If the exception is needed \
               for longer, ask for an extension well before its end."
                .to_owned(),
    }
}

pub(super) fn re_review_opened(matter: &Matter<'_>) -> Content {
    let settle_by = if let Deed::Reopened { settle_by, .. } = &matter.event.deed { Some(*settle_by) } else { None };
    Content {
        about: "re-review opened".to_owned(),
        happened: format!("On {} the exception was reopened{}.", matter.when(matter.event.at), cause(matter)),
        means: format!(
            "It stays in effect while it is looked at again. If the re-review is not completed{}, it is suspended.",
            by(matter, settle_by)
        ),
        lists: vec![("Note", matter.remarks()), ("Controls", controls(matter))],
        next: "Put right what caused it, and record that on the exception. Its approvers have been asked separately \
               whether it continues."
            .to_owned(),
    }
}

pub(super) fn suspended(matter: &Matter<'_>) -> Content {
    Content {
        about: "suspended, stop now".to_owned(),
        happened: format!("The exception has been suspended since {}{}.", matter.when(matter.since()), cause(matter)),
        means: "What it allowed is not allowed while it is suspended. If that is not settled within the time the \
                procedure gives, it is revoked."
            .to_owned(),
        lists: vec![("Note", matter.remarks()), ("Controls", controls(matter))],
        next:
            "Stop what the exception allowed, now. To resume it, put right the cause and ask its approvers: that needs \
               a full quorum."
                .to_owned(),
    }
}

pub(super) fn resumed(matter: &Matter<'_>) -> Content {
    Content {
        about: "resumed".to_owned(),
        happened: format!("A full quorum resumed the exception on {}.", matter.when(matter.event.at)),
        means: "What it covers is allowed again, on its conditions. What was done while it was suspended was not \
                covered."
            .to_owned(),
        lists: terms(matter),
        next: "Carry on, and keep to the conditions.".to_owned(),
    }
}

pub(super) fn extended(matter: &Matter<'_>) -> Content {
    let days = if let Deed::Extended { days, .. } = &matter.event.deed { *days } else { 0 };
    let days = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    let end =
        matter.period().map_or_else(String::new, |period| format!("Its new end is {}. ", matter.when(period.end)));
    Content {
        about: "extended".to_owned(),
        happened: format!("On {} a full quorum extended the exception by {days}.", matter.when(matter.event.at)),
        means: format!("{end}Everything else about it stays as it was."),
        lists: terms(matter),
        next: "Carry on, and keep to the conditions.".to_owned(),
    }
}

pub(super) fn revoked(matter: &Matter<'_>) -> Content {
    Content {
        about: "revoked, stop now".to_owned(),
        happened: format!(
            "The exception was revoked with effect from {}{}.",
            matter.when(matter.since()),
            cause(matter)
        ),
        means: "What it allowed is no longer allowed. A revoked exception does not come back.".to_owned(),
        lists: vec![("Note", matter.remarks())],
        next: "Stop what the exception allowed, now. If the need remains, file a new request that points to this one."
            .to_owned(),
    }
}

pub(super) fn expired(matter: &Matter<'_>) -> Content {
    let at = matter.when(matter.since());
    let (happened, means, next) = if matter.exception.original_end.is_some() {
        (
            format!("The exception ended on {at}, because its period is over."),
            "It allows nothing any more.",
            "Stop what it allowed, now. If the need remains, file a new request that renews this one.",
        )
    } else {
        (
            format!("The period that this request asked for ended on {at}, before it was decided."),
            "Nothing it asks for was ever allowed, and it will not be decided.",
            "Nothing. If the need remains, file a new request.",
        )
    };
    Content { about: "ended".to_owned(), happened, means: means.to_owned(), lists: Vec::new(), next: next.to_owned() }
}
