//! Splits: a version of a procedure that a share of what is submitted runs on, beside the published one. Two people
//! begin one and let one that is held go on; one person holds it or ends it, since that leaves the published version
//! alone. The clock holds one whose figures rise beyond its limits.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        person::By,
        refusal::{Refusal, Refused},
        request::Time,
        roster::{
            Figure, ProcedureStanding, RosterDeed, RosterEvent,
            decide::{Case, Ruling, invalid},
        },
    },
    sop::SplitLimits,
    words::{AdminVerb, Arm, Citation, ExceptionId, Hash, Measured, SopRef, SplitEnd, SplitId},
};

/// The job as which the service holds splits.
pub const SPLITS_JOB: &str = "splits";

/// How many percent of what is submitted may run on a version that is split off.
const PERCENT: std::ops::RangeInclusive<u8> = 1..=99;

/// A split as it is begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beginning {
    /// The split.
    pub split: SplitId,
    /// The published version that it is beside.
    pub over: SopRef,
    /// The version that is split off, with its content's hash.
    pub sop: SopRef,
    /// The hash of the text it was read from.
    pub text_hash: Hash,
    /// How many of a hundred exceptions run on it.
    pub percent: u8,
    /// How far it may fall behind before it is held.
    pub limits: SplitLimits,
}

/// Something to be done about a split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SplitAction {
    /// Begins one.
    BeginSplit {
        /// Which.
        begins: Box<Beginning>,
    },
    /// Holds it: what is submitted from now on runs on the published version.
    HoldSplit {
        /// Which.
        split: SplitId,
        /// The version that is split off.
        sop: SopRef,
    },
    /// Lets one that is held go on; its figures are counted anew from then.
    ReleaseSplit {
        /// Which.
        split: SplitId,
        /// The version that is split off.
        sop: SopRef,
    },
    /// Ends it.
    EndSplit {
        /// Which.
        split: SplitId,
        /// The version that was split off.
        sop: SopRef,
    },
}

/// What happened to a split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SplitDeed {
    /// From now on a share of what is submitted runs on a version beside the published one.
    SplitBegun {
        /// The split.
        begins: Box<Beginning>,
    },
    /// Nothing new runs on that version until it is released.
    SplitHeld {
        /// Which.
        split: SplitId,
        /// The version that is split off.
        sop: SopRef,
        /// What was counted, where the clock held it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        figures: Vec<Compared>,
    },
    /// It goes on, and its figures are counted anew.
    SplitReleased {
        /// Which.
        split: SplitId,
        /// The version that is split off.
        sop: SopRef,
    },
    /// It is over. What was submitted under its version stays there.
    SplitEnded {
        /// Which.
        split: SplitId,
        /// The version that was split off.
        sop: SopRef,
        /// How.
        why: SplitEnd,
    },
}

/// What was counted on both sides of a split, against the rise that it tolerates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    /// What it counts.
    pub measure: Measured,
    /// How many on the version that is split off.
    pub variant: u64,
    /// Of how many requests there.
    pub of: u64,
    /// How many on the published version in the same time.
    pub published: u64,
    /// Of how many requests there.
    pub published_of: u64,
    /// By how many of a hundred it may be more.
    pub limit: u64,
}

/// The split in which an exception was submitted first, and on which side of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lot {
    /// The split.
    pub split: SplitId,
    /// The side.
    pub arm: Arm,
}

/// A split as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// As it was begun.
    pub begins: Beginning,
    /// When.
    pub begun_at: Time,
    /// From when its figures are counted that may hold it: since it was begun, or released last.
    pub counted_from: Time,
    /// How often it was held.
    pub holds: u32,
    /// Since when it is held, and what was counted then.
    pub held: Option<(Time, Vec<Compared>)>,
    /// When and how it ended.
    pub ended: Option<(Time, SplitEnd)>,
}

impl SplitAction {
    /// Its verb.
    pub const fn verb(&self) -> AdminVerb {
        match self {
            Self::BeginSplit { .. } => AdminVerb::BeginSplit,
            Self::HoldSplit { .. } => AdminVerb::HoldSplit,
            Self::ReleaseSplit { .. } => AdminVerb::ReleaseSplit,
            Self::EndSplit { .. } => AdminVerb::EndSplit,
        }
    }

    /// The version that it is about.
    pub fn sop(&self) -> &SopRef {
        match self {
            Self::BeginSplit { begins } => &begins.sop,
            Self::HoldSplit { sop, .. } | Self::ReleaseSplit { sop, .. } | Self::EndSplit { sop, .. } => sop,
        }
    }

    /// The hash of the document that travels beside it.
    pub fn document(&self) -> Option<Hash> {
        match self {
            Self::BeginSplit { begins } => Some(begins.text_hash),
            Self::HoldSplit { .. } | Self::ReleaseSplit { .. } | Self::EndSplit { .. } => None,
        }
    }
}

impl SplitDeed {
    /// Its code in the ledger, the feed and the timeline.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SplitBegun { .. } => "split_begun",
            Self::SplitHeld { .. } => "split_held",
            Self::SplitReleased { .. } => "split_released",
            Self::SplitEnded { .. } => "split_ended",
        }
    }

    /// The split that it happened to.
    pub fn split(&self) -> SplitId {
        match self {
            Self::SplitBegun { begins } => begins.split,
            Self::SplitHeld { split, .. } | Self::SplitReleased { split, .. } | Self::SplitEnded { split, .. } => {
                *split
            }
        }
    }
}

impl Compared {
    /// How many are tolerated on the version that is split off: the share that the published one has, and the limit.
    pub fn tolerated(&self) -> u64 {
        let wide = u128::from;
        // Where nothing was submitted on the other side nothing went wrong there either.
        let whole = wide(self.published_of.max(1));
        let tolerated = (wide(self.published) * 100 + wide(self.limit) * whole) * wide(self.of) / (whole * 100);
        u64::try_from(tolerated).unwrap_or(u64::MAX)
    }

    /// Is it beyond that, once so many requests say something at all?
    pub fn is_beyond(&self, limits: SplitLimits) -> bool {
        self.of >= u64::from(limits.after) && self.variant > self.tolerated()
    }

    /// The same as a figure of a concern.
    pub fn figure(&self) -> Figure {
        Figure::plain(self.measure, self.variant, self.tolerated())
    }
}

impl Lot {
    /// On which side of a split an exception is: decided by the two ids alone, so that it is the same whenever it is
    /// asked.
    pub fn drawn((split, percent): (SplitId, u8), exception: ExceptionId) -> Self {
        let both = [split.0.into_bytes(), exception.0.into_bytes()].concat();
        let number = Hash::of(&both).0.first_chunk().map_or(99, |bytes| u64::from_be_bytes(*bytes) % 100);
        let arm = if number < u64::from(percent) { Arm::Variant } else { Arm::Published };
        Self { split, arm }
    }
}

impl Split {
    /// A split that was begun at this moment.
    pub fn begun(begins: Beginning, at: Time) -> Self {
        Self { begins, begun_at: at, counted_from: at, holds: 0, held: None, ended: None }
    }

    /// The same after something happened to it.
    pub fn take(&mut self, deed: &SplitDeed, at: Time) {
        match deed {
            SplitDeed::SplitBegun { .. } => {}
            SplitDeed::SplitHeld { figures, .. } => {
                self.holds += 1;
                self.held = Some((at, figures.clone()));
            }
            SplitDeed::SplitReleased { .. } => (self.held, self.counted_from) = (None, at),
            SplitDeed::SplitEnded { why, .. } => self.ended = Some((at, *why)),
        }
    }

    /// Does something new run on its version?
    pub const fn takes_new(&self) -> bool {
        self.held.is_none() && self.ended.is_none()
    }
}

/// What such an action does.
pub(super) fn rule(action: &SplitAction, case: Case<'_>) -> Result<Ruling, Refused> {
    let standing = &case.ground.procedure;
    match action.clone() {
        SplitAction::BeginSplit { begins } => begin(*begins, standing),
        SplitAction::HoldSplit { split, sop } => {
            if open(standing, split)?.held.is_some() {
                return Err(invalid("", "split_is_held", "it is held already: nothing new runs on its version"));
            }
            Ok(Ruling::plain(told(SplitDeed::SplitHeld { split, sop, figures: Vec::new() })))
        }
        SplitAction::ReleaseSplit { split, sop } => {
            if open(standing, split)?.held.is_none() {
                return Err(invalid("", "split_not_held", "it is not held: what is submitted runs on both versions"));
            }
            let deed = told(SplitDeed::SplitReleased { split, sop });
            Ok(Ruling::lowering(deed, Some("a split that was held takes new requests again")))
        }
        SplitAction::EndSplit { split, sop } => {
            open(standing, split)?;
            Ok(Ruling::plain(told(SplitDeed::SplitEnded { split, sop, why: SplitEnd::Ended })))
        }
    }
}

const fn told(deed: SplitDeed) -> RosterDeed {
    RosterDeed::Split(deed)
}

fn open(standing: &ProcedureStanding, split: SplitId) -> Result<&Split, Refused> {
    let named = standing.split.as_ref().filter(|open| open.begins.split == split);
    named.ok_or_else(|| Refusal::NoSuch { what: "split" }.into())
}

fn begin(begins: Beginning, standing: &ProcedureStanding) -> Result<Ruling, Refused> {
    let newest = standing.newest.as_ref().ok_or(Refusal::NoSuch { what: "procedure" })?;
    if standing.retired {
        return Err(invalid("", "already_retired", "this procedure was retired: nothing is submitted under it"));
    }
    if *newest != begins.over {
        let detail = "a newer version was published since this was proposed; look at it, and propose it anew";
        return Err(invalid("", "version_not_newest", detail));
    }
    require_newer(&begins.sop, standing)?;
    if standing.split.is_some() {
        return Err(invalid("", "split_is_open", "a version of this procedure is split off already; end that first"));
    }
    if !PERCENT.contains(&begins.percent) {
        return Err(invalid("/percent", "invalid_value", "1 to 99 of a hundred exceptions"));
    }
    if !begins.limits.within(standing.tolerated.unwrap_or(SplitLimits::COMPILED)) {
        let detail = "the procedure's own `split_limits` hold a split sooner; name the same, or less";
        return Err(invalid("/limits", "limits_too_wide", detail));
    }
    if !standing.unlike.is_empty() {
        return Err(Refusal::Unlike { paths: standing.unlike.clone() }.into());
    }
    let deed = told(SplitDeed::SplitBegun { begins: Box::new(begins) });
    Ok(Ruling::lowering(deed, Some("a version of a procedure is split off")))
}

/// What ran is known by its version: none is given to two texts, and none comes after a later one.
pub(super) fn require_newer(sop: &SopRef, standing: &ProcedureStanding) -> Result<(), Refused> {
    let newest = standing.newest.iter().filter(|newest| newest.id == sop.id && newest.version >= sop.version);
    let split_off = standing.split_off.iter().filter(|known| known.version >= sop.version && *known != sop);
    if newest.chain(split_off).next().is_none() {
        return Ok(());
    }
    let detail =
        "published versions are immutable, and so are those that were split off; give the text a higher version";
    Err(invalid("/document", "version_not_newer", detail))
}

/// What becomes of the split of a procedure that is published anew or retired.
pub(super) fn ended(standing: &ProcedureStanding, why: SplitEnd) -> Option<RosterDeed> {
    let begins = &standing.split.as_ref()?.begins;
    Some(told(SplitDeed::SplitEnded { split: begins.split, sop: begins.sop.clone(), why }))
}

/// The event by which the clock holds a split, if what was counted is beyond what it tolerates.
pub fn held(split: &Split, counted: &[Compared], now: Time) -> Option<RosterEvent> {
    let Beginning { split: id, sop, limits, .. } = &split.begins;
    let figures: Vec<Compared> = counted.iter().filter(|one| one.is_beyond(*limits)).copied().collect();
    if figures.is_empty() || !split.takes_new() {
        return None;
    }
    let told_of = figures.iter().map(|one| serde_json::json!(one)).collect::<Vec<_>>();
    let text = "more goes wrong on the version that is split off than its limits tolerate: nothing new runs on it";
    let citation = Citation::sop(&split.begins.over, "1", text)
        .with("split", id.to_string())
        .with("figures", told_of)
        .with("after", limits.after);
    let deed = told(SplitDeed::SplitHeld { split: *id, sop: sop.clone(), figures });
    let by = By::System { job: SPLITS_JOB.to_owned() };
    Some(RosterEvent { deed, by, at: now, alone: false, citation: Some(citation) })
}
