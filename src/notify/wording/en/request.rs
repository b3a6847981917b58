//! Letters about a request on its way to a decision: received, sent back, agreed to, denied, over.

use super::{Content, by};
use crate::{
    domain::{
        event::Deed,
        exception::{Reason, State},
        task::Work,
    },
    notify::{matter::Matter, plain},
};

pub(super) fn received(matter: &Matter<'_>) -> Content {
    let gaps = if let Deed::Submitted { gaps, .. } = &matter.event.deed { gaps.as_slice() } else { &[] };
    let gaps = gaps.iter().map(|gap| format!("Rule {}.", plain::line(gap, plain::TITLE))).collect();
    Content {
        about: "request received".to_owned(),
        happened: format!(
            "Your request was received on {} and now runs through {}.",
            matter.when(matter.event.at),
            matter.exception.sop
        ),
        means: "A reviewer checks that it is complete. Nothing it asks for is allowed yet: an exception takes effect \
                only after at least two other people have approved it, and you will be told when that happens."
            .to_owned(),
        lists: vec![("Rules that could not be evaluated and wait for governance", gaps)],
        next: format!(
            "Nothing for now. The review should be done{}; if something is missing, you will be told what.",
            by(matter, matter.due(Work::Review))
        ),
    }
}

pub(super) fn returned(matter: &Matter<'_>) -> Content {
    let reasons = if let Deed::Returned { reasons, .. } = &matter.event.deed { reasons.as_slice() } else { &[] };
    Content {
        about: "changes needed".to_owned(),
        happened: format!("Your request was sent back to you on {}.", matter.when(matter.event.at)),
        means: "It goes no further until the points below are put right. Nothing it asks for is allowed meanwhile."
            .to_owned(),
        lists: vec![
            ("To put right", reasons.iter().map(|reason| remedy(reason, matter)).collect()),
            ("Note", matter.remarks()),
        ],
        next: format!("Change the request and submit it again{}, or withdraw it.", by(matter, matter.due(Work::Fix))),
    }
}

pub(super) fn clauses_added(matter: &Matter<'_>) -> Content {
    let added =
        if let Deed::ClausesAdded { clauses, .. } = &matter.event.deed { clauses.iter().collect() } else { vec![] };
    Content {
        about: "more clauses were added".to_owned(),
        happened: format!(
            "On {} somebody who looks at this request found that it deviates from more clauses than it names.",
            matter.when(matter.event.at)
        ),
        means: "The clauses are part of it from now on. Approvals that were given without them no longer count; what \
                is in effect is looked at again, and a clause that nobody may waive ends it."
            .to_owned(),
        lists: vec![
            ("Added clauses", added.into_iter().map(|id| plain::line(id, plain::TITLE)).collect()),
            ("Why", matter.remarks()),
        ],
        next: "Nothing, unless the request should be withdrawn.".to_owned(),
    }
}

pub(super) fn changes_requested(matter: &Matter<'_>) -> Content {
    Content {
        about: "an approver asks for changes".to_owned(),
        happened: format!(
            "On {} an approver asked for changes and sent your request back to you.",
            matter.when(matter.event.at)
        ),
        means: "It goes no further until you changed it and submitted it again. Approvals that were given no longer \
                count, and nothing it asks for is allowed meanwhile."
            .to_owned(),
        lists: vec![("What the approver wrote", matter.remarks())],
        next: format!("Change the request and submit it again{}, or withdraw it.", by(matter, matter.due(Work::Fix))),
    }
}

fn remedy(reason: &Reason, matter: &Matter<'_>) -> String {
    let short = |text: &str| plain::line(text, plain::TITLE);
    let field = reason.pointer.as_deref().map_or_else(String::new, |field| format!(", field {}", short(field)));
    let link = reason.pointer.as_deref().map_or_else(String::new, |field| format!("\n{}", matter.field(field)));
    let (told, remedy) = (plain::sentence(&reason.text), plain::sentence(&reason.remedy));
    format!("{told} {remedy} ({}{field}){link}", short(&reason.code))
}

pub(super) fn acceptance_wanted(matter: &Matter<'_>) -> Content {
    Content {
        about: "conditions to accept".to_owned(),
        happened: format!(
            "On {} your request received every approval it needs, on the conditions below.",
            matter.when(matter.event.at)
        ),
        means: "It does not take effect before you accept the conditions. They bind everyone who uses the exception, \
                for as long as it lasts."
            .to_owned(),
        lists: vec![("Conditions", matter.conditions())],
        next: format!(
            "Read the conditions and accept them{}, or withdraw the request.",
            by(matter, matter.due(Work::AcceptConditions))
        ),
    }
}

pub(super) fn rejected(matter: &Matter<'_>) -> Content {
    let at = matter.when(matter.event.at);
    let (happened, means, next) = if let State::Suspended { since, .. } = &matter.exception.state {
        if *since == matter.event.at {
            (
                format!("On {at} an approver rejected this exception in its re-review."),
                "It is suspended: what it allowed is not allowed until a full quorum resumes it.",
                "Stop what it allowed, now. If it is still needed, answer the reason and ask its approvers to resume it.",
            )
        } else {
            (
                format!("On {at} an approver refused to resume this exception."),
                "It stays suspended: what it allowed is still not allowed.",
                "If it is still needed, answer the reason and ask its approvers again.",
            )
        }
    } else if let State::Active { .. } = &matter.exception.state {
        (
            format!("A further request on this exception was rejected on {at}."),
            "The exception itself continues as it was, until its present end and on its present conditions.",
            "Nothing. If the need remains, ask again and answer the reason.",
        )
    } else {
        (
            format!("The request was rejected on {at}. One rejection with a reason ends it."),
            "What it asks for is not allowed. The decision and its reason stay in the record.",
            "Nothing. If the need remains, file a new request that answers the reason and points to this one.",
        )
    };
    let lists = vec![("The reason", matter.remarks())];
    Content { about: "rejected".to_owned(), happened, means: means.to_owned(), lists, next: next.to_owned() }
}

pub(super) fn closed(matter: &Matter<'_>) -> Content {
    let at = matter.when(matter.event.at);
    let withdrawn = matches!(matter.event.deed, Deed::Withdrawn { .. });
    let (about, happened, means) = if withdrawn && matter.event.effective_at.is_some() {
        (
            "lapsed",
            format!("The draft lapsed on {}, because nobody worked on it for long.", matter.when(matter.since())),
            "It was never submitted, so nothing changes.",
        )
    } else if withdrawn {
        (
            "withdrawn",
            format!("The request was withdrawn on {at}."),
            "It will not be decided, nothing it asks for is allowed, and all open work on it is closed.",
        )
    } else if matter.exception.superseded_by.is_some() {
        (
            "replaced by its renewal",
            format!("The exception was closed on {at}, because the one that renews it took effect."),
            "From now on only the renewal counts, with its own period and its own conditions.",
        )
    } else {
        (
            "closed",
            format!("The exception was closed on {at}, because it is no longer needed."),
            "What it allowed is no longer allowed.",
        )
    };
    Content {
        about: about.to_owned(),
        happened,
        means: means.to_owned(),
        lists: vec![("The reason", matter.remarks())],
        next: "Nothing. The record stays.".to_owned(),
    }
}

pub(super) fn commented(matter: &Matter<'_>) -> Content {
    Content {
        about: "a comment".to_owned(),
        happened: format!("Somebody commented on the request on {}.", matter.when(matter.event.at)),
        means: "A comment changes nothing about the request and decides nothing.".to_owned(),
        lists: vec![("The comment", matter.remarks())],
        next: "If it asks you something, answer with a comment.".to_owned(),
    }
}
