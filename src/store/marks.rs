//! Marks of what leaves: which letters somebody has in hand, and which were delivered. A power cut may take the last of
//! them, whose letters leave once more then, under the same id; so no durable commit is waited for. Nothing else can be
//! written through here.

use super::{
    automation::{Permit, Right},
    error::StoreError,
    mailbox::Delivery,
    outbox::{Claim, Claimed, Fence},
    tx::Tx,
};
use crate::words::Channel;

/// A transaction that marks and does nothing else.
pub struct Marks<'m, 't, 'c> {
    tx: &'m mut Tx<'t, 'c>,
}

impl<'m, 't, 'c> Marks<'m, 't, 'c> {
    pub(super) const fn of(tx: &'m mut Tx<'t, 'c>) -> Self {
        Self { tx }
    }

    /// [`Tx::permit`].
    pub fn permit(&mut self, right: &Right) -> Result<Permit, StoreError> {
        self.tx.permit(right)
    }

    /// [`Tx::halted`].
    pub fn halted(&mut self, channel: Channel) -> Result<bool, StoreError> {
        self.tx.halted(channel)
    }

    /// [`Tx::claim`].
    pub fn claim(&mut self, lane: &str, claim: &Claim) -> Result<Vec<Claimed>, StoreError> {
        self.tx.claim(lane, claim)
    }

    /// [`Tx::put_in_mailboxes`].
    pub fn put_in_mailboxes(&mut self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        self.tx.put_in_mailboxes(deliveries)
    }

    /// Puts what a letter tells into mailboxes and marks it as delivered, where it is still this owner's.
    pub fn delivered(&mut self, letter: &Claimed, deliveries: &[Delivery]) -> Result<Fence, StoreError> {
        self.tx.put_in_mailboxes(deliveries)?;
        self.tx.delivered(letter)
    }
}
