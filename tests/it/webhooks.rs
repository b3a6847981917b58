//! Events leave for endpoints: signed, in order, again after a failure, and never to where they must not go.

mod bad;
mod chat;
mod trouble;

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use actix_web::http::Method;
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
use proviso::jobs::Jobs;
use serde_json::{Value, json};

use crate::{
    receiver::{Got, Receiver},
    smtp::python,
    world::World,
};

/// A world whose endpoints may be on this machine, and its jobs.
pub struct Office {
    pub world: World,
    jobs: Jobs,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Office {
    pub fn of(world: World) -> Self {
        let jobs = world.app.jobs().unwrap();
        Self { world, jobs }
    }

    pub fn new() -> Self {
        Self::of(World::with(&[("outbound.private_hosts", "127.0.0.1")]))
    }

    /// Adds an endpoint of Adam's; what the answer says.
    pub fn add(&self, receiver: &Receiver, events: &[&str]) -> Value {
        let body = json!({ "url": receiver.url(), "description": "The gateway", "events": events });
        self.world.post("adam", "/v1/webhooks", body).expect(201)
    }

    pub fn run(&mut self) {
        self.jobs.run_due(self.world.now());
    }

    pub fn command(&self, id: &str, verb: &str, body: Value) -> Value {
        self.world.post("adam", &format!("/v1/webhooks/{id}/{verb}"), body).expect(200)
    }

    pub fn webhook(&self, id: &str) -> Value {
        self.world.get("adam", &format!("/v1/webhooks/{id}")).expect(200)
    }

    pub fn deliveries(&self, id: &str) -> Vec<Value> {
        let page = self.world.get("adam", &format!("/v1/webhooks/{id}/deliveries?limit=200")).expect(200);
        page["items"].as_array().unwrap().clone()
    }

    /// What the feed tells Adam of exceptions.
    fn feed(&self) -> Vec<Value> {
        let feed = self.world.get("adam", "/v1/events?limit=200").expect(200);
        let items = feed["items"].as_array().unwrap().iter();
        items.filter(|event| event["type"].as_str().unwrap().starts_with("proviso.exception.")).cloned().collect()
    }

    /// The subjects of the mails that were sent to an address.
    pub fn mails(&self, to: &str) -> Vec<String> {
        let folder = fs::read_dir(&self.world.app.config().mail.path).unwrap();
        let mails = folder.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
        let sent = mails.filter(|mail| mail.lines().any(|line| line.starts_with("To: ") && line.contains(to)));
        sent.filter_map(|mail| mail.lines().find_map(|line| line.strip_prefix("Subject: ").map(str::to_owned)))
            .collect()
    }
}

/// The id in an answer.
pub fn id_of(added: &Value) -> String {
    added["webhook"]["id"].as_str().unwrap().to_owned()
}

/// What a receiver in Python says the messages are, or why it does not believe them.
fn verified(secret: &str, got: &[Got]) -> Result<Vec<String>, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/webhooks/verify.py");
    let mut child = Command::new(python())
        .arg(script)
        .arg(secret)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    for one in got {
        writeln!(input, "{}", json!({ "body": one.body, "headers": one.headers })).unwrap();
    }
    drop(input);
    let said = child.wait_with_output().unwrap();
    if said.status.success() {
        Ok(String::from_utf8(said.stdout).unwrap().lines().map(str::to_owned).collect())
    } else {
        Err(String::from_utf8_lossy(&said.stderr).into_owned())
    }
}

#[test]
fn a_lifecycle_arrives_in_order_signed_and_as_the_feed_tells_it() {
    let present = proviso::clock::Clock::system().now();
    let mut office = Office::of(World::beginning(&[("outbound.private_hosts", "127.0.0.1")], present));
    let receiver = Receiver::new();
    let added = office.add(&receiver, &["exception.*"]);
    let secret = added["secret"].as_str().unwrap();
    office.world.active();
    office.run();
    let got = receiver.got();
    let bodies: Vec<Value> = got.iter().map(Got::json).collect();
    assert!(bodies.len() > 8, "{}", bodies.len());
    assert_eq!(bodies, office.feed(), "the same events, as the feed has them, in its order");
    let types = verified(secret, &got).unwrap();
    assert_eq!(types.len(), got.len(), "believed, and a changed body was not");
    assert_eq!((types[0].as_str(), types.last().unwrap().as_str()), {
        ("proviso.exception.drafted", "proviso.exception.activated")
    });
    assert!(got.iter().all(|one| one.head.starts_with("POST /in?token=hidden HTTP/1.1")));
    assert_eq!(got[0].header("content-type"), "application/cloudevents+json; charset=utf-8");
    let other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert!(verified(other, &got[..1]).unwrap_err().contains("No matching signature found"));

    let deliveries = office.deliveries(&id_of(&added));
    assert_eq!(deliveries.len(), got.len());
    assert!(deliveries.iter().all(|one| one["state"] == "delivered" && one["attempts"][0]["status"] == 204));
    office.run();
    assert_eq!(receiver.got().len(), got.len(), "nothing is sent twice");
}

#[test]
fn after_a_rotation_both_secrets_are_valid_for_a_while_and_neither_is_recorded() {
    let present = proviso::clock::Clock::system().now();
    let mut office = Office::of(World::beginning(&[("outbound.private_hosts", "127.0.0.1")], present));
    let receiver = Receiver::new();
    let added = office.add(&receiver, &["exception.*"]);
    let (id, old) = (id_of(&added), added["secret"].as_str().unwrap().to_owned());
    let path = format!("/v1/webhooks/{id}/rotate");
    let keyed = |hours: u32| {
        let body = json!({ "overlap_hours": hours });
        office.world.ask_with("adam", Method::POST, &path, Some(&body), &[("idempotency-key", "turn")])
    };
    let new = keyed(2).expect(200)["secret"].as_str().unwrap().to_owned();
    assert_ne!(old, new);
    assert!(keyed(2).expect(200).get("secret").is_none(), "it is shown once");
    office.world.file();
    office.run();
    let both = receiver.got();
    assert!(verified(&old, &both).is_ok() && verified(&new, &both).is_ok());
    assert_eq!(both[0].header("webhook-signature").split(' ').count(), 2);
    office.world.hours(3);
    office.world.file();
    office.run();
    let last = receiver.got().pop().unwrap();
    assert_eq!(last.header("webhook-signature").split(' ').count(), 1, "the old one is over");

    for hidden in [&old[6..], &new[6..], "token=hidden"] {
        let sql = format!("SELECT COUNT(*) AS count FROM leaves WHERE body LIKE '%{hidden}%'");
        let told: i64 = office.world.read(|conn| sql_query(sql).get_result::<Count>(conn).unwrap().count);
        assert_eq!(told, 0);
        assert!(!office.world.get("adam", "/v1/webhooks").text.contains("whsec_"));
    }
    assert_eq!(office.world.roster_kinds().iter().filter(|kind| kind.starts_with("webhook_")).count(), 2);
}

#[test]
fn an_endpoint_gets_what_it_wants_and_its_owner_may_see_and_nothing_after_its_end() {
    let mut office = Office::new();
    let (all, some, none) = (Receiver::new(), Receiver::new(), Receiver::new());
    let everything = id_of(&office.add(&all, &[]));
    office.add(&some, &["exception.submitted", "exception.round_*"]);
    let body = json!({ "url": none.url(), "description": "Ben's", "owner": office.world.id("ben") });
    let bens = id_of(&office.world.post("adam", "/v1/webhooks", body).expect(201));
    office.world.decided_on(1);
    office.run();
    let types = |receiver: &Receiver| -> Vec<String> {
        receiver.got().iter().map(|got| got.json()["type"].as_str().unwrap().to_owned()).collect()
    };
    assert!(types(&all).contains(&"proviso.roster.webhook_added".to_owned()), "{:?}", types(&all));
    assert!(types(&some).contains(&"proviso.exception.submitted".to_owned()));
    assert!(types(&some).iter().all(|kind| kind.contains("submitted") || kind.contains("round_")));
    assert_eq!(none.got().len(), 0, "Ben has no part in it");
    assert!(office.deliveries(&bens).is_empty(), "and its deliveries do not tell of it");

    let before = all.got().len();
    office.command(&everything, "disable", json!({}));
    office.world.file();
    office.run();
    assert_eq!(all.got().len(), before);
    office.command(&everything, "enable", json!({}));
    office.command(&everything, "test", json!({}));
    office.run();
    assert_eq!(
        types(&all)[before..],
        ["proviso.roster.webhook_tested"],
        "what happened meanwhile is not sent by itself"
    );
    let path = format!("/v1/webhooks/{everything}");
    assert_eq!(office.world.ask("adam", Method::DELETE, &path, None).status, 204);
    assert_eq!(office.world.get("adam", &path).code(404), "not_found");
    office.world.file();
    office.run();
    assert_eq!(all.got().len(), before + 1);
}
