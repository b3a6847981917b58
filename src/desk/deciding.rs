//! What lies before an approver whom a mail asked: the whole record, the names in it, earlier cases like it, and
//! for whom they may decide. A delegate is shown what their principal is.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Desk, Error, Find, Record, Resembling,
    ground::{Caller, sight},
    read::{Commitments, caller},
};
use crate::{
    domain::{
        exception::{Approval, Exception, Proposal},
        lifecycle::principals,
        person::By,
        voided::{Voided, voided},
    },
    store::{
        Conn, StoreError,
        exceptions::exception,
        queries,
        roster::{records, voters},
        timeline::{Span, What, events},
    },
    words::{ExceptionId, Hash, PersonId},
};

/// Everything that a decision is made on, with the texts that open it.
#[derive(Debug, Clone)]
pub struct Before {
    /// The exception.
    pub exception: Exception,
    /// Those for whom whoever looks may decide: themselves, and those who let them act in their place.
    pub principals: Vec<PersonId>,
    /// The names of the people in it.
    pub names: BTreeMap<PersonId, String>,
    /// The number of the exception that it renews; its id, where they may not see that.
    pub renews: Option<String>,
    /// Approvals of the open round that count no more.
    pub voided: Vec<Voided>,
    /// Earlier exceptions like it, as far as they may see them.
    pub similar: Record<Vec<Resembling>>,
}

impl Desk {
    /// What lies before somebody who is asked to decide.
    pub fn before_deciding(&self, by: &By, id: ExceptionId) -> Result<Record<Before>, Error> {
        let similar = match self.resembling(by, &Find::Id(id)) {
            Ok(similar) => similar,
            // A delegate sees this one exception, and no other by it.
            Err(Error::NotFound(_)) => Record { what: Vec::new(), texts: BTreeMap::new() },
            Err(error) => return Err(error),
        };
        let now = self.clock.now();
        let read = self.store.read(|conn| {
            let person = caller(conn, by)?;
            let found = exception(conn, id)?.ok_or(Error::NotFound("exception"))?;
            let people = voters(conn, &found, &BTreeSet::from([person.id]))?;
            let principals = principals(&found, &people, person.id, now);
            let looks = Caller::of(&person, &self.laws.matrix);
            if principals.is_empty() && !looks.sees(&found) {
                return Err(Error::NotFound("exception"));
            }
            let renewed = found.request.renews.map(|id| exception(conn, id)).transpose()?.flatten();
            let renewed = renewed.filter(|renewed| looks.visibility.sees(&sight(renewed)));
            let renews = found.request.renews.map(|id| renewed.map_or_else(|| id.to_string(), |one| one.number));
            let voided = void(conn, &found)?;
            let others: Vec<PersonId> = voided.iter().flat_map(|one| people_of(&one.approval)).collect();
            let involved = [principals.as_slice(), &others].concat();
            let (names, hashes) = (names(conn, &found, &involved)?, found.commitments());
            let texts = queries::opened(conn, &hashes)?;
            let texts = texts.into_iter().map(|opened| (opened.commitment, opened.value)).collect();
            let before = Before { exception: found, principals, names, renews, voided, similar };
            Ok::<_, Error>(Record { what: before, texts })
        })?;
        if read.what.exception.request.confidential {
            self.note_reading(by, id)?;
        }
        Ok(read)
    }
}

impl Desk {
    /// The approvals of the open round of an exception that count no more.
    pub fn void_approvals(&self, found: &Exception) -> Result<Vec<Voided>, Error> {
        self.store.read(|conn| Ok(void(conn, found)?))
    }
}

/// The approvals of its open round that count no more.
fn void(conn: &mut Conn, found: &Exception) -> Result<Vec<Voided>, StoreError> {
    if found.state.round().is_none() {
        return Ok(Vec::new());
    }
    let every = Span { after: 0, limit: i64::MAX, what: What::Everything };
    let told = events(conn, found.id, every)?;
    Ok(voided(found, told.iter().map(|entry| &entry.event)))
}

fn people_of(approval: &Approval) -> impl Iterator<Item = PersonId> {
    std::iter::once(approval.by).chain(approval.on_behalf_of)
}

/// The names of everyone whom the record names, and of `others`; those that were erased are left out.
pub(super) fn names(
    conn: &mut Conn,
    exception: &Exception,
    others: &[PersonId],
) -> Result<BTreeMap<PersonId, String>, StoreError> {
    let mut named = exception.people();
    named.extend(others);
    named.extend(exception.advice.iter().map(|advice| advice.by));
    named.extend(exception.conditions.iter().map(|condition| condition.by));
    named.extend(exception.waived.values().map(|waiver| waiver.by));
    named.extend(exception.controls.iter().filter_map(|control| control.owner));
    if let Some(Proposal::Content(content)) = exception.state.round().map(|round| &round.proposal) {
        named.extend(content.people());
    }
    let records = records(conn, &named)?;
    let sealed: Vec<Hash> = records.values().map(|record| record.name).collect();
    let opened = queries::opened(conn, &sealed)?;
    let texts: BTreeMap<Hash, String> = opened.into_iter().map(|opened| (opened.commitment, opened.value)).collect();
    let name = |(id, record): (&PersonId, &crate::domain::roster::PersonRecord)| {
        texts.get(&record.name).map(|name| (*id, name.clone()))
    };
    Ok(records.iter().filter_map(name).collect())
}
