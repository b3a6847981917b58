//! Parts of moves that are made of bytes alone.

use super::sealed;
use crate::{
    domain::{
        person::Place,
        roster::{AutomationAction, BatchAction},
    },
    words::{BatchId, Channel, Halt, Hash},
};

/// What stands for everything of anybody.
pub(super) fn looked_at() -> Hash {
    Hash::of(b"everything")
}

/// Is such a move about an erasure?
pub(super) const fn is_of_erasure(what: u8, c: u8) -> bool {
    (what == 14 && c % 4 == 1) || (what == 15 && c % 16 == 2)
}

pub(super) fn place(b: u8) -> Place {
    let unit = if b.is_multiple_of(2) { "retail" } else { "treasury" }.to_owned();
    Place { unit, region: b.is_multiple_of(3).then(|| "eu".to_owned()) }
}

pub(super) fn halt_or_release(b: u8, c: u8) -> AutomationAction {
    if c % 4 == 2 {
        return AutomationAction::Batch(of_batch(b));
    }
    let scope = if b % 4 < 2 { Halt::All } else { Halt::Channel(Channel::Mail) };
    if b.is_multiple_of(2) {
        AutomationAction::HaltAutomation { scope, reason: sealed("stop") }
    } else {
        AutomationAction::ReleaseAutomation { scope }
    }
}

fn of_batch(b: u8) -> BatchAction {
    let batch: BatchId = if b % 8 < 4 { "policy:AIP-1:2" } else { "sop:standard:2" }.parse().unwrap();
    match b % 4 {
        0 | 1 => BatchAction::HoldBatch { batch, reason: sealed("stop") },
        2 => BatchAction::ReleaseBatch { batch },
        _ => BatchAction::RevertBatch { batch },
    }
}
