//! What is signed of the record, what anybody verifies of it, and what happens when it was changed beside the
//! ledger.

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Read},
};

use proviso::{
    app::{App, Texts, Timing},
    audit::{Outcome, Verifier},
    clock::Random,
    config::Config,
    desk::Find,
    domain::person::{By, Door},
    ledger::{Checkpoint, Hash, Keys, Receipt, SigningKey, Tile, VerifierKey, leaf_hash},
    store::ClockTrust,
};
use serde_json::json;

use crate::world::World;

const ORIGIN: &str = "proviso.example.org/ledger";

pub fn key(seed: u8) -> SigningKey {
    SigningKey::make(ORIGIN, [seed; 32]).unwrap()
}

/// A world that signs.
fn signing(more: &[(&str, &str)]) -> World {
    let key = key(1);
    let settings: Vec<_> = [("ledger.key", key.reveal())].into_iter().chain(more.iter().copied()).collect();
    World::with(&settings)
}

fn keys() -> Keys {
    Keys(vec![key(1).verifier().clone()])
}

fn run(world: &World) {
    world.app.jobs().unwrap().run_due(world.now());
}

fn exported(world: &World, texts: Texts) -> String {
    let mut out = Vec::new();
    world.app.export(&mut out, texts, &mut |_, _| {}).unwrap();
    String::from_utf8(out).unwrap()
}

fn verified(export: &str, external: &[String]) -> Result<Outcome, proviso::audit::Fault> {
    let mut verifier = Verifier::new(keys(), external)?;
    export.lines().try_for_each(|line| verifier.take(line))?;
    verifier.finish()
}

#[test]
fn checkpoints_are_signed_as_the_ledger_grows_and_anchored_outside() {
    let folder = tempfile::tempdir().unwrap();
    let anchor = folder.path().join("anchor.jsonl");
    let world = signing(&[("ledger.anchor_file", anchor.to_str().unwrap())]);
    world.get("rita", "/v1/ledger/checkpoint").code(404);
    run(&world);
    let first = world.get("rita", "/v1/ledger/checkpoint").text;
    world.file();
    run(&world);
    assert_eq!(world.get("rita", "/v1/ledger/checkpoint").text, first, "not more often than every ten seconds");
    world.minutes(1);
    run(&world);
    let second = world.get("rita", "/v1/ledger/checkpoint").text;
    let [older, newer] = [&first, &second].map(|note| Checkpoint::open(note, &keys()).unwrap());
    assert!(older.head.size < newer.head.size);
    assert_eq!(world.get("rita", "/v1/ledger/key").text, format!("{}\n", key(1).verifier()));
    let anchored = fs::read_to_string(&anchor).unwrap();
    let anchored: Vec<serde_json::Value> = anchored.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let notes: Vec<&str> = anchored.iter().map(|line| line["checkpoint"].as_str().unwrap()).collect();
    assert_eq!(notes, [first.as_str(), second.as_str()]);
}

#[test]
fn what_the_anchor_lacks_is_made_up_for_and_what_it_cannot_have_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gone").join("anchor.jsonl");
    let world = signing(&[("ledger.anchor_file", file.to_str().unwrap())]);
    run(&world);
    let told = world.get("rita", "/readyz").expect(503);
    assert!(told["missing"][0].as_str().unwrap().starts_with("the checkpoints are not anchored"), "{told}");
    fs::create_dir(file.parent().unwrap()).unwrap();
    world.app.desk().anchor_checkpoints();
    world.get("rita", "/readyz").expect(200);
    fs::write(&file, format!("{}{{\"at\":\"cut o", fs::read_to_string(&file).unwrap())).unwrap();
    world.minutes(1);
    world.file();
    run(&world);
    let sizes: Vec<u64> = anchored(&file).iter().map(|line| line["size"].as_u64().unwrap()).collect();
    assert!(sizes.len() == 2 && sizes.is_sorted(), "{sizes:?}");
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("proviso.example.org", "elsewhere.example.org"))
        .unwrap();
    world.app.desk().anchor_checkpoints();
    let told = world.get("rita", "/readyz").expect(503);
    assert!(told["missing"][0].as_str().unwrap().contains("is not in the database"), "{told}");
}

/// The whole lines of an anchor.
fn anchored(file: &std::path::Path) -> Vec<serde_json::Value> {
    fs::read_to_string(file).unwrap().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[test]
fn whoever_takes_a_list_stands_in_the_record() {
    let world = World::new();
    world.file();
    let exported = || world.roster_kinds().iter().filter(|kind| *kind == "record_exported").count();
    let doors = ["exceptions.csv", "exceptions.oscal.json", "tasks.xlsx", "people.jsonl", "events.csv"];
    for (before, door) in doors.iter().enumerate() {
        assert_eq!(exported(), before);
        assert_eq!(world.get("gita", &format!("/v1/{door}")).status, 200);
    }
    world.get("gita", "/v1/reports/expiring.csv");
    assert_eq!(exported(), doors.len() + 1);
    world.get("gita", "/v1/exceptions").expect(200);
    world.get("gita", "/v1/exceptions.csv?limit=3").expect(422);
    assert_eq!(exported(), doors.len() + 1, "a page is no list, and a refusal takes none");
}

#[test]
fn a_rotated_key_leaves_older_checkpoints_verifiable() {
    let old = key(9).verifier().to_string();
    let world = signing(&[("ledger.earlier_keys", &old)]);
    let told = world.get("rita", "/v1/ledger/key").text;
    assert_eq!(told, format!("{}\n{old}\n", key(1).verifier()));
}

#[test]
fn a_record_is_verified_across_a_change_of_its_key() {
    let world = signing(&[]);
    world.active();
    run(&world);
    let before = world.get("rita", "/v1/ledger/checkpoint").text;
    let mut config = world.app.config().clone();
    (config.ledger.key, config.ledger.earlier_keys) = (Some(key(2)), keys());
    let timing = Timing { clock: world.clock.clone(), trust: ClockTrust::Moved, random: Random::seeded(77) };
    let rotated = App::open(config, timing).unwrap();
    world.minutes(1);
    world.file();
    let mut out = Vec::new();
    rotated.export(&mut out, Texts::Sealed, &mut |_, _| {}).unwrap();
    rotated.desk().store().shutdown();
    let export = String::from_utf8(out).unwrap();
    let judged = |keys: Vec<VerifierKey>| {
        let mut verifier = Verifier::new(Keys(keys), std::slice::from_ref(&before))?;
        export.lines().try_for_each(|line| verifier.take(line))?;
        verifier.finish()
    };
    let [old, new] = [1, 2].map(|seed| key(seed).verifier().clone());
    assert_eq!(judged(vec![new.clone(), old.clone()]).unwrap().checkpoints, 2);
    assert!(judged(vec![new]).is_err() && judged(vec![old]).is_err(), "each key verifies what it signed alone");
}

#[test]
fn an_earlier_key_of_another_ledger_is_refused() {
    let strange = SigningKey::make("elsewhere.example.org/ledger", [9; 32]).unwrap().verifier().to_string();
    let settings = [("ledger.key", key(1).reveal().to_owned()), ("ledger.earlier_keys", strange)];
    let settings = settings.map(|(name, value)| (name.to_owned(), value));
    let refused = Config::load(None, std::iter::empty(), &settings).unwrap_err().to_string();
    assert!(refused.contains("ledger.earlier_keys"), "{refused}");
}

#[test]
fn nothing_is_signed_without_a_key() {
    let world = World::new();
    run(&world);
    for path in ["/v1/ledger/checkpoint", "/v1/ledger/key", "/v1/ledger/tile/0/000.p/1"] {
        world.get("rita", path).code(404);
    }
    assert_eq!(world.get("rita", "/readyz").expect(200)["missing"], json!([]));
}

#[test]
fn tiles_are_the_tree_that_was_signed_and_never_change() {
    let world = signing(&[]);
    world.active();
    run(&world);
    let signed = Checkpoint::open(&world.get("rita", "/v1/ledger/checkpoint").text, &keys()).unwrap().head;
    let mut leaves = Vec::new();
    for tile in Tile::of_tree(signed.size) {
        let reply = world.get("rita", &format!("/v1/ledger/tile/{}", tile.path()));
        assert_eq!(reply.header("cache-control").as_deref(), Some("public, max-age=31536000, immutable"));
        assert_eq!(reply.status, 200);
        let hashes = world.app.desk().tile(tile).unwrap();
        assert_eq!(u64::try_from(hashes.len()).unwrap(), tile.width() * 32);
        if tile.first().unwrap().level == 0 {
            leaves.extend(hashes.chunks(32).map(<[u8]>::to_vec));
        }
    }
    let mut tree = proviso::ledger::Frontier::empty();
    for leaf in leaves {
        tree.append(proviso::ledger::Hash(leaf.try_into().unwrap()));
    }
    assert_eq!(tree.head(), signed);
    for beyond in ["0/001", "1/000", "0/000.p/0", "data/000", "0/../000"] {
        world.get("rita", &format!("/v1/ledger/tile/{beyond}")).code(404);
    }
}

#[test]
fn whoever_sees_an_exception_proves_its_events_offline() {
    let world = signing(&[]);
    let id = world.active();
    let path = format!("/v1/exceptions/{id}/proof");
    for event in ["", "?event=1", "?event=5"] {
        let receipt = Receipt::read(&world.get("rita", &format!("{path}{event}")).text).unwrap();
        let leaf = receipt.extra.clone().unwrap();
        receipt.verify(&leaf, &keys()).unwrap();
        assert!(String::from_utf8(leaf.clone()).unwrap().contains(&id));
        let mut other = leaf;
        *other.last_mut().unwrap() ^= 1;
        assert!(receipt.verify(&other, &keys()).is_err());
    }
    world.get("ben", &path).code(404);
    world.get("rita", &format!("{path}?event=999")).code(404);
}

#[test]
fn a_leaf_that_was_changed_is_never_signed_and_the_service_says_so() {
    let world = signing(&[]);
    world.file();
    run(&world);
    let url = world.app.config().database.url.reveal().to_owned();
    // On PostgreSQL the service's role has no right to do this.
    let Some(file) = url.strip_prefix("sqlite:") else { return };
    world.minutes(1);
    world.file();
    let conn = rusqlite::Connection::open(file).unwrap();
    conn.execute_batch("DROP TRIGGER leaves_stay").unwrap();
    let change = "UPDATE leaves SET body = replace(body, '\"round\"', '\"rounds\"') || ' ' WHERE idx = (SELECT MAX(idx) FROM leaves)";
    assert_eq!(conn.execute(change, []).unwrap(), 1);
    let before = world.get("rita", "/v1/ledger/checkpoint").text;
    run(&world);
    assert_eq!(world.get("rita", "/v1/ledger/checkpoint").text, before);
    let told = world.get("rita", "/readyz").expect(503);
    assert!(told["missing"][0].as_str().unwrap().starts_with("the ledger is not signed since"), "{told}");
}

#[test]
fn rewritten_history_is_never_signed() {
    let world = signing(&[]);
    world.file();
    run(&world);
    let url = world.app.config().database.url.reveal().to_owned();
    let Some(file) = url.strip_prefix("sqlite:") else { return };
    let conn = rusqlite::Connection::open(file).unwrap();
    conn.execute_batch("DROP TRIGGER leaves_stay; DROP TRIGGER nodes_stay").unwrap();
    let body: String = conn.query_row("SELECT body FROM leaves WHERE idx = 0", [], |row| row.get(0)).unwrap();
    let forged = body.replace("install", "forgers");
    let hash = leaf_hash(forged.as_bytes()).to_string();
    conn.execute("UPDATE leaves SET body = ?1, hash = ?2 WHERE idx = 0", [&forged, &hash]).unwrap();
    world.get("rita", "/readyz").expect(200);
    conn.execute("UPDATE nodes SET hash = ?1 WHERE idx = 0", [&hash]).unwrap();
    world.get("rita", "/readyz").expect(503);
    world.minutes(1);
    world.file();
    let before = world.get("rita", "/v1/ledger/checkpoint").text;
    run(&world);
    assert_eq!(world.get("rita", "/v1/ledger/checkpoint").text, before);
}

#[test]
fn an_export_is_verified_alone_with_its_quorums_and_rows() {
    let world = signing(&[]);
    world.active();
    world.decided_on(1);
    run(&world);
    let early = world.get("rita", "/v1/ledger/checkpoint").text;
    world.days(40);
    world.settle();
    world.file();
    let sealed = exported(&world, Texts::Sealed);
    let outcome = verified(&sealed, std::slice::from_ref(&early)).unwrap();
    assert_eq!((outcome.origin.as_str(), outcome.exceptions, outcome.openings), (ORIGIN, 3, 0));
    assert!(outcome.effects >= 2 && outcome.checkpoints == 2, "{outcome:?}");
    assert!(!sealed.contains("Rita") && !sealed.contains("Summaries"), "nothing personal without the openings");
    let opened = exported(&world, Texts::Opened);
    assert!(opened.contains("Rita Requester") && verified(&opened, &[early]).unwrap().openings > 0);
}

#[test]
fn what_people_do_late_is_verified_too() {
    let world = signing(&[]);
    let add = |who: &str, id: &str, clause: &str| {
        let body = json!({ "clauses": [clause], "reason": "The vendor keeps the prompts." });
        world.command(who, id, "add-clauses", body).expect(200)
    };
    let both = |id: &str| ["boris", "carla"].map(|who| world.approve(who, id).expect(200));
    let living = world.active();
    add("rosa", &living, "AIP-3.1");
    world.look_again(&living);
    both(&living);
    let halfway = world.decided_on(1);
    world.approve("boris", &halfway).expect(200);
    add("priya", &halfway, "AIP-3.1");
    both(&halfway);
    let stopped = world.active();
    assert_eq!(add("sam", &stopped, "AIP-4.1")["state"], "suspended");
    world.post("adam", &format!("/v1/people/{}/leave", world.id("lena")), json!({})).expect(200);
    world.settle();
    run(&world);
    let outcome = verified(&exported(&world, Texts::Sealed), &[]).unwrap();
    assert!(outcome.effects >= 6, "{outcome:?}");
}

#[test]
fn an_export_of_a_changed_record_is_found_although_it_is_sealed() {
    let world = signing(&[]);
    let id = world.active();
    let url = world.app.config().database.url.reveal().to_owned();
    let Some(file) = url.strip_prefix("sqlite:") else { return };
    let conn = rusqlite::Connection::open(file).unwrap();
    let found = |change: &str, undo: &str| {
        conn.execute_batch(change).unwrap();
        let fault = verified(&exported(&world, Texts::Sealed), &[]).unwrap_err();
        conn.execute_batch(undo).unwrap();
        fault.to_string()
    };
    let longer = found(
        &format!("UPDATE exceptions SET effective_until = effective_until + 1 WHERE id = '{id}'"),
        &format!("UPDATE exceptions SET effective_until = effective_until - 1 WHERE id = '{id}'"),
    );
    assert!(longer.contains("effective_until") && longer.starts_with("leaf "), "{longer}");
    let left = found("UPDATE people SET active = 0", "UPDATE people SET active = 1");
    assert!(left.contains("another active"), "{left}");
    verified(&exported(&world, Texts::Sealed), &[]).unwrap();
}

#[test]
fn reading_what_is_confidential_is_an_event_once_for_each_reading() {
    let world = signing(&[]);
    let id = world.file();
    let path = format!("/v1/exceptions/{id}");
    let readings = || {
        let told = world.get("rita", &format!("{path}/timeline")).expect(200);
        told["items"].as_array().unwrap().iter().filter(|event| event["kind"] == "read").count()
    };
    world.get("rita", &path).expect(200);
    assert_eq!(readings(), 0);
    world.patch("rita", &id, json!({ "confidential": true })).expect(200);
    let tag = world.get("rita", &path).header("etag");
    assert_eq!(readings(), 1);
    world.minutes(16);
    assert_eq!(world.get("rita", &path).header("etag"), tag, "reading changes nothing");
    assert_eq!(readings(), 2);
    world.get("ben", &path).code(404);
    assert_eq!(readings(), 2);
}

#[test]
fn writing_the_record_out_is_an_event_in_it() {
    let world = signing(&[]);
    let export = exported(&world, Texts::Sealed);
    assert!(export.contains(r#""deed":{"kind":"record_exported","opened":false}"#));
    assert_eq!(world.roster_kinds().last().map(String::as_str), Some("record_exported"));
}

#[test]
fn an_evidence_pack_opens_without_us_and_every_file_is_in_its_manifest() {
    let world = signing(&[]);
    let id = world.active();
    world.command("gita", &id, "comment", json!({ "text": "Among us alone", "visibility": "internal" })).expect(200);
    let of = |who: &str| {
        let found = Find::Id(id.parse().unwrap());
        let by = By::Person { id: world.id(who).parse().unwrap(), door: Door::Session(world.now()) };
        files(&world.app.desk().evidence(&by, &found).unwrap().zipped(&key(1)).unwrap())
    };
    let pack = of("rita");
    let manifest = keys().open(&String::from_utf8(pack["manifest"].clone()).unwrap()).unwrap().0;
    for (name, content) in pack.iter().filter(|(name, _)| *name != "manifest") {
        assert!(manifest.contains(&format!("{}  {name}\n", Hash::of(content))), "{name}");
    }
    let proofs: Vec<&Vec<u8>> = pack.iter().filter(|(name, _)| name.starts_with("proofs/")).map(|(_, it)| it).collect();
    for proof in &proofs {
        let receipt = Receipt::read(std::str::from_utf8(proof).unwrap()).unwrap();
        receipt.verify(receipt.extra.as_ref().unwrap(), &keys()).unwrap();
    }
    let text = |pack: &BTreeMap<String, Vec<u8>>, name: &str| String::from_utf8(pack[name].clone()).unwrap();
    assert_eq!(text(&pack, "events.jsonl").lines().count(), proofs.len());
    assert!(text(&pack, "record.html").contains("Summaries of support tickets"));
    assert!(pack.contains_key("procedures/standard-1.json") && pack.keys().any(|name| name.starts_with("tile/0/")));
    assert!(!text(&pack, "openings.jsonl").contains("Among us alone"), "what is internal is not for the requester");
    assert!(text(&of("gita"), "openings.jsonl").contains("Among us alone"));
    let answer = world.get("rita", &format!("/v1/exceptions/{id}/pack"));
    assert_eq!((answer.status, answer.header("content-type").as_deref()), (200, Some("application/zip")));
    world.get("ben", &format!("/v1/exceptions/{id}/pack")).code(404);
    world.get("rita", &format!("/v1/exceptions/{id}/pack"));
    let told = world.get("gita", &format!("/v1/exceptions/{id}/timeline?limit=200")).expect(200);
    let taken = told["items"].as_array().unwrap().iter().filter(|event| event["kind"] == "evidence_taken");
    assert_eq!(taken.count(), 4, "every one that was put together");
}

/// The files of a zip that are stored or deflated, by their names.
fn files(zipped: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(zipped)).unwrap();
    let mut files = BTreeMap::new();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        files.insert(file.name().unwrap().into_owned(), content);
    }
    files
}
