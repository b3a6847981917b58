//! Every kind of letter there is, driven by people and by the clock, taken by a real mail server and read by a mail
//! program.

use std::collections::BTreeSet;

use actix_web::http::Method;
use chrono::{DateTime, Duration, Utc};
use proviso::{domain::letters::LetterKind, store::mailbox::mailbox};
use serde_json::{Value, json};

use crate::{
    correspondence::{Letters, header, threaded, well_formed},
    one_browser::Browser,
    procedures, register,
    world::{World, request},
};

/// Passes the lint, and divides by nothing where there is no attachment.
const NOT_EVALUABLE: (&str, &str) = ("request.justification.chars >= 80", "10 / request.attachments > 0");

fn asked(world: &World, more: &Value) -> String {
    let mut asked = request();
    asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned()
}

/// What nobody decides in time: its approvers are asked, reminded and told that it is late, then the route is.
fn decided_late(letters: &mut Letters) -> String {
    let id = letters.post.world.decided_on(1);
    letters.run();
    let link = letters.link("boris");
    letters.post.ask_for_code(&link);
    let tasks = letters.post.world.get("gita", &format!("/v1/exceptions/{id}/tasks")).expect(200);
    let due: DateTime<Utc> = tasks["items"][0]["due_at"].as_str().unwrap().parse().unwrap();
    letters.post.world.hours((due - letters.post.world.now()).num_hours() - 10);
    for hours in [0, 11, 24, 24] {
        letters.post.world.hours(hours);
        letters.run();
    }
    id
}

/// After everything else: what is like something that was rejected is sent back.
fn rejected(letters: &mut Letters, id: &str) {
    let world = &letters.post.world;
    let reason = json!({ "dossier": world.dossier(id), "reason": "The approved assistant can do it." });
    world.command("carla", id, "reject", reason).expect(200);
    letters.run();
}

/// What goes back and forth before it is decided, and what happens while it has effect.
fn lived(letters: &Letters) {
    let world = &letters.post.world;
    let id = world.decided_on(1);
    world.command("gita", &id, "watch", json!({})).expect(200);
    world.approve("boris", &id).expect(200);
    let clauses = json!({ "clauses": ["AIP-3.1"], "reason": "The vendor keeps the prompts for a month." });
    world.command("priya", &id, "add-clauses", clauses).expect(200);
    let condition = json!({ "dossier": world.dossier(&id), "text": "No calls of minors." });
    world.command("carla", &id, "propose-condition", condition).expect(200);
    world.approve("boris", &id).expect(200);
    world.approve("carla", &id).expect(200);
    world.command("rita", &id, "accept-conditions", json!({})).expect(200);
    world.command("rosa", &id, "comment", json!({ "text": "Keep to the thirty days." })).expect(200);
    let end: DateTime<Utc> =
        world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)["authority"]["period"]["end"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
    let later = (end + Duration::days(30)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let extension = json!({ "end": later, "reason": "The replacement is late." });
    world.command("rita", &id, "request-extension", extension).expect(200);
    world.approve("boris", &id).expect(200);
    world.approve("carla", &id).expect(200);
    world.command("gita", &id, "reopen", json!({ "cause": "incident" })).expect(200);
    let kept = json!({ "needed": true, "kept": false, "statement": "The logger was off on Monday." });
    world.command("gita", &id, "attest", kept).expect(200);
    world.look_again(&id);
    for who in ["boris", "carla"] {
        let all_the_same = json!({ "dossier": world.dossier(&id), "departure": "It is on again." });
        world.command(who, &id, "approve", all_the_same).expect(200);
    }
    world.command("gita", &id, "suspend", json!({ "cause": "incident" })).expect(200);
    world.look_again(&id);
    let resume = json!({ "dossier": world.dossier(&id), "reason": "It was a false alarm." });
    world.command("boris", &id, "resume", resume).expect(200);
    world.approve("carla", &id).expect(200);
    world.command("gita", &id, "revoke", json!({ "cause": "incident" })).expect(200);
}

/// What is sent back until it may not be any more, what cannot be evaluated, and a control that is due.
fn troubled(letters: &Letters) {
    let world = &letters.post.world;
    let soon_reviewed = ("\"review_every_days\":365", "\"review_every_days\":20");
    let named = ("\"id\":\"standard\"", "\"id\":\"gappy\"");
    procedures::publish(world, "standard", &[named, NOT_EVALUABLE, soon_reviewed]);
    let gap = asked(world, &json!({ "sop": "gappy" }));
    world.command("rita", &gap, "submit", json!({})).expect(200);
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200);
    for _ in 0..5 {
        world.command("rosa", &id, "return", json!({ "codes": ["sponsor_not_confirmed"] })).expect(200);
        world.command("rita", &id, "submit", json!({})).expect(200);
    }
    let narrower = world.decided_on(1);
    let changes = json!({ "dossier": world.dossier(&narrower), "reason": "Please narrow it to one team." });
    world.command("carla", &narrower, "request-changes", changes).expect(200);
    let control = json!({ "text": "Redact names before the call", "owner": world.id("oskar") });
    let controlled = asked(world, &json!({ "controls": [control] }));
    world.to_decision(&controlled, 1);
    world.approve("boris", &controlled).expect(200);
    assert_eq!(world.approve("carla", &controlled).expect(200)["state"], "implementation");
}

/// What concerns people and endpoints more than exceptions.
fn around(letters: &mut Letters) {
    let world = &letters.post.world;
    let delegate = json!({ "to": world.id("boris"), "ends": "2026-04-01T00:00:00Z" });
    world.post("carla", &format!("/v1/people/{}/delegations", world.id("carla")), delegate).expect(201);
    let ben = world.id("ben");
    let body = json!({ "url": "https://hooks.example.org/x", "description": "Ben's", "owner": ben,
        "events": ["exception.superseded"] });
    world.post("adam", "/v1/webhooks", body).expect(201);
    world.post("adam", &format!("/v1/people/{ben}/leave"), json!({})).expect(200);
    let id = world.decided_on(1);
    let mut browser = Browser::new(world);
    browser.sign_in("boris");
    browser.approve(&id);
    browser.sign_out();
    browser.sign_in("carla");
    browser.approve(&id);
    letters.run();
}

/// What changes many by itself is taken back, or stopped.
fn automatic(letters: &mut Letters) {
    let world = &letters.post.world;
    world.active();
    register::published(world, "AIP-2", |clauses| register::reword(clauses));
    let change = world.post("gita", "/v1/batches/policy:AIP-2:2/revert", json!({})).expect(202);
    register::confirm(world, &change);
    let newest = world.app.desk().laws().sops.newest("standard").unwrap().document().version;
    let [now, next] = [newest, newest + 1].map(|version| format!("\"version\":{version}"));
    procedures::publish(world, "standard", &[(&now, &next)]);
    let path = format!("/v1/batches/sop:standard:{}/hold", newest + 1);
    world.post("gustav", &path, json!({ "reason": "First we look." })).expect(200);
    letters.run();
}

/// What lapses and what ends by itself, a day at a time.
fn ended(letters: &mut Letters) {
    let draft = letters.post.world.file();
    for _ in 0..31 {
        letters.post.world.days(1);
        letters.run();
    }
    assert_eq!(letters.post.world.state(&draft), "withdrawn");
    for days in [32, 30] {
        letters.post.world.days(days);
        letters.run();
    }
}

/// The kinds of the letters that arrived at their readers: each in a mailbox, and with its subject in a mail.
fn read(letters: &Letters, mails: &[Value]) -> BTreeSet<LetterKind> {
    let arrived: BTreeSet<(String, String)> = mails
        .iter()
        .map(|mail| {
            (header(mail, "To").rsplit('<').next().unwrap().trim_end_matches('>').to_owned(), header(mail, "Subject"))
        })
        .collect();
    let mut kinds = BTreeSet::new();
    for guest in &letters.post.world.guests {
        let first = guest.name.split(' ').next().unwrap().to_lowercase();
        let held = letters.post.world.read(|conn| mailbox(conn, guest.id, None, 500).unwrap());
        let mailed = held.into_iter().filter(|letter| letter.mailed_at.is_some());
        let came = |subject: &str| arrived.contains(&(format!("{first}@example.com"), subject.to_owned()));
        kinds.extend(mailed.filter(|letter| came(&letter.subject)).map(|letter| letter.kind));
    }
    kinds
}

#[test]
fn every_kind_of_letter_is_read_by_a_mail_program() {
    let mut letters = Letters::new();
    let digest = json!({ "language": "en", "zone": "UTC", "frequency": "digest" });
    letters.post.world.ask("gita", Method::PUT, "/v1/me/preferences", Some(&digest)).expect(200);
    let late = decided_late(&mut letters);
    lived(&letters);
    troubled(&letters);
    around(&mut letters);
    automatic(&mut letters);
    rejected(&mut letters, &late);
    ended(&mut letters);
    let mails = letters.server.read();
    mails.iter().for_each(well_formed);
    threaded(&mails);
    let read = read(&letters, &mails);
    let missing: Vec<&LetterKind> = LetterKind::ALL.iter().filter(|kind| !read.contains(kind)).collect();
    assert!(missing.is_empty(), "nobody read {missing:?}");
    let digests: Vec<&Value> = mails.iter().filter(|mail| !header(mail, "List-Unsubscribe").is_empty()).collect();
    assert!(!digests.is_empty());
    for digest in digests {
        let report = ["Key figures", "Open exceptions"].iter().any(|said| header(digest, "Subject").starts_with(said));
        assert!(report || header(digest, "To").contains("gita@"), "{}", header(digest, "Subject"));
        assert!(header(digest, "List-Unsubscribe").contains("/unsubscribe/"));
        assert_eq!(header(digest, "List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    }
    assert!(mails.iter().any(|mail| mail["text"].as_str().unwrap().contains(" is the code")));
}
