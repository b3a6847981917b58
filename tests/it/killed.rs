//! A process that sends letters and is killed, again and again: nothing is lost, and what leaves twice is
//! the one mail that was on its way, under the same id.

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    os::unix::process::ExitStatusExt,
    process::Command,
    sync::{
        Arc, Condvar, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Instant,
};

use chrono::Duration;
use diesel::{
    QueryableByName, RunQueryDsl, sql_query,
    sql_types::{BigInt, Integer},
};
use proviso::{
    clock::Clock,
    domain::letters::LetterKind,
    jobs::Jobs,
    store::{
        StoreError,
        outbox::{OutboxCounts, counts},
    },
};
use serde_json::json;
use uuid::Uuid;

use crate::{server::Server, world::World};

const MAILS: usize = 10_000;
/// After how many mails the process is killed, and whether the mail server says yes to the last of them first.
const KILLS: [(usize, bool); 5] = [(1_500, false), (3_000, true), (5_000, false), (7_000, true), (9_000, false)];

/// A server commits each mail by itself some milliseconds later than a file: there a fifth of them is enough.
fn share() -> usize {
    if std::env::var_os("PROVISO_TEST_PG").is_some() { 5 } else { 1 }
}

/// What a mail server has seen.
#[derive(Default)]
struct Seen {
    /// The id of each mail that came whole, in their order.
    ids: Vec<String>,
    /// Is somebody to be killed at the planned moments, and how many were?
    planned: bool,
    killed: usize,
    /// Whom to kill, and how much memory each victim had used at most, in kB.
    victim: Option<u32>,
    peaks: Vec<u64>,
    /// The clock that five seconds pass on with every mail.
    slow: Option<Clock>,
    /// Who is told when a mail has come, and says when it is answered.
    held: Option<(Sender<()>, Receiver<()>)>,
}

/// A mail server that takes everything, and kills whoever sends at the planned moments.
#[derive(Clone, Default)]
struct Sink {
    seen: Arc<Mutex<Seen>>,
    named: Arc<Condvar>,
}

impl Sink {
    fn start(&self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, sink) = (listener.local_addr().unwrap().port(), self.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let sink = sink.clone();
                thread::spawn(move || sink.talk(&stream));
            }
        });
        port
    }

    /// One connection, until its client goes away.
    fn talk(&self, stream: &TcpStream) -> Option<()> {
        stream.set_nodelay(true).ok()?;
        let mut lines = BufReader::new(stream).lines();
        let say = |words: &str| (&*stream).write_all(format!("{words}\r\n").as_bytes()).ok();
        say("220 sink")?;
        loop {
            let line = lines.next()?.ok()?;
            match line.get(..4)? {
                "DATA" => {
                    say("354 go on")?;
                    let first = lines.next()?.ok()?;
                    // With a byte of the answer goes the acknowledgement that the rest of the mail waits for
                    // (RFC 896), forty milliseconds before it would go by itself.
                    (&*stream).write_all(b"2").ok()?;
                    let mail = lines.by_ref().map_while(Result::ok).take_while(|line| line != ".");
                    let id = std::iter::once(first)
                        .chain(mail)
                        .filter_map(|line| line.strip_prefix("Message-ID: ").map(str::to_owned))
                        .last()?;
                    self.hold();
                    match self.take(id) {
                        Some(false) => self.kill(),
                        Some(true) => {
                            say("50 taken")?;
                            self.kill();
                        }
                        None => say("50 taken")?,
                    }
                }
                "QUIT" => return say("221 bye"),
                _ => say("250 sink")?,
            }
        }
    }

    /// Has one mail wait for its answer until somebody says so.
    fn hold(&self) -> Option<()> {
        let (came, go_on) = self.seen.lock().unwrap().held.take()?;
        came.send(()).ok()?;
        go_on.recv().ok()
    }

    /// Says who is killed next.
    fn aim_at(&self, server: &Server) {
        self.seen.lock().unwrap().victim = Some(server.id());
        self.named.notify_all();
    }

    /// Counts a mail; is somebody killed now, and does its sender hear a yes before?
    fn take(&self, id: String) -> Option<bool> {
        let mut seen = self.seen.lock().unwrap();
        seen.ids.push(id);
        seen.slow.iter().for_each(|clock| clock.advance(std::time::Duration::from_secs(5)));
        let many = seen.ids.len();
        // Nothing is answered while nobody is named, so that no kill is missed.
        let nobody = |seen: &mut Seen| seen.planned && seen.killed < KILLS.len() && seen.victim.is_none();
        let mut seen = self.named.wait_while(seen, nobody).unwrap();
        let (after, says) = KILLS.get(seen.killed).copied().filter(|_| seen.planned)?;
        if many < after / share() {
            return None;
        }
        seen.killed += 1;
        Some(says)
    }

    fn kill(&self) {
        let mut seen = self.seen.lock().unwrap();
        let Some(victim) = seen.victim.take() else { return };
        let status = fs::read_to_string(format!("/proc/{victim}/status")).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        seen.peaks.push(peak.trim().trim_end_matches(" kB").parse().unwrap());
        assert!(Command::new("kill").args(["-KILL", &victim.to_string()]).status().unwrap().success());
    }
}

/// Letters of every kind to everybody, so that more than ten thousand mails leave, and how many those are.
fn backlog(world: &World) -> usize {
    let told = [LetterKind::Received, LetterKind::TaskAssigned, LetterKind::DecisionWanted, LetterKind::Delegated];
    let kinds: Vec<&LetterKind> = LetterKind::ALL.iter().filter(|kind| !told.contains(kind)).collect();
    // Rosa holds the role, and nobody grants one to themselves.
    let others = world.guests.iter().filter(|guest| !["Rosa Reviewer", "Adam Admin"].contains(&guest.name));
    for guest in others.clone() {
        let role = json!({ "role": "completeness_reviewer", "domain": "/" });
        world.post("adam", &format!("/v1/people/{}/roles", guest.id), role).expect(201);
    }
    let (mut rows, now) = (Vec::new(), world.now().timestamp_micros());
    let readers = others.count() + 1;
    while rows.len() * readers < MAILS / share() {
        let id = world.file();
        world.command("rita", &id, "submit", json!({})).expect(200);
        for kind in &kinds {
            let letter = json!({ "kind": kind, "to": { "role": ["completeness_reviewer", ["/"]] }, "seq": 2 });
            let (payload, letter) =
                (json!({ "exception": id, "letter": letter }), Uuid::from_u128(rows.len().try_into().unwrap()));
            rows.push(format!("('{letter}', 'backlog/{letter}', '{kind}', '{payload}', 0, {now}, 'waiting')"));
        }
    }
    let insert = "INSERT INTO outbox (id, dedupe_key, kind, payload, attempts, next_at, state) VALUES";
    let sql = format!("{insert} {}", rows.join(", "));
    let store = world.app.desk().store();
    let done = store.write(move |tx| tx.look(|conn| Ok::<_, StoreError>(sql_query(&sql).execute(conn)?)));
    done.unwrap().blocking_recv().unwrap().unwrap() * readers
}

/// With so many connections.
fn settings(port: u16, connections: usize) -> [(&'static str, String); 5] {
    [
        ("mail.transport", "smtp".to_owned()),
        ("mail.smtp.host", "127.0.0.1".to_owned()),
        ("mail.smtp.port", port.to_string()),
        ("mail.smtp.tls", "none".to_owned()),
        ("mail.smtp.connections", connections.to_string()),
    ]
}

#[derive(QueryableByName)]
struct Most {
    #[diesel(sql_type = Integer)]
    most: i32,
}

#[test]
fn a_turn_that_outlasts_a_lease_keeps_what_it_claims() {
    let sink = Sink::default();
    let settings = settings(sink.start(), 1);
    let own: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let world = World::with(&own);
    let mut jobs = world.app.jobs().unwrap();
    for _ in 0..13 {
        let id = world.file();
        world.command("rita", &id, "submit", json!({})).expect(200);
    }
    sink.seen.lock().unwrap().slow = Some(world.clock.clone());
    jobs.run_due(world.now());
    assert!(sink.seen.lock().unwrap().ids.len() >= 26, "two minutes of mails");
    assert_eq!(world.read(|conn| counts(conn).unwrap()).waiting, 0);
    let most = "SELECT MAX(attempts) AS most FROM outbox";
    assert_eq!(world.read(|conn| sql_query(most).get_result::<Most>(conn).unwrap().most), 1);
}

#[derive(QueryableByName)]
struct Until {
    #[diesel(sql_type = BigInt)]
    until: i64,
}

/// Until when what is in hand is held, in microseconds.
fn held_until(world: &World) -> i64 {
    let sql = "SELECT COALESCE(MAX(lease_until), 0) AS until FROM outbox WHERE state = 'waiting'";
    world.read(|conn| sql_query(sql).get_result::<Until>(conn).unwrap().until)
}

#[test]
fn what_a_slow_server_takes_long_for_is_nobody_elses() {
    let sink = Sink::default();
    let settings = settings(sink.start(), 1);
    let own: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let world = World::with(&own);
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200);
    let ((came, comes), (go_on, goes_on)) = (channel(), channel());
    sink.seen.lock().unwrap().held = Some((came, goes_on));
    let beat = std::time::Duration::from_millis(5);
    let (mut slow, mut other) = (world.app.jobs().unwrap().beating(beat), world.app.jobs().unwrap());
    let now = world.now();
    thread::scope(|scope| {
        // Dropped with this closure, so that whatever fails here lets the mail go on.
        let go_on = go_on;
        scope.spawn(move || slow.run_due(now));
        comes.recv().unwrap();
        let begun = Instant::now();
        for _ in 0..4 {
            world.clock.advance(std::time::Duration::from_secs(50));
            let renewed = (world.now() + Duration::seconds(59)).timestamp_micros();
            while held_until(&world) < renewed && begun.elapsed().as_secs() < 60 {
                thread::yield_now();
            }
            assert!(held_until(&world) >= renewed, "it is held on to");
            other.run_due(world.now());
            assert!(sink.seen.lock().unwrap().ids.is_empty(), "nobody else sends what is in hand");
        }
        go_on.send(()).unwrap();
    });
    let seen = sink.seen.lock().unwrap();
    let ids: std::collections::BTreeSet<&String> = seen.ids.iter().collect();
    assert!(seen.ids.len() >= 2 && ids.len() == seen.ids.len(), "{:?}", seen.ids);
    assert_eq!(world.read(|conn| counts(conn).unwrap()).waiting, 0);
}

#[test]
fn what_was_found_while_another_mail_was_sent_is_found_anew_once_something_happened() {
    let sink = Sink::default();
    let settings = settings(sink.start(), 1);
    let own: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let world = World::with(&own);
    for _ in 0..3 {
        let id = world.file();
        world.command("rita", &id, "submit", json!({})).expect(200);
    }
    let ((came, comes), (go_on, goes_on)) = (channel(), channel());
    sink.seen.lock().unwrap().held = Some((came, goes_on));
    let (mut jobs, now) = (world.app.jobs().unwrap(), world.now());
    thread::scope(|scope| {
        let go_on = go_on;
        scope.spawn(move || jobs.run_due(now));
        comes.recv().unwrap();
        let always = json!({ "from": "00:00", "to": "23:59" });
        let wants = json!({ "language": "en", "zone": "UTC", "frequency": "immediate", "quiet_hours": always });
        for guest in &world.guests {
            let first = guest.name.split(' ').next().unwrap().to_lowercase();
            world.ask(&first, actix_web::http::Method::PUT, "/v1/me/preferences", Some(&wants)).expect(200);
        }
        go_on.send(()).unwrap();
    });
    assert_eq!(sink.seen.lock().unwrap().ids.len(), 1, "nobody else wants mail by now");
    assert!(world.read(|conn| counts(conn).unwrap()).waiting > 0, "it is held for them");
}

/// Mails that wait for senders which are killed one after the other.
struct Siege {
    sink: Sink,
    settings: Vec<String>,
    world: World,
    jobs: Jobs,
    mails: usize,
    folder: tempfile::TempDir,
}

impl Siege {
    fn over(connections: usize) -> Self {
        let sink = Sink::default();
        let settings = settings(sink.start(), connections);
        let own: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let world = World::beginning(&own, Clock::system().now());
        let jobs = world.app.jobs().unwrap();
        let mails = backlog(&world);
        let settings = settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
        sink.seen.lock().unwrap().planned = true;
        Self { sink, settings, world, jobs, mails, folder: tempfile::tempdir().unwrap() }
    }

    fn start(&self) -> Server {
        Server::serve_with(self.folder.path(), self.world.app.config().database.url.reveal(), &self.settings)
    }

    /// Waits until the sink has killed it.
    fn killed(&self, server: Server) {
        self.sink.aim_at(&server);
        assert_eq!(server.wait().signal(), Some(9), "it did not end by itself");
    }

    /// Lets what the killed had in hand be sent, a lease later: all of it came, and what came again came so often.
    fn ended(&mut self) -> Vec<usize> {
        self.world.clock.set(Clock::system().now() + Duration::seconds(89));
        self.jobs.run_due(self.world.now());
        let left = self.world.read(|conn| counts(conn).unwrap());
        assert_eq!(left, OutboxCounts { waiting: 0, oldest_due_at: None, dead: 0 });
        let seen = self.sink.seen.lock().unwrap();
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        seen.ids.iter().for_each(|id| *times.entry(id).or_default() += 1);
        assert!(times.len() >= self.mails, "{} of {} came", times.len(), self.mails);
        times.into_values().filter(|times| *times > 1).collect()
    }
}

#[test]
fn a_sender_that_is_killed_loses_nothing_and_repeats_one_mail_at_most() {
    let mut siege = Siege::over(1);
    for _ in KILLS {
        siege.killed(siege.start());
    }
    let twice = siege.ended();
    assert!(!twice.is_empty() && twice.len() <= KILLS.len() && twice.iter().all(|times| *times == 2), "{twice:?}");
    let seen = siege.sink.seen.lock().unwrap();
    let (first, last) = (seen.peaks[0], seen.peaks[KILLS.len() - 1]);
    assert!(first < last + 32_000, "a long backlog took {first} kB, the last of it {last} kB");
}

#[test]
fn two_senders_over_four_connections_each_lose_nothing_and_repeat_what_was_on_its_way() {
    let mut siege = Siege::over(4);
    let mut running = VecDeque::from([siege.start(), siege.start()]);
    for _ in KILLS {
        siege.killed(running.pop_front().unwrap());
        running.push_back(siege.start());
    }
    for server in running {
        assert!(server.terminate().success());
    }
    let repeated: usize = siege.ended().into_iter().map(|times| times - 1).sum();
    // A mail that is not answered may be that of the other, who is not killed, and sends it again as well.
    let unanswered = KILLS.iter().filter(|(_, answered)| !answered).count();
    assert!(repeated <= KILLS.len() * 4 + unanswered, "{repeated} came again");
}
