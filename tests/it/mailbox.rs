//! One's own letters over REST: pages, what was read, and nobody else's.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::letters::{Office, write_to};

fn listed(office: &Office, who: &str, more: &str) -> Value {
    office.world.get(who, &format!("/v1/me/mailbox{more}")).expect(200)
}

#[test]
fn who_wants_no_mail_reads_their_letters_here() {
    let mut office = Office::new();
    write_to(&office, "gita", json!({ "language": "en", "zone": "UTC", "frequency": "mailbox" }));
    let id = office.world.file();
    office.world.command("gita", &id, "watch", json!({})).expect(200);
    for n in 0..5 {
        office.world.command("rita", &id, "comment", json!({ "text": format!("Word {n}") })).expect(200);
        office.world.minutes(1);
    }
    office.run();
    let first = listed(&office, "gita", "?limit=2");
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    assert!(first["items"][0]["text"].is_null() && first["items"][0]["mailed_at"].is_null());
    let mut seen: Vec<String> = Vec::new();
    let mut more = "?limit=2".to_owned();
    loop {
        let page = listed(&office, "gita", &more);
        seen.extend(page["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        more = format!("?limit=2&cursor={cursor}");
    }
    assert_eq!(seen.len(), 5);
    seen.dedup();
    assert_eq!(seen.len(), 5, "each once");
    let one = format!("/v1/me/mailbox/{}", seen[0]);
    let letter = office.world.get("gita", &one).expect(200);
    assert!(letter["text"].as_str().unwrap().contains("Word 4") && letter["read_at"].is_null());
    let read = office.world.post("gita", &format!("{one}/read"), json!({})).expect(200);
    assert!(read["read_at"].is_string());
    office.world.minutes(5);
    let again = office.world.post("gita", &format!("{one}/read"), json!({})).expect(200);
    assert_eq!(again["read_at"], read["read_at"], "the first time counts");
    assert_eq!(listed(&office, "gita", "?unread=true")["items"].as_array().unwrap().len(), 4);
    assert_eq!(listed(&office, "gita", "")["items"].as_array().unwrap().len(), 5);
}

#[test]
fn a_letter_is_its_readers_alone() {
    let mut office = Office::new();
    office.world.active();
    office.run();
    let letter = listed(&office, "rita", "")["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(office.world.get("adam", &format!("/v1/me/mailbox/{letter}")).status, 404);
    assert_eq!(office.world.post("adam", &format!("/v1/me/mailbox/{letter}/read"), json!({})).status, 404);
    let anybody = office.world.ask("rita", Method::GET, "/v1/me/mailbox/nonsense", None);
    assert_eq!(anybody.status, 404);
    assert_eq!(office.world.get("rita", "/v1/me/mailbox?cursor=x").code(422), "invalid_cursor");
}

#[test]
fn a_team_is_told_through_its_people() {
    let settings = [("teams.support", "sam@example.com, nobody@example.com")];
    let mut office = Office::of(crate::world::World::with(&settings));
    office.world.active();
    office.run();
    assert_eq!(office.told("sam"), ["task_assigned", "approved", "effective"]);
}
