//! The record: folding the events gives the rows, the tree is theirs, and the database itself refuses
//! what must never be.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    RunQueryDsl,
    connection::SimpleConnection,
    sql_query,
    sql_types::{BigInt, Integer, Nullable, Text},
};
use proviso::{
    domain::{
        event::Event,
        exception::{Approval, Exception},
        roster::{Roster, RosterEvent},
        task::Task,
    },
    ledger::{Frontier, Leaf, NodeId, TreeHead, inclusion_proof, leaf_hash, root_at, verify_inclusion},
    store::{
        DatabaseUrl,
        backend::{Connector, Purpose},
    },
    words::{ExceptionId, Hash},
};
use serde_json::json;

use crate::world::World;

#[derive(diesel::QueryableByName)]
struct LeafRow {
    #[diesel(sql_type = BigInt)]
    idx: i64,
    #[diesel(sql_type = Text)]
    hash: String,
    #[diesel(sql_type = Text)]
    subject_kind: String,
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Text)]
    body: String,
}

#[derive(diesel::QueryableByName)]
struct Body {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    body: String,
}

#[derive(diesel::QueryableByName)]
struct NodeRow {
    #[diesel(sql_type = Integer)]
    level: i32,
    #[diesel(sql_type = BigInt)]
    idx: i64,
    #[diesel(sql_type = Text)]
    hash: String,
}

#[derive(diesel::QueryableByName)]
struct Head {
    #[diesel(sql_type = BigInt)]
    size: i64,
    #[diesel(sql_type = Text)]
    frontier: String,
}

/// Everything that may go wrong in a life, so that the record has something to show.
fn busy(world: &World) {
    let id = world.active();
    world.command("gita", &id, "suspend", json!({ "cause": "incident" })).expect(200);
    let dossier = world.dossier(&id);
    world.command("boris", &id, "resume", json!({ "dossier": dossier, "reason": "It was a false alarm." })).expect(200);
    world.approve("carla", &id).expect(200);
    let withdrawn = world.file();
    world.command("rita", &withdrawn, "withdraw", json!({})).expect(200);
    let commented = world.file();
    world.command("rita", &commented, "comment", json!({ "text": "Is this complete?" })).expect(200);
    world.days(91);
    world.settle();
    let halfway = world.decided_on(1);
    world.approve("boris", &halfway).expect(200);
    let living = world.active();
    world.command("gita", &living, "reopen", json!({ "cause": "incident" })).expect(200);
    world.approve("carla", &living).expect(200);
    let rejected = world.decided_on(1);
    let dossier = world.dossier(&rejected);
    world.command("rita", &rejected, "approve", json!({ "dossier": dossier })).expect(403);
    world.command("carla", &rejected, "reject", json!({ "dossier": dossier, "reason": "No." })).expect(200);
    world.settle();
}

#[test]
fn folding_the_events_gives_every_row() {
    let world = World::new();
    busy(&world);
    let (leaves, rows) = world.read(|conn| {
        let leaves: Vec<LeafRow> =
            sql_query("SELECT idx, hash, subject_kind, subject, seq, body FROM leaves ORDER BY idx")
                .load(conn)
                .unwrap();
        let rows: Vec<Body> = sql_query("SELECT id, body FROM exceptions ORDER BY id").load(conn).unwrap();
        (leaves, rows)
    });
    let mut folded: BTreeMap<String, Exception> = BTreeMap::new();
    let mut roster = Roster::default();
    for leaf in &leaves {
        if leaf.subject_kind == "roster" {
            let event: Leaf<RosterEvent> = Leaf::read(&leaf.body).unwrap();
            roster = roster.after(&event.event, u64::try_from(leaf.idx).unwrap());
            continue;
        }
        let event: Leaf<Event> = Leaf::read(&leaf.body).unwrap();
        assert_eq!(i64::try_from(event.seq).unwrap(), leaf.seq);
        let id: ExceptionId = leaf.subject.parse().unwrap();
        let next = match folded.remove(&leaf.subject) {
            None => Exception::begin(id, &event.event).unwrap(),
            Some(before) => before.after(&event.event),
        };
        folded.insert(leaf.subject.clone(), next);
    }
    assert!(rows.len() >= 4);
    for row in &rows {
        let stored: Exception = serde_json::from_str(&row.body).unwrap();
        assert_eq!(folded[&row.id], stored, "{}", row.id);
    }
    let tables = world.read(|conn| proviso::store::roster::roster(conn).unwrap());
    assert_eq!(roster, tables);
    the_columns_are_the_fold(&world, &folded);
    the_votes_are_the_fold(&world, &folded);
    the_work_is_the_fold(&world, &folded);
}

#[derive(diesel::QueryableByName)]
struct Columns {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Nullable<Text>)]
    tier: Option<String>,
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
}

/// What the database filters, wakes and guards by.
fn the_columns_are_the_fold(world: &World, folded: &BTreeMap<String, Exception>) {
    let sql = "SELECT id, state, version, tier, starts_at, effective_until, wake_at, authority_round, authority_dossier \
               FROM exceptions";
    let rows: Vec<Columns> = world.read(|conn| sql_query(sql).load(conn).unwrap());
    let laws = world.app.desk().laws();
    for row in rows {
        let is = &folded[&row.id];
        let sop = laws.sops.exactly(&is.sop).unwrap();
        let (authority, until) = (is.state.authority(), is.effective_until());
        assert_eq!((row.state.as_str(), row.version), (is.state.name().as_str(), i64::try_from(is.version).unwrap()));
        assert_eq!(row.tier, is.tier().map(|tier| tier.to_string()));
        assert_eq!(row.effective_until, until.map(|at| at.timestamp_micros()), "{}", row.id);
        let start = until.and(authority).map(|authority| authority.period.start.timestamp_micros());
        assert_eq!(row.starts_at, start, "{}", row.id);
        assert_eq!(row.wake_at, is.wake_at(sop.document()).map(|at| at.timestamp_micros()), "{}", row.id);
        assert_eq!(row.authority_round, authority.map(|authority| i32::try_from(authority.round).unwrap()));
        assert_eq!(row.authority_dossier, authority.map(|authority| authority.dossier.to_string()));
    }
}

#[derive(diesel::QueryableByName)]
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
    at: i64,
}

/// The votes that stand in an open round are the rows that are not voided.
fn the_votes_are_the_fold(world: &World, folded: &BTreeMap<String, Exception>) {
    let sql = "SELECT exception, round, dossier, human, principal, at FROM approvals WHERE NOT voided";
    let rows: Vec<Vote> = world.read(|conn| sql_query(sql).load(conn).unwrap());
    let mut seen = 0;
    for (id, is) in folded {
        let Some(round) = is.state.round() else { continue };
        let number = i32::try_from(round.number).unwrap();
        let mut stored: Vec<_> = rows
            .iter()
            .filter(|vote| &vote.exception == id && vote.round == number)
            .map(|vote| (vote.dossier.clone(), vote.human.clone(), vote.principal.clone(), vote.at))
            .collect();
        let vote = |given: &Approval| {
            let [dossier, human, principal] =
                [given.dossier.to_string(), given.human.to_string(), given.principal.to_string()];
            (dossier, human, principal, given.at.timestamp_micros())
        };
        let mut given: Vec<_> = round.approvals.iter().map(vote).collect();
        stored.sort();
        given.sort();
        assert_eq!(stored, given, "{id}");
        seen += given.len();
    }
    assert!(seen > 0, "a round is open that somebody approved in");
}

#[derive(diesel::QueryableByName)]
struct Open {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    exception: String,
    #[diesel(sql_type = Text)]
    work: String,
    #[diesel(sql_type = Nullable<Text>)]
    assignee: Option<String>,
    #[diesel(sql_type = BigInt)]
    due_at: i64,
}

/// The tasks that are not closed are those of the exceptions.
fn the_work_is_the_fold(world: &World, folded: &BTreeMap<String, Exception>) {
    let sql = "SELECT id, exception, work, assignee, due_at FROM tasks WHERE closed_at IS NULL ORDER BY id";
    let rows: Vec<Open> = world.read(|conn| sql_query(sql).load(conn).unwrap());
    let stored: BTreeSet<_> =
        rows.into_iter().map(|row| (row.id, row.exception, row.work, row.assignee, row.due_at)).collect();
    let task = |id: &String, task: &Task| {
        let assignee = task.assignee.map(|person| person.to_string());
        (task.id.to_string(), id.clone(), task.work.to_string(), assignee, task.due_at.timestamp_micros())
    };
    let expected: BTreeSet<_> =
        folded.iter().flat_map(|(id, is)| is.tasks.iter().map(move |open| task(id, open))).collect();
    assert!(!expected.is_empty());
    assert_eq!(stored, expected);
}

#[test]
fn the_leaves_are_dense_and_the_tree_is_theirs() {
    let world = World::new();
    busy(&world);
    let (leaves, nodes, head) = world.read(|conn| {
        let leaves: Vec<LeafRow> =
            sql_query("SELECT idx, hash, subject_kind, subject, seq, body FROM leaves ORDER BY idx")
                .load(conn)
                .unwrap();
        let nodes: Vec<NodeRow> = sql_query("SELECT level, idx, hash FROM nodes").load(conn).unwrap();
        let head: Head = sql_query("SELECT size, frontier FROM ledger_head").get_result(conn).unwrap();
        (leaves, nodes, head)
    });
    let mut frontier = Frontier::empty();
    let mut known: BTreeMap<(u32, u64), Hash> = BTreeMap::new();
    for (place, leaf) in leaves.iter().enumerate() {
        assert_eq!(usize::try_from(leaf.idx).unwrap(), place, "no gap");
        let hash = leaf_hash(leaf.body.as_bytes());
        assert_eq!(hash.to_string(), leaf.hash);
        known.extend(frontier.append(hash).into_iter().map(|(node, hash)| ((node.level, node.index), hash)));
    }
    assert_eq!(usize::try_from(head.size).unwrap(), leaves.len());
    assert_eq!(frontier.to_string(), head.frontier);
    for node in &nodes {
        let at = (u32::try_from(node.level).unwrap(), u64::try_from(node.idx).unwrap());
        assert_eq!(known[&at].to_string(), node.hash);
    }
    assert_eq!(known.keys().filter(|(level, _)| *level > 0).count(), nodes.len());
    let lookup = |node: NodeId| known.get(&(node.level, node.index)).copied();
    let size = u64::try_from(leaves.len()).unwrap();
    let tree = TreeHead { size, root: root_at(size, &lookup).unwrap() };
    let proof = inclusion_proof(3, size, &lookup).unwrap();
    verify_inclusion(leaf_hash(leaves[3].body.as_bytes()), 3, &proof, tree).unwrap();
    assert!(verify_inclusion(leaf_hash(leaves[4].body.as_bytes()), 3, &proof, tree).is_err());
}

#[test]
fn no_text_and_no_name_stands_in_the_ledger() {
    let world = World::new();
    busy(&world);
    let leaves: Vec<LeafRow> = world
        .read(|conn| sql_query("SELECT idx, hash, subject_kind, subject, seq, body FROM leaves").load(conn).unwrap());
    for private in ["Summaries", "Agents read", "Rita", "rita@", "Example LLM", "false alarm", "Is this complete"] {
        let told = leaves.iter().find(|leaf| leaf.body.contains(private));
        assert!(told.is_none(), "{private:?} stands in {}", told.unwrap().body);
    }
}

/// Statements that a database administrator might try.
const TAMPERINGS: &[&str] = &[
    "UPDATE leaves SET body = body || ' ' WHERE idx = 1",
    "DELETE FROM leaves WHERE idx = 1",
    "DELETE FROM nodes",
    "UPDATE nodes SET hash = hash || '0'",
    "DELETE FROM ledger_head",
    "DELETE FROM exceptions",
    "DELETE FROM approvals",
    "UPDATE approvals SET human = principal || 'x'",
    "UPDATE exceptions SET state = 'active' WHERE state = 'expired'",
    "UPDATE exceptions SET state = 'draft' WHERE state = 'rejected'",
    "UPDATE exceptions SET state = 'active', authority_round = 1, authority_dossier = 'x' WHERE state = 'draft'",
    "UPDATE sops SET document = '{}'",
];

/// What would take the guards away; on PostgreSQL the service's own role has no right to it.
const UNGUARDINGS: &[&str] = &[
    "TRUNCATE leaves",
    "DROP TABLE leaves CASCADE",
    "ALTER TABLE leaves DISABLE TRIGGER ALL",
    "DROP TRIGGER leaves_stay ON leaves",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "SET session_replication_role = replica",
    "DELETE FROM __diesel_schema_migrations",
    "CREATE TABLE leaves2 (idx BIGINT)",
];

fn assert_refused(url: &str, statements: &[&str]) {
    let url: DatabaseUrl = url.parse().unwrap();
    for statement in statements {
        let mut conn = Connector::new(&url, Purpose::Write).open().unwrap();
        assert!(conn.batch_execute(statement).is_err(), "{statement}, on {url}");
    }
}

#[test]
fn the_database_refuses_what_must_never_be() {
    let world = World::new();
    busy(&world);
    world.file();
    let database = &world.app.config().database;
    assert_refused(database.url.reveal(), TAMPERINGS);
    let ready = world.get("adam", "/readyz").expect(200);
    let Some(owner) = &database.owner_url else {
        assert_eq!(ready["database"]["ledger_kept_apart"], serde_json::Value::Null);
        return;
    };
    assert_refused(owner.reveal(), TAMPERINGS);
    assert_refused(database.url.reveal(), UNGUARDINGS);
    assert_eq!(ready["database"]["ledger_kept_apart"], true);
}

#[test]
fn replicas_that_start_together_take_turns_with_the_rights() {
    let world = World::new();
    let database = &world.app.config().database;
    let Some(owner) = &database.owner_url else { return };
    let urls: [DatabaseUrl; 2] = [owner.reveal(), database.url.reveal()].map(|url| url.parse().unwrap());
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| (0..5).for_each(|_| proviso::store::backend::grant(&urls[0], &urls[1]).unwrap()));
        }
    });
}

#[test]
fn one_role_for_both_is_refused_by_name() {
    let Ok(server) = std::env::var("PROVISO_TEST_PG") else { return };
    let world = World::new();
    let owner = world.app.config().database.owner_url.clone().unwrap();
    let url: DatabaseUrl = owner.reveal().parse().unwrap();
    let why = proviso::store::backend::grant(&url, &url).unwrap_err().to_string();
    assert!(why.contains("two are needed"), "{why}");
    let elsewhere = server.replace("//proviso@", "//proviso_app@").parse().unwrap();
    let why = proviso::store::backend::grant(&url, &elsewhere).unwrap_err().to_string();
    assert!(why.contains("looks in public"), "{why}");
}
