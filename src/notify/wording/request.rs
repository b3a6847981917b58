//! Letters about a request on its way to a decision: received, sent back, agreed to, denied, over.

use super::{parts::by, told_of, whole};
use crate::{
    domain::{
        event::Deed,
        exception::{Reason, State},
        task::Work,
    },
    notify::{letter::Content, matter::Matter, plain},
};

pub(super) fn received(matter: &Matter<'_>) -> Content {
    let gaps = if let Deed::Submitted { gaps, .. } = &matter.event.deed { gaps.as_slice() } else { &[] };
    let gap = |rule: &String| matter.say("letter-received-gap").with("rule", short(rule)).to_string();
    let by = by(matter, matter.due(Work::Review));
    let said = told_of(matter, "received").with("sop", &matter.exception.sop).with("by", by);
    whole(&said, vec![("gaps", gaps.iter().map(gap).collect())])
}

pub(super) fn returned(matter: &Matter<'_>) -> Content {
    let reasons = if let Deed::Returned { reasons, .. } = &matter.event.deed { reasons.as_slice() } else { &[] };
    let remedies = reasons.iter().map(|reason| remedy(reason, matter)).collect();
    let said = told_of(matter, "returned").with("by", by(matter, matter.due(Work::Fix)));
    whole(&said, vec![("remedies", remedies), ("note", matter.remarks())])
}

fn remedy(reason: &Reason, matter: &Matter<'_>) -> String {
    let field = |field: &str| matter.say("letter-returned-field").with("field", short(field)).to_string();
    let field = reason.pointer.as_deref().map_or_else(String::new, field);
    let link = reason.pointer.as_deref().map_or_else(String::new, |field| format!("\n{}", matter.field(field)));
    let said = |text: &str| plain::sentence(&matter.tongue().as_told(text));
    let (told, remedy) = (said(&reason.text), said(&reason.remedy));
    format!("{told} {remedy} ({}{field}){link}", short(&reason.code))
}

fn short(text: &str) -> String {
    plain::line(text, plain::TITLE)
}

pub(super) fn clauses_added(matter: &Matter<'_>) -> Content {
    let added = if let Deed::ClausesAdded { clauses, .. } = &matter.event.deed { Some(clauses) } else { None };
    let added = added.into_iter().flatten().map(|clause| short(clause)).collect();
    whole(&told_of(matter, "clauses-added"), vec![("clauses", added), ("why", matter.remarks())])
}

pub(super) fn changes_requested(matter: &Matter<'_>) -> Content {
    let said = told_of(matter, "changes-requested").with("by", by(matter, matter.due(Work::Fix)));
    whole(&said, vec![("wish", matter.remarks())])
}

pub(super) fn acceptance_wanted(matter: &Matter<'_>) -> Content {
    let said = told_of(matter, "acceptance-wanted").with("by", by(matter, matter.due(Work::AcceptConditions)));
    whole(&said, vec![("conditions", matter.conditions())])
}

pub(super) fn rejected(matter: &Matter<'_>) -> Content {
    let name = if let State::Suspended { since, .. } = &matter.exception.state {
        if *since == matter.event.at { "rejected-in-review" } else { "rejected-resumption" }
    } else if let State::Active { .. } = &matter.exception.state {
        "rejected-further"
    } else {
        "rejected"
    };
    whole(&told_of(matter, name), vec![("reason", matter.remarks())])
}

pub(super) fn closed(matter: &Matter<'_>) -> Content {
    let withdrawn = matches!(matter.event.deed, Deed::Withdrawn { .. });
    let name = if withdrawn && matter.event.effective_at.is_some() {
        "lapsed"
    } else if withdrawn {
        "withdrawn"
    } else if matter.exception.superseded_by.is_some() {
        "renewed"
    } else {
        "closed"
    };
    whole(&told_of(matter, name), vec![("reason", matter.remarks())])
}

pub(super) fn commented(matter: &Matter<'_>) -> Content {
    whole(&told_of(matter, "commented"), vec![("comment", matter.remarks())])
}
