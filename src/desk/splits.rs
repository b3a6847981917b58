//! Splits at the door: which version what is submitted runs on, what was counted on both sides, and the clock that
//! holds one whose figures rise beyond its limits.

use super::{Desk, Error, Laws, Pending, Ran, concerns, laws::compiled};
use crate::{
    domain::{
        lifecycle::Splitting,
        person::By,
        request::Time,
        roster::{Compared, Lot, ProcedureStanding, RosterAction, Split, SplitAction, held},
    },
    sop::unlike,
    store::{
        Conn, RosterChange, StoreError, Tx,
        automation::Right,
        roster::Secrets,
        splits::{
            self,
            counted::{Went, went},
        },
    },
    words::{AdminVerb, Arm, ConcernId, Measured, SopRef, SplitId},
};

/// A split, and how both sides went since it was begun.
#[derive(Debug, Clone)]
pub struct SplitRead {
    /// As it stands.
    pub split: Split,
    /// Each side with what was counted on it.
    pub arms: Vec<(Arm, Went)>,
    /// What may hold it, counted since it was begun or released last.
    pub compared: Vec<Compared>,
}

/// The split that an exception of this procedure takes part in when it is submitted first.
pub(super) fn splitting<'a>(laws: &'a Laws, newest: &SopRef) -> Option<Splitting<'a>> {
    let split = laws.sops.split(&newest.id).filter(|split| split.takes_new() && split.begins.over == *newest)?;
    let variant = laws.sops.split_off(&split.begins.sop)?;
    Some(Splitting { id: split.begins.split, percent: split.begins.percent, variant })
}

/// The same standing with what the version says otherwise that is to be split off, if `action` splits one off.
pub(super) fn looked_at(
    laws: &Laws,
    (action, text): (Option<&RosterAction>, Option<&str>),
    standing: ProcedureStanding,
) -> Result<ProcedureStanding, Error> {
    let Some(RosterAction::Split(SplitAction::BeginSplit { begins })) = action else { return Ok(standing) };
    let (Some(newest), Some(text)) = (laws.sops.newest(&begins.sop.id), text) else { return Ok(standing) };
    let variant = compiled(&begins.sop, text)?;
    if variant.reference() != begins.sop {
        return Err(StoreError::Corrupt(format!("the text of {} is another", begins.sop)).into());
    }
    let tolerated = newest.document().split_limits;
    Ok(ProcedureStanding { tolerated, unlike: unlike(newest.document(), variant.document()), ..standing })
}

/// What may hold a split: both sides, counted since it was begun or released last.
fn compared(conn: &mut Conn, split: &Split, now: Time) -> Result<Vec<Compared>, StoreError> {
    type Of = fn(&Went) -> u64;
    let side = |arm| (Lot { split: split.begins.split, arm }, split.counted_from);
    let (variant, published) = (went(conn, side(Arm::Variant), now)?, went(conn, side(Arm::Published), now)?);
    let limits = split.begins.limits;
    let measured: [(Measured, Of, u32); 2] = [
        (Measured::SplitFailedGates, |went| went.failed_gates, limits.failed_gates),
        (Measured::SplitEscalations, |went| went.escalations, limits.escalations),
    ];
    let one = |(measure, of, limit): (Measured, Of, u32)| Compared {
        measure,
        variant: of(&variant),
        of: variant.submitted,
        published: of(&published),
        published_of: published.submitted,
        limit: limit.into(),
    };
    Ok(measured.map(one).into())
}

/// The splits that the clock would hold now.
pub(super) fn to_hold(conn: &mut Conn, laws: &Laws, now: Time) -> Result<Vec<SplitId>, StoreError> {
    let mut found = Vec::new();
    for split in laws.sops.splits() {
        let counted = compared(conn, split, now)?;
        found.extend(held(split, &counted, now).map(|_| split.begins.split));
    }
    Ok(found)
}

/// Holds one in this transaction if that is still to be done, and asks governance about it.
fn hold(tx: &mut Tx<'_, '_>, book: &super::LawBook, (id, concern): (SplitId, ConcernId)) -> Result<u32, Error> {
    let now = tx.now();
    let Some(split) = tx.look(|conn| splits::split(conn, id))? else { return Ok(0) };
    let counted = tx.look(|conn| compared(conn, &split, now))?;
    let Some(event) = held(&split, &counted, now) else { return Ok(0) };
    tx.record_roster(&RosterChange { events: &[event], openings: &[], secrets: &Secrets::default() })?;
    let laws = book.in_force(tx)?;
    let topic = laws.sops.split(&split.begins.sop.id).and_then(concerns::about_hold);
    let asked = topic.map(|(topic, _)| concerns::say(tx, &laws, (&topic, concern))).transpose()?;
    Ok(1 + asked.unwrap_or(0))
}

impl Desk {
    /// The last split of a procedure, open or over, with what was counted on both sides; none where there was none.
    ///
    /// # Errors
    /// Whoever asks may not begin one.
    pub fn split(&self, by: &By, id: &str) -> Result<Option<SplitRead>, Error> {
        self.may_administer(by, AdminVerb::BeginSplit)?;
        let now = self.clock.now();
        self.store.read(|conn| {
            let Some(split) = splits::newest(conn, id)? else { return Ok(None) };
            let mut arms = Vec::new();
            for arm in Arm::ALL {
                let lot = Lot { split: split.begins.split, arm: *arm };
                arms.push((*arm, went(conn, (lot, split.begun_at), now)?));
            }
            let compared = compared(conn, &split, now)?;
            Ok(Some(SplitRead { split, arms, compared }))
        })
    }

    /// The split of a procedure that is open, to those who may do this to it.
    ///
    /// # Errors
    /// Whoever asks may not.
    pub fn open_split(&self, by: &By, id: &str, verb: AdminVerb) -> Result<Option<Split>, Error> {
        self.may_administer(by, verb)?;
        Ok(self.store.read(|conn| splits::newest(conn, id))?.filter(|split| split.ended.is_none()))
    }

    /// The splits that are to be held now.
    pub fn splits_to_hold(&self) -> Result<Vec<SplitId>, Error> {
        let (laws, now) = (self.laws(), self.clock.now());
        self.store.read(|conn| Ok(to_hold(conn, &laws, now)?))
    }

    /// Holds one, if the job may run when its turn comes.
    pub fn hold_split(&self, split: SplitId, right: Right) -> Result<Pending<Ran>, Error> {
        let (book, concern) = (self.laws.clone(), ConcernId(self.random.uuid_v7(self.clock.now())?));
        self.automatic(right, move |tx| hold(tx, &book, (split, concern)))
    }
}
