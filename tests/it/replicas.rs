//! Several processes on one database: whatever happens to one of them, what is due is done, once, and what is
//! stopped stays stopped.

use std::{
    thread,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
use proviso::{
    app::{App, DEMO_PASSWORD, Timing},
    clock::{Clock, Random},
    desk::Asked,
    domain::{
        person::{By, Door},
        request::Request,
    },
    jobs::Running,
    store::{
        ClockTrust,
        automation::{Keeper, keeper},
    },
};
use serde_json::{Value, json};

use crate::{server::Server, world::World};

/// Drafts of the large scan; `PROVISO_SCAN` asks for more.
fn scan() -> i64 {
    std::env::var("PROVISO_SCAN").ok().and_then(|count| count.parse().ok()).unwrap_or(4_000)
}

/// A draft that nobody touches is withdrawn after so many days.
const LAPSE_DAYS: i64 = 30;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn count(world: &World, sql: &str) -> i64 {
    world.read(|conn| sql_query(sql).get_result::<Count>(conn).unwrap()).count
}

/// How many drafts were withdrawn, and how many different ones.
fn withdrawn(world: &World) -> (i64, i64) {
    let of = |what: &str| count(world, &format!("SELECT COUNT({what}) AS count FROM leaves WHERE kind = 'withdrawn'"));
    (of("*"), of("DISTINCT subject"))
}

/// Waits for something that another process does.
#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(10);
    while !holds() {
        assert!(Instant::now() < deadline, "it never came to it: {what}");
        thread::park_timeout(Duration::from_millis(20));
    }
}

/// A world that begins so long ago that drafts of its first day have lapsed by now; then it is the present.
fn lapsed(drafts: usize) -> World {
    let now = Clock::system().now();
    let world = World::beginning(&[], now - chrono::Duration::days(LAPSE_DAYS + 1));
    draft(&world, drafts);
    world.clock.set(now);
    world
}

fn draft(world: &World, drafts: usize) {
    let (desk, rita) = (world.app.desk(), world.id("rita").parse().unwrap());
    let by = By::Person { id: rita, door: Door::Session(world.now()) };
    let mut left = drafts;
    while left > 0 {
        let some = left.min(500);
        let asked =
            || Asked { by: by.clone(), key: None, expected: None, command: Request::default(), openings: vec![] };
        let pending: Vec<_> = (0..some).map(|_| desk.draft("standard", asked()).unwrap()).collect();
        for one in pending {
            one.wait().unwrap();
        }
        left -= some;
    }
}

/// Somebody who is signed in at a process.
struct Client {
    agent: ureq::Agent,
    at: String,
    cookie: String,
}

impl Client {
    fn sign_in(server: &Server, who: &str) -> Self {
        let at = server.at.clone();
        let agent = ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).build());
        let body = json!({ "email": format!("{who}@example.com"), "password": DEMO_PASSWORD });
        let reply = agent.post(format!("{at}/v1/session")).header("origin", &at).send_json(&body).unwrap();
        assert_eq!(reply.status().as_u16(), 201);
        let cookie = reply.headers().get("set-cookie").unwrap().to_str().unwrap().split(';').next().unwrap().to_owned();
        Self { agent, at, cookie }
    }

    #[track_caller]
    fn expect(&self, status: u16, (method, path): (&str, &str), body: &Value) -> Value {
        let request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.at));
        let request = request.header("origin", &self.at).header("cookie", &self.cookie);
        let request = request.header("content-type", "application/json").body(body.to_string()).unwrap();
        let mut reply = self.agent.run(request).unwrap();
        let told = reply.body_mut().read_json::<Value>().unwrap_or(Value::Null);
        assert_eq!(reply.status().as_u16(), status, "{told}");
        told
    }
}

fn keeps(world: &World) -> Option<Keeper> {
    world.read(|conn| keeper(conn).unwrap())
}

#[test]
fn a_killed_process_loses_nothing_and_nothing_is_done_twice() {
    let world = lapsed(2_500);
    let folder = tempfile::tempdir().unwrap();
    let url = world.app.config().database.url.reveal().to_owned();
    let first = Server::serve(folder.path(), &url);
    until("the first process keeps time", || keeps(&world).is_some());
    let _others = [(); 2].map(|()| Server::serve(folder.path(), &url));
    until("its scan is under way", || withdrawn(&world).0 > 100);
    // It is killed, without a word to anybody.
    drop(first);
    until("another has taken over and finished", || withdrawn(&world).1 == 2_500);
    assert_eq!(withdrawn(&world), (2_500, 2_500));
    until("every run has ended", || count(&world, "SELECT COUNT(*) AS count FROM job_run WHERE ended_at IS NULL") == 0);
    assert!(keeps(&world).unwrap().hold.fence >= 2);
    assert_eq!(overlapping(&world), 0);
}

/// Runs of one job that were under way at the same time.
fn overlapping(world: &World) -> i64 {
    count(
        world,
        "SELECT COUNT(*) AS count FROM job_run a JOIN job_run b ON a.job = b.job AND a.tick < b.tick \
         WHERE b.begun_at < a.ended_at AND a.begun_at < b.begun_at",
    )
}

#[test]
fn a_process_that_was_stopped_for_longer_than_its_lease_does_nothing_more_of_it() {
    if std::env::var("PROVISO_TEST_PG").is_err() {
        // An SQLite file stays locked by a process that is stopped while it writes: nobody goes on, and nothing is lost.
        return;
    }
    let world = lapsed(2_500);
    let folder = tempfile::tempdir().unwrap();
    let url = world.app.config().database.url.reveal().to_owned();
    let first = Server::serve(folder.path(), &url);
    until("the first process keeps time", || keeps(&world).is_some());
    let before = keeps(&world).unwrap();
    let _others = [(); 2].map(|()| Server::serve(folder.path(), &url));
    until("its scan is under way", || withdrawn(&world).0 > 100);
    first.signal("STOP");
    until("another has taken over and finished", || withdrawn(&world).1 == 2_500);
    first.signal("CONT");
    assert_ne!(keeps(&world).unwrap().hold.owner, before.hold.owner);
    until("it answers again", || ureq::get(format!("{}/readyz", first.at)).call().is_ok());
    // Whatever it had in hand has been refused or was never asked for: one more run by hand, by the new keeper.
    let adam = Client::sign_in(&first, "adam");
    adam.expect(202, ("POST", "/v1/jobs/forget/run"), &json!({}));
    until("that run has ended", || {
        count(&world, "SELECT COUNT(*) AS count FROM job_run WHERE cause = 'hand' AND outcome = 'done'") == 1
    });
    assert_eq!(withdrawn(&world), (2_500, 2_500));
    assert_eq!(overlapping(&world), 0);
}

#[test]
fn a_kill_switch_thrown_during_a_scan_stops_every_process_and_the_rest_runs_once() {
    let all = scan();
    let world = lapsed(usize::try_from(all).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let url = world.app.config().database.url.reveal().to_owned();
    let servers = [(); 3].map(|()| Server::serve(folder.path(), &url));
    let [adam, gita, gustav] = ["adam", "gita", "gustav"].map(|who| Client::sign_in(&servers[1], who));
    until("the scan is under way", || withdrawn(&world).0 > all / 10);
    let halt = json!({ "scope": "all", "state": "halted", "reason": "Too many at once." });
    adam.expect(200, ("PUT", "/v1/automation"), &halt);
    let stopped = withdrawn(&world).0;
    assert!(stopped < all, "the switch was thrown in time");
    let late = "SELECT COUNT(*) AS count FROM leaves WHERE kind = 'withdrawn' \
        AND idx > (SELECT MAX(idx) FROM leaves WHERE kind = 'automation_halted')";
    assert_eq!(count(&world, late), 0, "no command of the clock stands after it");
    let preview = gita.expect(200, ("GET", "/v1/automation/preview?limit=1"), &json!({}));
    assert_eq!(preview["jobs"][0]["due"], json!(all - stopped));
    let change = gita.expect(202, ("PUT", "/v1/automation"), &json!({ "scope": "all", "state": "running" }));
    let begun = Instant::now();
    until("more than a second has gone by", || begun.elapsed() > Duration::from_secs(2));
    assert_eq!((count(&world, late), withdrawn(&world).0), (0, stopped));
    let path = format!("/v1/changes/{}/confirm", change["id"].as_str().unwrap());
    gustav.expect(200, ("POST", &path), &json!({ "hash": change["hash"] }));
    until("the rest has run", || withdrawn(&world).1 == all);
    assert_eq!(withdrawn(&world), (all, all));
}

/// A process of its own in all but name: an application with its own clock, and its jobs.
struct Replica {
    app: App,
    clock: Clock,
    _running: Running,
}

impl Replica {
    fn start(world: &World) -> Self {
        let clock = Clock::behind(Duration::ZERO);
        let timing = Timing { clock: clock.clone(), trust: ClockTrust::Checked, random: Random::system().unwrap() };
        let app = App::open(world.app.config().clone(), timing).unwrap();
        let running = app.jobs().unwrap().start().unwrap();
        Self { app, clock, _running: running }
    }
}

fn real() -> DateTime<Utc> {
    Clock::system().now()
}

#[test]
fn a_clock_that_jumps_by_a_day_makes_nothing_early_twice_or_forgotten() {
    if std::env::var("PROVISO_TEST_PG").is_err() {
        // The clock of an SQLite file is the machine's: there is no other to hold it against.
        return;
    }
    let world = lapsed(2_500);
    draft(&world, 200);
    let replicas = [(); 3].map(|()| Replica::start(&world));
    let _known = world.app.jobs().unwrap();
    let of_keeper = || {
        let owner = keeps(&world)?.hold.owner;
        replicas.iter().find(|replica| replica.app.desk().process() == owner)
    };
    for (day, asked) in [(1, 1), (-1, 2)] {
        until("a replica keeps time", || of_keeper().is_some());
        let jumping = of_keeper().unwrap();
        jumping.clock.set(real() + chrono::Duration::days(day));
        until("another keeps time", || keeps(&world).unwrap().hold.owner != jumping.app.desk().process());
        world.clock.set(real());
        world.post("adam", "/v1/jobs/forget/run", json!({})).expect(202);
        let done = "SELECT COUNT(*) AS count FROM job_run WHERE cause = 'hand' AND outcome = 'done'";
        until("what was asked for is done", || count(&world, done) == asked);
        jumping.clock.set(real());
    }
    until("what was due is done", || withdrawn(&world).1 == 2_500);
    assert_eq!(withdrawn(&world), (2_500, 2_500), "and nothing that is not due for a month");
    let falling = "SELECT COUNT(*) AS count FROM leaves a JOIN leaves b ON b.idx = a.idx + 1 WHERE b.at < a.at";
    assert_eq!(count(&world, falling), 0);
    let ahead = real() + chrono::Duration::seconds(2);
    let early = format!("SELECT COUNT(*) AS count FROM leaves WHERE at > {}", ahead.timestamp_micros());
    assert_eq!((count(&world, &early), overlapping(&world)), (0, 0));
}
