//! Concerns at the door: what the figures of procedures are, whether somebody is asked about them, and who reads and
//! answers that. The clock raises and settles them; nothing here blocks a request.

use chrono::Duration;

use super::{Desk, Error, LawBook, Laws, Pending, Ran, ground::Caller, read::caller};
use crate::{
    access::{Ask, Matrix, Relation, RoleSet},
    domain::{
        exception::Exception,
        facts::UsedUp,
        person::{By, Person},
        request::Time,
        roster::{
            Compared, Concern, ConcernFacts, Figure, RosterAction, RosterEvent, Said, Split, Topic, answered_by,
            raised, said_of, settled,
        },
    },
    sop::{Budget, OwnFigures, Sop},
    store::{
        Conn, RosterChange, StoreError, Tx,
        automation::Right,
        concerns::{self, KeptConcern, counted},
        roster::{After, Secrets},
    },
    words::{ConcernId, ConcernState, ExceptionId, Measured, ReadVerb, Role, SopRef},
};

/// A concern as somebody reads it.
#[derive(Debug, Clone)]
pub struct ConcernRead {
    /// As it was raised, and how it ended.
    pub kept: KeptConcern,
    /// What is counted now.
    pub now: Vec<Figure>,
    /// The first of the exceptions that are counted, of those that whoever asks may see, with their numbers.
    pub exceptions: Vec<(ExceptionId, String)>,
}

/// The procedure that a topic is about, while it is in use.
fn in_use(laws: &Laws, sop: &str) -> Option<std::sync::Arc<Sop>> {
    laws.sops.newest(sop).filter(|_| !laws.sops.is_retired(sop))
}

/// What is counted about a topic at `now`; nothing where its procedure does not count it.
fn figures(conn: &mut Conn, laws: &Laws, topic: &Topic, now: Time) -> Result<Vec<Figure>, StoreError> {
    let Some(sop) = in_use(laws, topic.sop()) else { return Ok(Vec::new()) };
    match topic {
        Topic::OverBudget { sop: id, clause, business_unit } => {
            let one = (clause.as_str(), business_unit.as_deref());
            let Some(budget) = Budget::of(&sop.document().budgets, one.0, one.1) else { return Ok(Vec::new()) };
            Ok(held_against(budget, counted::in_use_of(conn, (id, now), one, &[])?))
        }
        Topic::SopReview { .. } => of_procedure(conn, (&sop, topic), now),
        Topic::SplitHeld { sop, .. } => {
            let hold = laws.sops.split(sop).and_then(about_hold).filter(|(held, _)| held == topic);
            Ok(hold.map(|(_, figures)| figures).unwrap_or_default())
        }
    }
}

/// What is asked about a split that the clock holds: as it was when it was held, until that is over.
pub(super) fn about_hold(split: &Split) -> Option<(Topic, Vec<Figure>)> {
    let (_, figures) = split.held.as_ref().filter(|(_, figures)| !figures.is_empty())?;
    let topic = Topic::SplitHeld { sop: split.begins.sop.id.clone(), split: split.begins.split, hold: split.holds };
    Some((topic, figures.iter().map(Compared::figure).collect()))
}

/// So many exceptions and days against a budget.
fn held_against(budget: &Budget, (exceptions, days): counted::Part) -> Vec<Figure> {
    let bounds = [(Measured::Exceptions, exceptions, budget.exceptions), (Measured::Days, days, budget.days)];
    let figure = |(measure, count, most): (Measured, u64, Option<u32>)| {
        most.map(|most| Figure::plain(measure, count, most.into()))
    };
    bounds.into_iter().filter_map(figure).collect()
}

/// How long ago a procedure was published or reviewed, and how its own figures rose.
fn of_procedure(conn: &mut Conn, (sop, topic): (&Sop, &Topic), now: Time) -> Result<Vec<Figure>, StoreError> {
    let document = sop.document();
    let published = counted::published_at(conn, (&document.id, document.version))?.unwrap_or(now);
    let looked_at = concerns::last_answered(conn, topic)?.map_or(published, |answered| answered.max(published));
    let since = (now - looked_at).num_seconds().max(0);
    // A day that has begun counts whole, so that the review is due when the last of its days is over.
    let days = u64::try_from(since / 86_400 + i64::from(since % 86_400 > 0)).unwrap_or(0);
    let mut found = vec![Figure::plain(Measured::SinceReview, days, document.review_every_days.into())];
    if let Some(own) = &document.own_figures {
        found.extend(rises(conn, (&document.id, own), now)?);
    }
    Ok(found)
}

fn rises(conn: &mut Conn, (sop, own): (&str, &OwnFigures), now: Time) -> Result<Vec<Figure>, StoreError> {
    let from = now - Duration::days(own.days.into());
    let later = counted::went(conn, sop, (from, now))?;
    let before = counted::went(conn, sop, (from - Duration::days(own.days.into()), from))?;
    let measured = [
        (Measured::FailedGates, own.failed_gates, later.failed_gates, before.failed_gates),
        (Measured::Returns, own.returns, later.returns, before.returns),
        (Measured::Breaches, own.breaches, later.breaches, before.breaches),
    ];
    let figure = |(measure, rise, later, before): (Measured, Option<_>, _, _)| {
        rise.map(|rise| Figure::share(measure, later, before, rise))
    };
    Ok(measured.into_iter().filter_map(figure).collect())
}

/// What there is to be said at `now`, and of what.
fn to_say(conn: &mut Conn, laws: &Laws, now: Time) -> Result<Vec<Topic>, StoreError> {
    let mut counts: Vec<(Topic, Vec<Figure>)> = Vec::new();
    for id in laws.sops.names() {
        let Some(sop) = in_use(laws, &id) else { continue };
        let budgets = &sop.document().budgets;
        let used = if budgets.is_empty() { Vec::new() } else { counted::in_use(conn, &id, now)? };
        for one in used {
            let Some(budget) = Budget::of(budgets, &one.clause, one.business_unit.as_deref()) else { continue };
            let held = held_against(budget, (one.exceptions, one.days));
            let counted::InEffect { clause, business_unit, .. } = one;
            counts.push((Topic::OverBudget { sop: id.clone(), clause, business_unit }, held));
        }
        let review = Topic::SopReview { sop: id };
        let held = of_procedure(conn, (&sop, &review), now)?;
        counts.push((review, held));
    }
    counts.extend(laws.sops.splits().filter_map(about_hold));
    counts.retain(|(_, figures)| figures.iter().any(Figure::is_exceeded));
    let mut topics = Vec::new();
    for (topic, figures) in &counts {
        let newest = concerns::newest(conn, topic)?;
        topics.extend(said_of(figures, newest.as_ref()).map(|_| topic.clone()));
    }
    // What is open and no longer beyond what is tolerated is to be settled.
    let open = concerns::open_topics(conn)?.into_iter();
    topics.extend(open.filter(|topic| counts.iter().all(|(counted, _)| counted != topic)));
    Ok(topics)
}

/// How many concerns the clock would raise or settle now.
pub(super) fn count(conn: &mut Conn, laws: &Laws, now: Time) -> Result<u64, StoreError> {
    Ok(u64::try_from(to_say(conn, laws, now)?.len()).unwrap_or(u64::MAX))
}

/// Says of a topic what is to be said of it in this transaction.
pub(super) fn say(tx: &mut Tx<'_, '_>, laws: &Laws, (topic, id): (&Topic, ConcernId)) -> Result<u32, Error> {
    let now = tx.now();
    let figures = tx.look(|conn| figures(conn, laws, topic, now))?;
    let newest = tx.look(|conn| concerns::newest(conn, topic))?;
    let newest_version = laws.sops.newest(topic.sop());
    let Some(sop) = newest_version.as_deref() else { return Ok(0) };
    let event = match (said_of(&figures, newest.as_ref()), newest) {
        (Some(Said::Raise(again)), _) => raised(
            Concern { id, topic: topic.clone(), sop: sop.reference(), asks: asked(topic, sop), figures, again },
            now,
        ),
        (Some(Said::Settle(_)), Some(open)) => settled(&open.concern, figures, (&sop.reference(), now)),
        (Some(Said::Settle(_)), None) | (None, _) => return Ok(0),
    };
    keep(tx, &event)?;
    Ok(1)
}

/// Who is asked: of a budget whoever owns the rules, of a procedure its owner.
fn asked(topic: &Topic, sop: &Sop) -> Role {
    match topic {
        Topic::OverBudget { .. } | Topic::SplitHeld { .. } => Role::Governance,
        Topic::SopReview { .. } => sop.document().owner,
    }
}

fn keep(tx: &mut Tx<'_, '_>, event: &RosterEvent) -> Result<(), Error> {
    let events = std::slice::from_ref(event);
    tx.record_roster(&RosterChange { events, openings: &[], secrets: &Secrets::default() })?;
    Ok(())
}

/// The facts that an answer is judged by, if `action` is one.
pub(super) fn facts(
    tx: &mut Tx<'_, '_>,
    laws: &Laws,
    (action, found): (Option<&RosterAction>, ConcernFacts),
) -> Result<ConcernFacts, Error> {
    let (Some(RosterAction::AnswerConcern { .. }), Some(standing)) = (action, &found.standing) else {
        return Ok(found);
    };
    let now = tx.now();
    let figures = tx.look(|conn| figures(conn, laws, &standing.concern.topic, now))?;
    Ok(ConcernFacts { figures, ..found })
}

/// A version of a procedure that was published just now answers what was asked about it.
pub(super) fn follow(tx: &mut Tx<'_, '_>, book: &LawBook, sop: &SopRef, event: &RosterEvent) -> Result<(), Error> {
    let (topic, now) = (Topic::SopReview { sop: sop.id.clone() }, tx.now());
    let newest = tx.look(|conn| concerns::newest(conn, &topic))?;
    let Some(open) = newest.filter(|newest| newest.state == ConcernState::Open) else { return Ok(()) };
    let laws = book.in_force(tx)?;
    let figures = tx.look(|conn| figures(conn, &laws, &topic, now))?;
    keep(tx, &answered_by(sop, &open.concern, figures, event))
}

/// The budgets of what a request deviates from that are used up: one more exception is beyond them.
pub(super) fn used_up(
    conn: &mut Conn,
    laws: &Laws,
    (request, now): (&Exception, Time),
) -> Result<Vec<UsedUp>, StoreError> {
    let Some(sop) = laws.sops.newest(&request.sop.id) else { return Ok(Vec::new()) };
    let (budgets, unit) = (&sop.document().budgets, request.request.scope.business_unit.as_deref());
    // What it takes the place of makes room for it.
    let itself: Vec<ExceptionId> = request.request.renews.into_iter().chain([request.id]).collect();
    let mut found = Vec::new();
    for clause in &request.request.clauses {
        let Some(budget) = Budget::of(budgets, clause, unit) else { continue };
        let used = counted::in_use_of(conn, (&request.sop.id, now), (clause, unit), &itself)?;
        let used: Vec<Figure> = held_against(budget, used).into_iter().filter(Figure::is_used_up).collect();
        let most = |measure: Measured| used.iter().find(|figure| figure.measure == measure).map(|figure| figure.limit);
        let (exceptions, days) = (most(Measured::Exceptions), most(Measured::Days));
        if exceptions.is_some() || days.is_some() {
            let (clause, business_unit) = (clause.clone(), unit.map(ToOwned::to_owned));
            found.push(UsedUp { clause, business_unit, exceptions, days });
        }
    }
    Ok(found)
}

/// Is a concern `person`'s to read, since it asks a role of theirs or since the matrix says so?
fn reads(matrix: &Matrix, person: &Person, concern: &Concern) -> bool {
    let held = person.grants.iter().map(|grant| grant.role);
    let roles = if person.is_service() { RoleSet::of_service() } else { RoleSet::of_person(held) };
    let relation = if person.holds_somewhere(concern.asks) { Relation::Own } else { Relation::Other };
    person.active && matrix.allows(roles, Ask::Read(ReadVerb::ReadConcerns), None, relation)
}

impl Desk {
    /// What there is to be said of figures now.
    pub fn concerning(&self) -> Result<Vec<Topic>, Error> {
        let (laws, now) = (self.laws(), self.clock.now());
        self.store.read(|conn| Ok(to_say(conn, &laws, now)?))
    }

    /// Raises or settles a concern about it, if the job may run when its turn comes.
    pub fn say_concern(&self, topic: Topic, right: Right) -> Result<Pending<Ran>, Error> {
        let (book, id) = (self.laws.clone(), ConcernId(self.random.uuid_v7(self.clock.now())?));
        self.automatic(right, move |tx| {
            let laws = book.in_force(tx)?;
            say(tx, &laws, (&topic, id))
        })
    }

    /// A page of the concerns in a state, or of all, that whoever asks may read, the newest first.
    pub fn concerns(
        &self,
        by: &By,
        state: Option<ConcernState>,
        page: After<ConcernId>,
    ) -> Result<Vec<KeptConcern>, Error> {
        self.store.read(|conn| {
            let person = caller(conn, by)?;
            let theirs = |concern: &Concern| reads(&self.laws.matrix, &person, concern);
            Ok(concerns::concerns(conn, page, (state, theirs))?)
        })
    }

    /// One concern, with what is counted now; of the exceptions that whoever asks may see at most `most`.
    ///
    /// # Errors
    /// There is none for whoever asks.
    pub fn concern(&self, by: &By, id: ConcernId, most: i64) -> Result<ConcernRead, Error> {
        let (laws, at) = (self.laws(), self.clock.now());
        self.store.read(|conn| {
            let person = caller(conn, by)?;
            let found = concerns::concern(conn, id)?;
            let theirs = |kept: &KeptConcern| reads(&laws.matrix, &person, &kept.standing.concern);
            let kept = found.filter(theirs).ok_or(Error::NotFound("concern"))?;
            let topic = &kept.standing.concern.topic;
            let (now, eyes) = (figures(conn, &laws, topic, at)?, Caller::of(&person, &laws.matrix).visibility);
            let exceptions = match topic {
                Topic::OverBudget { sop, clause, business_unit } => {
                    let one = (clause.as_str(), business_unit.as_deref());
                    counted::seen(conn, (sop, at), one, (&eyes, most))?
                }
                Topic::SopReview { .. } | Topic::SplitHeld { .. } => Vec::new(),
            };
            Ok(ConcernRead { kept, now, exceptions })
        })
    }

    /// When somebody last answered what was asked about a procedure.
    pub fn last_review(&self, sop: &str) -> Result<Option<Time>, Error> {
        let topic = Topic::SopReview { sop: sop.to_owned() };
        self.store.read(|conn| Ok(concerns::last_answered(conn, &topic)?))
    }

    /// The budgets of what a request deviates from that are used up now.
    pub fn used_up(&self, request: &Exception) -> Result<Vec<UsedUp>, Error> {
        let (laws, now) = (self.laws(), self.clock.now());
        self.store.read(|conn| Ok(used_up(conn, &laws, (request, now))?))
    }
}
