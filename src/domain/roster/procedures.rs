//! Publishing and retiring procedures: which version may come next, what may be retired, and that both take two
//! people. Whether a text is sound was checked where it was read.

use crate::{
    domain::{
        refusal::{Refusal, Refused},
        roster::{
            RosterDeed,
            decide::{Case, Ruling, invalid},
            split,
        },
    },
    words::{Hash, SopRef, SplitEnd},
};

/// Publishes a version of a procedure; of a retired one, that takes it back into use.
pub(super) fn publish(sop: &SopRef, text_hash: Hash, case: Case<'_>) -> Result<Ruling, Refused> {
    let standing = &case.ground.procedure;
    split::require_newer(sop, standing)?;
    let deed = RosterDeed::SopPublished { sop: sop.clone(), text_hash };
    let ends = split::ended(standing, SplitEnd::Published);
    Ok(Ruling::lowering(deed, Some("a version of a procedure is published")).and(ends))
}

/// Retires a procedure as it is now: exceptions under it go on, and nothing new begins under it.
pub(super) fn retire(sop: &SopRef, case: Case<'_>) -> Result<Ruling, Refused> {
    let standing = &case.ground.procedure;
    let newest = standing.newest.as_ref().ok_or(Refusal::NoSuch { what: "procedure" })?;
    if newest != sop {
        let detail = "a newer version was published since this was proposed; look at it, and propose it anew";
        return Err(invalid("", "version_not_newest", detail));
    }
    if standing.retired {
        return Err(invalid("", "already_retired", "this procedure was retired already"));
    }
    if standing.named {
        let detail =
            "the settings name this procedure for new requests; name another one in `sop.default` or the intake first";
        return Err(invalid("", "sop_in_settings", detail));
    }
    let deed = RosterDeed::SopRetired { sop: sop.clone() };
    Ok(Ruling::lowering(deed, Some("a procedure is retired")).and(split::ended(standing, SplitEnd::Retired)))
}

#[cfg(test)]
mod tests {
    use crate::{
        domain::{
            refusal::Refused,
            roster::{RosterAction, RosterEvent, play::World},
        },
        words::{Hash, SopRef},
    };

    fn sop(id: &str, version: u32) -> SopRef {
        SopRef { id: id.to_owned(), version, hash: Hash::of(b"sop") }
    }

    /// 2 proposes it, 3 confirms.
    fn done(world: &mut World, action: RosterAction) -> Result<Vec<RosterEvent>, Refused> {
        world.acted(world.session(2), action)?;
        world.confirmed(world.session(3))
    }

    fn published(world: &mut World, id: &str, version: u32) {
        let action = RosterAction::PublishSop { sop: sop(id, version), text_hash: Hash::of(b"text") };
        done(world, action).expect("published");
    }

    fn retired(world: &mut World, id: &str, version: u32) -> Result<&'static str, &'static str> {
        let done = done(world, RosterAction::RetireSop { sop: sop(id, version) });
        done.map(|events| events[1].deed.code()).map_err(|refused| refused.refusal.code())
    }

    #[test]
    fn a_procedure_is_retired_by_two_people_until_a_newer_version() {
        let mut world = World::grown();
        assert_eq!(retired(&mut world, "standard", 1), Err("no_such"));
        published(&mut world, "standard", 1);
        let proposed = world.acted(world.session(2), RosterAction::RetireSop { sop: sop("standard", 1) });
        assert_eq!(proposed.expect("a change")[0].deed.code(), "change_proposed");
        assert_eq!(world.confirmed(world.session(2)).unwrap_err().refusal.code(), "excluded", "not by one");
        world.confirmed(world.session(3)).expect("retired");
        assert_eq!(retired(&mut world, "standard", 1), Err("already_retired"));
        published(&mut world, "standard", 2);
        assert_eq!(retired(&mut world, "standard", 1), Err("version_not_newest"));
        assert_eq!(retired(&mut world, "standard", 2), Ok("sop_retired"), "it was in use again");
    }

    #[test]
    fn what_was_proposed_is_judged_anew_and_what_the_settings_name_stays() {
        let mut world = World::grown();
        published(&mut world, "other", 1);
        world.acted(world.session(2), RosterAction::RetireSop { sop: sop("other", 1) }).expect("proposed");
        let waits = world.roster.changes.values().next_back().map(|change| (change.id, change.hash));
        published(&mut world, "other", 2);
        let (change, hash) = waits.expect("it waits");
        let command = crate::domain::roster::RosterCommand::ConfirmChange { change, hash };
        let asked = crate::domain::roster::play::Asked { by: world.session(3), command, email_key: None };
        assert_eq!(world.take(&asked).unwrap_err().refusal.code(), "version_not_newest");
        published(&mut world, "default", 1);
        assert_eq!(retired(&mut world, "default", 1), Err("sop_in_settings"));
    }
}
