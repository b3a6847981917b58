//! What the people of a demonstration ask for in a year, and what becomes of it. The same year every time:
//! the numbers come from a seeded stream.

use crate::{
    clock::{NoRandomness, Random, Stream},
    words::{DataClass, Kind},
};

/// How many exceptions a year has.
const CASES: usize = 200;
/// How many days back the first one is.
pub(super) const DAYS: u64 = 365;

/// What becomes of a request, beside what the procedure does with it by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It goes its way.
    Straight,
    /// It says too little at first and is sent back.
    ReturnedOnce,
    /// Nobody submits it.
    Forgotten,
    /// Its requester takes it back before the decision.
    Withdrawn,
    /// An approver turns it down.
    Rejected,
    /// Its requester wants it for longer.
    Extended,
    /// Something happens, and governance looks at it again.
    Reopened,
    /// Something happens, and it rests.
    Suspended,
    /// Something happens, and it ends.
    Revoked,
    /// It is not needed any more.
    Closed,
    /// It begins later than it is decided.
    Later,
}

/// One request to be filed.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// On which day of the year.
    pub(super) day: u64,
    /// In which procedure.
    pub(super) sop: &'static str,
    /// By whom.
    pub(super) requester: &'static str,
    /// Its title.
    pub(super) title: String,
    /// What sort it is.
    pub(super) kind: Kind,
    /// The system it is about, and who makes it.
    pub(super) system: (&'static str, &'static str),
    /// What is put into it.
    pub(super) data: &'static [DataClass],
    /// Where.
    pub(super) unit: &'static str,
    /// And in which regions.
    pub(super) regions: Vec<&'static str>,
    /// Which of the clauses that can be waived, by place.
    pub(super) clause: usize,
    /// How many points assessors give.
    pub(super) points: u32,
    /// For how many days.
    pub(super) term: u32,
    /// What becomes of it.
    pub(super) fate: Fate,
}

/// Drawn numbers.
pub(super) struct Dice(Stream);

impl Dice {
    pub(super) fn new() -> Result<Self, NoRandomness> {
        Ok(Self(Random::seeded(7).stream()?))
    }

    /// A number below `sides`; 0 where there are none.
    pub(super) fn below(&mut self, sides: usize) -> usize {
        let [a, b, c, d, ..] = self.0.bytes32();
        let drawn = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(0);
        drawn.checked_rem(sides).unwrap_or(0)
    }

    fn one<T: Copy>(&mut self, of: &[T], otherwise: T) -> T {
        of.get(self.below(of.len())).copied().unwrap_or(otherwise)
    }
}

const UNITS: &[&str] = &["service", "research", "payments", "marketing", "operations", "people"];
const REGIONS: &[&str] = &["eu", "us", "apac", "latam"];
const REQUESTERS: &[&str] = &["Rita", "Rita", "Ravi", "Uma", "Theo"];
const SYSTEMS: &[(&str, &str)] = &[
    ("Parlance", "Example Models"),
    ("Draftwell", "Letterpress Labs"),
    ("Codemate", "Northwind Tools"),
    ("Sightline", "Lumen Vision"),
    ("Askhouse", "Example Models"),
    ("Forecaster", "own development"),
];
const FATES: &[Fate] = &[
    Fate::Straight,
    Fate::Straight,
    Fate::Straight,
    Fate::Straight,
    Fate::Straight,
    Fate::ReturnedOnce,
    Fate::ReturnedOnce,
    Fate::Rejected,
    Fate::Withdrawn,
    Fate::Extended,
    Fate::Reopened,
    Fate::Suspended,
    Fate::Revoked,
    Fate::Closed,
    Fate::Later,
    Fate::Forgotten,
];

/// What is asked for: title, sort and data.
const WISHES: &[(&str, Kind, &[DataClass])] = &[
    ("Translation of support tickets", Kind::AiUsage, &[DataClass::Internal]),
    ("Meeting summaries with an external assistant", Kind::AiUsage, &[DataClass::Internal]),
    ("Code review by a hosted model", Kind::AiUsage, &[DataClass::SourceCode]),
    ("Image generation for campaigns", Kind::AiUsage, &[DataClass::Public]),
    ("Customer letters drafted by a language model", Kind::DataHandling, &[DataClass::Personal]),
    ("Fraud scoring outside the standard pipeline", Kind::ModelDeployment, &[DataClass::Payment]),
    ("Demand forecast with a foundation model", Kind::ModelDeployment, &[DataClass::Internal]),
    ("Search over contracts with an assistant", Kind::DataHandling, &[DataClass::Confidential]),
    ("Transcripts of service calls", Kind::DataHandling, &[DataClass::Personal]),
    ("Test data made by a generator", Kind::DataHandling, &[DataClass::Internal]),
    ("Answers to tenders drafted by an assistant", Kind::AiUsage, &[DataClass::Confidential]),
    ("Route planning agent for field staff", Kind::ModelDeployment, &[DataClass::Internal]),
    ("Sorting of incoming invoices", Kind::DataHandling, &[DataClass::Payment]),
    ("Chat assistant on the intranet", Kind::ModelDeployment, &[DataClass::Internal]),
    ("Prototype on an unlisted model", Kind::AiUsage, &[DataClass::Public]),
    ("Notebook assistant for analysts", Kind::AiUsage, &[DataClass::Confidential]),
];

/// Which procedure a unit works by.
fn sop(unit: &str) -> &'static str {
    match unit {
        "marketing" => "lightweight",
        "payments" => "financial-services",
        "research" => "healthcare-research",
        _ => "standard",
    }
}

/// The year: every request, in the order in which they are filed.
pub(super) fn year(dice: &mut Dice) -> Vec<Case> {
    let last = usize::try_from(DAYS).unwrap_or(0);
    let mut cases: Vec<Case> = (0..CASES)
        .map(|at| {
            // More are under way at the end than a steady stream would have.
            let day = if at % 5 == 0 { last - 1 - dice.below(24) } else { dice.below(last - 1) };
            case(dice, u64::try_from(day).unwrap_or(0))
        })
        .collect();
    cases.sort_by_key(|case| case.day);
    cases
}

fn case(dice: &mut Dice, day: u64) -> Case {
    let unit = dice.one(UNITS, "service");
    let (wish, kind, data) = dice.one(WISHES, ("Prototype on an unlisted model", Kind::AiUsage, &[DataClass::Public]));
    let region = dice.one(REGIONS, "eu");
    let mut regions = vec![region];
    if dice.below(8) == 0 {
        regions.extend(REGIONS.iter().find(|other| **other != region));
    }
    Case {
        day,
        sop: sop(unit),
        requester: dice.one(REQUESTERS, "Rita"),
        title: format!("{wish}, {unit}"),
        kind,
        system: dice.one(SYSTEMS, ("Parlance", "Example Models")),
        data,
        unit,
        regions,
        clause: dice.below(1 << 16),
        points: dice.one(&[0, 1, 1, 1, 2, 2, 3, 4], 1),
        term: dice.one(&[30, 60, 60, 90, 90, 120, 180], 90),
        fate: dice.one(FATES, Fate::Straight),
    }
}
