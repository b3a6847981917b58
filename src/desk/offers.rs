//! Which commands somebody may ask of an exception now, so that a page shows no button that can only refuse.
//! What a rule says of the command's content is told when it is asked.

use std::collections::BTreeSet;

use super::{
    Desk, Error,
    ground::{Caller, Procedures},
    read::caller,
};
use crate::{
    access::Ask,
    domain::{
        exception::{Exception, Reason},
        lifecycle::{self, Ground, possible},
        person::{By, People},
    },
    store::{history::earlier, roster},
    words::{PersonId, Verb},
};

impl Desk {
    /// The commands that exist in the exception's state and that the roles of whoever asks include there.
    pub fn offers(&self, by: &By, exception: &Exception) -> Result<Vec<Verb>, Error> {
        Ok(self.offers_of(by, &[exception], Verb::ALL)?.pop().unwrap_or_default())
    }

    /// The same of several exceptions, each with those of these commands.
    pub fn offers_of(&self, by: &By, every: &[&Exception], verbs: &[Verb]) -> Result<Vec<Vec<Verb>>, Error> {
        let laws = self.laws();
        self.store.read(|conn| {
            let person = caller(conn, by)?;
            let asks = Caller::of(&person, &laws.matrix);
            let mut involved: BTreeSet<PersonId> = every.iter().flat_map(|exception| exception.people()).collect();
            involved.insert(person.id);
            let people = People::new(roster::people(conn, &involved)?, Vec::new());
            let offered = |exception: &&Exception| {
                let may = |verb: Verb| asks.may(&laws, Ask::Act(verb), exception, &[], &people).is_ok();
                let state = exception.state.name();
                verbs.iter().copied().filter(|verb| possible(*verb, state) && may(*verb)).collect()
            };
            Ok(every.iter().map(offered).collect())
        })
    }

    /// What a draft still lacks to be submitted, as far as it can be told beforehand.
    pub fn lacking(&self, by: &By, draft: &Exception) -> Result<Vec<Reason>, Error> {
        let (laws, now) = (self.laws(), self.clock.now());
        let procedures = Procedures::of(&laws, &draft.sop)?;
        self.store.read(|conn| {
            let people = People::new(roster::people(conn, &draft.people())?, Vec::new());
            let prior = earlier(conn, draft)?;
            let ground = Ground { prior, ..procedures.ground(&laws, (by, now), &people) };
            Ok(lifecycle::lacks(draft, ground))
        })
    }
}
