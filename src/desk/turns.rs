//! Work that takes long and a reader with it: so much of it at once, and no more, so that reading goes on beside it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::store::StoreError;

/// How many do something of one kind now.
#[derive(Debug, Clone, Default)]
pub(super) struct Turns(Arc<AtomicUsize>);

/// Leave to do it, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn(Arc<AtomicUsize>);

impl Turns {
    /// Leave for one more, unless `most` have it: then it is `Busy`.
    pub(super) fn take(&self, most: usize) -> Result<Turn, StoreError> {
        if self.0.fetch_add(1, Ordering::AcqRel) < most {
            return Ok(Turn(Arc::clone(&self.0)));
        }
        self.0.fetch_sub(1, Ordering::AcqRel);
        Err(StoreError::Busy)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_that_ended_is_anothers() {
        let turns = Turns::default();
        let (first, second) = (turns.take(2).expect("a turn"), turns.take(2).expect("a turn"));
        assert!(matches!(turns.take(2), Err(StoreError::Busy)));
        drop(first);
        let third = turns.take(2).expect("a turn");
        assert!(turns.take(2).is_err());
        drop((second, third));
    }
}
