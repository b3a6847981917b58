//! The rows are the fold: every column of what is stored follows from the events alone, and what lists read
//! from follows from the rows.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    RunQueryDsl,
    connection::SimpleConnection,
    sql_query,
    sql_types::{BigInt, Bool, Integer, Nullable, Text},
};
use proviso::{
    domain::{
        event::{Deed, Event},
        exception::Exception,
        request::Time,
        roster::{Roster, RosterEvent},
        task::Task,
    },
    ledger::Leaf,
    store::{
        DatabaseUrl,
        backend::{Connector, Purpose},
    },
    words::{ExceptionId, Tier},
};
use serde_json::{Value, json};

use crate::{record::busier, world::World};

/// What the leaves alone say.
#[derive(Default)]
struct Folded {
    exceptions: BTreeMap<String, Exception>,
    roster: Roster,
    /// The place of the first leaf of each exception.
    serials: BTreeMap<String, i64>,
    /// Each vote by the place of its leaf, voided or not.
    votes: BTreeMap<i64, Value>,
    /// Every task that there ever was.
    tasks: BTreeSet<String>,
}

#[derive(diesel::QueryableByName)]
struct LeafRow {
    #[diesel(sql_type = BigInt)]
    idx: i64,
    #[diesel(sql_type = Text)]
    subject_kind: String,
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Text)]
    body: String,
}

impl Folded {
    fn of(world: &World) -> Self {
        let sql = "SELECT idx, subject_kind, subject, seq, body FROM leaves ORDER BY idx";
        let leaves: Vec<LeafRow> = world.read(|conn| sql_query(sql).load(conn).unwrap());
        let mut folded = Self::default();
        for leaf in &leaves {
            if leaf.subject_kind == "roster" {
                let event: Leaf<RosterEvent> = Leaf::read(&leaf.body).unwrap();
                folded.roster = folded.roster.after(&event.event, u64::try_from(leaf.idx).unwrap());
            } else {
                folded.add(leaf);
            }
        }
        folded
    }

    fn add(&mut self, leaf: &LeafRow) {
        let Leaf { event, seq, .. }: Leaf<Event> = Leaf::read(&leaf.body).unwrap();
        assert_eq!(i64::try_from(seq).unwrap(), leaf.seq);
        self.serials.entry(leaf.subject.clone()).or_insert(leaf.idx);
        self.tasks.extend(event.tasks.opened.iter().map(|task| task.id.to_string()));
        self.vote(leaf, &event);
        let id: ExceptionId = leaf.subject.parse().unwrap();
        let next = match self.exceptions.remove(&leaf.subject) {
            None => Exception::begin(id, &event).unwrap(),
            Some(before) => before.after(&event),
        };
        self.exceptions.insert(leaf.subject.clone(), next);
    }

    /// A vote is never deleted, only voided (I-43).
    #[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
    fn vote(&mut self, leaf: &LeafRow, event: &Event) {
        match &event.deed {
            Deed::Approved { round, approval, .. } => {
                let vote = json!({
                    "exception": leaf.subject, "round": round, "dossier": approval.dossier, "human": approval.human,
                    "principal": approval.principal, "leaf": leaf.idx, "at": micros(event.at), "voided": false,
                });
                self.votes.insert(leaf.idx, vote);
            }
            Deed::ApprovalVoided { round, human, .. } => {
                let names = |vote: &&mut Value| {
                    let named = (&vote["exception"], &vote["round"], &vote["human"], &vote["voided"]);
                    named == (&json!(leaf.subject), &json!(round), &json!(human), &json!(false))
                };
                self.votes.values_mut().find(names).unwrap()["voided"] = json!(true);
            }
            _ => {}
        }
    }
}

fn micros(at: Time) -> i64 {
    at.timestamp_micros()
}

#[test]
fn folding_the_events_gives_every_row() {
    let world = World::with(&[("limits.requests_per_minute", "0")]);
    busier(&world);
    world.settle();
    let folded = Folded::of(&world);
    assert_eq!(folded.roster, world.read(|conn| proviso::store::roster::roster(conn).unwrap()));
    the_exceptions_are_the_fold(&world, &folded);
    the_votes_are_the_fold(&world, &folded);
    the_work_is_the_fold(&world, &folded);
    the_facets_are_the_fold(&world, &folded);
    what_lists_read_from_is_the_same_derived_anew(&world);
}

#[derive(diesel::QueryableByName, serde::Serialize)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Nullable<Text>)]
    tier: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    kind: Option<String>,
    #[diesel(sql_type = Text)]
    requester: String,
    #[diesel(sql_type = Nullable<Text>)]
    business_unit: Option<String>,
    #[diesel(sql_type = Bool)]
    confidential: bool,
    #[diesel(sql_type = Text)]
    sop: String,
    #[diesel(sql_type = Integer)]
    sop_version: i32,
    #[diesel(sql_type = BigInt)]
    drafted_at: i64,
    #[diesel(sql_type = BigInt)]
    changed_at: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    due_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    starts_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    effective_until: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    wake_at: Option<i64>,
    #[diesel(sql_type = Nullable<Integer>)]
    authority_round: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    authority_dossier: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    title: Option<String>,
    #[diesel(sql_type = Text)]
    body: String,
    #[diesel(sql_type = BigInt)]
    serial: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    severity: Option<i64>,
}

/// The row that this exception must have, but for its body.
fn row(is: &Exception, serial: i64, wake: Option<Time>) -> Value {
    let (authority, until) = (is.state.authority(), is.effective_until());
    let severity = is.tier().map(|tier| 1 + Tier::ALL.iter().position(|one| *one == tier).unwrap());
    json!({
        "id": is.id, "number": is.number, "seq": is.seq, "version": is.version, "state": is.state.name(),
        "tier": is.tier(), "kind": is.request.kind, "requester": is.requester,
        "business_unit": is.request.scope.business_unit, "confidential": is.request.confidential,
        "sop": is.sop.id, "sop_version": is.sop.version, "drafted_at": micros(is.drafted_at),
        "changed_at": micros(is.changed_at), "due_at": is.tasks.iter().map(|task| micros(task.due_at)).min(),
        "starts_at": until.and(authority).map(|authority| micros(authority.period.start)),
        "effective_until": until.map(micros), "wake_at": wake.map(micros),
        "authority_round": authority.map(|authority| authority.round),
        "authority_dossier": authority.map(|authority| authority.dossier),
        "title": is.request.title.as_ref().map(|title| title.commitment), "serial": serial, "severity": severity,
    })
}

fn the_exceptions_are_the_fold(world: &World, folded: &Folded) {
    let rows: Vec<Row> = world.read(|conn| sql_query("SELECT * FROM exceptions").load(conn).unwrap());
    let laws = world.app.desk().laws();
    assert_eq!(rows.len(), folded.exceptions.len());
    for stored in rows {
        let is = &folded.exceptions[&stored.id];
        assert_eq!(serde_json::from_str::<Exception>(&stored.body).unwrap(), *is, "{}", stored.id);
        let wake = is.wake_at(laws.sops.exactly(&is.sop).unwrap().document());
        let expected = row(is, folded.serials[&stored.id], wake);
        let mut stored = serde_json::to_value(stored).unwrap();
        stored.as_object_mut().unwrap().remove("body");
        assert_eq!(stored, expected);
    }
    let states: BTreeSet<&str> = folded.exceptions.values().map(|is| is.state.name().as_str()).collect();
    let lived = ["draft", "decision", "re_review", "closed", "expired", "rejected", "revoked", "withdrawn"];
    assert!(lived.iter().all(|state| states.contains(state)), "{states:?}");
}

#[derive(diesel::QueryableByName, serde::Serialize)]
struct Vote {
    #[diesel(sql_type = Text)]
    exception: String,
    #[diesel(sql_type = Integer)]
    round: i32,
    #[diesel(sql_type = Text)]
    dossier: String,
    #[diesel(sql_type = Text)]
    human: String,
    #[diesel(sql_type = Text)]
    principal: String,
    #[diesel(sql_type = BigInt)]
    leaf: i64,
    #[diesel(sql_type = BigInt)]
    at: i64,
    #[diesel(sql_type = Bool)]
    voided: bool,
}

/// Every vote that was ever given, and which of them were voided.
fn the_votes_are_the_fold(world: &World, folded: &Folded) {
    let rows: Vec<Vote> = world.read(|conn| sql_query("SELECT * FROM approvals").load(conn).unwrap());
    let stored: BTreeMap<i64, Value> =
        rows.into_iter().map(|vote| (vote.leaf, serde_json::to_value(vote).unwrap())).collect();
    assert_eq!(stored, folded.votes);
    assert!(stored.values().any(|vote| vote["voided"] == true));
    let rounds = folded.exceptions.values().filter_map(|is| is.state.round());
    let standing: usize = rounds.map(|round| round.approvals.len()).sum();
    assert!(standing > 0, "a round is open that somebody approved in");
}

#[derive(diesel::QueryableByName, serde::Serialize)]
struct Chore {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    exception: String,
    #[diesel(sql_type = Text)]
    step: String,
    #[diesel(sql_type = Text)]
    work: String,
    #[diesel(sql_type = Text)]
    roles: String,
    #[diesel(sql_type = Nullable<Text>)]
    assignee: Option<String>,
    #[diesel(sql_type = BigInt)]
    opened_at: i64,
    #[diesel(sql_type = BigInt)]
    due_at: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    #[serde(skip)]
    closed_at: Option<i64>,
    #[diesel(sql_type = Text)]
    #[serde(skip)]
    body: String,
    #[diesel(sql_type = BigInt)]
    serial: i64,
}

/// The tasks that are open are those of the exceptions, whole; the others were opened once and are closed.
fn the_work_is_the_fold(world: &World, folded: &Folded) {
    let rows: Vec<Chore> = world.read(|conn| sql_query("SELECT * FROM tasks").load(conn).unwrap());
    let open: BTreeMap<String, (&String, &Task)> = folded
        .exceptions
        .iter()
        .flat_map(|(id, is)| is.tasks.iter().map(move |task| (task.id.to_string(), (id, task))))
        .collect();
    let known: BTreeSet<String> = rows.iter().map(|row| row.id.clone()).collect();
    assert_eq!(known, folded.tasks);
    for stored in rows {
        let Some((exception, task)) = open.get(&stored.id) else {
            assert!(stored.closed_at.is_some_and(|at| at >= stored.opened_at), "{}", stored.id);
            continue;
        };
        assert_eq!((stored.closed_at, &serde_json::from_str::<Task>(&stored.body).unwrap()), (None, *task));
        let roles: Vec<&str> = task.roles.iter().map(|role| role.as_str()).collect();
        let expected = json!({
            "id": task.id, "exception": exception, "step": task.step.as_str(), "work": task.work.as_str(),
            "roles": roles.join(" "), "assignee": task.assignee, "opened_at": micros(task.opened_at),
            "due_at": micros(task.due_at), "serial": folded.serials[*exception],
        });
        assert_eq!(serde_json::to_value(stored).unwrap(), expected);
    }
}

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn lines(world: &World, columns: &str, from: &str) -> BTreeSet<String> {
    let texts: Vec<String> = columns.split(' ').map(|column| format!("CAST({column} AS TEXT)")).collect();
    let sql = format!("SELECT {} AS line FROM {from}", texts.join(" || ' ' || "));
    let rows: Vec<Line> = world.read(|conn| sql_query(sql).load(conn).unwrap());
    rows.into_iter().map(|Line { line }| line).collect()
}

/// What lists filter by, written by hand here for the facets that have one source.
fn the_facets_are_the_fold(world: &World, folded: &Folded) {
    let mut expected = BTreeSet::new();
    for (id, is) in &folded.exceptions {
        let mut add =
            |facet: &str, value: &str| expected.insert(format!("{facet} {value} {} {id}", folded.serials[id]));
        add("state", is.state.name().as_str());
        add("requester", &is.requester.to_string());
        add("confidential", if is.request.confidential { "true" } else { "false" });
        is.tier().map(|tier| add("tier", tier.as_str()));
        is.request.kind.map(|kind| add("kind", kind.as_str()));
        is.request.scope.regions.iter().for_each(|region| _ = add("region", region));
        is.request.regulations.iter().for_each(|regulation| _ = add("regulation", regulation));
        is.request.clauses.difference(&is.pending_clauses).for_each(|clause| _ = add("clause", clause));
        is.tasks.iter().filter_map(|task| task.assignee).for_each(|who| _ = add("assignee", &who.to_string()));
        is.effective_until().map(|end| add("end_day", &end.date_naive().to_string()));
    }
    let mine = "exception_facets WHERE facet IN ('state', 'requester', 'confidential', 'tier', 'kind', 'region', \
                'regulation', 'clause', 'assignee', 'end_day')";
    assert_eq!(lines(world, "facet value serial exception", mine), expected);
}

/// What was kept row by row is what the record gives at once.
fn what_lists_read_from_is_the_same_derived_anew(world: &World) {
    let derived = [
        ("exception_facets", "facet value serial exception", "1 = 1"),
        ("exception_terms", "term serial", "1 = 1"),
        ("facet_counts", "facet value held", "held > 0"),
        ("term_counts", "term held", "held > 0"),
        ("task_seats", "role domain due_at task free", "1 = 1"),
    ];
    let read = || derived.map(|(table, columns, live)| lines(world, columns, &format!("{table} WHERE {live}")));
    let before = read();
    let url: DatabaseUrl = world.app.config().database.url.reveal().parse().unwrap();
    let mut conn = Connector::new(&url, Purpose::Write).open().unwrap();
    conn.batch_execute(&derived.map(|(table, ..)| format!("DELETE FROM {table}")).join("; ")).unwrap();
    world.app.desk().store().derive_missing().unwrap();
    assert_eq!(read(), before);
}
