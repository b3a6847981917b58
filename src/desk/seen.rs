//! What somebody saw of an exception when they last looked, so that they are shown what changed since. Looking is no
//! event, and whether it could be noted decides nothing.

use std::collections::BTreeMap;

use chrono::Duration;

use super::{
    Desk, Error, Record,
    deciding::names,
    read::{Commitments, texts},
};
use crate::{
    domain::{exception::Exception, person::By, request::Time},
    store::{
        Conn,
        seen::{Look, Seen, seen},
        timeline::folded,
    },
    words::PersonId,
};

/// For so many hours a look at the same is the same look: what changed before it is still shown.
const HOURS: i64 = 24;

/// An exception as it was when somebody last looked at it, where its dossier was another.
#[derive(Debug, Clone)]
pub struct Looked {
    /// When that was.
    pub at: Time,
    /// As it was, with the texts of then and now.
    pub then: Record<Exception>,
    /// The names of the people in both.
    pub names: BTreeMap<PersonId, String>,
}

impl Desk {
    /// What somebody saw who looks at an exception now, and had read it through the door, if it is another since; and
    /// notes that they looked. The note is not waited for: where it fails, the next look shows the same again.
    pub fn look(&self, by: &By, now: &Exception) -> Result<Option<Looked>, Error> {
        let Some(person) = by.person() else { return Ok(None) };
        let at = self.clock.now();
        let (looked, note) = self.store.read(|conn| {
            let before = seen(conn, person, now.id)?;
            let (base, note) = since(conn, now, (before, at))?;
            let looked = base.map(|base| opened(conn, base, now)).transpose()?.flatten();
            Ok::<_, Error>((looked, note))
        })?;
        if let Some(note) = note {
            let id = now.id;
            drop(self.queue(move |tx| Ok(Ok(tx.keep_seen((person, id), &note)?))));
        }
        Ok(looked)
    }
}

/// Since which look changes are shown, and what is to be noted of this one.
fn since(
    conn: &mut Conn,
    now: &Exception,
    (before, at): (Option<Seen>, Time),
) -> Result<(Option<Look>, Option<Seen>), Error> {
    let here = Look { seq: now.seq, at };
    let Some(before) = before else {
        return Ok((None, Some(Seen { version: now.version, last: here, earlier: None })));
    };
    let fresh = before.earlier.filter(|_| at < before.last.at + Duration::hours(HOURS));
    if before.version == now.version {
        return Ok((fresh, None));
    }
    let then = folded(conn, now.id, before.last.seq)?;
    if then.is_some_and(|then| differs(&then, now)) {
        let note = Seen { version: now.version, last: here, earlier: Some(before.last) };
        return Ok((Some(before.last), Some(note)));
    }
    let last = Look { seq: now.seq, ..before.last };
    Ok((fresh, Some(Seen { version: now.version, last, ..before })))
}

/// The exception at a look, where its dossier was another.
fn opened(conn: &mut Conn, look: Look, now: &Exception) -> Result<Option<Looked>, Error> {
    let Some(then) = folded(conn, now.id, look.seq)?.filter(|then| differs(then, now)) else { return Ok(None) };
    let mut sealed = then.commitments();
    sealed.extend(now.commitments());
    let mut named = names(conn, &then, &[])?;
    named.extend(names(conn, now, &[])?);
    let then = Record { texts: texts(conn, &sealed)?, what: then };
    Ok(Some(Looked { at: look.at, then, names: named }))
}

/// Would its dossier say something else?
fn differs(then: &Exception, now: &Exception) -> bool {
    let proposal = |of: &Exception| of.state.round().map(|round| (round.number, round.proposal.clone()));
    then.request != now.request
        || then.assessments != now.assessments
        || then.rating != now.rating
        || then.advice != now.advice
        || then.conditions != now.conditions
        || then.waived != now.waived
        || proposal(then) != proposal(now)
}
