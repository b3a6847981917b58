//! Letters about a decided exception: granted, in effect, looked at again, without effect, ended.

use std::collections::BTreeSet;

use super::{
    parts::{by, cause, controls, terms},
    told_of, whole,
};
use crate::{
    domain::{event::Deed, exception::Authority, review::ReviewDeed, task::Work},
    notify::{letter::Content, matter::Matter},
    words::PersonId,
};

pub(super) fn approved(matter: &Matter<'_>) -> Content {
    let said = if let Deed::Granted { authority } = &matter.event.deed {
        let by = by(matter, matter.due(Work::ConfirmControl));
        told_of(matter, "approved").with("people", humans(authority)).with("by", by)
    } else if let Deed::Reaffirmed { authority } = &matter.event.deed {
        told_of(matter, "reaffirmed").with("people", humans(authority))
    } else {
        told_of(matter, "content-replaced")
    };
    whole(&said, terms(matter))
}

fn humans(authority: &Authority) -> usize {
    authority.two.seats().iter().map(|seat| seat.human).collect::<BTreeSet<PersonId>>().len()
}

pub(super) fn effective(matter: &Matter<'_>) -> Content {
    whole(&told_of(matter, "effective"), terms(matter))
}

pub(super) fn re_review_opened(matter: &Matter<'_>) -> Content {
    let settle_by = if let Deed::Reopened { settle_by, .. } = &matter.event.deed { Some(*settle_by) } else { None };
    let said = told_of(matter, "re-review-opened").with("cause", cause(matter)).with("by", by(matter, settle_by));
    whole(&said, vec![("note", matter.remarks()), ("controls", controls(matter))])
}

pub(super) fn review_withdrawn(matter: &Matter<'_>) -> Content {
    whole(&told_of(matter, "review-withdrawn"), terms(matter))
}

pub(super) fn attested_no(matter: &Matter<'_>) -> Content {
    let given = if let Deed::Review(ReviewDeed::Attested { attestation, .. }) = &matter.event.deed {
        (attestation.needed, attestation.kept)
    } else {
        (false, false)
    };
    let yes = |answer: bool| matter.say(if answer { "yes" } else { "no" });
    let said = told_of(matter, "attested-no").with("needed", yes(given.0)).with("kept", yes(given.1));
    whole(&said, vec![("note", matter.remarks())])
}

pub(super) fn suspended(matter: &Matter<'_>) -> Content {
    let said = told_of(matter, "suspended").with("cause", cause(matter));
    whole(&said, vec![("note", matter.remarks()), ("controls", controls(matter))])
}

pub(super) fn resumed(matter: &Matter<'_>) -> Content {
    whole(&told_of(matter, "resumed"), terms(matter))
}

pub(super) fn extended(matter: &Matter<'_>) -> Content {
    let days = if let Deed::Extended { days, .. } = &matter.event.deed { *days } else { 0 };
    let end = matter.period().map(|period| matter.say("letter-extended-end").with("at", matter.when(period.end)));
    let end = end.map_or_else(String::new, |said| said.to_string());
    whole(&told_of(matter, "extended").count("days", days).with("end", end), terms(matter))
}

pub(super) fn revoked(matter: &Matter<'_>) -> Content {
    whole(&told_of(matter, "revoked").with("cause", cause(matter)), vec![("note", matter.remarks())])
}

pub(super) fn expired(matter: &Matter<'_>) -> Content {
    let decided = matter.exception.original_end.is_some();
    whole(&told_of(matter, if decided { "expired" } else { "expired-undecided" }), Vec::new())
}
