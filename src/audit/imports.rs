//! What came from another register: brought by somebody who may, once, and never with an effect or an end of its own
//! here. It uses none of the code that decided.

use super::story::Story;
use crate::{
    domain::{
        event::{Deed, Event},
        exception::{Exception, Round, State},
        import::{Brought, Provenance},
        person::By,
    },
    words::{Role, RoundKind},
};

type Verdict = Result<(), String>;

/// Judges what an import may not be, before it is folded.
#[expect(clippy::wildcard_enum_match_arm, reason = "what imports do: the rest does nothing of it")]
pub(super) fn judge(story: &mut Story, before: &Exception, event: &Event) -> Verdict {
    match &event.deed {
        Deed::Brought(Brought::Imported { from }) => imported(story, before, (from, &event.by)),
        Deed::Brought(Brought::Archived) if before.is_as_imported() && before.is_history() => Ok(()),
        Deed::Brought(Brought::Archived) => Err("what had not ended elsewhere was put away as history".to_owned()),
        Deed::RoundOpened { round } if round.kind == RoundKind::Initial => opened(before, round),
        _ => Ok(()),
    }
}

fn imported(story: &mut Story, before: &Exception, (from, by): (&Provenance, &By)) -> Verdict {
    if before.seq != 1 || before.imported.is_some() {
        return Err("what was here already was imported".to_owned());
    }
    let known = by.person().and_then(|id| Some((id, story.roster.people.get(&id)?)));
    let human = known.filter(|(_, record)| record.active && record.responsible.is_none());
    let (id, _) = human.ok_or("something was imported by nobody who is there")?;
    let domains = before.request.domains();
    let may = story.roster.grants.values().any(|grant| {
        let there = domains.iter().all(|domain| grant.domain.covers(domain));
        grant.person == id && grant.removed.is_none() && matches!(grant.role, Role::Governance | Role::Admin) && there
    });
    if !may {
        return Err("something was imported by somebody whose roles do not allow it".to_owned());
    }
    if story.imports.insert((from.source.clone(), from.reference.clone())) {
        return Ok(());
    }
    Err(format!("{} of {} was imported twice", from.reference, from.source))
}

/// The first round follows the procedure's steps, or is of what came from elsewhere, as it came and at no lower tier.
fn opened(before: &Exception, round: &Round) -> Verdict {
    if matches!(before.state, State::Assessment | State::StakeholderInput) {
        return Ok(());
    }
    let came = before.imported.as_ref().filter(|_| before.is_as_imported() && !before.is_history());
    let from = came.map(|imported| &imported.from).ok_or("a round was opened of what nobody had assessed")?;
    if from.ownerless && before.request.beneficiary.is_none() {
        return Err("a round was opened of what nobody owns".to_owned());
    }
    if from.tier.is_some_and(|stated| round.tier >= stated) {
        return Ok(());
    }
    Err("a round was opened below the tier that it had where it came from".to_owned())
}
