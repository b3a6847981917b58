//! The record: the tree is that of the leaves, and the database itself refuses what must never be.

use std::collections::BTreeMap;

use diesel::{
    RunQueryDsl,
    connection::SimpleConnection,
    sql_query,
    sql_types::{BigInt, Integer, Text},
};
use proviso::{
    ledger::{Frontier, NodeId, TreeHead, inclusion_proof, leaf_hash, root_at, verify_inclusion},
    store::{
        DatabaseUrl,
        backend::{Connector, Purpose},
    },
    words::Hash,
};
use serde_json::{Value, json};

use crate::{
    late::controlled,
    world::{World, request},
};

#[derive(diesel::QueryableByName)]
struct LeafRow {
    #[diesel(sql_type = BigInt)]
    idx: i64,
    #[diesel(sql_type = Text)]
    hash: String,
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
    world.look_again(&id);
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
    world.look_again(&living);
    world.approve("carla", &living).expect(200);
    let rejected = world.decided_on(1);
    let dossier = world.dossier(&rejected);
    world.command("rita", &rejected, "approve", json!({ "dossier": dossier })).expect(403);
    world.command("carla", &rejected, "reject", json!({ "dossier": dossier, "reason": "No." })).expect(200);
    world.settle();
}

fn filed(world: &World, asked: Value) -> String {
    world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned()
}

/// A waived gate, an added clause, conditions that are accepted, and a later end.
fn bound(world: &World) -> String {
    let mut short = request();
    short["alternatives"] = json!("None.");
    let id = filed(world, short);
    world.command("rita", &id, "submit", json!({})).expect(200);
    world.command("gita", &id, "waive-gate", json!({ "gate": "1.2", "reason": "A pilot of a week." })).expect(200);
    world.to_decision(&id, 1);
    world.approve("boris", &id).expect(200);
    let clause = json!({ "clauses": ["AIP-3.1"], "reason": "The vendor keeps the prompts." });
    world.command("priya", &id, "add-clauses", clause).expect(200);
    let condition = json!({ "dossier": world.dossier(&id), "text": "No attachments.", "obligation": "no_attachments" });
    world.command("carla", &id, "propose-condition", condition).expect(200);
    world.approve("boris", &id).expect(200);
    world.approve("carla", &id).expect(200);
    let active = world.command("rita", &id, "accept-conditions", json!({})).expect(200);
    assert_eq!(active["state"], "active");
    let end: chrono::DateTime<chrono::Utc> = active["authority"]["period"]["end"].as_str().unwrap().parse().unwrap();
    let end = (end + chrono::Duration::days(30)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    world.command("rita", &id, "request-extension", json!({ "end": end, "reason": "It is late." })).expect(200);
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["extensions"], json!([30]));
    id
}

/// What is found in requests, what binds them, and what becomes of those that live.
pub fn busier(world: &World) {
    bound(world);
    let (failed, control) = controlled(world, &json!({ "regulations": ["gdpr"] }));
    world.command("oskar", &failed, "confirm-control", json!({ "control": control })).expect(200);
    let gone = json!({ "control": control, "reason": "The logger was off." });
    assert_eq!(world.command("oskar", &failed, "fail-control", gone).expect(200)["state"], "re_review");
    let (old, assigned) = (world.active(), world.file());
    let mut renewal = request();
    renewal["renews"] = json!(old);
    let new = filed(world, renewal);
    world.to_decision(&new, 1);
    world.approve("boris", &new).expect(200);
    world.approve("carla", &new).expect(200);
    assert_eq!(world.state(&old), "closed", "it is superseded");
    let mut secret = request();
    secret["confidential"] = json!(true);
    secret["readers"] = json!([world.id("ben")]);
    let secret = filed(world, secret);
    world.patch("rita", &secret, json!({ "scope": { "regions": ["eu", "us"] } })).expect(200);
    let submitted = world.command("rita", &assigned, "submit", json!({})).expect(200);
    let task = submitted["tasks"][0]["id"].as_str().unwrap().to_owned();
    world.post("rosa", &format!("/v1/tasks/{task}/claim"), json!({})).expect(200);
    busy(world);
    world.file();
    let living = world.get("gita", "/v1/exceptions?state=active").expect(200);
    let revoked = living["items"][0]["id"].as_str().unwrap().to_owned();
    world.command("gita", &revoked, "revoke", json!({ "cause": "incident" })).expect(200);
}

#[test]
fn the_leaves_are_dense_and_the_tree_is_theirs() {
    let world = World::new();
    busy(&world);
    let (leaves, nodes, head) = world.read(|conn| {
        let leaves: Vec<LeafRow> = sql_query("SELECT idx, hash, body FROM leaves ORDER BY idx").load(conn).unwrap();
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
    let leaves: Vec<LeafRow> = world.read(|conn| sql_query("SELECT idx, hash, body FROM leaves").load(conn).unwrap());
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
