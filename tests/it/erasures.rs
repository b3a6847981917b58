//! Somebody is erased: by two people, with nothing in the way, and then nothing of theirs is left anywhere while
//! everything that was proved before still is.

mod again;
mod everywhere;
mod forged;
mod kept;
mod meanwhile;
mod retention;

use std::{
    fs,
    path::{Path, PathBuf},
};

use actix_web::http::Method;
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::Text};
use proviso::{
    app::Texts,
    audit::{Outcome, Verifier},
    ledger::{Keys, Receipt},
    store::Conn,
};
use serde_json::{Value, json};

use crate::{
    proof::key,
    receiver::{Got, Receiver},
    webhooks::{Office, id_of},
    world::{ORIGIN, Reply, World, request},
};

/// What Rita, and nobody else, is called and says.
const MARKS: [&str; 7] =
    ["Rita Requester", "rita@example.com", "zanzibar", "quagmire", "xylophone", "marzipan", "Mozambique"];

fn office(more: &[(&str, &str)]) -> Office {
    let key = key(1);
    let own = [("ledger.key", key.reveal()), ("outbound.private_hosts", "127.0.0.1")];
    let settings: Vec<_> = own.into_iter().chain(more.iter().copied()).collect();
    Office::of(World::with(&settings))
}

fn erasure(world: &World, who: &str, of: &str) -> Value {
    world.get(who, &format!("/v1/people/{of}/erasure")).expect(200)
}

fn erase(world: &World, of: &str) -> Reply {
    let found = erasure(world, "gita", of)["would"]["found"].clone();
    world.post("gita", &format!("/v1/people/{of}/erase"), json!({ "found": found }))
}

fn confirm(world: &World, change: &Value) -> Reply {
    let path = format!("/v1/changes/{}/confirm", change["id"].as_str().unwrap());
    world.post("gustav", &path, json!({ "hash": change["hash"] }))
}

fn obstacles(told: &Value) -> Vec<&str> {
    told.as_array().unwrap().iter().map(|one| one["what"].as_str().unwrap()).collect()
}

/// A request of Rita's, full of her words, with a file, a comment, and a colleague who names her.
fn lived(world: &World) -> String {
    let mut asked = request();
    asked["title"] = json!("Summaries in Zanzibar");
    asked["justification"] = json!(format!("{} The quagmire of tickets.", asked["justification"].as_str().unwrap()));
    let id = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    let form = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"marzipan.txt\"\r\n\
                Content-Type: text/plain\r\n\r\nMozambique\r\n--edge--\r\n";
    let headers = [("content-type", "multipart/form-data; boundary=edge"), ("origin", ORIGIN)];
    let path = format!("/v1/exceptions/{id}/attachments");
    world.raw("rita", Method::POST, &path, form.as_bytes().to_vec(), &headers).expect(201);
    world.command("rita", &id, "submit", json!({})).expect(200);
    world.command("rita", &id, "comment", json!({ "text": "Please ask about the xylophone." })).expect(200);
    world.command("rosa", &id, "comment", json!({ "text": "I asked Rita Requester by phone." })).expect(200);
    id
}

fn exported(world: &World) -> String {
    let mut out = Vec::new();
    world.app.export(&mut out, Texts::Opened, &mut |_, _| {}).unwrap();
    String::from_utf8(out).unwrap()
}

fn keys() -> Keys {
    Keys(vec![key(1).verifier().clone()])
}

fn verified(export: &str) -> Result<Outcome, proviso::audit::Fault> {
    let mut verifier = Verifier::new(keys(), &[])?;
    export.lines().try_for_each(|line| verifier.take(line))?;
    verifier.finish()
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Every value of text of every table, as `table.column: value`.
fn everything(conn: &mut Conn) -> Vec<String> {
    let columns = match conn {
        Conn::Sqlite(_) => {
            "SELECT m.name || '.' || p.name AS line FROM sqlite_master m, pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND p.type = 'TEXT' AND m.name NOT LIKE 'sqlite%'"
        }
        Conn::Pg(_) => {
            "SELECT table_name || '.' || column_name AS line FROM information_schema.columns \
             WHERE table_schema = current_schema() AND data_type = 'text'"
        }
    };
    let columns: Vec<Line> = sql_query(columns).load(conn).unwrap();
    let of = |conn: &mut Conn, name: &str| {
        let (table, column) = name.split_once('.').unwrap();
        let sql = format!("SELECT \"{column}\" AS line FROM \"{table}\" WHERE \"{column}\" IS NOT NULL");
        let rows: Vec<Line> = sql_query(sql).load(conn).unwrap();
        rows.into_iter().map(|row| format!("{name}: {}", row.line)).collect::<Vec<_>>()
    };
    columns.iter().flat_map(|Line { line }| of(conn, line)).collect()
}

/// What of it holds a mark.
fn marked<'a>(all: impl IntoIterator<Item = &'a String>) -> Vec<&'a String> {
    let holds = |text: &str| MARKS.iter().any(|mark| text.to_lowercase().contains(&mark.to_lowercase()));
    all.into_iter().filter(|text| holds(text)).collect()
}

/// The marks that stand in the bytes of a file or of everything below a folder.
fn marks_below(path: &Path) -> Vec<String> {
    if path.is_dir() {
        return fs::read_dir(path).unwrap().flat_map(|entry| marks_below(&entry.unwrap().path())).collect();
    }
    let bytes = fs::read(path).unwrap_or_default().to_ascii_lowercase();
    let has = |mark: &&&str| bytes.windows(mark.len()).any(|part| part == mark.to_ascii_lowercase().as_bytes());
    MARKS.iter().filter(has).map(|mark| format!("{mark} in {}", path.display())).collect()
}

/// Where the database and its log lie, where they are files.
fn files(world: &World) -> Vec<PathBuf> {
    let url = world.app.config().database.url.reveal().to_owned();
    let Some(file) = url.strip_prefix("sqlite:") else { return Vec::new() };
    ["", "-wal", "-shm"].iter().map(|ending| format!("{file}{ending}").into()).collect()
}

/// Everything of Rita, who left, is erased by Gita and Gustav.
fn gone(world: &World) -> String {
    let rita = world.id("rita");
    world.post("adam", &format!("/v1/people/{rita}/leave"), json!({})).expect(200);
    let change = erase(world, &rita).expect(202);
    confirm(world, &change).expect(200);
    pass(world);
    rita
}

/// What the job does in tables, wherever no jobs run.
fn pass(world: &World) {
    world.app.desk().sweep_all_tables().unwrap();
}

/// Erases somebody whom nothing keeps.
fn erased(world: &World, of: &str) {
    confirm(world, &erase(world, of).expect(202)).expect(200);
    pass(world);
}

/// Has the jobs do what an erasure left to them: a server's rows stay as long as any transaction saw them, also those
/// of other tests.
fn sweep(office: &mut Office) {
    for _ in 0..100 {
        office.world.minutes(2);
        office.run();
        if meanwhile::swept(&office.world).1 {
            break;
        }
    }
}

#[test]
fn nothing_of_an_erased_person_is_left_and_every_proof_still_holds() {
    let mut office = office(&[]);
    let receiver = Receiver::new();
    let endpoint = id_of(&office.add(&receiver, &["exception.approved"]));
    let id = lived(&office.world);
    office.run();
    office.world.command("rita", &id, "withdraw", json!({ "reason": "The zanzibar plan is off." })).expect(200);
    office.world.minutes(1);
    office.run();
    let world = &office.world;
    assert!(!marked(&world.read(everything)).is_empty(), "it was there");
    let proof = world.get("gita", &format!("/v1/exceptions/{id}/proof?event=2")).text;
    let before = erasure(world, "gita", &world.id("rita"));
    assert!(before["would"]["texts"].as_u64().unwrap() > 8 && before["would"]["naming"] == 1, "{before}");
    assert_eq!((&before["would"]["files"], obstacles(&before["would"]["in_the_way"])), (&json!(1), vec!["active"]));
    let rita = gone(world);
    assert_eq!(marked(&world.read(everything)), Vec::<&String>::new());
    sweep(&mut office);
    let world = &office.world;
    let told = erasure(world, "gita", &rita);
    assert!(told["erased"]["swept_at"].is_string(), "{told}");
    assert_eq!(told["erased"]["receipts"][0]["name"], json!(endpoint));
    assert_eq!(told["erased"]["receipts"][0]["state"], "delivered", "{told}");
    let sent = receiver.got().iter().map(Got::json).find(|event| event["type"] == "proviso.roster.person.erased");
    assert_eq!(sent.unwrap()["data"]["person"], json!(rita), "every endpoint is told, whatever it asked for");
    let left: Vec<String> = files(world).iter().flat_map(|file| marks_below(file)).collect();
    assert_eq!(left, Vec::<String>::new());
    assert_eq!(marks_below(&world.app.config().attachments.path), Vec::<String>::new());
    let export = exported(world);
    assert_eq!(marked([&export]), Vec::<&String>::new());
    assert_eq!(verified(&export).unwrap().head.size, u64::try_from(export.matches("{\"leaf\":").count()).unwrap());
    let receipt = Receipt::read(&proof).unwrap();
    receipt.verify(&receipt.extra.clone().unwrap(), &keys()).unwrap();
}

/// No door of the interface shows anything of hers.
fn nothing_shows(world: &World, id: &str, rita: &str) {
    for path in [
        format!("/v1/exceptions/{id}"),
        format!("/v1/exceptions/{id}/timeline?limit=100"),
        format!("/v1/exceptions/{id}/dossier"),
        "/v1/exceptions".to_owned(),
        "/v1/exceptions?q=zanzibar".to_owned(),
        "/v1/exceptions.csv".to_owned(),
        "/v1/exceptions.xlsx".to_owned(),
        "/v1/exceptions.jsonl".to_owned(),
        "/v1/people".to_owned(),
        "/v1/people.csv".to_owned(),
        "/v1/changes".to_owned(),
        "/v1/events?limit=200".to_owned(),
        format!("/v1/people/{rita}"),
    ] {
        let reply = world.get("gita", &path);
        assert!(reply.status == 200 || path.ends_with("dossier"), "{path}: {} {}", reply.status, reply.text);
        let marks = marked([&reply.text]);
        assert!(marks.is_empty() || path.contains("q="), "{path}: {marks:?}");
    }
}

#[test]
fn pages_lists_and_files_say_that_it_was_erased() {
    let mut office = office(&[]);
    let id = lived(&office.world);
    office.run();
    office.world.command("rita", &id, "withdraw", json!({})).expect(200);
    let rita = gone(&office.world);
    office.run();
    let world = &office.world;
    let number = world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)["number"].as_str().unwrap().to_owned();
    nothing_shows(world, &id, &rita);
    let listed = world.get("gita", "/v1/exceptions?q=zanzibar").expect(200);
    assert_eq!(listed["items"], json!([]), "its words find it no more");
    for (page, language, says) in [
        (format!("/exceptions/{number}"), "en", "erased person"),
        (format!("/exceptions/{number}"), "de", "gelöschte Person"),
        ("/changes?state=confirmed".to_owned(), "en", "Erase"),
    ] {
        let headers = [("accept", "text/html"), ("accept-language", language)];
        let reply = world.ask_with("gita", Method::GET, &page, None, &headers);
        assert_eq!(reply.status, 200, "{page}: {}", reply.text);
        assert!(marked([&reply.text]).is_empty() && reply.text.contains(says), "{page} in {language}: {}", reply.text);
    }
    assert_eq!(world.get("gita", &format!("/v1/people/{rita}")).expect(200)["name"], Value::Null);
}

#[test]
fn what_stands_in_the_way_is_named_with_its_remedy() {
    let world = World::new();
    let (id, rita) = (lived(&world), world.id("rita"));
    let number = world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)["number"].clone();
    let told = erase(&world, &rita).expect(409);
    assert_eq!(told["code"], "not_erasable", "{told}");
    assert_eq!(obstacles(&told["in_the_way"]), ["active"], "texts are looked at last");
    let preview = erasure(&world, "gita", &rita);
    assert_eq!(obstacles(&preview["would"]["in_the_way"]), ["active", "requester", "author", "named"]);
    assert_eq!(preview["would"]["in_the_way"][1]["exceptions"], json!([number]));
    assert!(preview["would"]["in_the_way"].as_array().unwrap().iter().all(|one| one["remedy"].is_string()));
    assert_eq!(world.get("rita", &format!("/v1/people/{rita}/erasure")).code(403), "forbidden");
    world.command("rita", &id, "withdraw", json!({})).expect(200);
    let hold = format!("/v1/people/{rita}/hold");
    let asked = json!({ "reason": "The labour court asks for it." });
    let shown = world.ask("adam", Method::PUT, &hold, Some(&asked)).expect(200);
    assert_eq!(shown["hold"]["reason"], asked["reason"]);
    assert_eq!(world.ask("adam", Method::PUT, &hold, Some(&asked)).code(422), "already_held");
    world.post("adam", &format!("/v1/people/{rita}/leave"), json!({})).expect(200);
    assert_eq!(obstacles(&erase(&world, &rita).expect(409)["in_the_way"]), ["legal_hold"]);
    let lifted = world.ask("adam", Method::DELETE, &hold, None).expect(202);
    confirm(&world, &lifted).expect(200);
    let change = erase(&world, &rita).expect(202);
    let path = format!("/v1/changes/{}/confirm", change["id"].as_str().unwrap());
    let alone = world.post("gita", &path, json!({ "hash": change["hash"] }));
    assert_eq!(alone.code(403), "forbidden", "who proposed it does not confirm it");
    confirm(&world, &change).expect(200);
    for (path, body) in [
        ("return", json!({})),
        ("erase", json!({ "found": change["hash"] })),
        ("roles", json!({ "role": "ciso", "domain": "/" })),
    ] {
        assert_eq!(world.post("adam", &format!("/v1/people/{rita}/{path}"), body).code(422), "person_erased", "{path}");
    }
    let kinds = world.roster_kinds();
    assert!(["person_held", "hold_lifted", "person.erased"].iter().all(|kind| kinds.contains(&(*kind).to_owned())));
}

#[test]
fn whoever_is_the_last_of_a_role_or_decided_what_is_in_effect_stays() {
    let world = World::new();
    let id = world.active();
    let number = world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)["number"].clone();
    let carla = world.id("carla");
    world.post("adam", &format!("/v1/people/{carla}/leave"), json!({})).expect(200);
    let refused = erase(&world, &carla).expect(409);
    assert_eq!(obstacles(&refused["in_the_way"]), ["last_of_role"]);
    let told = erasure(&world, "gita", &carla);
    let ways = told["would"]["in_the_way"].as_array().unwrap();
    let of = |what: &str| ways.iter().find(|one| one["what"] == what).unwrap_or_else(|| panic!("{what}: {told}"));
    assert_eq!(of("last_of_role")["roles"], json!(["ciso"]));
    assert_eq!(of("approver")["exceptions"], json!([number]));
}
