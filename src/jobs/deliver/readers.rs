//! To whom a letter goes when it leaves: everyone who is meant and can be reached. Whoever is asked to decide
//! is asked only while they may; who left, and a team without people, is nobody.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::known::Known;
use crate::{
    domain::{
        event::Event,
        exception::Exception,
        letters::{Addressee, Letter, LetterKind, named_task},
        lifecycle::principals,
        person::Person,
        preferences::Preferences,
        request::Time,
        task::Work,
    },
    jobs::Teams,
    notify::{Mail, Rendered},
    store::{
        Conn, StoreError,
        contacts::{Contact, contacts},
        mailbox::{Threaded, mailed_since, threaded},
        outbox::Waiting,
        preferences::preferences,
        roster::{delegations_from, person_by_email_key, voters},
    },
    words::PersonId,
};

/// Somebody who is meant.
#[derive(Debug)]
pub(super) struct Meant {
    pub(super) person: PersonId,
    pub(super) preferences: Preferences,
    /// What they read, where it was written beforehand.
    pub(super) rendered: Option<Rendered>,
}

/// Somebody who is meant and can be reached, as it is when the letter leaves.
pub(super) struct Reader {
    pub(super) contact: Contact,
    pub(super) preferences: Preferences,
    pub(super) rendered: Option<Rendered>,
    /// How many mails left for them today.
    pub(super) today: u32,
    /// The same letter, where they have it: from another attempt, or because they were meant twice.
    pub(super) had: Option<Threaded>,
    /// The first mail of the thread that they got.
    pub(super) first: Option<Uuid>,
}

/// A letter with its event, the exception as that made it, and the exception as it is.
#[derive(Clone, Copy)]
pub(super) struct What<'w> {
    pub(super) waiting: &'w Waiting,
    pub(super) event: &'w Event,
    pub(super) then: &'w Exception,
    pub(super) current: &'w Exception,
}

/// What a letter wants of its readers, as far as that can be over before it leaves.
enum Wants {
    /// Nothing that ends.
    Nothing,
    /// A decision in the open round.
    Decision,
    /// Something that is no longer wanted of anybody.
    NoMore,
}

/// Everyone to whom a letter goes.
pub(super) fn whom(
    conn: &mut Conn,
    what: What<'_>,
    (teams, known): (&Teams, &mut Known),
    now: Time,
) -> Result<Vec<Meant>, StoreError> {
    let letter = &what.waiting.letter;
    let meant = match wants(what) {
        Wants::NoMore => BTreeSet::new(),
        Wants::Nothing => {
            let meant = meant(conn, letter, (teams, &mut *known))?;
            there(conn, meant, (letter, known), now)?
        }
        Wants::Decision => {
            let meant = meant(conn, letter, (teams, &mut *known))?;
            let deciding = deciding(conn, meant, what.current, now)?;
            there(conn, deciding, (letter, known), now)?
        }
    };
    let wanted = |person| Ok(Meant { person, preferences: preferences(conn, person)?, rendered: None });
    meant.into_iter().map(wanted).collect()
}

/// Of work for whoever holds a role those who are there are told, unless nobody is: whoever is away learns of it then,
/// as governance does that nobody else can do it.
fn there(
    conn: &mut Conn,
    meant: BTreeSet<PersonId>,
    (letter, known): (&Letter, &mut Known),
    now: Time,
) -> Result<BTreeSet<PersonId>, StoreError> {
    let work = letter.kind.asks() || letter.kind == LetterKind::GapFound;
    if !work || !matches!(letter.to, Addressee::Role(..)) {
        return Ok(meant);
    }
    let found = known.people(conn, &meant)?;
    let there: BTreeSet<PersonId> =
        found.iter().filter(|one| meant.contains(&one.id) && one.is_there(now)).map(|one| one.id).collect();
    Ok(if there.is_empty() { meant } else { there })
}

/// Quiet hours and outages pass, and what was wanted may be over by then.
fn wants(What { waiting, event, then, current }: What<'_>) -> Wants {
    if waiting.letter.kind == LetterKind::DecisionWanted {
        let round = |of: &Exception| of.state.round().map(|round| (round.number, round.dossier));
        let same = round(then).is_some() && round(then) == round(current);
        let wanted = current.tasks.iter().any(|open| open.work == Work::Decide);
        return if same && wanted { Wants::Decision } else { Wants::NoMore };
    }
    let Some(named) = named_task(&event.deed) else { return Wants::Nothing };
    // Whoever hears of an escalation sees to it that others decide.
    let theirs = waiting.letter.kind != LetterKind::Escalation;
    match current.tasks.iter().find(|open| open.id == named) {
        Some(open) if open.work == Work::Decide && theirs => Wants::Decision,
        Some(_) => Wants::Nothing,
        None => Wants::NoMore,
    }
}

/// Those of `meant`, and of those who act in their place, who may decide in the open round and have not.
fn deciding(
    conn: &mut Conn,
    meant: BTreeSet<PersonId>,
    current: &Exception,
    now: Time,
) -> Result<BTreeSet<PersonId>, StoreError> {
    let given = delegations_from(conn, &meant)?;
    let delegates = given.iter().filter(|given| given.holds_at(now)).map(|given| given.to);
    let mut all: BTreeSet<PersonId> = delegates.collect();
    all.extend(meant);
    let people = voters(conn, current, &all)?;
    all.retain(|person| !principals(current, &people, *person, now).is_empty());
    Ok(all)
}

/// Where somebody is reached, and what they were told before, as it is now; `None` of who left.
pub(super) fn reader(
    conn: &mut Conn,
    meant: Meant,
    waiting: &Waiting,
    now: Time,
) -> Result<Option<Reader>, StoreError> {
    let Meant { person, preferences, rendered } = meant;
    let Some(contact) = contacts(conn, &BTreeSet::from([person]))?.pop() else { return Ok(None) };
    let today = mailed_today(conn, person, &preferences, now)?;
    let (seq, kind) = (waiting.letter.seq, waiting.letter.kind);
    let told = threaded(conn, waiting.exception, person)?;
    let first = told.iter().find(|had| had.alone);
    let first = first.map(|had| Mail::id_of(waiting.exception, (had.seq, had.kind), person));
    let had = told.iter().find(|had| had.seq == seq && had.kind == kind).copied();
    Ok(Some(Reader { contact, preferences, rendered, today, had, first }))
}

/// How many mails left for somebody on this day of theirs; of interest where there is a cap.
pub(super) fn mailed_today(
    conn: &mut Conn,
    person: PersonId,
    preferences: &Preferences,
    now: Time,
) -> Result<u32, StoreError> {
    match preferences.daily_cap {
        Some(_) => mailed_since(conn, person, preferences.day_began(now)),
        None => Ok(0),
    }
}

fn meant(
    conn: &mut Conn,
    letter: &Letter,
    (teams, known): (&Teams, &mut Known),
) -> Result<BTreeSet<PersonId>, StoreError> {
    match &letter.to {
        Addressee::Person(id) => {
            let found = known.people(conn, &BTreeSet::from([*id]))?;
            // Nobody reads what a service is sent: it goes to the human who answers for it.
            let named = found.iter().find(|person| person.id == *id);
            Ok(named.map(|person| person.responsible.unwrap_or(person.id)).into_iter().collect())
        }
        Addressee::Role(role, domains) => {
            let holds = |person: &Person| !person.is_service() && person.holds(*role, domains);
            Ok(known.holders(conn, *role)?.into_iter().filter(|person| holds(person)).map(|person| person.id).collect())
        }
        Addressee::Team(team) => {
            let addresses = teams.get(team).into_iter().flatten();
            let found: Result<Vec<Option<PersonId>>, StoreError> =
                addresses.map(|address| person_by_email_key(conn, address.key())).collect();
            Ok(found?.into_iter().flatten().collect())
        }
    }
}
