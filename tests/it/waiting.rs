//! What is told whom and what is not: mail that waits, people who left, delegates, and changes that never were.

use actix_web::http::Method;
use chrono::{DateTime, Utc};
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::Text};
use proviso::{
    domain::{
        letters::{Addressee, Letter, LetterKind},
        preferences::HeldBy,
    },
    store::{
        StoreError,
        outbox::{Held, OutboxCounts, Told, Waiting},
    },
};
use serde_json::{Value, json};

use crate::{
    letters::{Office, write_to},
    world::request,
};

const NOTHING: OutboxCounts = OutboxCounts { waiting: 0, oldest_due_at: None, dead: 0 };

#[derive(QueryableByName)]
struct Body {
    #[diesel(sql_type = Text)]
    body: String,
}

impl Office {
    /// What the record says of mails that wait: whose, until when, and why.
    fn held(&self) -> Vec<(String, String, String)> {
        let sql = "SELECT body FROM leaves WHERE kind = 'mail_held' ORDER BY idx";
        let bodies: Vec<Body> = self.world.read(|conn| sql_query(sql).load(conn).unwrap());
        let leaves = bodies.iter().map(|leaf| serde_json::from_str::<Value>(&leaf.body).unwrap());
        let deeds = leaves.map(|leaf| leaf["event"]["deed"].clone());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        deeds.map(|deed| (text(&deed["person"]), text(&deed["until"]), text(&deed["why"]))).collect()
    }
}

#[test]
fn the_record_says_whose_mail_waits_until_when_and_why() {
    let mut office = Office::new();
    let wants = |more: Value| {
        let mut wanted = json!({ "language": "en", "zone": "Europe/Berlin", "frequency": "immediate" });
        wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        wanted
    };
    write_to(&office, "rita", wants(json!({ "quiet_hours": { "from": "09:00", "to": "12:30" } })));
    write_to(&office, "rosa", wants(json!({ "daily_cap": 1 })));
    write_to(&office, "gita", wants(json!({ "frequency": "digest" })));
    for _ in 0..2 {
        let id = office.world.file();
        office.world.command("gita", &id, "watch", json!({})).expect(200);
        office.world.command("rita", &id, "submit", json!({})).expect(200);
        office.world.command("rosa", &id, "comment", json!({ "text": "Thank you." })).expect(200);
    }
    office.run();
    let [rita, rosa, gita] = ["rita", "rosa", "gita"].map(|who| office.world.id(who));
    let held = office.held();
    let of = |who: &str| -> Vec<(&str, &str)> {
        held.iter().filter(|(whose, ..)| whose == who).map(|(_, until, why)| (until.as_str(), why.as_str())).collect()
    };
    assert!(of(&rita).iter().all(|held| *held == ("2026-03-02T11:30:00Z", "quiet_hours")), "{held:?}");
    assert_eq!(of(&rita).len(), 4, "two received, two comments");
    assert_eq!(of(&rosa), [("2026-03-02T23:00:00Z", "daily_cap")], "her first mail left");
    assert_eq!(of(&gita), [("2026-03-03T07:00:00Z", "digest"); 4], "each that is in it");
    office.run();
    assert_eq!(office.held(), held, "and each once");
}

#[test]
fn who_left_is_sent_neither_what_waited_nor_a_digest_nor_what_was_delegated() {
    let mut office = Office::new();
    let always = json!({ "from": "09:00", "to": "12:00" });
    write_to(
        &office,
        "boris",
        json!({ "language": "en", "zone": "UTC", "frequency": "digest", "quiet_hours": always }),
    );
    let id = office.world.decided_on(1);
    office.world.command("boris", &id, "watch", json!({})).expect(200);
    office.world.command("gita", &id, "comment", json!({ "text": "Please be quick." })).expect(200);
    office.run();
    let delegations = format!("/v1/people/{}/delegations", office.world.id("carla"));
    let to = json!({ "to": office.world.id("boris"), "ends": "2026-04-01T00:00:00Z" });
    office.world.post("carla", &delegations, to).expect(201);
    let boris = office.world.id("boris");
    office.world.post("adam", &format!("/v1/people/{boris}/leave"), json!({})).expect(200);
    office.world.days(2);
    office.run();
    assert!(office.mails().keys().all(|to| !to.contains("boris@")), "{:?}", office.mails());
    assert_eq!(office.outbox(), NOTHING);
}

#[test]
fn a_decision_that_is_due_soon_passes_quiet_hours_and_another_waits() {
    let always = json!({ "from": "00:00", "to": "23:59" });
    let always = json!({ "language": "en", "zone": "UTC", "frequency": "immediate", "quiet_hours": always });
    for soon in [false, true] {
        let mut office = Office::new();
        write_to(&office, "boris", always.clone());
        let id = office.world.decided_on(1);
        if soon {
            let left = due(&office, &id) - office.world.now();
            office.world.hours(left.num_hours() - 10);
        }
        office.run();
        assert_eq!(office.mails().keys().any(|to| to.contains("boris@")), soon, "{:?}", office.mails());
    }
}

/// When the decision on an exception is due.
fn due(office: &Office, id: &str) -> DateTime<Utc> {
    let tasks = office.world.get("gita", &format!("/v1/exceptions/{id}/tasks")).expect(200);
    let tasks = tasks["items"].as_array().unwrap().clone();
    let decide = tasks.iter().find(|task| task["key"].as_str().unwrap().starts_with("decide:")).unwrap().clone();
    decide["due_at"].as_str().unwrap().parse().unwrap()
}

#[test]
fn a_letter_of_a_change_that_was_rolled_back_never_leaves() {
    let mut office = Office::new();
    let id = office.world.decided_on(1);
    office.run();
    let (outbox, mails) = (office.outbox(), office.mails());
    let rita = office.world.id("rita").parse().unwrap();
    let letter = Letter { kind: LetterKind::Revoked, to: Addressee::Person(rita), seq: 1 };
    let told = Told::Letter(Waiting { exception: id.parse().unwrap(), letter });
    let (letter, until) = (uuid::Uuid::nil(), office.world.now());
    let held = || Held { letter, told: told.clone(), person: rita, until, why: HeldBy::DailyCap };
    let store = office.world.app.desk().store();
    let (refused, panics) = (held(), held());
    let done = store.write(move |tx| {
        tx.hold_back(&refused)?;
        Err::<(), _>(StoreError::Corrupt("on purpose".to_owned()))
    });
    assert!(done.unwrap().blocking_recv().unwrap().is_err());
    let done = store.write(move |tx| {
        tx.hold_back(&panics)?;
        assert!(panics.person.to_string().is_empty(), "on purpose");
        Ok::<_, StoreError>(())
    });
    assert!(!matches!(done.unwrap().blocking_recv(), Ok(Ok(()))));
    assert_eq!(office.run(), 0);
    assert_eq!((office.outbox(), office.mails(), office.held()), (outbox, mails, Vec::new()));
    let kept = held();
    let done = office.world.app.desk().store().write(move |tx| tx.hold_back(&kept));
    done.unwrap().blocking_recv().unwrap().unwrap();
    assert_eq!(office.run(), 1, "the same, when it is not rolled back");
}

#[test]
fn a_delegate_is_told_for_whom_until_when_and_in_what() {
    let mut office = Office::new();
    let at = format!("/v1/people/{}/delegations", office.world.id("carla"));
    let to =
        json!({ "to": office.world.id("konrad"), "starts": "2026-03-05T08:00:00Z", "ends": "2026-03-20T08:00:00Z" });
    office.world.post("carla", &at, to).expect(201);
    office.run();
    office.run();
    assert_eq!(office.told("konrad"), ["delegated"]);
    let letter = office.mailbox("konrad").remove(0);
    for said in
        ["Carla Ciso lets you act", "from 5 March 2026 at 08:00 UTC until 20 March 2026 at 08:00 UTC", "- CISO\n"]
    {
        assert!(letter.body.contains(said), "{said} in {}", letter.body);
    }
    assert_eq!((letter.exception, letter.mailed_at), (None, Some(office.world.now())));
    assert_eq!(office.mails()["\"Konrad Cro\" <konrad@example.com>"], 1);
    let always = json!({ "from": "08:00", "to": "10:00" });
    write_to(
        &office,
        "lena",
        json!({ "language": "en", "zone": "UTC", "frequency": "mailbox", "quiet_hours": always }),
    );
    let other = json!({ "to": office.world.id("lena"), "ends": "2026-03-20T08:00:00Z" });
    office.world.post("carla", &at, other).expect(201);
    office.run();
    assert_eq!(office.mailbox("lena")[0].mailed_at, None, "it is quiet");
    office.world.hours(1);
    office.run();
    assert_eq!(office.mails()["\"Lena Legal\" <lena@example.com>"], 1);
    assert_eq!(office.told("lena"), ["delegated"], "and it is still one letter");
    let short = json!({ "to": office.world.id("elena"), "ends": "2026-03-20T08:00:00Z" });
    let made = office.world.post("carla", &at, short).expect(201);
    office.world.ask("carla", Method::DELETE, &format!("{at}/{}", made["id"].as_str().unwrap()), None);
    office.run();
    assert!(office.told("elena").is_empty(), "it was over before it was told");
}

/// Gita, who follows an exception and wants a digest.
fn follower(office: &Office, more: &Value) -> String {
    let mut wanted = json!({ "language": "en", "zone": "UTC", "frequency": "digest" });
    wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    write_to(office, "gita", wanted);
    let id = office.world.file();
    office.world.command("gita", &id, "watch", json!({})).expect(200);
    id
}

fn comments(office: &Office, id: &str, count: usize) {
    (0..count).for_each(|n| {
        office.world.command("rita", id, "comment", json!({ "text": format!("Word {n}") })).expect(200);
    });
}

#[test]
fn a_digest_waits_for_quiet_hours_and_for_a_full_day_to_end() {
    let mut office = Office::new();
    let id = follower(&office, &json!({ "quiet_hours": { "from": "07:00", "to": "10:00" } }));
    comments(&office, &id, 2);
    office.run();
    office.world.hours(23);
    office.run();
    assert!(office.mails_to("gita").is_empty(), "it is eight, and quiet");
    assert_eq!(office.held().last().unwrap().1, "2026-03-03T10:00:00Z");
    office.world.hours(2);
    office.run();
    assert_eq!(office.mails_to("gita").len(), 1);
    write_to(&office, "gita", json!({ "language": "en", "zone": "UTC", "frequency": "digest", "daily_cap": 1 }));
    comments(&office, &id, 2);
    office.run();
    office.world.days(1);
    office.run();
    assert_eq!(office.mails_to("gita").len(), 2, "yesterday's mails are yesterday's");
}

#[test]
fn a_digest_is_one_mail_of_the_day_however_much_is_in_it() {
    let mut office = Office::new();
    let id = follower(&office, &json!({ "daily_cap": 2 }));
    comments(&office, &id, 3);
    office.run();
    office.world.hours(23);
    office.run();
    assert_eq!(office.mails_to("gita").len(), 1);
    office.world.command("gita", &id, "comment", json!({ "text": "Seen" })).expect(200);
    let own = office.world.post("gita", "/v1/exceptions", request()).expect(201)["id"].as_str().unwrap().to_owned();
    office.world.command("gita", &own, "submit", json!({})).expect(200);
    office.run();
    assert_eq!(office.mails_to("gita").len(), 2, "her own is the second of two");
}

#[test]
fn what_a_digest_has_no_room_for_is_in_the_next() {
    let mut office = Office::new();
    let id = follower(&office, &json!({}));
    comments(&office, &id, 103);
    office.run();
    office.world.days(1);
    office.run();
    let mailed = |office: &Office| -> i64 {
        let sql = "SELECT COUNT(*) AS count FROM mailbox WHERE digest AND mailed_at IS NOT NULL";
        office.world.read(|conn| sql_query(sql).get_result::<Count>(conn).unwrap().count)
    };
    assert_eq!((office.mails_to("gita").len(), mailed(&office)), (1, 100));
    office.world.days(1);
    office.run();
    assert_eq!((office.mails_to("gita").len(), mailed(&office)), (2, 103));
    office.world.days(1);
    office.run();
    assert_eq!(office.mails_to("gita").len(), 2, "and then nothing waits");
}

#[test]
fn who_cancels_a_digest_gets_none_that_was_on_its_way() {
    let mut office = Office::new();
    let id = follower(&office, &json!({}));
    comments(&office, &id, 2);
    office.run();
    write_to(&office, "gita", json!({ "language": "en", "zone": "UTC", "frequency": "mailbox" }));
    office.world.days(1);
    office.run();
    assert!(office.mails_to("gita").is_empty());
    assert_eq!(office.outbox(), NOTHING);
    let letters = office.world.get("gita", "/v1/me/mailbox?unread=true").expect(200);
    assert_eq!(letters["items"].as_array().unwrap().len(), 2, "she reads them here");
}

#[test]
fn a_mail_follows_none_that_never_left() {
    let mut office = Office::new();
    let id = follower(&office, &json!({}));
    comments(&office, &id, 1);
    office.run();
    office.world.days(1);
    office.run();
    write_to(&office, "gita", json!({ "language": "en", "zone": "UTC", "frequency": "immediate" }));
    comments(&office, &id, 2);
    office.run();
    let mails = office.mails_to("gita");
    let header = |mail: &str, name: &str| {
        mail.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix(name).map(str::to_owned))
    };
    let known: Vec<String> = mails.iter().filter_map(|mail| header(mail, "Message-ID: ")).collect();
    let answers: Vec<String> = mails.iter().filter_map(|mail| header(mail, "In-Reply-To: ")).collect();
    assert!(!answers.is_empty() && answers.iter().all(|id| known.contains(id)), "{answers:?} of {known:?}");
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

#[test]
fn a_reminder_of_a_decision_that_is_due_soon_passes_quiet_hours() {
    let always = json!({ "from": "00:00", "to": "23:59" });
    let mut office = Office::new();
    let id = office.world.decided_on(1);
    office.run();
    let left = due(&office, &id) - office.world.now();
    office.world.hours(left.num_hours() - 10);
    office.run();
    let quiet = json!({ "language": "en", "zone": "UTC", "frequency": "immediate", "quiet_hours": always });
    write_to(&office, "boris", quiet);
    let before = office.mails_to("boris").len();
    let tasks = office.world.get("gita", &format!("/v1/exceptions/{id}/tasks")).expect(200);
    let task = tasks["items"][0]["id"].clone();
    let reminded = office.world.command("gita", &id, "remind", json!({ "task": task }));
    assert_eq!(reminded.status, 200, "{}", reminded.text);
    office.run();
    assert!(office.mails_to("boris").len() > before, "{:?}", office.told("boris"));
}
