//! What goes wrong at one connector stays with it, is told without secrets, and can be mended.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::Text};
use serde_json::{Value, json};

use super::{Connected, TOKEN, always};
use crate::recorded::Recorded;

#[derive(QueryableByName)]
struct Stored {
    #[diesel(sql_type = Text)]
    text: String,
}

/// A Jira that echoes what it was sent, as some error pages do.
fn echoing() -> Recorded {
    let words = format!("the credentials bot@example.com:{TOKEN} and the title Summaries of support tickets are wrong");
    Recorded::of(always(503, &json!({ "errorMessages": [words] })))
}

#[test]
fn a_failing_connector_delays_neither_the_exception_nor_another_connector() {
    let (broken, well) = (Recorded::of(always(500, &json!({}))), super::jira());
    let (url, other) = (broken.url(), well.url());
    let settings = [
        ("connector.a_broken.kind", "jira"),
        ("connector.a_broken.base_url", url.as_str()),
        ("connector.a_broken.on", "exception.submitted"),
        ("connector.a_broken.user", "bot@example.com"),
        ("connector.a_broken.secret_env", "JIRA_TOKEN"),
        ("connector.a_broken.set.project", "RISK"),
        ("connector.b_gone.kind", "jira"),
        ("connector.b_gone.base_url", "http://127.0.0.1:9"),
        ("connector.b_gone.on", "exception.submitted"),
        ("connector.b_gone.user", "bot@example.com"),
        ("connector.b_gone.secret_env", "JIRA_TOKEN"),
        ("connector.b_gone.set.project", "RISK"),
        ("connector.jira.kind", "jira"),
        ("connector.jira.base_url", other.as_str()),
        ("connector.jira.on", "exception.submitted"),
        ("connector.jira.user", "bot@example.com"),
        ("connector.jira.secret_env", "JIRA_TOKEN"),
        ("connector.jira.set.project", "RISK"),
        ("outbound.private_hosts", "127.0.0.1"),
    ];
    let mut connected = Connected::new(&[], &settings, &[("JIRA_TOKEN", TOKEN)]);
    let id = connected.world.active();
    connected.run();
    assert_eq!(connected.world.state(&id), "active");
    assert_eq!(connected.tickets(&id).len(), 1, "the one that is well was told");
    let listed = connected.listed();
    let told: Vec<(&Value, &Value)> = (0..3).map(|at| (&listed[at]["waiting"], &listed[at]["used"])).collect();
    assert_eq!(told, [(&json!(1), &json!(0)), (&json!(1), &json!(0)), (&json!(0), &json!(1))]);
    let ready = connected.world.get("adam", "/readyz");
    assert_eq!(ready.status, 200, "{}", ready.text);
}

#[test]
fn an_update_waits_for_its_creation_and_both_arrive_in_order() {
    let server = Recorded::of(always(503, &json!({})));
    let mut connected = Connected::jira(&server, &[]);
    let id = connected.submitted();
    connected.world.command("rosa", &id, "pass", json!({})).expect(200);
    connected.run();
    assert_eq!(server.came().len(), 1, "the second is not tried before the first");
    assert_eq!(connected.listed()[0]["waiting"], 2);
    server.now_answers(serde_json::from_str(include_str!("../recorded/jira.json")).unwrap());
    connected.world.minutes(5);
    connected.run();
    let lines: Vec<String> =
        server.accepted().iter().map(|one| one.line.split('?').next().unwrap().to_owned()).collect();
    let expected = ["GET /rest/api/3/search/jql", "POST /rest/api/3/issue", "POST /rest/api/3/issue/RISK-24/comment"];
    assert_eq!(lines, expected);
}

#[test]
fn what_is_given_up_is_kept_and_goes_out_when_it_is_tried_again() {
    let server = Recorded::of(always(404, &json!({ "errorMessages": ["no project could be found"] })));
    let mut connected = Connected::jira(&server, &[]);
    let id = connected.submitted();
    connected.run();
    assert_eq!(server.came().len(), 1, "another attempt would not help");
    let dead = connected.world.get("adam", "/v1/outbox?state=dead").expect(200);
    let letter = &dead["items"][0];
    assert_eq!((&letter["kind"], &letter["exception"]), (&json!("connector"), &json!(id)));
    assert!(letter["last_error"].as_str().unwrap().contains("no project could be found"), "{letter}");
    server.now_answers(serde_json::from_str(include_str!("../recorded/jira.json")).unwrap());
    let path = format!("/v1/outbox/{}/retry", letter["id"].as_str().unwrap());
    connected.world.post("adam", &path, json!({})).expect(200);
    connected.run();
    assert_eq!(connected.tickets(&id).len(), 1);
    assert_eq!(connected.listed()[0]["dead"], 0);
}

#[test]
fn a_system_that_stays_away_is_given_up_after_two_days() {
    let server = Recorded::of(always(500, &json!({})));
    let mut connected = Connected::jira(&server, &[]);
    connected.submitted();
    for _ in 0..32 {
        connected.run();
        connected.world.hours(3);
    }
    assert_eq!(server.came().len(), 30);
    assert_eq!(connected.listed()[0]["dead"], 1);
}

#[test]
fn a_ticket_whose_answer_was_lost_is_found_again() {
    let server = super::jira();
    let mut found: Vec<crate::recorded::Exchange> =
        serde_json::from_str(include_str!("../recorded/jira.json")).unwrap();
    for exchange in found.iter_mut().filter(|one| one.path.contains("search")) {
        exchange.answer = json!({ "issues": [{ "id": "10000", "key": "RISK-23" }], "isLast": true });
    }
    server.now_answers(found);
    let mut connected = Connected::jira(&server, &[]);
    let id = connected.submitted();
    connected.run();
    assert_eq!(server.accepted().len(), 1, "it was looked for, and not created again");
    assert_eq!(connected.tickets(&id), [format!("{}/browse/RISK-23", server.url())]);
}

#[test]
fn what_asks_us_to_wait_is_not_asked_before() {
    let mut busy = always(429, &json!({}));
    for exchange in &mut busy {
        exchange.answer_headers.insert("Retry-After".to_owned(), "1800".to_owned());
    }
    let server = Recorded::of(busy);
    let mut connected = Connected::jira(&server, &[]);
    connected.submitted();
    connected.run();
    connected.world.minutes(29);
    connected.run();
    assert_eq!(server.came().len(), 1);
    connected.world.minutes(2);
    connected.run();
    assert_eq!(server.came().len(), 1);
}

/// Where a log can be read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn secrets_stand_in_no_log_no_error_no_database_and_no_answer() {
    let server = echoing();
    let mut connected = Connected::jira(&server, &[]);
    connected.submitted();
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    tracing::subscriber::with_default(subscriber.finish(), || connected.run());
    assert_eq!(server.came().len(), 1);
    let mut told = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(told.contains("it was not told"), "the log is the log: {told}");
    for path in ["/v1/connectors", "/v1/outbox", "/v1/data-flows"] {
        told.push_str(&connected.world.get("adam", path).expect(200).to_string());
    }
    told.extend([format!("{:?}", connected.world.app.config())]);
    for table in ["outbox", "connections"] {
        let rows: Vec<Stored> = connected.world.read(|conn| {
            sql_query(format!("SELECT COALESCE(last_error, '') AS text FROM {table}")).load(conn).unwrap()
        });
        for row in rows {
            told.push_str(&row.text);
        }
    }
    assert!(told.contains("jira answered 503 to GET"), "{told}");
    let encoded = "Ym90QGV4YW1wbGUuY29tOmppcmEtYXBpLXRva2Vu";
    assert!(!told.contains(TOKEN) && !told.contains(encoded), "{told}");
}

#[test]
fn no_error_repeats_what_somebody_wrote() {
    let server = super::jira();
    let mut connected = Connected::jira(&server, &[]);
    let title = crate::world::request()["title"].as_str().unwrap().to_owned();
    let mut wrong: Vec<crate::recorded::Exchange> =
        serde_json::from_str(include_str!("../recorded/jira.json")).unwrap();
    for exchange in wrong.iter_mut().filter(|one| one.path.ends_with("/issue")) {
        exchange.status = 400;
        exchange.answer = json!({ "errors": { "summary": format!("`{title}` is too long") } });
    }
    server.now_answers(wrong);
    connected.submitted();
    connected.run();
    let error = connected.listed()[0]["last_error"].as_str().unwrap().to_owned();
    assert!(error.contains("is too long") && !error.contains(&title), "{error}");
}

#[test]
fn a_secret_that_is_not_set_is_named_and_nothing_is_sent() {
    let server = super::jira();
    let url = server.url();
    let settings = [
        ("connector.jira.kind", "jira"),
        ("connector.jira.base_url", url.as_str()),
        ("connector.jira.on", "exception.submitted"),
        ("connector.jira.user", "bot@example.com"),
        ("connector.jira.secret_env", "JIRA_TOKEN"),
        ("connector.jira.set.project", "RISK"),
    ];
    let mut connected = Connected::new(&[&server], &settings, &[]);
    connected.submitted();
    connected.run();
    assert!(server.came().is_empty());
    let listed = connected.listed();
    assert!(listed[0]["last_error"].as_str().unwrap().contains("JIRA_TOKEN"), "{listed}");
    assert_eq!((&listed[0]["secrets"], &listed[0]["waiting"]), (&json!({ "JIRA_TOKEN": false }), &json!(1)));
    let connector = connected.world.app.connector("jira").unwrap();
    let findings = connected.world.app.check_connector(connector).unwrap();
    assert_eq!((findings.len(), findings[0].well), (1, false));
    assert!(findings[0].remedy.as_ref().unwrap().contains("set JIRA_TOKEN in the environment"));
}
