//! Concerns: what the figures of a procedure say, and somebody has to answer in writing. Over a budget of exceptions
//! it is governance (the rule may be wrong, not the teams); a procedure past its own review, or whose own figures
//! rise, its owner. None of them blocks anything, and the service raises and settles them by itself.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        person::By,
        refusal::{Refusal, Refused},
        request::Time,
        roster::{
            RosterDeed, RosterEvent,
            decide::{Case, Ruling, invalid, require_human},
        },
    },
    sop::Rise,
    words::{Citation, ConcernId, ConcernKind, ConcernState, Measured, Role, Sealed, SopRef, SplitId},
};

/// What a concern is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Topic {
    /// The exceptions in effect that deviate from a clause, in a business unit, under a procedure.
    OverBudget {
        /// The procedure's name.
        sop: String,
        /// The clause.
        clause: String,
        /// The business unit; absent: those that name none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        business_unit: Option<String>,
    },
    /// A procedure as a whole.
    SopReview {
        /// Its name.
        sop: String,
    },
    /// A split that the clock held.
    SplitHeld {
        /// The procedure's name.
        sop: String,
        /// The split.
        split: SplitId,
        /// How often it was held by then.
        hold: u32,
    },
}

/// What was counted, against what the procedure tolerates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// What it counts.
    pub measure: Measured,
    /// How many.
    pub count: u64,
    /// Up to so many are tolerated.
    pub limit: u64,
    /// Of how many, and as it was before; absent where the number alone counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
}

/// So many of so many, and what it was in as many days before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// Of how many.
    pub of: u64,
    /// How many before.
    pub before: u64,
    /// Of how many before.
    pub before_of: u64,
    /// By how many percent of what it was the share may grow.
    pub percent: u64,
}

/// A concern as it is raised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concern {
    /// Its id.
    pub id: ConcernId,
    /// What it is about.
    pub topic: Topic,
    /// The version of the procedure whose limits it is held against.
    pub sop: SopRef,
    /// Who is asked.
    pub asks: Role,
    /// What was counted.
    pub figures: Vec<Figure>,
    /// The answered one that it asks again, since the figures rose above what was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<ConcernId>,
}

/// A concern as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// As it was raised.
    pub concern: Concern,
    /// Where it stands.
    pub state: ConcernState,
    /// The figures that it was answered or settled with; while it is open, those it was raised with.
    pub figures: Vec<Figure>,
}

/// How a concern was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// Somebody wrote what they think of it.
    Written(Sealed),
    /// The next version of the procedure was published.
    Published(SopRef),
}

/// What happened to a concern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ConcernDeed {
    /// The figures are beyond what the procedure tolerates.
    ConcernRaised {
        /// The concern.
        concern: Box<Concern>,
    },
    /// It was answered; it is raised again once the figures rise above these.
    ConcernAnswered {
        /// Which.
        concern: ConcernId,
        /// How.
        response: Response,
        /// The figures of then.
        figures: Vec<Figure>,
    },
    /// The figures are tolerated again.
    ConcernSettled {
        /// Which.
        concern: ConcernId,
        /// The figures of then; none where the procedure no longer counts them.
        figures: Vec<Figure>,
    },
}

impl ConcernDeed {
    /// Its code in the ledger, the feed and the timeline.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ConcernRaised { .. } => "concern_raised",
            Self::ConcernAnswered { .. } => "concern_answered",
            Self::ConcernSettled { .. } => "concern_settled",
        }
    }
}

/// The facts that an answer is judged by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConcernFacts {
    /// The concern that is named.
    pub standing: Option<Standing>,
    /// Its figures now.
    pub figures: Vec<Figure>,
}

impl Topic {
    /// Its kind.
    pub const fn kind(&self) -> ConcernKind {
        match self {
            Self::OverBudget { .. } => ConcernKind::OverBudget,
            Self::SopReview { .. } => ConcernKind::SopReview,
            Self::SplitHeld { .. } => ConcernKind::SplitHeld,
        }
    }

    /// The procedure that it is about.
    pub fn sop(&self) -> &str {
        match self {
            Self::OverBudget { sop, .. } | Self::SopReview { sop } | Self::SplitHeld { sop, .. } => sop,
        }
    }

    /// What it is about, in one line.
    pub fn about(&self) -> String {
        match self {
            Self::OverBudget { sop, clause, business_unit } => {
                let unit = business_unit.as_deref().map_or_else(|| "no unit".to_owned(), |unit| format!("unit {unit}"));
                format!("{clause} in {unit} under {sop}")
            }
            Self::SopReview { sop } => sop.clone(),
            Self::SplitHeld { sop, split, .. } => format!("split {split} of {sop}"),
        }
    }
}

impl Figure {
    /// Something that counts by its number alone.
    pub const fn plain(measure: Measured, count: u64, limit: u64) -> Self {
        Self { measure, count, limit, share: None }
    }

    /// A share, held against what it was before.
    pub fn share(measure: Measured, (count, of): (u64, u64), (before, before_of): (u64, u64), rise: Rise) -> Self {
        let share = Share { of, before, before_of, percent: rise.percent.into() };
        Self { measure, count, limit: rise.more_than.into(), share: Some(share) }
    }

    /// Is it beyond what is tolerated? Where there was nothing before, nothing rose.
    pub fn is_exceeded(&self) -> bool {
        let rose = |share: Share| {
            let (now, then) = (wide(self.count) * wide(share.before_of), wide(share.before) * wide(share.of));
            share.of > 0 && share.before_of > 0 && now * 100 >= then * (100 + wide(share.percent)) && now > then
        };
        self.count > self.limit && self.share.is_none_or(rose)
    }

    /// Is there none left of what is tolerated, so that one more would be beyond it?
    pub const fn is_used_up(&self) -> bool {
        self.count >= self.limit
    }

    /// Is it more than what was answered, or is less tolerated than then? A review that is due again is.
    fn is_beyond(&self, answered: &[Self]) -> bool {
        let Some(then) = answered.iter().find(|then| then.measure == self.measure) else { return true };
        let more = match (self.share, then.share) {
            (Some(now), Some(before)) => wide(self.count) * wide(before.of) > wide(then.count) * wide(now.of),
            (None, _) | (_, None) => self.count > then.count,
        };
        more || self.limit < then.limit || self.measure == Measured::SinceReview
    }
}

fn wide(count: u64) -> u128 {
    count.into()
}

/// What the service says of a topic by itself, if it says anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It is to be raised; of one that was answered before, again.
    Raise(Option<ConcernId>),
    /// It is settled.
    Settle(ConcernId),
}

/// What is to be said of a topic with these figures, where `newest` is the last concern about it.
pub fn said_of(figures: &[Figure], newest: Option<&Standing>) -> Option<Said> {
    let exceeded: Vec<&Figure> = figures.iter().filter(|figure| figure.is_exceeded()).collect();
    match newest {
        Some(open) if open.state == ConcernState::Open => exceeded.is_empty().then_some(Said::Settle(open.concern.id)),
        Some(before) if before.state == ConcernState::Answered => {
            let beyond = exceeded.iter().any(|figure| figure.is_beyond(&before.figures));
            beyond.then_some(Said::Raise(Some(before.concern.id)))
        }
        Some(_) | None => (!exceeded.is_empty()).then_some(Said::Raise(None)),
    }
}

/// The job as which the service raises and settles concerns.
pub const CONCERNS_JOB: &str = "concerns";

/// The event that raises a concern.
pub fn raised(concern: Concern, now: Time) -> RosterEvent {
    let text = match concern.topic.kind() {
        ConcernKind::OverBudget => "more exceptions than its budget tolerates: the rule may be wrong, not the teams",
        ConcernKind::SopReview => "its review is due, or its own figures rise",
        ConcernKind::SplitHeld => "a version that was split off does worse than its limits tolerate, and is held",
    };
    let citation = cited(&concern.sop, text, (&concern.topic, &concern.figures));
    by_itself(ConcernDeed::ConcernRaised { concern: Box::new(concern) }, citation, now)
}

/// The event that settles one.
pub fn settled(concern: &Concern, figures: Vec<Figure>, (sop, now): (&SopRef, Time)) -> RosterEvent {
    let citation = cited(sop, "what was counted is tolerated again", (&concern.topic, &figures));
    by_itself(ConcernDeed::ConcernSettled { concern: concern.id, figures }, citation, now)
}

/// The event by which the next version of a procedure answers a concern about it.
pub fn answered_by(sop: &SopRef, concern: &Concern, figures: Vec<Figure>, event: &RosterEvent) -> RosterEvent {
    let citation = cited(sop, "the next version of the procedure answers it", (&concern.topic, &figures));
    let deed =
        ConcernDeed::ConcernAnswered { concern: concern.id, response: Response::Published(sop.clone()), figures };
    RosterEvent { deed: RosterDeed::Concern(deed), citation: Some(citation), ..event.clone() }
}

fn by_itself(deed: ConcernDeed, citation: Citation, at: Time) -> RosterEvent {
    let by = By::System { job: CONCERNS_JOB.to_owned() };
    RosterEvent { deed: RosterDeed::Concern(deed), by, at, alone: false, citation: Some(citation) }
}

/// A step that the figures are counted by: what is in effect is watched in the seventh.
fn cited(sop: &SopRef, text: &str, (topic, figures): (&Topic, &[Figure])) -> Citation {
    let told = figures.iter().map(|figure| serde_json::json!(figure)).collect::<Vec<_>>();
    Citation::sop(sop, "7", text).with("about", topic.about()).with("figures", told)
}

/// Answers one in writing. Whoever is asked answers in person: what is tolerated by it is not asked again.
pub(super) fn answer(concern: ConcernId, answer: &Sealed, case: Case<'_>) -> Result<Ruling, Refused> {
    let ConcernFacts { standing, figures } = &case.ground.concern;
    let standing = standing.as_ref().filter(|standing| standing.concern.id == concern);
    let standing = standing.ok_or(Refusal::NoSuch { what: "concern" })?;
    if standing.state != ConcernState::Open {
        return Err(invalid("/id", "concern_closed", "it was answered, or its figures are tolerated again"));
    }
    require_human(case.ground)?;
    let asked = &standing.concern;
    let citation = cited(&asked.sop, "whoever is asked answers in writing", (&asked.topic, figures));
    let (response, figures) = (Response::Written(answer.clone()), figures.clone());
    let deed = ConcernDeed::ConcernAnswered { concern, response, figures };
    Ok(Ruling::plain(RosterDeed::Concern(deed)).citing(citation.with("asks", asked.asks.as_str())))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::words::Hash;

    fn standing(state: ConcernState, figures: Vec<Figure>) -> Standing {
        let sop = SopRef { id: "standard".to_owned(), version: 1, hash: Hash([0; 32]) };
        let (id, topic) = (ConcernId(Uuid::nil()), Topic::SopReview { sop: "standard".to_owned() });
        let concern = Concern { id, topic, sop, asks: Role::Governance, figures: figures.clone(), again: None };
        Standing { concern, state, figures }
    }

    fn exceptions(count: u64, limit: u64) -> Vec<Figure> {
        vec![Figure::plain(Measured::Exceptions, count, limit), Figure::plain(Measured::Days, 0, 100)]
    }

    fn returned(now: (u64, u64), before: (u64, u64)) -> Figure {
        Figure::share(Measured::Returns, now, before, Rise { more_than: 3, percent: 50 })
    }

    #[test]
    fn one_is_raised_settled_and_after_an_answer_raised_again_only_beyond_it() {
        let id = ConcernId(Uuid::nil());
        assert_eq!(said_of(&exceptions(3, 3), None), None, "at the limit is within it");
        assert_eq!(said_of(&exceptions(4, 3), None), Some(Said::Raise(None)));
        let open = standing(ConcernState::Open, exceptions(4, 3));
        assert_eq!(said_of(&exceptions(9, 3), Some(&open)), None, "one at a time");
        assert_eq!(said_of(&exceptions(3, 3), Some(&open)), Some(Said::Settle(id)));
        assert_eq!(said_of(&[], Some(&open)), Some(Said::Settle(id)), "it is counted no longer");
        let answered = standing(ConcernState::Answered, exceptions(4, 3));
        assert_eq!(said_of(&exceptions(4, 3), Some(&answered)), None);
        assert_eq!(said_of(&exceptions(1, 3), Some(&answered)), None);
        assert_eq!(said_of(&exceptions(5, 3), Some(&answered)), Some(Said::Raise(Some(id))));
        assert_eq!(said_of(&exceptions(4, 2), Some(&answered)), Some(Said::Raise(Some(id))), "less is tolerated");
        let settled = standing(ConcernState::Settled, exceptions(3, 3));
        assert_eq!(said_of(&exceptions(4, 3), Some(&settled)), Some(Said::Raise(None)));
    }

    #[test]
    fn a_share_is_held_against_what_it_was() {
        assert!(returned((6, 10), (4, 10)).is_exceeded(), "by exactly half");
        assert!(!returned((5, 10), (4, 10)).is_exceeded(), "by a quarter");
        assert!(!returned((3, 10), (0, 10)).is_exceeded(), "too few to say anything");
        assert!(returned((4, 10), (0, 10)).is_exceeded(), "there were none before");
        assert!(!returned((9, 10), (0, 0)).is_exceeded(), "nothing to hold it against");
        assert!(!returned((60, 100), (6, 10)).is_exceeded(), "ten times as many requests, the same share");
        let answered = standing(ConcernState::Answered, vec![returned((6, 10), (4, 10))]);
        assert_eq!(said_of(&[returned((6, 10), (3, 10))], Some(&answered)), None, "the same share");
        assert!(said_of(&[returned((13, 20), (4, 10))], Some(&answered)).is_some(), "a larger one");
        let due = vec![Figure::plain(Measured::SinceReview, 400, 365)];
        let answered = standing(ConcernState::Answered, due);
        assert!(said_of(&[Figure::plain(Measured::SinceReview, 366, 365)], Some(&answered)).is_some(), "a year later");
    }
}
