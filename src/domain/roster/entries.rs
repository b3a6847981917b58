//! Publishing versions of the register: which number comes next, what one person may do alone, and what
//! takes two. Whether the content is sound was checked where it was read.

use crate::{
    domain::{
        person::By,
        refusal::Refused,
        roster::{
            RosterDeed,
            decide::{Case, Ruling, invalid},
        },
    },
    words::{Citation, EntryKind, EntryRef, Weight},
};

/// Publishes a version. A material one of a policy or a regulation takes two people; wording and the
/// inventory of systems do not, and neither does what the service brings along itself.
pub(super) fn publish(entry: &EntryRef, weight: Weight, retires: bool, case: Case<'_>) -> Result<Ruling, Refused> {
    let standing = &case.ground.entry;
    require_next(entry, standing.newest.as_ref())?;
    if retires && standing.retired {
        return Err(invalid("", "already_retired", "this system was retired already"));
    }
    if weight == Weight::Editorial && !standing.same_demands {
        let detail = "an editorial version changes words alone; what adds or drops a clause, a question or a source, or is the first version, is `material`";
        return Err(invalid("/weight", "not_editorial", detail));
    }
    let deed = RosterDeed::EntryPublished { entry: entry.clone(), weight, retires };
    if matches!(case.ground.by, By::System { .. }) && standing.newest.is_none() {
        let citation = Citation::rule(7, "what ships with the service is put in place by the service")
            .with("entry", entry.id.as_str())
            .with("version", entry.version);
        return Ok(Ruling::plain(deed).citing(citation));
    }
    let governs = match entry.kind {
        EntryKind::Policy | EntryKind::Regulation => weight == Weight::Material,
        EntryKind::System => false,
    };
    Ok(Ruling::lowering(deed, governs.then_some("a material version of the register is published")))
}

fn require_next(entry: &EntryRef, newest: Option<&EntryRef>) -> Result<(), Refused> {
    let next = newest.map_or(1, |newest| newest.version.saturating_add(1));
    if entry.version == next {
        return Ok(());
    }
    let detail = format!("the next version of {} {} is {next}; published versions never change", entry.kind, entry.id);
    Err(invalid("/version", "version_not_next", &detail))
}
