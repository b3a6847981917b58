//! Who is told what, and what becomes of letters that cannot leave: by the clock, with real jobs.

use std::{collections::BTreeMap, fs, path::PathBuf};

use actix_web::http::Method;
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
use proviso::{
    jobs::Jobs,
    store::{
        StoreError,
        mailbox::{Delivery, mailbox},
        outbox::{OutboxCounts, counts},
    },
};
use serde_json::{Value, json};

use crate::world::{Ask, World, request};

/// A world whose letters leave, and the folder they leave to.
pub struct Office {
    pub world: World,
    jobs: Jobs,
    folder: PathBuf,
}

impl Office {
    pub fn new() -> Self {
        Self::of(World::new())
    }

    pub fn of(world: World) -> Self {
        let (jobs, folder) = (world.app.jobs().unwrap(), world.app.config().mail.path.clone());
        Self { world, jobs, folder }
    }

    pub fn run(&mut self) -> usize {
        self.jobs.run_due(self.world.now())
    }

    pub fn mailbox(&self, who: &str) -> Vec<Delivery> {
        let person = self.world.id(who).parse().unwrap();
        self.world.read(|conn| mailbox(conn, person, None, 100).unwrap())
    }

    /// The kinds of the letters in somebody's mailbox, the oldest first.
    pub fn told(&self, who: &str) -> Vec<String> {
        self.mailbox(who).iter().rev().map(|letter| letter.kind.to_string()).collect()
    }

    pub fn outbox(&self) -> OutboxCounts {
        self.world.read(|conn| counts(conn).unwrap())
    }

    /// How many mails each address was sent.
    pub fn mails(&self) -> BTreeMap<String, usize> {
        let mut sent = BTreeMap::new();
        for file in fs::read_dir(&self.folder).unwrap() {
            let mail = fs::read_to_string(file.unwrap().path()).unwrap();
            let to = mail.lines().find_map(|line| line.strip_prefix("To: ")).unwrap().to_owned();
            *sent.entry(to).or_default() += 1;
        }
        sent
    }

    pub fn change(&self, sql: &'static str) {
        let store = self.world.app.desk().store();
        let done = store.write(move |tx| tx.look(|conn| Ok::<_, StoreError>(sql_query(sql).execute(conn)?)));
        assert!(done.unwrap().blocking_recv().unwrap().unwrap() > 0, "{sql}");
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[test]
fn everyone_concerned_is_told_once_in_the_mailbox_and_by_mail() {
    let mut office = Office::new();
    office.world.active();
    assert!(office.run() > 0);
    assert_eq!(office.told("rita"), ["received", "approved", "effective"]);
    assert_eq!(office.told("rosa"), ["task_assigned"]);
    assert_eq!(office.told("carla"), ["approved"], "what was asked is over, and its end is told");
    assert!(!office.told("adam").contains(&"approved".to_owned()), "an admin does not decide");
    assert_eq!(office.outbox(), OutboxCounts { waiting: 0, oldest_due_at: None, dead: 0 });
    assert_eq!(office.mails()["\"Rita Requester\" <rita@example.com>"], 3);
    assert!(office.mailbox("rita").iter().all(|letter| letter.mailed_at == Some(office.world.now())));
    assert!(office.mailbox("rita")[0].subject.contains(request()["title"].as_str().unwrap()));
    assert_eq!(office.run(), 0, "and nothing is left to do");
}

#[test]
fn what_the_clock_does_is_told_in_the_same_turn() {
    let mut office = Office::new();
    let id = office.world.active();
    office.run();
    office.world.days(91);
    office.run();
    assert_eq!(office.world.state(&id), "expired");
    assert_eq!(office.told("rita").last().unwrap(), "expired");
}

#[test]
fn who_left_is_sent_nothing() {
    let mut office = Office::new();
    let id = office.world.file();
    office.world.command("rita", &id, "submit", json!({})).expect(200);
    office.change("UPDATE people SET active = FALSE WHERE email_key = 'rita@example.com'");
    office.run();
    assert!(office.mailbox("rita").is_empty());
    assert_eq!(office.outbox(), OutboxCounts { waiting: 0, oldest_due_at: None, dead: 0 });
}

#[test]
fn mail_that_cannot_leave_waits_and_mailboxes_do_not() {
    let mut office = Office::new();
    office.world.active();
    fs::remove_dir_all(&office.folder).unwrap();
    office.run();
    assert_eq!(office.told("rita"), ["received", "approved", "effective"]);
    assert!(office.mailbox("rita").iter().all(|letter| letter.mailed_at.is_none()));
    assert!(office.outbox().waiting > 0);
    assert_eq!(office.run(), 0, "not before its time");
    fs::create_dir(&office.folder).unwrap();
    office.world.hours(1);
    office.run();
    assert_eq!(office.outbox(), OutboxCounts { waiting: 0, oldest_due_at: None, dead: 0 });
    assert_eq!(office.mails()["\"Rita Requester\" <rita@example.com>"], 3);
    assert!(office.mailbox("rita").iter().all(|letter| letter.mailed_at == Some(office.world.now())));
}

#[test]
fn whom_mail_reached_is_not_sent_it_again_when_another_is_missed() {
    let mut office = Office::new();
    let id = office.world.active();
    office.run();
    office.world.command("gita", &id, "comment", json!({ "text": "Please keep to the thirty days." })).expect(200);
    // A letter that left for some before its process ended.
    office.change("UPDATE outbox SET state = 'waiting' WHERE kind IN ('approved', 'decision_wanted')");
    let before = office.mails();
    office.run();
    let after = office.mails();
    let rita = "\"Rita Requester\" <rita@example.com>";
    assert_eq!(after[rita], before[rita] + 1, "the comment, and nothing twice");
    assert!(after.iter().filter(|(to, _)| *to != rita).all(|(to, count)| before[to] == *count));
}

#[test]
fn what_is_refused_tells_nobody() {
    let mut office = Office::new();
    let id = office.world.decided_on(1);
    office.run();
    let before = (office.outbox(), office.mails());
    assert_eq!(office.world.approve("rita", &id).code(403), "forbidden");
    let stale = json!({ "dossier": "0".repeat(64) });
    assert_eq!(office.world.command("boris", &id, "approve", stale).code(409), "dossier_changed");
    office.run();
    assert_eq!((office.outbox(), office.mails()), before);
}

#[test]
fn a_letter_that_never_leaves_dies_and_delays_no_other() {
    let mut office = Office::new();
    office.world.active();
    office.change("UPDATE outbox SET payload = 'nonsense' WHERE kind = 'received'");
    office.run();
    assert_eq!(office.told("rita"), ["approved", "effective"]);
    assert_eq!(office.outbox().waiting, 1);
    while office.outbox().waiting > 0 {
        office.world.hours(3);
        office.run();
    }
    let dead = office.world.get("adam", "/v1/outbox?state=dead").expect(200)["items"].clone();
    assert_eq!((&dead[0]["kind"], &dead[0]["attempts"], &dead[1]), (&json!("received"), &json!(30), &Value::Null));
}

#[test]
fn a_letter_whose_handling_always_ends_the_process_dies_too() {
    let mut office = Office::new();
    let id = office.world.file();
    office.world.command("rita", &id, "submit", json!({})).expect(200);
    office.change("UPDATE outbox SET attempts = 30, lease_owner = 'gone', lease_until = 0");
    office.run();
    let OutboxCounts { waiting, dead, .. } = office.outbox();
    assert_eq!((waiting, dead > 0), (0, true));
    assert!(office.mailbox("rita").is_empty());
}

#[test]
fn letters_tried_again_with_a_key_are_tried_once() {
    let mut office = Office::new();
    let id = office.world.file();
    office.world.command("rita", &id, "submit", json!({})).expect(200);
    let die = |office: &Office| office.change("UPDATE outbox SET state = 'dead'");
    let again = |office: &Office, key: &str| {
        let key = [("idempotency-key", key)];
        office.world.ask_with("adam", Method::POST, "/v1/outbox/retry", Some(&json!({})), &key)
    };
    die(&office);
    let dead = office.outbox().dead;
    assert!(dead > 0);
    let first = again(&office, "after-the-outage");
    assert_eq!((first.header("idempotency-replayed"), &first.expect(200)["retried"]), (None, &json!(dead)));
    die(&office);
    let second = again(&office, "after-the-outage");
    assert_eq!(second.header("idempotency-replayed").as_deref(), Some("true"));
    assert_eq!(second.expect(200)["retried"], dead, "the answer of before");
    assert_eq!(office.outbox().dead, dead, "and nothing was done");
    assert_eq!(again(&office, "another").expect(200)["retried"], dead);
    assert_eq!(again(&office, "of-none").expect(200)["retried"], 0);
    die(&office);
    assert_eq!(again(&office, "of-none").expect(200)["retried"], 0, "what was nothing stays nothing");
    office.run();
    let retried = office.world.roster_kinds().into_iter().filter(|kind| kind == "letter_retried").count();
    assert_eq!(u64::try_from(retried).unwrap(), 2 * dead, "each letter has its event each time");
}

#[test]
fn keys_are_forgotten_after_a_day() {
    let mut office = Office::new();
    let key = [("idempotency-key", "once")];
    let post = actix_web::http::Method::POST;
    office.world.ask_with("rita", post, "/v1/exceptions", Some(&request()), &key).expect(201);
    let kept = |office: &Office| -> i64 {
        let sql = "SELECT COUNT(*) AS count FROM idempotency";
        office.world.read(|conn| sql_query(sql).get_result::<Count>(conn).unwrap().count)
    };
    office.world.hours(23);
    office.run();
    assert_eq!(kept(&office), 1);
    office.world.hours(2);
    office.run();
    assert_eq!(kept(&office), 0);
}

#[test]
fn jobs_on_their_thread_stop_when_told() {
    let office = Office::new();
    let running = office.jobs.start().unwrap();
    running.stop();
    assert_eq!(office.world.read(|conn| counts(conn).unwrap()).dead, 0);
}

#[expect(clippy::needless_pass_by_value, reason = "a test's arguments are its own")]
pub fn write_to(office: &Office, who: &str, preferences: serde_json::Value) {
    office.world.ask(who, Method::PUT, "/v1/me/preferences", Some(&preferences)).expect(200);
}

const RITA: &str = "\"Rita Requester\" <rita@example.com>";

#[test]
fn mail_waits_for_quiet_hours_to_end_and_the_record_says_so() {
    let mut office = Office::new();
    let hours = json!({ "from": "09:00", "to": "12:00" });
    write_to(
        &office,
        "rita",
        json!({ "language": "de", "zone": "Europe/Berlin", "frequency": "immediate", "quiet_hours": hours }),
    );
    let id = office.world.file();
    office.world.command("rita", &id, "submit", json!({})).expect(200);
    office.run();
    assert_eq!(office.told("rita"), ["received"], "in the mailbox it is at once");
    assert!(office.mailbox("rita")[0].subject.contains("Antrag eingegangen"));
    assert_eq!(office.mails().get(RITA), None, "it is ten in Berlin");
    assert_eq!(office.world.roster_kinds().last().unwrap(), "mail_held");
    office.world.hours(2);
    office.run();
    assert_eq!(office.mails()[RITA], 1);
    assert_eq!(office.told("rita"), ["received"], "and it is still one letter");
    assert_eq!(office.outbox(), OutboxCounts { waiting: 0, oldest_due_at: None, dead: 0 });
}

#[test]
fn what_is_urgent_waits_for_nobodys_morning() {
    let mut office = Office::new();
    let id = office.world.active();
    office.run();
    let always = json!({ "from": "00:00", "to": "23:59" });
    write_to(
        &office,
        "rita",
        json!({ "language": "en", "zone": "UTC", "frequency": "immediate", "quiet_hours": always }),
    );
    let before = office.mails()[RITA];
    office.world.command("gita", &id, "suspend", json!({ "cause": "incident" })).expect(200);
    office.run();
    assert_eq!(office.told("rita").last().unwrap(), "suspended");
    assert_eq!(office.mails()[RITA], before + 1);
}

#[test]
fn a_digest_is_one_mail_of_what_is_not_addressed_to_its_reader() {
    let mut office = Office::new();
    write_to(&office, "gita", json!({ "language": "en", "zone": "UTC", "frequency": "digest" }));
    let gita = "\"Gita Governance\" <gita@example.com>";
    let id = office.world.decided_on(1);
    office.world.command("gita", &id, "watch", json!({})).expect(200);
    office.world.approve("boris", &id).expect(200);
    office.world.approve("carla", &id).expect(200);
    office.run();
    assert_eq!(office.told("gita"), ["approved", "effective"]);
    assert_eq!(office.mails().get(gita), None);
    office.world.days(1);
    office.run();
    assert_eq!(office.mails()[gita], 1);
    assert!(office.mailbox("gita").iter().all(|letter| letter.mailed_at == Some(office.world.now())));
    let mails = fs::read_dir(&office.folder).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let digest =
        mails.into_iter().find(|mail| mail.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click")).unwrap();
    let link = format!("/unsubscribe/{}", &digest.split("/unsubscribe/").nth(1).unwrap()[..43]);
    let press = |method| office.world.send(Ask { method, path: link.clone(), headers: vec![], body: None }).status;
    let frequency = || office.world.get("gita", "/v1/me/preferences").expect(200)["frequency"].clone();
    assert_eq!((press(Method::GET), frequency()), (200, json!("digest")), "looking changes nothing");
    assert_eq!((press(Method::POST), frequency()), (200, json!("mailbox")));
    office.world.command("gita", &id, "suspend", json!({ "cause": "incident" })).expect(200);
    office.world.days(1);
    office.run();
    assert_eq!(office.mails()[gita], 3, "what is urgent is mailed all the same, and what is asked of her");
    let letters = office.world.get("gita", "/v1/me/mailbox").expect(200);
    let mut newest = [&letters["items"][0]["kind"], &letters["items"][1]["kind"]];
    newest.sort_by_key(ToString::to_string);
    assert_eq!(newest, ["suspended", "task_assigned"]);
}
