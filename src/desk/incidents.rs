//! Incidents at the door: what one touches, whether one person may report it, and what becomes of each exception.
//! What loses its effect loses it in the transaction that reports it; of the rest the clock takes what is much.

use super::{
    Desk, Error, Laws, Pending, Ran,
    act::{Told, record},
    entries::{AT_ONCE, left_to_the_clock, of_clause},
    ground::{Caller, Procedures, people},
};
use crate::{
    access::{Ask, Matrix, Relation, RoleSet},
    domain::{
        event::Event,
        exception::Exception,
        lifecycle,
        person::{By, People, Person},
        refusal::{Refusal, Refused},
        request::Time,
        roster::{Incident, IncidentFacts, RosterAction, RosterEvent},
    },
    register::{Clause, Register, System},
    store::{
        Conn, StoreError, Tx,
        automation::Right,
        exceptions::exception,
        incidents::{self, Came, Reach, Reached, Reported, Touch},
        listing::Filter,
        register::Touched,
        roster::After,
    },
    words::{AdminVerb, DomainPath, ExceptionId, IncidentId, IncidentOutcome, ReadVerb, StateName},
};

/// What an incident would touch if it were reported now, of what whoever asks may see.
#[derive(Debug, Clone)]
pub struct IncidentPreview {
    /// How many exceptions one person may touch, where it would touch any.
    pub limit: Option<u32>,
    /// Would a second person have to confirm it? That hangs on all of them.
    pub takes_two: bool,
    /// How many it would touch.
    pub touched: u64,
    /// How many in each state, and what it would do to them.
    pub states: Vec<(StateName, IncidentOutcome, u64)>,
    /// The first of them.
    pub seen: Vec<(Exception, IncidentOutcome)>,
}

/// An incident, and what came of it.
#[derive(Debug, Clone)]
pub struct Aftermath {
    /// What was reported.
    pub reported: Reported,
    /// What became of the exceptions that it touched and whoever asks may see, counted.
    pub came: Vec<Came>,
    /// The first of them.
    pub seen: Vec<(Exception, Touch)>,
}

/// What the report of an incident is judged by, if `action` reports one.
pub(super) fn facts(tx: &mut Tx<'_, '_>, laws: &Laws, action: Option<&RosterAction>) -> Result<IncidentFacts, Error> {
    let Some(RosterAction::ReportIncident { incident }) = action else { return Ok(IncidentFacts::default()) };
    let reach = reach(&laws.register, incident)?;
    let reached = tx.look(|conn| incidents::reached(conn, &reach, None))?;
    Ok(weighed(laws, &reached))
}

/// How many it touches, against the least number that their procedures allow: those that they run by, and the
/// newest versions of those.
fn weighed(laws: &Laws, reached: &[Reached]) -> IncidentFacts {
    let procedures = reached.iter().flat_map(|one| {
        [laws.sops.version(&one.sop, one.sop_version), laws.sops.newest(&one.sop)].into_iter().flatten()
    });
    let limit = procedures.map(|sop| sop.document().limits.mass_action()).min();
    IncidentFacts { touched: u64::try_from(reached.len()).unwrap_or(u64::MAX), limit }
}

/// What finds the exceptions that an incident touches. A vendor stands for everything that it makes.
pub(super) fn reach(register: &Register, incident: &Incident) -> Result<Reach, Refused> {
    let Incident { systems, clauses, domain, .. } = incident;
    if systems.is_empty() && clauses.is_empty() {
        return Err(invalid("/systems", "names_nothing", "name at least one system or one clause".to_owned()));
    }
    if let Some(unknown) = systems.iter().find(|id| register.system(id).is_none()) {
        let detail = format!("the register has no system {unknown}; see GET /v1/systems");
        return Err(invalid("/systems", "unknown_system", detail));
    }
    if let Some(unknown) = clauses.iter().find(|id| register.clause(id).is_none()) {
        let detail = format!("the register has no clause {unknown}; see GET /v1/policies");
        return Err(invalid("/clauses", "unknown_clause", detail));
    }
    let made_by = |system: &&System| system.vendor.as_ref().is_some_and(|vendor| systems.contains(vendor));
    let named = |system: &&System| systems.contains(&system.id) || made_by(system);
    let systems: Vec<&System> = register.systems.iter().filter(named).collect();
    let ids = systems.iter().map(|system| Touched { facet: "system", value: system.id.clone() });
    let clauses = clauses.iter().filter_map(|id| register.clause(id)).flat_map(|clause: &Clause| of_clause(clause));
    Ok(Reach {
        domain: domain.clone(),
        facets: ids.chain(clauses).collect(),
        names: systems.iter().map(|system| Filter::system(&system.name)).collect(),
    })
}

fn invalid(pointer: &str, code: &'static str, detail: String) -> Refused {
    Refusal::Invalid { pointer: pointer.to_owned(), code, detail }.into()
}

/// What follows of an incident that was reported just now. What it suspends it suspends here, however much that
/// is: effect that somebody found dangerous waits for no clock. Of the rest a few are dealt with here.
pub(super) fn follow(
    tx: &mut Tx<'_, '_>,
    laws: &Laws,
    (incident, event): (&Incident, &RosterEvent),
) -> Result<(), Error> {
    let reach = reach(&laws.register, incident)?;
    let (reached, batch) = (tx.look(|conn| incidents::reached(conn, &reach, None))?, incident.batch());
    tx.touch(incident.id, &reached)?;
    tx.begin_batch(&batch, event)?;
    tx.add_struck(&batch, incident.id)?;
    tx.drop_empty_batch(&batch)?;
    let few = reached.len() <= AT_ONCE;
    for one in &reached {
        let suspends = incident.does_to(one.state) == IncidentOutcome::Suspended;
        if suspends || few && !tx.is_resting(&batch)? {
            left_to_the_clock(one.exception, tx.attempt(|tx| strike(tx, laws, (incident, one.exception))));
        }
    }
    Ok(())
}

/// Does to one exception what incidents mean for it that the clock has not come to yet: nobody decides on what they
/// reached, and nothing begins, as if they had not been reported.
pub(super) fn catch_up(tx: &mut Tx<'_, '_>, laws: &Laws, id: ExceptionId) -> Result<(), Error> {
    for open in tx.look(|conn| incidents::open_on(conn, id))? {
        let incident = reported(tx, open)?;
        strike(tx, laws, (&incident, id))?;
    }
    Ok(())
}

/// What catching up would do to `before`; nothing is written.
pub(super) fn to_catch_up(
    conn: &mut Conn,
    laws: &Laws,
    before: &Exception,
    (now, people): (Time, &People),
) -> Result<Vec<Event>, Error> {
    let (by, procedures) = (By::System { job: Incident::JOB.to_owned() }, Procedures::of(laws, &before.sop)?);
    let mut events: Vec<Event> = Vec::new();
    for open in incidents::open_on(conn, before.id)? {
        let Some(found) = incidents::incident(conn, open, None)? else { continue };
        let after = events.iter().fold(before.clone(), Exception::after);
        events.extend(lifecycle::struck(&after, &found.incident, procedures.ground(laws, (&by, now), people)));
    }
    Ok(events)
}

fn reported(tx: &mut Tx<'_, '_>, id: IncidentId) -> Result<Incident, Error> {
    let found = tx.look(|conn| incidents::incident(conn, id, None))?;
    Ok(found.ok_or_else(|| StoreError::Corrupt(format!("incident {id} is gone")))?.incident)
}

/// Does to one exception what the incident means for it, in an event that cites the incident.
fn strike(tx: &mut Tx<'_, '_>, laws: &Laws, (incident, id): (&Incident, ExceptionId)) -> Result<u32, Error> {
    let before = tx.exception(id)?.ok_or(Error::NotFound("exception"))?;
    let by = By::System { job: Incident::JOB.to_owned() };
    let people = people(tx, &before, None, &by)?;
    let procedures = Procedures::of(laws, &before.sop)?;
    let events = lifecycle::struck(&before, incident, procedures.ground(laws, (&by, tx.now()), &people));
    let after = events.iter().fold(before.clone(), Exception::after);
    tx.settle_touch((incident.id, id), outcome(before.state.name(), after.state.name()))?;
    let mut made = 0;
    if !events.is_empty() {
        made = record(tx, laws, id, Told { before: Some(&before), events, openings: &[] })?.events;
    }
    tx.leave_untouched(&incident.batch(), id)?;
    Ok(made)
}

fn outcome(before: StateName, after: StateName) -> IncidentOutcome {
    if after.is_final() {
        IncidentOutcome::Ended
    } else if before != after && after == StateName::Suspended {
        IncidentOutcome::Suspended
    } else if before == StateName::Active && after == StateName::ReReview {
        IncidentOutcome::Reopened
    } else {
        IncidentOutcome::Noted
    }
}

impl Desk {
    /// What of incidents has still to be carried out, at most `limit`.
    pub fn struck(&self, limit: i64) -> Result<Vec<(IncidentId, ExceptionId)>, Error> {
        self.store.read(|conn| Ok(incidents::struck(conn, limit)?))
    }

    /// Carries out one of it, if the job may run when its turn comes.
    pub fn strike(&self, one: (IncidentId, ExceptionId), right: Right) -> Result<Pending<Ran>, Error> {
        let book = self.laws.clone();
        self.automatic(right, move |tx| {
            let laws = book.in_force(tx)?;
            // Whatever was asked of it since may have carried it out.
            if !tx.look(|conn| incidents::open_on(conn, one.1))?.contains(&one.0) {
                return Ok(0);
            }
            let incident = reported(tx, one.0)?;
            if tx.is_resting(&incident.batch())? {
                return Ok(0);
            }
            strike(tx, &laws, (&incident, one.1))
        })
    }

    /// What `incident` would touch if it were reported now; of the exceptions at most `most`.
    ///
    /// # Errors
    /// It names nothing that the register knows, or whoever asks may not report it there.
    pub fn preview_incident(&self, by: &By, incident: &Incident, most: usize) -> Result<IncidentPreview, Error> {
        let person = self.may_administer(by, AdminVerb::ReportIncident)?;
        let laws = self.laws();
        let here = person.grants.iter().filter(|grant| grant.domain.covers(&incident.domain)).map(|grant| grant.role);
        let ask = Ask::Administer(AdminVerb::ReportIncident);
        if !laws.matrix.allows(RoleSet::of_person(here), ask, None, Relation::Other) {
            return Err(Error::Forbidden(format!("your roles do not include `{}` there", ask.as_str())));
        }
        let (eyes, reach) = (Caller::of(&person, &laws.matrix).visibility, reach(&laws.register, incident)?);
        self.store.read(|conn| {
            let facts = weighed(&laws, &incidents::reached(conn, &reach, None)?);
            let reached = incidents::reached(conn, &reach, Some(&eyes))?;
            let mut seen = Vec::new();
            for one in reached.iter().take(most) {
                seen.extend(exception(conn, one.exception)?.map(|found| (found, incident.does_to(one.state))));
            }
            let (touched, states) = (u64::try_from(reached.len()).unwrap_or(u64::MAX), by_state(incident, &reached));
            Ok(IncidentPreview { limit: facts.limit, takes_two: facts.takes_two(), touched, states, seen })
        })
    }

    /// A page of the incidents in whoever asks' domains, the newest first.
    ///
    /// # Errors
    /// They may read none.
    pub fn incidents(&self, by: &By, page: After<IncidentId>) -> Result<Vec<Reported>, Error> {
        let person = self.may_read(by, ReadVerb::ReadIncidents)?;
        let eyes = Caller::of(&person, &self.laws.matrix).visibility;
        let here = |incident: &Incident| concerns(&self.laws.matrix, &person, incident);
        self.store.read(|conn| Ok(incidents::incidents(conn, page, (Some(&eyes), here))?))
    }

    /// One incident, with what came of it; of the exceptions that whoever asks may see at most `most`.
    ///
    /// # Errors
    /// There is none in their domains.
    pub fn aftermath(&self, by: &By, id: IncidentId, most: usize) -> Result<Aftermath, Error> {
        let person = self.may_read(by, ReadVerb::ReadIncidents)?;
        let eyes = Caller::of(&person, &self.laws.matrix).visibility;
        self.store.read(|conn| {
            let found = incidents::incident(conn, id, Some(&eyes))?;
            let here = |one: &Reported| concerns(&self.laws.matrix, &person, &one.incident);
            let reported = found.filter(here).ok_or(Error::NotFound("incident"))?;
            let mut seen = Vec::new();
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            for touch in incidents::touches(conn, (id, most), Some(&eyes))? {
                seen.extend(exception(conn, touch.exception)?.map(|found| (found, touch)));
            }
            Ok(Aftermath { reported, came: incidents::came_of(conn, id, Some(&eyes))?, seen })
        })
    }
}

/// Does `person` read incidents in the domain of this one, above or below it?
fn concerns(matrix: &Matrix, person: &Person, incident: &Incident) -> bool {
    reads_near(matrix, (person, ReadVerb::ReadIncidents), incident)
}

/// Do the roles that `person` holds in the domain of an incident, above or below it, let them read this?
pub(super) fn reads_near(matrix: &Matrix, (person, verb): (&Person, ReadVerb), incident: &Incident) -> bool {
    let near = |domain: &DomainPath| domain.covers(&incident.domain) || incident.domain.covers(domain);
    let roles = person.grants.iter().filter(|grant| near(&grant.domain)).map(|grant| grant.role);
    matrix.allows(RoleSet::of_person(roles), Ask::Read(verb), None, Relation::Other)
}

/// How many there are in each state, and what an incident would do to them.
fn by_state(incident: &Incident, reached: &[Reached]) -> Vec<(StateName, IncidentOutcome, u64)> {
    let count = |state: StateName| {
        let there = reached.iter().filter(|one| one.state == state).count();
        (state, incident.does_to(state), u64::try_from(there).unwrap_or(u64::MAX))
    };
    StateName::ALL.iter().map(|state| count(*state)).filter(|(_, _, count)| *count > 0).collect()
}
