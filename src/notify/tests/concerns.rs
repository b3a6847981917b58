//! Concerns to write about.

use uuid::Uuid;

use crate::{
    domain::roster::{Concern, Figure, Hold, Refusals, Topic},
    sop::{BatchLimits, Rise},
    words::{ConcernId, Hash, Measured, Role, SopRef, SplitId},
};

/// A batch that was stopped because of its refusals.
pub(super) fn refusals() -> Hold {
    let sop = SopRef { id: "standard".to_owned(), version: 3, hash: Hash([0; 32]) };
    Hold::Refusals(Refusals { sop, dealt: 40, refused: 3, limits: BatchLimits { refused_percent: 5, after: 20 } })
}

/// A concern of each kind, with every figure.
pub(super) fn of_each_kind() -> Vec<Concern> {
    let budget = |business_unit: Option<&str>| Topic::OverBudget {
        sop: "standard".to_owned(),
        clause: "AIP-2.1".to_owned(),
        business_unit: business_unit.map(ToOwned::to_owned),
    };
    let held = Topic::SplitHeld { sop: "standard".to_owned(), split: SplitId(Uuid::nil()), hold: 1 };
    let topics = [budget(Some("retail")), budget(None), Topic::SopReview { sop: "standard".to_owned() }, held];
    let figure = |measure: &Measured| match measure {
        Measured::Exceptions
        | Measured::Days
        | Measured::SinceReview
        | Measured::SplitFailedGates
        | Measured::SplitEscalations => Figure::plain(*measure, 9, 3),
        Measured::FailedGates | Measured::Returns | Measured::Breaches => {
            Figure::share(*measure, (9, 10), (1, 10), Rise { more_than: 3, percent: 50 })
        }
    };
    let figures: Vec<Figure> = Measured::ALL.iter().map(figure).collect();
    let sop = SopRef { id: "standard".to_owned(), version: 3, hash: Hash([0; 32]) };
    let concern = |topic: Topic| Concern {
        id: ConcernId(Uuid::nil()),
        topic,
        sop: sop.clone(),
        asks: Role::Governance,
        figures: figures.clone(),
        again: None,
    };
    topics.map(concern).into()
}
