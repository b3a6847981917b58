//! A world for stories: the whole program in process, with named people, a clock to move, and a database
//! of its own on SQLite, or on PostgreSQL where `PROVISO_TEST_PG` names a server.

use std::{
    cell::RefCell,
    collections::HashMap,
    sync::atomic::{AtomicU32, Ordering},
};

use actix_web::{
    body::to_bytes,
    http::{Method, header::HeaderMap},
    test,
    web::Data,
};
use chrono::{DateTime, Duration, Utc};
use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query, sql_types::Text,
};
use proviso::{
    app::{App, DEMO_PASSWORD, Guest, Timing, staff},
    clock::{Clock, Random},
    config::Config,
    store::{ClockTrust, automation::Right},
    web::{self, current::Current},
};
use serde_json::{Value, json};

use crate::documented;

static WORLDS: AtomicU32 = AtomicU32::new(0);

/// Where every world begins.
pub const BEGINNING: &str = "2026-03-02T09:00:00Z";

/// The address that the rim believes it has.
pub const ORIGIN: &str = "http://127.0.0.1:8080";

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
    pub bytes: Vec<u8>,
}

impl Reply {
    /// The answer, if it is this status; else the test fails and says what came.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// The code of a problem of this status.
    #[track_caller]
    pub fn code(self, status: u16) -> String {
        self.expect(status)["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).map(|value| value.to_str().unwrap().to_owned())
    }
}

/// A request about to be sent.
pub struct Ask {
    pub method: Method,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
}

#[derive(QueryableByName)]
struct Kind {
    #[diesel(sql_type = Text)]
    kind: String,
}

pub type Send = dyn Fn(Ask) -> Reply;

/// Everything.
pub struct World {
    pub app: App,
    pub clock: Clock,
    pub guests: Vec<Guest>,
    send: Box<Send>,
    cookies: RefCell<HashMap<String, String>>,
    schema: Option<(String, String)>,
    _folder: tempfile::TempDir,
}

impl World {
    /// A fresh world with the staff of the demonstration and the standard procedure.
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// One at the present time, for other processes that have no other clock.
    pub fn at_present() -> Self {
        Self::beginning(&[], Clock::system().now())
    }

    /// The same with some settings.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        Self::beginning(settings, BEGINNING.parse().unwrap())
    }

    /// The same with something in the environment.
    pub fn knowing(settings: &[(&str, &str)], env: &[(&str, &str)]) -> Self {
        Self::made(settings, env, BEGINNING.parse().unwrap())
    }

    pub fn beginning(settings: &[(&str, &str)], start: DateTime<Utc>) -> Self {
        Self::made(settings, &[], start)
    }

    #[expect(clippy::similar_names, reason = "they are two of a kind")]
    fn made(settings: &[(&str, &str)], env: &[(&str, &str)], start: DateTime<Utc>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let schema = std::env::var("PROVISO_TEST_PG").ok().map(|server| own_schema(&server));
        let file = || format!("sqlite:{}", folder.path().join("world.sqlite").display());
        let owner = schema.as_ref().map(|(server, name)| in_schema(server, name));
        let url = owner.as_ref().map_or_else(file, |owner| owner.replace("//proviso@", "//proviso_app@"));
        let mut overrides = vec![
            ("database.url".to_owned(), url),
            ("database.readers".to_owned(), "4".to_owned()),
            ("attachments.path".to_owned(), folder.path().join("attachments").display().to_string()),
            ("mail.path".to_owned(), folder.path().join("mail").display().to_string()),
        ];
        overrides.extend(owner.map(|owner| ("database.owner_url".to_owned(), owner)));
        overrides.extend(settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let config = Config::load(None, env, &overrides).unwrap();
        let clock = Clock::moved(start);
        let seed = u64::from(WORLDS.fetch_add(1, Ordering::Relaxed));
        let timing = Timing { clock: clock.clone(), trust: ClockTrust::Moved, random: Random::seeded(seed) };
        let app = App::open(config, timing).unwrap();
        let guests = staff(&app).unwrap();
        let send = sender(&app);
        Self { app, clock, guests, send, cookies: RefCell::default(), schema, _folder: folder }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Moves the clock by so many days; sessions are over then, people sign in again by themselves.
    pub fn days(&self, days: i64) {
        self.hours(days * 24);
    }

    pub fn hours(&self, hours: i64) {
        self.minutes(hours * 60);
        self.cookies.borrow_mut().clear();
    }

    pub fn minutes(&self, minutes: i64) {
        self.clock.advance(Duration::minutes(minutes).to_std().unwrap());
    }

    /// The kinds of what happened to the roster, in order.
    pub fn roster_kinds(&self) -> Vec<String> {
        let sql = "SELECT kind FROM leaves WHERE subject_kind = 'roster' ORDER BY idx";
        self.read(|conn| sql_query(sql).load(conn).unwrap()).into_iter().map(|Kind { kind }| kind).collect()
    }

    /// Somebody's id, by their first name.
    pub fn id(&self, first: &str) -> String {
        let found = self.guests.iter().find(|guest| guest.name.to_lowercase().starts_with(first));
        found.unwrap_or_else(|| panic!("nobody is called {first}")).id.to_string()
    }

    pub fn send(&self, ask: Ask) -> Reply {
        let (method, path) = (ask.method.to_string(), ask.path.clone());
        let reply = (self.send)(ask);
        documented::check((&method, &path), &reply);
        reply
    }

    /// Somebody asks something, in a session of theirs.
    pub fn ask(&self, who: &str, method: Method, path: &str, body: Option<&Value>) -> Reply {
        self.ask_with(who, method, path, body, &[])
    }

    #[expect(clippy::too_many_arguments, reason = "each is a part of one request")]
    pub fn ask_with(
        &self,
        who: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
        more: &[(&str, &str)],
    ) -> Reply {
        let mut headers = vec![("cookie".to_owned(), self.cookie(who)), ("origin".to_owned(), ORIGIN.to_owned())];
        if body.is_some() && !more.iter().any(|(name, _)| *name == "content-type") {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        headers.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.send(Ask { method, path: path.to_owned(), headers, body: body.map(|body| body.to_string().into_bytes()) })
    }

    /// Exactly these bytes and headers, with somebody's cookie.
    #[expect(clippy::too_many_arguments, reason = "each is a part of one request")]
    pub fn raw(&self, who: &str, method: Method, path: &str, body: Vec<u8>, headers: &[(&str, &str)]) -> Reply {
        let own = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let headers = own.chain([("cookie".to_owned(), self.cookie(who))]).collect();
        self.send(Ask { method, path: path.to_owned(), headers, body: Some(body) })
    }

    pub fn get(&self, who: &str, path: &str) -> Reply {
        self.ask(who, Method::GET, path, None)
    }

    /// What somebody reads, as it came.
    pub fn bytes(&self, who: &str, path: &str) -> Vec<u8> {
        let reply = self.get(who, path);
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.bytes
    }

    #[expect(clippy::needless_pass_by_value, reason = "a test's arguments are its own")]
    pub fn post(&self, who: &str, path: &str, body: Value) -> Reply {
        self.ask(who, Method::POST, path, Some(&body))
    }

    /// A command on an exception.
    pub fn command(&self, who: &str, id: &str, verb: &str, body: Value) -> Reply {
        self.post(who, &format!("/v1/exceptions/{id}/{verb}"), body)
    }

    /// Changes a request as it is now.
    #[expect(clippy::needless_pass_by_value, reason = "a test's arguments are its own")]
    pub fn patch(&self, who: &str, id: &str, body: Value) -> Reply {
        let path = format!("/v1/exceptions/{id}");
        let tag = self.get(who, &path).header("etag").unwrap();
        let more = [("if-match", tag.as_str()), ("content-type", "application/merge-patch+json")];
        self.ask_with(who, Method::PATCH, &path, Some(&body), &more)
    }

    fn cookie(&self, who: &str) -> String {
        if let Some(cookie) = self.cookies.borrow().get(who) {
            return cookie.clone();
        }
        let body = json!({ "email": format!("{who}@example.com"), "password": DEMO_PASSWORD });
        let headers = [("origin", ORIGIN), ("content-type", "application/json")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let reply = self.send(Ask {
            method: Method::POST,
            path: "/v1/session".to_owned(),
            headers,
            body: Some(body.to_string().into_bytes()),
        });
        assert_eq!(reply.status, 201, "{who} cannot sign in: {}", reply.text);
        let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        self.cookies.borrow_mut().insert(who.to_owned(), cookie.clone());
        cookie
    }

    /// A draft by Rita that nothing is wrong with.
    pub fn file(&self) -> String {
        let body = self.post("rita", "/v1/exceptions", request()).expect(201);
        body["id"].as_str().unwrap().to_owned()
    }

    /// A request that was submitted, found complete and assessed, with a tier that its points give.
    pub fn decided_on(&self, points: u32) -> String {
        let id = self.file();
        self.to_decision(&id, points);
        id
    }

    /// Takes a draft to its decision; at tiers that ask for it, adviser and stakeholder support it.
    pub fn to_decision(&self, id: &str, points: u32) {
        self.command("rita", id, "submit", json!({})).expect(200);
        self.command("rosa", id, "pass", json!({})).expect(200);
        self.assess(id, points);
        for task in self.open(id).iter().filter(|key| key.starts_with("advise:")) {
            let role = task.trim_start_matches("advise:");
            self.command("dana", id, "recommend", json!({ "role": role, "recommendation": "support" })).expect(200);
        }
        assert_eq!(self.get("gita", &format!("/v1/exceptions/{id}")).expect(200)["state"], "decision");
    }

    /// The keys of an exception's open tasks.
    pub fn open(&self, id: &str) -> Vec<String> {
        let tasks = self.get("gita", &format!("/v1/exceptions/{id}/tasks")).expect(200);
        tasks["items"].as_array().unwrap().iter().map(|task| task["key"].as_str().unwrap().to_owned()).collect()
    }

    pub fn assess(&self, id: &str, points: u32) {
        self.assess_finding(id, points, &json!([]));
    }

    /// The same with findings in every dimension.
    pub fn assess_finding(&self, id: &str, points: u32, findings: &Value) {
        let found = self.get("gita", &format!("/v1/exceptions/{id}")).expect(200);
        let sop = found["sop"]["id"].as_str().unwrap();
        let sop = self.app.desk().laws().sops.newest(sop).unwrap();
        for key in self.open(id).iter().filter(|key| key.starts_with("assess:")) {
            let dimension = key.trim_start_matches("assess:");
            let rules = sop
                .document()
                .steps
                .assessment
                .dimensions
                .iter()
                .find(|rules| rules.dimension.as_str() == dimension)
                .unwrap();
            let given: serde_json::Map<String, Value> = rules
                .criteria
                .iter()
                .map(|criterion| (criterion.id.clone(), json!(points.min(criterion.max))))
                .collect();
            let who = match rules.assessor().as_str() {
                "privacy_assessor" => "priya",
                "security_assessor" => "sam",
                _ => "elena",
            };
            self.command(who, id, "assess", json!({ "dimension": dimension, "points": given, "findings": findings }))
                .expect(200);
        }
    }

    /// The hash of the dossier that is decided on.
    pub fn dossier(&self, id: &str) -> String {
        let found = self.get("gita", &format!("/v1/exceptions/{id}/dossier")).expect(200);
        found["hash"].as_str().unwrap().to_owned()
    }

    /// Answers what an open re-review asks: attested as it should be, and every score confirmed.
    pub fn look_again(&self, id: &str) {
        for key in self.open(id) {
            if key.starts_with("attest:") {
                let answer = json!({ "needed": true, "kept": true, "statement": "Ten summaries were drawn and read." });
                self.command("gita", id, "attest", answer).expect(200);
            } else if let Some(dimension) = key.strip_prefix("assess:") {
                let who = if dimension == "privacy" { "priya" } else { "sam" };
                self.command(who, id, "confirm-assessment", json!({ "dimension": dimension })).expect(200);
            }
        }
    }

    pub fn approve(&self, who: &str, id: &str) -> Reply {
        let dossier = self.dossier(id);
        self.command(who, id, "approve", json!({ "dossier": dossier }))
    }

    /// An exception in effect.
    pub fn active(&self) -> String {
        let id = self.decided_on(1);
        self.approve("boris", &id).expect(200);
        assert_eq!(self.approve("carla", &id).expect(200)["state"], "active");
        id
    }

    /// Where an exception is.
    pub fn state(&self, id: &str) -> String {
        self.get("gita", &format!("/v1/exceptions/{id}")).expect(200)["state"].as_str().unwrap().to_owned()
    }

    pub fn read<T>(&self, job: impl FnOnce(&mut proviso::store::Conn) -> T) -> T {
        self.app.desk().store().read(|conn| Ok::<T, proviso::store::StoreError>(job(conn))).unwrap()
    }

    /// Settles what is due by now.
    pub fn settle(&self) {
        let desk = self.app.desk();
        for id in desk.due(self.now(), 1000).unwrap() {
            desk.settle(id, Right::unleased("settle")).unwrap().wait().unwrap();
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.app.desk().store().shutdown();
        if let Some((server, name)) = &self.schema {
            let mut conn = PgConnection::establish(server).unwrap();
            conn.batch_execute(&format!("DROP SCHEMA {name} CASCADE")).unwrap();
        }
    }
}

/// A schema of one's own, and the server it is on.
pub fn own_schema(server: &str) -> (String, String) {
    let name = format!("world_{}_{}", std::process::id(), WORLDS.fetch_add(1, Ordering::Relaxed));
    let mut conn = PgConnection::establish(server).unwrap();
    conn.batch_execute(&format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}")).unwrap();
    (server.to_owned(), name)
}

/// The address of a server's schema.
pub fn in_schema(server: &str, name: &str) -> String {
    format!("{server}{}options=-csearch_path={name}", if server.contains('?') { '&' } else { '?' })
}

/// The program's rim, served in process.
pub fn sender(app: &App) -> Box<Send> {
    let system = actix_web::rt::System::new();
    let service = system.block_on(test::init_service(web::app(Current::new(Data::new(app.web())))));
    Box::new(move |ask| {
        system.block_on(async {
            let mut request = test::TestRequest::default().method(ask.method).uri(&ask.path);
            for header in ask.headers {
                request = request.append_header(header);
            }
            if let Some(body) = ask.body {
                request = request.set_payload(body);
            }
            let response = test::call_service(&service, request.to_request()).await;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            // What is streamed has no end where it was cut short.
            let bytes = to_bytes(response.into_body()).await.unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let body = serde_json::from_str(&text).unwrap_or(Value::Null);
            Reply { status, headers, body, text, bytes: bytes.to_vec() }
        })
    })
}

/// A request that nothing is wrong with.
pub fn request() -> Value {
    json!({
        "title": "Summaries of support tickets by a hosted model",
        "kind": "ai_usage",
        "clauses": ["AIP-2.1"],
        "justification": "Agents read four hundred tickets a day in nine languages; summaries halve the time to the first answer, which is eleven hours today.",
        "alternatives": "The approved assistant was tried for two weeks; it cuts off after a page and does not know two of our languages.",
        "scope": {
            "systems": [{ "name": "Example LLM", "vendor": "Example Corp" }],
            "purpose": "Summaries for the agent who answers the ticket",
            "data_classes": ["internal"],
            "groups": ["support-agents"],
            "actions": ["summarise"],
            "business_unit": "service",
            "regions": ["eu"]
        },
        "duration_days": 90,
        "impact_if_denied": "Answers stay slow; customers wait a day longer.",
        "affected_teams": ["support"],
        "screening": {
            "harmful_manipulation": false,
            "emotion_inference": false,
            "social_scoring": false,
            "biometric_categorisation": false
        }
    })
}
