//! What an incident means for an exception that names what it is about: what is in effect is looked at again or
//! loses its effect, and whoever is deciding decides with the incident in view. It finds no exceptions.

use crate::{
    domain::{
        event::Deed,
        exception::{Cause, Exception},
        roster::Incident,
        upkeep::Upkeep,
    },
    words::{Citation, IncidentOutcome, StateName},
};

use super::{Ground, Proceeding, decision::void_all, re_review, settle};

/// What `incident` does to `before`; nothing where it is a draft or has ended.
pub fn struck(before: &Exception, incident: &Incident, ground: Ground<'_>) -> Vec<super::Event> {
    let mut proceeding = match incident.does_to(before.state.name()) {
        // What would begin at this very moment does not begin as if nobody knew of it.
        IncidentOutcome::Noted => Proceeding::new(before.clone(), ground),
        IncidentOutcome::Reopened | IncidentOutcome::Suspended | IncidentOutcome::Ended => {
            Proceeding::settled(before, ground)
        }
    };
    strike(&mut proceeding, incident);
    settle::settle(&mut proceeding);
    proceeding.close()
}

fn strike(p: &mut Proceeding<'_>, incident: &Incident) {
    let (state, cause) = (p.now.state.name(), Cause::of(Cause::INCIDENT));
    if state == StateName::Draft {
        return;
    }
    let citation = cited(p, incident);
    match incident.does_to(state) {
        IncidentOutcome::Reopened => settle::reopen_or_suspend(p, (cause, Some(citation)), None),
        IncidentOutcome::Suspended => settle::suspend_citing(p, (cause, citation), None),
        IncidentOutcome::Ended => {}
        IncidentOutcome::Noted => {
            p.tell(Deed::Upkeep(Upkeep::IncidentNoted { incident: incident.id }), citation);
            // Whoever approved before did not know of it.
            void_all(p, Cause::INCIDENT, None);
            re_review::widen(p, Cause::INCIDENT, None);
        }
    }
}

fn cited(p: &Proceeding<'_>, incident: &Incident) -> Citation {
    let text = format!("an incident of severity {} was reported on {}", incident.severity, incident.about());
    p.cite("7", text)
        .with("incident", incident.id.to_string())
        .with("severity", incident.severity.as_str())
        .with("effect", incident.effect.as_str())
        .with("batch", incident.batch().to_string())
}
