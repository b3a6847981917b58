//! What an erasure leaves alone: the words of others, and whoever is called much the same; and what it is kept from.

use proviso::{
    domain::letters::LetterKind,
    store::{mailbox::Delivery, outbox::errands::KeptTicket},
};
use uuid::Uuid;

use super::*;

/// Adds somebody, who says nothing and leaves.
pub fn added(world: &World, name: &str, email: &str) -> String {
    let body = json!({ "name": name, "email": email });
    world.post("adam", "/v1/people", body).expect(201)["id"].as_str().unwrap().to_owned()
}

pub fn leaves(world: &World, of: &str) {
    world.post("adam", &format!("/v1/people/{of}/leave"), json!({})).expect(200);
}

/// What of a preview names somebody in texts of others.
fn naming(preview: &Value) -> Vec<String> {
    let texts = preview["would"]["naming_texts"].as_array().unwrap();
    texts.iter().map(|one| one["excerpt"].as_str().unwrap().to_owned()).collect()
}

/// An exception that is over, with these comments of Rosa's.
pub fn commented(world: &World, comments: &[&str]) -> String {
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200);
    for comment in comments {
        world.command("rosa", &id, "comment", json!({ "text": comment })).expect(200);
    }
    world.command("rita", &id, "withdraw", json!({})).expect(200);
    id
}

pub fn timeline(world: &World, id: &str) -> String {
    world.get("gita", &format!("/v1/exceptions/{id}/timeline?limit=100")).expect(200).to_string()
}

#[test]
fn whoever_is_called_much_the_same_keeps_their_texts() {
    let world = World::new();
    let lee = added(&world, "Ann Lee", "lee@corp.example");
    added(&world, "Mary Ann Lee", "bruce.lee@corp.example");
    let kept = ["Mary Ann Lee knows.", "Write to bruce.lee@corp.example.", "It is lee@corp.example.au there."];
    let id = commented(&world, &[kept[0], kept[1], kept[2], "Write to lee@corp.example."]);
    leaves(&world, &lee);
    let preview = erasure(&world, "gita", &lee);
    assert_eq!(naming(&preview), ["Write to lee@corp.example."], "{preview}");
    assert_eq!(preview["would"]["not_searched"], json!([{ "value": "Ann Lee", "why": "shared" }]));
    erased(&world, &lee);
    let told = timeline(&world, &id);
    assert!(kept.iter().all(|text| told.contains(text)), "{told}");
    assert!(!told.contains("Write to lee@corp.example."), "{told}");
}

#[test]
fn a_name_is_found_however_it_is_written_and_what_nobody_confirmed_is_nobodys() {
    let world = World::new();
    let ozlem = added(&world, "Özlem Åberg", "ozlem@corp.example");
    leaves(&world, &ozlem);
    let renamed = json!({ "name": "machine learning" });
    let path = format!("/v1/people/{ozlem}");
    let shown = world.get("adam", &path);
    let tag = shown.header("etag").unwrap();
    let headers = [("if-match", tag.as_str())];
    let refused = world.ask_with("adam", Method::PATCH, &path, Some(&renamed), &headers);
    assert_eq!(refused.code(422), "person_left", "whoever left is called what they were called");
    let id = commented(&world, &["We use machine learning.", "ÖZLEM ÅBERG asked for it."]);
    assert_eq!(naming(&erasure(&world, "gita", &ozlem)), ["ÖZLEM ÅBERG asked for it."]);
    erased(&world, &ozlem);
    let told = timeline(&world, &id);
    assert!(told.contains("We use machine learning.") && !told.contains("ÅBERG"), "{told}");
}

#[test]
fn what_a_service_is_called_is_a_phrase_and_stays() {
    let world = World::new();
    let body = json!({ "name": "Change calendar", "email": "calendar@corp.example",
                       "service": { "responsible": world.id("adam") } });
    let service = world.post("adam", "/v1/people", body).expect(201)["id"].as_str().unwrap().to_owned();
    commented(&world, &["It stands in the change calendar."]);
    leaves(&world, &service);
    assert_eq!(naming(&erasure(&world, "gita", &service)), Vec::<String>::new());
}

#[test]
fn what_is_erased_is_what_was_looked_at() {
    let world = World::new();
    let paul = added(&world, "Paul Former", "paul@corp.example");
    leaves(&world, &paul);
    let nothing = json!({ "found": "0".repeat(64) });
    let path = format!("/v1/people/{paul}/erase");
    assert_eq!(world.post("gita", &path, nothing).code(422), "found_changed");
    let change = erase(&world, &paul).expect(202);
    commented(&world, &["Paul Former told me."]);
    assert_eq!(confirm(&world, &change).code(422), "found_changed", "it grew meanwhile");
    erased(&world, &paul);
}

#[test]
fn the_draft_of_another_that_names_them_is_in_the_way() {
    let world = World::new();
    let paul = added(&world, "Paul Former", "paul@corp.example");
    let mut asked = request();
    asked["title"] = json!("What Paul Former began");
    world.post("rita", "/v1/exceptions", asked).expect(201);
    leaves(&world, &paul);
    assert_eq!(obstacles(&erase(&world, &paul).expect(409)["in_the_way"]), ["named"]);
}

#[test]
fn a_hold_on_another_keeps_what_names_both() {
    let world = World::new();
    let paul = added(&world, "Paul Former", "paul@corp.example");
    commented(&world, &["Paul Former told me."]);
    leaves(&world, &paul);
    let hold = json!({ "reason": "The labour court asks for it." });
    world.ask("adam", Method::PUT, &format!("/v1/people/{}/hold", world.id("rita")), Some(&hold)).expect(200);
    let refused = erase(&world, &paul).expect(409);
    assert_eq!(obstacles(&refused["in_the_way"]), ["legal_hold"], "{refused}");
    assert_eq!(refused["in_the_way"][0]["exceptions"].as_array().unwrap().len(), 1);
}

#[test]
fn nobody_lifts_the_hold_on_themselves() {
    let world = World::new();
    let own = |who: &str| format!("/v1/people/{}/hold", world.id(who));
    let hold = json!({ "reason": "The labour court asks for it." });
    world.ask("adam", Method::PUT, &own("gita"), Some(&hold)).expect(200);
    world.ask("adam", Method::PUT, &own("gustav"), Some(&hold)).expect(200);
    assert_eq!(world.ask("gita", Method::DELETE, &own("gita"), None).code(403), "excluded");
    let lifted = world.ask("adam", Method::DELETE, &own("gustav"), None).expect(202);
    assert_eq!(confirm(&world, &lifted).code(403), "excluded");
}

/// A letter of this text in Rosa's mailbox.
fn told(world: &World, letter: u128, body: &str) -> Delivery {
    let (subject, body) = ("A word".to_owned(), body.to_owned());
    let (kind, person) = (LetterKind::Reminder, world.id("rosa").parse().unwrap());
    Delivery {
        letter: Uuid::from_u128(letter),
        person,
        kind,
        subject,
        body,
        exception: None,
        at: world.now(),
        seq: 1,
        mailed_at: None,
        read_at: None,
        digest: false,
    }
}

#[test]
fn of_letters_those_that_name_them_go_however_many_there_are() {
    let world = World::new();
    let paul = added(&world, "Paul Former", "paul@corp.example");
    leaves(&world, &paul);
    let mut letters: Vec<Delivery> = (0..250).map(|at| told(&world, at, &format!("Paul Formerly, {at}"))).collect();
    letters[3].body = "PAUL FORMER wrote.".to_owned();
    letters[249].subject = "From paul@corp.example".to_owned();
    let put = world.app.desk().store().write(move |tx| tx.put_in_mailboxes(&letters, -1)).unwrap();
    put.blocking_recv().unwrap().unwrap();
    erased(&world, &paul);
    let all = world.read(everything);
    let of = |column: &str, text: &str| {
        all.iter().filter(|line| line.starts_with(&format!("mailbox.{column}: ")) && line.contains(text)).count()
    };
    assert_eq!((of("body", "Paul Formerly"), of("body", "[erased]"), of("body", "PAUL")), (249, 1, 0));
    assert_eq!((of("subject", "A word"), of("subject", "[erased]")), (249, 1));
}

#[test]
fn what_goes_on_is_found_elsewhere_by_its_ticket_and_rests_on_what_was_said_of_its_incident() {
    let world = World::new();
    let paul = added(&world, "Paul Former", "paul@corp.example");
    leaves(&world, &paul);
    let id = world.file();
    let kept = KeptTicket { ticket: "paul@corp.example/7".to_owned(), url: None };
    let exception = id.parse().unwrap();
    let put = world.app.desk().store().write(move |tx| tx.keep_ticket("helpdesk", exception, &kept)).unwrap();
    assert!(put.blocking_recv().unwrap().unwrap());
    assert_eq!(obstacles(&erase(&world, &paul).expect(409)["in_the_way"]), ["named"]);
    world.command("rita", &id, "withdraw", json!({})).expect(200);
    let other = world.active();
    let report = json!({
        "summary": "Paul Former lost the prompts.", "happened_at": "2026-03-01T12:00:00Z", "severity": "low",
        "effect": "reopen", "systems": [], "clauses": ["AIP-2.1"]
    });
    world.post("gita", "/v1/incidents", report).expect(201);
    assert_eq!(obstacles(&erase(&world, &paul).expect(409)["in_the_way"]), ["named"]);
    world.command("gita", &other, "revoke", json!({ "cause": "incident" })).expect(200);
    erased(&world, &paul);
    let all = world.read(everything);
    assert!(all.iter().any(|line| line == "tickets.ticket: [erased]"), "what is over keeps no name");
    assert!(!all.iter().any(|line| line.contains("Paul Former")));
}

#[test]
fn what_others_say_of_them_where_it_goes_on_is_in_the_way() {
    let world = World::new();
    let paul = added(&world, "Paul Former", "paul@corp.example");
    leaves(&world, &paul);
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200);
    world.command("rosa", &id, "comment", json!({ "text": "Paul \u{a0}Former told me." })).expect(200);
    let refused = erase(&world, &paul).expect(409);
    assert_eq!(obstacles(&refused["in_the_way"]), ["named"], "a comment is read too: {refused}");
    world.command("rita", &id, "withdraw", json!({})).expect(200);
    erased(&world, &paul);
    assert!(!timeline(&world, &id).contains("told me"));
}

/// What Gita reports of an incident that touches nothing.
fn reported(world: &World, summary: &str) {
    let report = json!({
        "summary": summary, "happened_at": "2026-03-01T12:00:00Z", "severity": "low", "effect": "reopen",
        "systems": [], "clauses": ["AIP-2.1"]
    });
    world.post("gita", "/v1/incidents", report).expect(201);
}

#[test]
fn a_preview_quotes_nothing_that_its_reader_does_not_read_there() {
    let world = World::new();
    let paul = added(&world, "Paul Former", "paul@corp.example");
    leaves(&world, &paul);
    reported(&world, "Paul Former lost the prompts.");
    let mut asked = request();
    asked["beneficiary"] = json!(world.id("gita"));
    let id = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    world.command("rita", &id, "submit", json!({})).expect(200);
    let among = json!({ "text": "Paul Former must not know.", "visibility": "internal" });
    world.command("rosa", &id, "comment", among).expect(200);
    let shown = erasure(&world, "gita", &paul)["would"]["naming_texts"].clone();
    let lengths: std::collections::BTreeSet<u64> =
        shown.as_array().unwrap().iter().map(|one| one["length"].as_u64().unwrap()).collect();
    assert_eq!(lengths, [26, 29].into(), "{shown}");
    assert!(shown.as_array().unwrap().iter().all(|one| one["excerpt"].is_null()), "{shown}");
    let page =
        world.ask_with("gita", Method::GET, &format!("/admin/people/{paul}/erasure"), None, &[("accept", "text/html")]);
    assert!(page.text.contains("26 characters") && !page.text.contains("must not know"), "{}", page.text);
}

#[test]
fn a_hold_keeps_what_somebody_said_outside_exceptions_too() {
    let world = World::new();
    let paul = added(&world, "Paul Former", "paul@corp.example");
    leaves(&world, &paul);
    reported(&world, "Paul Former lost the prompts.");
    let hold = json!({ "reason": "The labour court asks for it." });
    world.ask("adam", Method::PUT, &format!("/v1/people/{}/hold", world.id("gita")), Some(&hold)).expect(200);
    assert_eq!(obstacles(&erase(&world, &paul).expect(409)["in_the_way"]), ["legal_hold"]);
    let lifted = world.ask("adam", Method::DELETE, &format!("/v1/people/{}/hold", world.id("gita")), None).expect(202);
    confirm(&world, &lifted).expect(200);
    erased(&world, &paul);
    assert!(!world.read(everything).iter().any(|line| line.contains("Paul Former")));
}

/// An exception that goes on, where Oskar said this before he left.
fn said_before_leaving(world: &World, text: &str) -> String {
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200);
    world.command("oskar", &id, "comment", json!({ "text": text })).expect(200);
    let next = added(world, "Nora Next", "nora@corp.example");
    for role in ["auditor", "control_owner"] {
        let granted = json!({ "role": role, "domain": "/" });
        let reply = world.post("adam", &format!("/v1/people/{next}/roles"), granted);
        let told: Value = serde_json::from_str(&reply.text).unwrap();
        if reply.status == 202 {
            confirm(world, &told).expect(200);
        }
    }
    leaves(world, &world.id("oskar"));
    id
}

#[test]
fn a_short_text_of_theirs_blanks_no_letter_in_which_it_merely_stands() {
    let world = World::new();
    let id = said_before_leaving(&world, "ok");
    let mut letters = [told(&world, 1, "Please look at it."), told(&world, 2, "It is ok.")];
    for letter in &mut letters {
        letter.exception = Some(id.parse().unwrap());
    }
    let put = world.app.desk().store().write(move |tx| tx.put_in_mailboxes(&letters, -1)).unwrap();
    put.blocking_recv().unwrap().unwrap();
    erased(&world, &world.id("oskar"));
    let bodies: Vec<String> =
        world.read(everything).into_iter().filter(|line| line.starts_with("mailbox.body: ")).collect();
    assert!(bodies.iter().any(|line| line.ends_with("look at it.")), "{bodies:?}");
    assert!(!bodies.iter().any(|line| line.contains("[erased]")), "{bodies:?}");
}

#[test]
fn a_report_in_a_mailbox_that_lists_what_was_theirs_goes_and_others_stay() {
    let world = World::new();
    let id = lived(&world);
    let number = world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)["number"].as_str().unwrap().to_owned();
    let listed = format!("Open at high risk: {number}: Summaries in Zanzibar; EX-1999-000001: Another");
    let letters = [told(&world, 1, &listed), told(&world, 2, "Open at high risk: EX-1999-000001: Another")];
    let put = world.app.desk().store().write(move |tx| tx.put_in_mailboxes(&letters, -1)).unwrap();
    put.blocking_recv().unwrap().unwrap();
    world.command("rita", &id, "withdraw", json!({})).expect(200);
    gone(&world);
    let all = world.read(everything);
    assert_eq!(marked(&all), Vec::<&String>::new());
    assert!(all.iter().any(|line| line == "mailbox.body: Open at high risk: EX-1999-000001: Another"));
}
