//! Out of office: from when until when somebody is away, and whom they name to stand in. It gives nobody a right
//! and takes none: who acts in another's place does so by a delegation, and whoever is away may still act.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        person::{Absence, By, Person},
        refusal::{Refusal, Refused},
        request::Time,
        roster::{
            RosterDeed,
            decide::{Case, Ruling, invalid},
        },
    },
    words::{AdminVerb, Citation, PersonId},
};

/// For how many days somebody is away at most; who is away for longer says so again.
pub const ABSENCE_DAYS: i64 = 366;

/// Something to be done about who is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum AbsenceAction {
    /// Says that somebody is away, or will be, in place of what was said before.
    SetAbsence {
        /// Who.
        person: PersonId,
        /// From when; absent: from now.
        starts: Option<Time>,
        /// Until when.
        ends: Time,
        /// Whom to turn to meanwhile.
        stand_in: Option<PersonId>,
    },
    /// Says that they are back, or that nothing comes of it.
    EndAbsence {
        /// Who.
        person: PersonId,
    },
    /// The clock: it has begun, or it is over.
    TurnAbsence {
        /// Whose.
        person: PersonId,
    },
}

/// What happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AbsenceDeed {
    /// Somebody is away, or will be.
    AbsenceSet {
        /// Who.
        person: PersonId,
        /// From when.
        starts: Time,
        /// Until when.
        ends: Time,
        /// Whom to turn to meanwhile.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stand_in: Option<PersonId>,
    },
    /// The time from which somebody is away has come.
    AbsenceBegan {
        /// Who.
        person: PersonId,
    },
    /// Somebody is back.
    AbsenceEnded {
        /// Who.
        person: PersonId,
    },
}

impl AbsenceAction {
    /// Its verb.
    pub const fn verb(&self) -> AdminVerb {
        match self {
            Self::SetAbsence { .. } => AdminVerb::SetAbsence,
            Self::EndAbsence { .. } => AdminVerb::EndAbsence,
            Self::TurnAbsence { .. } => AdminVerb::TurnAbsence,
        }
    }

    /// Whom it is about.
    pub const fn subject(&self) -> PersonId {
        match self {
            Self::SetAbsence { person, .. } | Self::EndAbsence { person } | Self::TurnAbsence { person } => *person,
        }
    }

    /// Whom it names to stand in.
    pub const fn other(&self) -> Option<PersonId> {
        match self {
            Self::SetAbsence { stand_in, .. } => *stand_in,
            Self::EndAbsence { .. } | Self::TurnAbsence { .. } => None,
        }
    }
}

impl AbsenceDeed {
    /// Its code in the ledger, the feed and the timeline.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AbsenceSet { .. } => "absence_set",
            Self::AbsenceBegan { .. } => "absence_began",
            Self::AbsenceEnded { .. } => "absence_ended",
        }
    }

    /// Who is away, or was.
    pub const fn person(&self) -> PersonId {
        match self {
            Self::AbsenceSet { person, .. } | Self::AbsenceBegan { person } | Self::AbsenceEnded { person } => *person,
        }
    }

    /// What is known of their absence after it, `before` being what was known at `at`.
    pub fn leaves(&self, before: Option<&Absence>, at: Time) -> Option<Absence> {
        match self {
            Self::AbsenceSet { starts, ends, stand_in, .. } => {
                Some(Absence { starts: *starts, ends: *ends, stand_in: *stand_in, begun: *starts <= at })
            }
            Self::AbsenceBegan { .. } => before.map(|absence| Absence { begun: true, ..absence.clone() }),
            Self::AbsenceEnded { .. } => None,
        }
    }
}

/// What such an action does.
pub(super) fn rule(action: &AbsenceAction, case: Case<'_>) -> Result<Ruling, Refused> {
    let deed = match action {
        AbsenceAction::SetAbsence { person, starts, ends, stand_in } => {
            let starts = starts.or_else(|| under_way(case)).unwrap_or(case.ground.now);
            set(*person, (starts, *ends), *stand_in, case)?
        }
        AbsenceAction::EndAbsence { person } => {
            let subject = require_own(case)?;
            known(subject)?;
            AbsenceDeed::AbsenceEnded { person: *person }
        }
        AbsenceAction::TurnAbsence { person } => return turn(*person, case),
    };
    Ok(Ruling::plain(RosterDeed::Absence(deed)))
}

fn set(
    person: PersonId,
    (starts, ends): (Time, Time),
    stand_in: Option<PersonId>,
    case: Case<'_>,
) -> Result<AbsenceDeed, Refused> {
    let subject = require_own(case)?;
    if subject.is_service() {
        return Err(invalid("", "service_is_never_away", "a service is never away; stop its token instead"));
    }
    if stand_in.is_some() && case.active_human("/stand_in")?.human == subject.human {
        return Err(invalid("/stand_in", "stands_in_for_themself", "name somebody else, or nobody"));
    }
    if starts < case.ground.now && under_way(case) != Some(starts) {
        return Err(invalid("/starts", "back_dated", "an absence begins now or later"));
    }
    if ends <= starts {
        return Err(invalid("/ends", "ends_before_start", "an absence ends after it begins"));
    }
    if ends - starts > Duration::days(ABSENCE_DAYS) {
        return Err(invalid("/ends", "absence_too_long", "an absence lasts for at most 366 days; say so again then"));
    }
    Ok(AbsenceDeed::AbsenceSet { person, starts, ends, stand_in })
}

/// It is one's own to say, and an administrator's, for whoever fell ill.
fn require_own(case: Case<'_>) -> Result<&Person, Refused> {
    let subject = case.active_subject()?;
    if case.is_own(subject) || case.administers() {
        return Ok(subject);
    }
    Err(Refusal::NotYours { whom: "whoever is away, or an admin" }.into())
}

/// When the absence began that is under way.
fn under_way(case: Case<'_>) -> Option<Time> {
    let absence = case.ground.subject.as_ref()?.absence.as_ref()?;
    absence.holds_at(case.ground.now).then_some(absence.starts)
}

fn known(subject: &Person) -> Result<&Absence, Refused> {
    subject.absence.as_ref().ok_or_else(|| invalid("", "not_away", "this person is not away and will not be"))
}

/// What the clock sees of it. A person says that they are back by ending it.
fn turn(person: PersonId, case: Case<'_>) -> Result<Ruling, Refused> {
    let absence = known(case.subject()?)?;
    if !matches!(case.ground.by, By::System { .. }) {
        return Err(Refusal::NotYours { whom: "the clock" }.into());
    }
    let cite = |text: &str| {
        Citation::rule(6, format!("machines prepare: {text}"))
            .with("person", person.to_string())
            .with("starts", absence.starts.to_rfc3339())
            .with("ends", absence.ends.to_rfc3339())
    };
    let now = case.ground.now;
    let (deed, citation) = if absence.ends <= now {
        (AbsenceDeed::AbsenceEnded { person }, cite("the time until which somebody was away is over"))
    } else if absence.starts <= now && !absence.begun {
        (AbsenceDeed::AbsenceBegan { person }, cite("the time from which somebody is away has come"))
    } else {
        return Err(invalid("/person", "not_due", "neither its beginning nor its end has come"));
    };
    Ok(Ruling::plain(RosterDeed::Absence(deed)).citing(citation))
}
