//! Versions of procedures that are tried on what happens, without effect. One person begins that and ends it: it
//! gives nobody anything.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        refusal::{Refusal, Refused},
        roster::{
            RosterDeed,
            decide::{Case, Ruling, invalid},
        },
    },
    words::{AdminVerb, Hash, SopRef},
};

/// Something to be done about such a trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ShadowAction {
    /// Begins it, in the place of one that is under way.
    ShadowSop {
        /// The version, with its content's hash.
        sop: SopRef,
        /// The hash of the text it was read from.
        text_hash: Hash,
    },
    /// Ends it.
    EndShadow {
        /// The version that is tried.
        sop: SopRef,
    },
}

/// What happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ShadowDeed {
    /// From now on a version is tried on what happens, without effect.
    SopShadowed {
        /// Which, with its content's hash.
        sop: SopRef,
        /// The hash of the text it was read from.
        text_hash: Hash,
    },
    /// It is not tried any more.
    ShadowEnded {
        /// Which was.
        sop: SopRef,
    },
}

impl ShadowAction {
    /// Its verb.
    pub const fn verb(&self) -> AdminVerb {
        match self {
            Self::ShadowSop { .. } => AdminVerb::ShadowSop,
            Self::EndShadow { .. } => AdminVerb::EndShadow,
        }
    }

    /// The version that it is about.
    pub const fn sop(&self) -> &SopRef {
        match self {
            Self::ShadowSop { sop, .. } | Self::EndShadow { sop } => sop,
        }
    }

    /// The hash of the document that travels beside it.
    pub const fn document(&self) -> Option<Hash> {
        match self {
            Self::ShadowSop { text_hash, .. } => Some(*text_hash),
            Self::EndShadow { .. } => None,
        }
    }
}

impl ShadowDeed {
    /// Its code in the ledger, the feed and the timeline.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SopShadowed { .. } => "sop_shadowed",
            Self::ShadowEnded { .. } => "shadow_ended",
        }
    }
}

/// What such an action does.
pub(super) fn rule(action: &ShadowAction, case: Case<'_>) -> Result<Ruling, Refused> {
    let standing = &case.ground.procedure;
    let newest = standing.newest.as_ref().ok_or(Refusal::NoSuch { what: "procedure" })?;
    let deed = match action.clone() {
        ShadowAction::ShadowSop { .. } if standing.retired => {
            return Err(invalid(
                "",
                "already_retired",
                "this procedure was retired: nothing happens that it could be tried on",
            ));
        }
        ShadowAction::ShadowSop { sop, .. } if sop.version <= newest.version => {
            let detail = "it runs already, or did; give the text a higher version than any that was published";
            return Err(invalid("/document", "version_not_newer", detail));
        }
        ShadowAction::ShadowSop { sop, text_hash } => ShadowDeed::SopShadowed { sop, text_hash },
        ShadowAction::EndShadow { sop } if standing.shadow.as_ref() == Some(&sop) => ShadowDeed::ShadowEnded { sop },
        ShadowAction::EndShadow { .. } => return Err(Refusal::NoSuch { what: "shadow" }.into()),
    };
    Ok(Ruling::plain(RosterDeed::Shadow(deed)))
}
