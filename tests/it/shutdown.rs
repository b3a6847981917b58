//! The end of a process, and the figures that it told until then.

use std::{
    fs,
    io::Write,
    net::{TcpListener, TcpStream},
    path::PathBuf,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use proviso::app::DEMO_PASSWORD;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{server::Server, world::World};

/// Somebody who is signed in at a server.
struct Client {
    agent: ureq::Agent,
    at: String,
    cookie: String,
}

impl Client {
    fn sign_in(server: &Server) -> Self {
        Self::sign_in_as(server, "rita")
    }

    fn sign_in_as(server: &Server, who: &str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_idle_connections(0).build();
        let agent = ureq::Agent::new_with_config(config);
        let body = json!({ "email": format!("{who}@example.com"), "password": DEMO_PASSWORD });
        let at = server.at.clone();
        let reply = agent.post(format!("{at}/v1/session")).header("origin", &at).send_json(&body).unwrap();
        let cookie = reply.headers().get("set-cookie").unwrap().to_str().unwrap().split(';').next().unwrap().to_owned();
        Self { agent, at, cookie }
    }

    /// Drafts something; the status, or nothing if no answer came.
    fn draft(&self) -> Option<u16> {
        let request = self.agent.post(format!("{}/v1/exceptions", self.at));
        let request = request.header("origin", &self.at).header("cookie", &self.cookie);
        let mut reply = request.send_json(json!({})).ok()?;
        let whole = reply.body_mut().read_json::<Value>().is_ok();
        whole.then(|| reply.status().as_u16())
    }

    fn post(&self, path: &str) -> (u16, Value) {
        let request = self.agent.post(format!("{}{path}", self.at));
        let mut reply = request.header("origin", &self.at).header("cookie", &self.cookie).send_json(json!({})).unwrap();
        (reply.status().as_u16(), reply.body_mut().read_json().unwrap())
    }

    /// How much it may ask, as an answer tells.
    fn policy(&self) -> Option<String> {
        let request = self.agent.post(format!("{}/v1/exceptions", self.at));
        let reply = request.header("origin", &self.at).header("cookie", &self.cookie).send_json(json!({})).ok()?;
        Some(reply.headers().get("ratelimit-policy")?.to_str().ok()?.to_owned())
    }
}

/// Asks until it is so, for a minute at most.
fn soon(mut asked: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_mins(1);
    while Instant::now() < deadline {
        if asked() {
            return true;
        }
    }
    false
}

#[test]
fn whoever_was_heard_is_answered_before_the_end() {
    let world = World::at_present();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::serve(folder.path(), world.app.config().database.url.reveal());
    let client = Client::sign_in(&server);
    let (drafted, refused) = (AtomicU64::new(0), AtomicU64::new(0));
    let ended = thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(status) = client.draft() {
                    let counter = if status == 201 { &drafted } else { &refused };
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        while drafted.load(Ordering::Relaxed) < 50 {}
        server.terminate()
    });
    assert!(ended.success(), "{ended}");
    assert_eq!(refused.load(Ordering::Relaxed), 0);
    let found = world.read(|conn| {
        use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        let count: Count = sql_query("SELECT COUNT(*) AS count FROM exceptions").get_result(conn).unwrap();
        count.count
    });
    assert_eq!(u64::try_from(found).unwrap(), drafted.load(Ordering::Relaxed), "what was done was also told");
}

#[test]
fn the_metrics_have_a_port_of_their_own_and_name_nobody() {
    let world = World::at_present();
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings = [format!("metrics.listen=127.0.0.1:{port}")];
    let server = Server::serve_with(folder.path(), world.app.config().database.url.reveal(), &settings);
    let client = Client::sign_in(&server);
    let drafted = client.post("/v1/exceptions").1;
    let withdraw = || client.post(&format!("/v1/exceptions/{}/withdraw", drafted["id"].as_str().unwrap())).0;
    assert_eq!([withdraw(), withdraw()], [200, 409]);
    let read = |url: String| ureq::get(url).call().unwrap().body_mut().read_to_string().unwrap();
    let text = read(format!("http://127.0.0.1:{port}/metrics"));
    for line in [
        "proviso_commands_total{command=\"draft\",outcome=\"done\"} 1",
        "proviso_http_requests_total{method=\"POST\",route=\"/v1/exceptions\",status=\"201\"} 1",
        "proviso_commands_total{command=\"withdraw\",outcome=\"wrong_state\"} 1",
        "proviso_writer_queued 0",
        "proviso_writer_failures_total 0",
        "# TYPE proviso_http_seconds histogram",
        "# TYPE proviso_outbox_overdue_seconds gauge",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let figure = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap_or_else(|| panic!("{name}"));
        line.split(' ').nth(1).unwrap().parse::<f64>().unwrap()
    };
    assert!(figure("proviso_ledger_leaves") > 40.0);
    assert!(figure("proviso_writer_batches_total") >= 3.0 && figure("proviso_writer_batched_total") >= 3.0);
    assert!(figure("proviso_writer_commit_microseconds_total") > 0.0);
    assert!(!text.contains('@') && !text.contains(&world.id("rita")), "{text}");
    assert!(ureq::get(format!("{}/metrics", server.at)).call().is_err(), "nor does the service itself tell them");
}

/// A service with settings that its administrator changes.
struct Reloaded {
    world: World,
    file: PathBuf,
    server: Server,
    adam: Client,
    _folder: TempDir,
}

impl Reloaded {
    fn begin() -> Self {
        let (world, folder) = (World::at_present(), tempfile::tempdir().unwrap());
        let file = folder.path().join("proviso.toml");
        fs::write(&file, "[limits]\nrequests_per_minute = 20000\n").unwrap();
        let server = Server::serve_from(&file, folder.path(), world.app.config().database.url.reveal());
        let adam = Client::sign_in_as(&server, "adam");
        Self { world, file, server, adam, _folder: folder }
    }
}

#[test]
fn settings_are_taken_up_anew_while_people_go_on() {
    let Reloaded { world, file, server, adam, _folder } = Reloaded::begin();
    let limit = |a_minute: u32| fs::write(&file, format!("[limits]\nrequests_per_minute = {a_minute}\n")).unwrap();
    let reload = |client: &Client| client.post("/v1/reload");
    assert_eq!(reload(&Client::sign_in(&server)).0, 403);
    fs::write(&file, "[limits]\nrequests_per_minute = \"many\"\n[mail]\ntransport = \"pigeon\"\n").unwrap();
    let (status, told) = reload(&adam);
    assert_eq!((status, &told["code"], told["errors"].as_array().unwrap().len()), (422, &json!("settings_wrong"), 2));
    fs::write(&file, "[server]\nworkers = 1\n[log]\nformat = \"json\"\n").unwrap();
    assert_eq!(reload(&adam).1["code"], "settings_fixed");
    fs::write(&file, "[calendar]\nholidays = \"/nowhere/holidays.ics\"\n").unwrap();
    let (status, told) = reload(&adam);
    assert_eq!((status, &told["code"]), (422, &json!("settings_wrong")), "a file that is not there: {told}");
    limit(7_777);
    let (asked, missed, over) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let client = Client::sign_in(&server);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let counter = if client.draft() == Some(201) { &asked } else { &missed };
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
        let told = reload(&adam);
        let taken = soon(|| client.policy().is_some_and(|policy| policy.contains("7777")));
        let before = asked.load(Ordering::Relaxed);
        let goes_on = soon(|| asked.load(Ordering::Relaxed) > before + 3);
        over.store(true, Ordering::Relaxed);
        assert_eq!(missed.load(Ordering::Relaxed), 0, "whoever came meanwhile waited");
        assert_eq!((told, taken, goes_on), ((202, json!({ "changed": ["limits"] })), true, true));
    });
    assert_eq!(world.roster_kinds().iter().filter(|kind| *kind == "settings_reloaded").count(), 1);
}

#[test]
fn somebody_who_sends_nothing_keeps_no_settings_from_being_taken_up() {
    let Reloaded { world: _world, file, server, adam, _folder } = Reloaded::begin();
    let mut silent = TcpStream::connect(server.at.trim_start_matches("http://")).unwrap();
    let head = "POST /v1/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n";
    silent.write_all(head.as_bytes()).unwrap();
    assert!(adam.draft().is_some(), "the head has arrived by now");
    fs::write(&file, "[limits]\nrequests_per_minute = 7777\n").unwrap();
    assert_eq!(adam.post("/v1/reload").0, 202);
    assert!(soon(|| adam.policy().is_some_and(|policy| policy.contains("7777"))));
    drop(silent);
}

#[test]
fn settings_that_name_no_procedure_are_refused_before_anything_is_noted() {
    let Reloaded { world, file, server: _server, adam, _folder } = Reloaded::begin();
    fs::write(&file, "[sop]\ndefault = \"nope\"\n").unwrap();
    let (status, told) = adam.post("/v1/reload");
    assert_eq!((status, &told["code"]), (422, &json!("settings_wrong")), "{told}");
    assert!(told["detail"].as_str().unwrap().contains("nope"), "{told}");
    assert!(!world.roster_kinds().contains(&"settings_reloaded".to_owned()));
}

#[test]
fn a_stop_is_heard_while_settings_are_taken_up() {
    let Reloaded { world: _world, file, server, adam, _folder } = Reloaded::begin();
    fs::write(&file, "[limits]\nrequests_per_minute = 501\n").unwrap();
    assert_eq!(adam.post("/v1/reload").0, 202);
    let ended = server.terminate();
    assert!(ended.success(), "{ended}");
}
