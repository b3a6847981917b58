//! Wherever anything of an erased person could still stand: workbooks, calendars, digests, evidence, the log.

use std::io::{Cursor, Read};

use proviso::app::DEMO_PASSWORD;

use super::{meanwhile::swept, *};
use crate::{letters, server::Server};

/// What is in a file that may be packed.
fn unpacked(bytes: &[u8]) -> String {
    let Ok(mut zip) = zip::ZipArchive::new(Cursor::new(bytes)) else {
        return String::from_utf8_lossy(bytes).into_owned();
    };
    let mut all = String::new();
    for at in 0..zip.len() {
        let mut part = Vec::new();
        zip.by_index(at).unwrap().read_to_end(&mut part).unwrap();
        all.push_str(&String::from_utf8_lossy(&part));
    }
    all
}

/// A file as it is downloaded, for Gita.
fn downloaded(world: &World, path: &str) -> String {
    unpacked(&world.bytes("gita", path))
}

#[test]
fn no_file_that_is_made_afterwards_has_anything_of_them() {
    let mut office = letters::Office::of(World::with(&[("ledger.key", key(1).reveal())]));
    letters::write_to(&office, "gita", json!({ "language": "en", "zone": "UTC", "frequency": "digest" }));
    let id = lived(&office.world);
    office.world.command("gita", &id, "watch", json!({})).expect(200);
    office.world.command("rosa", &id, "comment", json!({ "text": "Rita Requester calls it marzipan." })).expect(200);
    office.run();
    office.world.command("rita", &id, "withdraw", json!({})).expect(200);
    assert!(downloaded(&office.world, "/v1/exceptions.xlsx").contains("Zanzibar"), "it was there");
    gone(&office.world);
    let before: Vec<PathBuf> = mails(&office.world);
    for path in ["exceptions", "people", "tasks", "events"] {
        for form in ["csv", "xlsx", "jsonl"] {
            let told = downloaded(&office.world, &format!("/v1/{path}.{form}"));
            assert_eq!(marked([&told]), Vec::<&String>::new(), "{path}.{form}");
        }
    }
    let pack = downloaded(&office.world, &format!("/v1/exceptions/{id}/pack"));
    assert_eq!(marked([&pack]), Vec::<&String>::new());
    let expires = (office.world.now() + chrono::Duration::days(30)).to_rfc3339();
    let asked = json!({ "name": "Calendar", "scopes": ["calendar"], "expires_at": expires });
    let token = office.world.post("gita", "/v1/tokens", asked).expect(201)["token"].as_str().unwrap().to_owned();
    let dates = office.world.get("gita", &format!("/calendar/{token}.ics")).text;
    assert!(dates.contains("VCALENDAR") && marked([&dates]).is_empty(), "{dates}");
    office.world.days(1);
    office.run();
    let after: Vec<PathBuf> = mails(&office.world).into_iter().filter(|mail| !before.contains(mail)).collect();
    assert!(!after.is_empty(), "a digest left");
    let marks: Vec<String> = after.iter().flat_map(|mail| marks_below(mail)).collect();
    assert_eq!(marks, Vec::<String>::new());
}

fn mails(world: &World) -> Vec<PathBuf> {
    fs::read_dir(&world.app.config().mail.path).unwrap().map(|file| file.unwrap().path()).collect()
}

/// Asks a server as somebody.
fn asked(server: &Server, (who, path, body): (&str, &str, Option<&Value>)) -> Value {
    let config = ureq::Agent::config_builder().http_status_as_error(false).build();
    let agent = ureq::Agent::new_with_config(config);
    let origin = |path: &str| agent.post(format!("{}{path}", server.at)).header("origin", &server.at);
    let entry = json!({ "email": format!("{who}@example.com"), "password": DEMO_PASSWORD });
    let session = origin("/v1/session").send_json(&entry).unwrap();
    let cookie = session.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let mut answer = match body {
        Some(body) => origin(path).header("cookie", &cookie).send_json(body).unwrap(),
        None => agent.get(format!("{}{path}", server.at)).header("cookie", &cookie).call().unwrap(),
    };
    assert!(answer.status().is_success(), "{path}: {}", answer.body_mut().read_to_string().unwrap());
    answer.body_mut().read_json().unwrap()
}

#[test]
fn the_log_of_an_erasure_names_nobody() {
    let world = World::at_present();
    let id = lived(&world);
    world.command("rita", &id, "withdraw", json!({})).expect(200);
    let rita = world.id("rita");
    world.post("adam", &format!("/v1/people/{rita}/leave"), json!({})).expect(200);
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let database = &world.app.config().database;
    let owner = database.owner_url.iter().map(|owner| format!("database.owner_url={}", owner.reveal()));
    let server = Server::logging(&log, (folder.path(), database.url.reveal()), &owner.collect::<Vec<_>>());
    let preview = asked(&server, ("gita", &format!("/v1/people/{rita}/erasure"), None));
    let found = json!({ "found": preview["would"]["found"] });
    let change = asked(&server, ("gita", &format!("/v1/people/{rita}/erase"), Some(&found)));
    let path = format!("/v1/changes/{}/confirm", change["id"].as_str().unwrap());
    asked(&server, ("gustav", &path, Some(&json!({ "hash": change["hash"] }))));
    while !swept(&world).1 {
        std::thread::yield_now();
    }
    assert!(server.terminate().success());
    let told = fs::read_to_string(&log).unwrap();
    assert!(told.contains("/confirm"), "it was talkative");
    assert_eq!(marks_below(&log), Vec::<String>::new());
}
