//! What is said beside a request, what it points to and who follows it. Nothing here moves it on; what it
//! guards is who reads what is meant for those who work on it.

use crate::{
    domain::{
        event::Deed,
        exception::{Exception, Link},
        person::{People, Person},
        refusal::{Refusal, Refused},
    },
    words::{Citation, PersonId, Role, Sealed},
};

use super::Proceeding;

/// How many watchers, and how many links, an exception may have.
const MOST: u32 = 100;

/// May `person` read what is said among those who work on `exception`? Whoever holds a role where it is
/// may, save its requester and its beneficiary.
pub fn reads_internal(person: &Person, exception: &Exception, people: &People) -> bool {
    let domains = exception.request.domains();
    let works = |role: Role| role != Role::Requester && person.holds(role, &domains);
    !person.is_service() && !is_party(person, exception, people) && person.grants.iter().any(|held| works(held.role))
}

fn is_party(person: &Person, exception: &Exception, people: &People) -> bool {
    let parties = [Some(exception.requester), exception.request.beneficiary].into_iter().flatten();
    people.humans(parties).contains(&person.human)
}

/// Says something. Nobody writes what they could not read.
pub(super) fn comment(p: &mut Proceeding<'_>, text: Sealed, internal: bool) -> Result<(), Refused> {
    let reads = p.actor().is_none_or(|actor| reads_internal(actor, &p.now, p.ground.people));
    if internal && !reads {
        return Err(Refusal::NotYours { whom: "those who work on the exception and are no party to it" }.into());
    }
    p.told(Deed::Commented { text, internal })
}

/// Points to another record; to one exception once in one relation.
pub(super) fn link(p: &mut Proceeding<'_>, link: Link) -> Result<(), Refused> {
    if link.exception == Some(p.now.id) {
        return Err(invalid("/exception", "links_to_itself", "an exception does not point to itself; name another"));
    }
    let same = |known: &Link| known.exception.is_some() && pair(known) == pair(&link);
    if p.now.links.iter().any(same) {
        return Ok(());
    }
    bound("links", p.now.links.len())?;
    p.told(Deed::Linked { link })
}

fn pair(link: &Link) -> (&str, Option<crate::words::ExceptionId>) {
    (&link.relation, link.exception)
}

/// Lets somebody follow it. A watcher sees it, so of what is confidential only its parties and governance
/// choose who else does.
pub(super) fn watch(p: &mut Proceeding<'_>, person: PersonId) -> Result<(), Refused> {
    let human = p.ground.people.find(person).is_some_and(|found| found.active && !found.is_service());
    if !human {
        return Err(invalid("/person", "no_active_human", "name somebody who has not left; services do not watch"));
    }
    if p.now.request.confidential && !is_self(p, person) && !chooses(p) {
        let citation = Citation::rule(5, "a confidential exception is shown to those whom its parties name")
            .with("confidential", true)
            .with("person", person.to_string());
        return Err(
            Refusal::NotYours { whom: "the parties of a confidential exception and governance" }.citing(citation)
        );
    }
    if p.now.watchers.contains(&person) {
        return Ok(());
    }
    bound("watchers", p.now.watchers.len())?;
    p.told(Deed::Watched { person })
}

/// Ends it: one's own watching always, another's as its party or as governance.
pub(super) fn unwatch(p: &mut Proceeding<'_>, person: PersonId) -> Result<(), Refused> {
    if !is_self(p, person) && !chooses(p) {
        return Err(Refusal::NotYours { whom: "the watcher, the parties of the exception and governance" }.into());
    }
    if !p.now.watchers.contains(&person) {
        return Err(Refusal::NoSuch { what: "watcher" }.into());
    }
    p.told(Deed::Unwatched { person })
}

fn is_self(p: &Proceeding<'_>, person: PersonId) -> bool {
    p.ground.by.person() == Some(person)
}

/// A party, or governance where the exception is.
fn chooses(p: &Proceeding<'_>) -> bool {
    let governs = |actor: &Person| actor.holds(Role::Governance, &p.now.request.domains());
    p.actor().is_none_or(|actor| is_party(actor, &p.now, p.ground.people) || governs(actor))
}

fn bound(what: &'static str, count: usize) -> Result<(), Refused> {
    let full = u32::try_from(count).is_ok_and(|count| count >= MOST);
    if !full {
        return Ok(());
    }
    let citation = Citation::rule(5, format!("an exception has at most {MOST} {what}")).with(what, MOST);
    Err(Refusal::LimitReached { what, limit: MOST }.citing(citation))
}

fn invalid(pointer: &str, code: &'static str, detail: &str) -> Refused {
    Refusal::Invalid { pointer: pointer.to_owned(), code, detail: detail.to_owned() }.into()
}
