//! Letters on their way to a real mail server: TLS, AUTH, and whatever such a server may do to a letter.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
use proviso::{
    clock::Clock,
    jobs::Jobs,
    store::{
        StoreError,
        outbox::{OutboxCounts, counts},
    },
};
use serde_json::{Value, json};

use crate::world::World;

mod refused;

const NOTHING: OutboxCounts = OutboxCounts { waiting: 0, oldest_due_at: None, dead: 0 };

/// A mail server, stopped when it is dropped.
pub struct MailServer {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
    protection: &'static str,
}

/// A message that it took, and how it came.
struct Taken {
    text: String,
    facts: Value,
}

impl Taken {
    fn header(&self, name: &str) -> String {
        let found = self.text.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix(name));
        found.unwrap_or_else(|| panic!("no {name} in {}", self.text)).trim_start_matches(':').trim().to_owned()
    }
}

/// What `scripts/setup` installed.
pub fn python() -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_proviso")).ancestors().nth(2).unwrap();
    let python = target.join("tools/python/bin/python");
    assert!(python.exists(), "{} is not there: run scripts/setup", python.display());
    python
}

fn started(folder: &Path, port: u16, protection: &str) -> (Child, u16) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/smtp/server.py");
    let mut child = Command::new(python())
        .arg(script)
        .arg(folder)
        .args([&port.to_string(), protection])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
    (child, said.trim().parse().unwrap())
}

impl MailServer {
    pub fn new(protection: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (child, port) = started(folder.path(), 0, protection);
        Self { child, port, folder, protection }
    }

    fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn start_again(&mut self) {
        self.child = started(self.folder.path(), self.port, self.protection).0;
    }

    /// What it does from now on, by recipient; `*` is everybody else.
    fn rules(&self, rules: &Value) {
        fs::write(self.folder.path().join("rules.json"), rules.to_string()).unwrap();
    }

    fn taken(&self) -> Vec<Taken> {
        let mut names: Vec<PathBuf> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
            .collect();
        names.sort();
        let read = |path: &PathBuf| fs::read_to_string(path).unwrap();
        names.iter().map(|name| Taken { text: read(name), facts: read_json(&name.with_extension("json")) }).collect()
    }

    /// The messages as a mail program reads them.
    pub fn read(&self) -> Vec<Value> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/smtp/read.py");
        let read = Command::new(python()).arg(script).arg(self.folder.path()).output().unwrap();
        assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        String::from_utf8(read.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// How often each Message-ID came.
    fn ids(&self) -> BTreeMap<String, usize> {
        let mut ids = BTreeMap::new();
        self.taken().iter().for_each(|mail| *ids.entry(mail.header("Message-ID")).or_default() += 1);
        ids
    }

    /// The settings that lead to it.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("mail.transport", "smtp".to_owned()),
            ("mail.smtp.host", "localhost".to_owned()),
            ("mail.smtp.port", self.port.to_string()),
            ("mail.smtp.tls", self.protection.replace("plain", "none")),
            ("mail.smtp.ca_file", self.folder.path().join("ca.pem").display().to_string()),
            ("mail.smtp.username", "proviso".to_owned()),
            ("mail.smtp.password", "correct horse".to_owned()),
            ("mail.smtp.timeout", "1".to_owned()),
        ]
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// A world whose letters leave to a mail server.
struct Office {
    server: MailServer,
    world: World,
    jobs: Jobs,
}

impl Office {
    fn new() -> Self {
        Self::with(MailServer::new("starttls"), &[])
    }

    fn with(server: MailServer, more: &[(&'static str, &str)]) -> Self {
        let mut settings: BTreeMap<&str, String> = server.settings().into_iter().collect();
        settings.extend(more.iter().map(|(key, value)| (*key, (*value).to_owned())));
        let settings: Vec<(&str, &str)> =
            settings.iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| (*key, value.as_str())).collect();
        let world = World::with(&settings);
        let jobs = world.app.jobs().unwrap();
        Self { server, world, jobs }
    }

    /// A request that Rita submitted: two letters wait.
    fn submitted(&self) {
        let id = self.world.file();
        self.world.command("rita", &id, "submit", json!({})).expect(200);
    }

    fn run(&mut self) -> usize {
        self.jobs.run_due(self.world.now())
    }

    fn outbox(&self) -> OutboxCounts {
        self.world.read(|conn| counts(conn).unwrap())
    }

    fn letters(&self, state: &str) -> Vec<Value> {
        let found = self.world.get("adam", &format!("/v1/outbox?state={state}")).expect(200);
        found["items"].as_array().unwrap().clone()
    }
}

#[test]
fn letters_leave_under_tls_as_whom_the_server_knows() {
    for protection in ["starttls", "implicit"] {
        let mut office = Office::with(MailServer::new(protection), &[]);
        office.submitted();
        office.run();
        assert_eq!(office.outbox(), NOTHING, "{protection}: {:?}", office.letters("waiting"));
        let taken = office.server.taken();
        let to: Vec<&str> = taken.iter().map(|mail| mail.facts["to"][0].as_str().unwrap()).collect();
        assert!(to.contains(&"rita@example.com") && to.contains(&"rosa@example.com"), "{to:?}");
        for mail in &taken {
            assert_eq!((&mail.facts["tls"], &mail.facts["authenticated"]), (&json!(true), &json!(true)));
            assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
        }
    }
}

#[test]
fn nothing_leaves_to_a_server_that_cannot_be_trusted() {
    let untrusted: (MailServer, &[(&str, &str)]) = (MailServer::new("starttls"), &[("mail.smtp.ca_file", "")]);
    let without_tls: (MailServer, &[(&str, &str)]) =
        (MailServer::new("plain"), &[("mail.smtp.tls", "starttls"), ("mail.smtp.ca_file", "")]);
    for (server, settings) in [untrusted, without_tls] {
        let mut office = Office::with(server, settings);
        office.submitted();
        office.run();
        assert!(office.server.taken().is_empty());
        assert!(office.outbox().waiting > 0 && office.outbox().dead == 0);
    }
}

#[test]
fn a_wrong_password_gives_no_letter_up() {
    let mut office = Office::with(MailServer::new("starttls"), &[("mail.smtp.password", "wrong horse")]);
    office.submitted();
    office.run();
    assert!(office.server.taken().is_empty());
    let waiting = office.letters("waiting");
    assert!(waiting.iter().all(|letter| letter["last_error"].as_str().unwrap().contains("535")), "{waiting:?}");
    assert_eq!(office.outbox().dead, 0);
}

#[test]
fn what_is_refused_for_now_is_tried_again_and_leaves_once() {
    let mut office = Office::new();
    office.server.rules(&json!({ "*": "451 4.7.1 try again later" }));
    office.submitted();
    office.run();
    let waiting = office.letters("waiting");
    assert!(waiting.len() >= 2 && waiting[0]["last_error"].as_str().unwrap().contains("try again later"));
    office.server.rules(&json!({}));
    assert_eq!(office.run(), 0, "not before its time");
    office.world.hours(1);
    office.run();
    assert_eq!(office.outbox(), NOTHING);
    assert!(office.server.ids().values().all(|times| *times == 1));
}

#[test]
fn what_is_refused_for_good_is_given_up_at_once_in_the_servers_words() {
    let mut office = Office::new();
    office.server.rules(&json!({ "rita@example.com": "550 5.1.1 no such mailbox here" }));
    office.submitted();
    office.run();
    let dead = office.letters("dead");
    assert_eq!((dead.len(), office.outbox().waiting), (1, 0));
    assert_eq!(dead[0]["kind"], "received");
    assert!(dead[0]["last_error"].as_str().unwrap().contains("5.1.1 no such mailbox here"), "{}", dead[0]);
    assert!(office.server.taken().iter().any(|mail| mail.facts["to"][0] == "rosa@example.com"), "the others are sent");
}

#[test]
fn an_admin_sends_a_dead_letter_again_or_discards_it_and_the_record_says_so() {
    let mut office = Office::new();
    office.server.rules(&json!({ "rita@example.com": "550 5.1.1 no such mailbox here" }));
    (0..2).for_each(|_| office.submitted());
    office.run();
    office.server.rules(&json!({}));
    let ids: Vec<String> =
        office.letters("dead").iter().map(|letter| letter["id"].as_str().unwrap().to_owned()).collect();
    let at = |id: &str, verb: &str| format!("/v1/outbox/{id}/{verb}");
    assert_eq!(office.world.post("rita", &at(&ids[0], "retry"), json!({})).code(403), "forbidden");
    assert_eq!(office.world.get("rita", "/v1/outbox").code(403), "forbidden");
    let retried = office.world.post("adam", &at(&ids[0], "retry"), json!({})).expect(200);
    assert_eq!((retried["state"].as_str(), retried["attempts"].as_u64()), (Some("waiting"), Some(0)));
    let reason = json!({ "reason": "She was told by phone" });
    let discarded = office.world.post("adam", &at(&ids[1], "discard"), reason.clone()).expect(200);
    assert_eq!(discarded["state"], "discarded");
    office.run();
    assert_eq!(office.outbox(), NOTHING);
    let to_rita = office.server.taken().iter().filter(|mail| mail.facts["to"][0] == "rita@example.com").count();
    assert_eq!(to_rita, 1);
    assert_eq!(office.world.post("adam", &at(&ids[0], "discard"), reason).code(422), "letter_settled");
    let kinds = office.world.roster_kinds();
    assert!(kinds.ends_with(&["letter_retried".to_owned(), "letter_discarded".to_owned()]), "{kinds:?}");
}

#[test]
fn a_server_that_hangs_delays_no_other_letter() {
    let mut office = Office::new();
    office.server.rules(&json!({ "rita@example.com": "hang" }));
    office.submitted();
    office.run();
    assert!(office.server.taken().iter().any(|mail| mail.facts["to"][0] == "rosa@example.com"));
    let waiting = office.letters("waiting");
    assert_eq!((waiting.len(), &waiting[0]["kind"]), (1, &json!("received")));
}

#[test]
fn a_server_that_takes_a_letter_and_goes_away_gets_it_again_under_the_same_id() {
    let mut office = Office::new();
    office.server.rules(&json!({ "rita@example.com": "drop" }));
    office.submitted();
    office.run();
    assert_eq!(office.outbox().waiting, 1, "nobody said that it arrived");
    office.server.rules(&json!({}));
    office.world.hours(1);
    office.run();
    assert_eq!(office.outbox(), NOTHING);
    let mut times: Vec<usize> = office.server.ids().into_values().collect();
    times.sort_unstable();
    assert_eq!(times.last(), Some(&2));
    assert!(times[..times.len() - 1].iter().all(|times| *times == 1));
}

#[test]
fn a_decision_that_is_sent_again_has_the_same_link() {
    let mut office = Office::new();
    office.server.rules(&json!({ "boris@example.com": "drop" }));
    office.world.decided_on(1);
    office.run();
    office.server.rules(&json!({}));
    office.world.hours(1);
    office.run();
    let taken = office.server.taken();
    let to_boris = taken.iter().filter(|mail| mail.facts["to"][0] == "boris@example.com");
    let mails: Vec<&String> = to_boris.map(|mail| &mail.text).filter(|text| text.contains("/decide/")).collect();
    assert_eq!(mails.len(), 2, "{mails:?}");
    assert_eq!(mails[0], mails[1], "the same bytes on every try");
    let (mut other, store) = (office.world.app.jobs().unwrap(), office.world.app.desk().store());
    let again = "UPDATE outbox SET state = 'waiting' WHERE kind = 'decision_wanted'";
    let unsent = "UPDATE mailbox SET mailed_at = NULL WHERE kind = 'decision_wanted'";
    for sql in [again, unsent] {
        let done = store.write(move |tx| tx.look(|conn| Ok::<_, StoreError>(sql_query(sql).execute(conn)?)));
        assert!(done.unwrap().blocking_recv().unwrap().unwrap() > 0, "{sql}");
    }
    other.run_due(office.world.now());
    let sql = "SELECT COUNT(*) AS count FROM mail_links WHERE ended_at IS NULL GROUP BY person";
    let open: Vec<Count> = office.world.read(|conn| sql_query(sql).load(conn).unwrap());
    assert!(open.len() >= 3 && open.iter().all(|held| held.count == 2), "another process's link stands beside it");
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[test]
fn a_server_that_is_down_for_a_day_loses_nothing() {
    let mut office = Office::new();
    office.submitted();
    office.server.stop();
    for _ in 0..48 {
        office.run();
        office.world.minutes(30);
    }
    assert_eq!(office.outbox().dead, 0);
    assert!(office.outbox().waiting > 0);
    office.server.start_again();
    office.world.hours(3);
    office.run();
    assert_eq!(office.outbox(), NOTHING, "{:?}", office.letters("waiting"));
    assert!(office.server.ids().values().all(|times| *times == 1));
}

#[test]
fn one_readers_bad_address_is_given_up_and_the_others_are_tried_again() {
    let mut office = Office::new();
    let id = office.world.active();
    office.run();
    let rules = json!({ "gita@example.com": "550 5.1.1 no such mailbox", "gustav@example.com": "451 4.3.0 later" });
    office.server.rules(&rules);
    office.world.command("gita", &id, "suspend", json!({ "cause": "incident" })).expect(200);
    office.run();
    let dead = office.letters("dead");
    // One letter tells of it, and one asks what is to be answered before it is resumed.
    assert_eq!(dead.len(), 2, "{dead:?}");
    assert!(dead.iter().all(|letter| letter["last_error"].as_str().unwrap().contains("no such mailbox")));
    let waiting = office.letters("waiting");
    assert_eq!(waiting.len(), 2, "{waiting:?}");
    office.server.rules(&json!({}));
    office.world.hours(1);
    office.run();
    assert_eq!((office.outbox().waiting, office.outbox().dead), (0, 2));
    let ids = office.server.ids();
    assert!(ids.values().all(|times| *times == 1), "{ids:?}");
}

#[test]
fn a_server_that_is_down_for_an_hour_loses_nothing() {
    let mut office = Office::new();
    office.server.stop();
    office.submitted();
    for _ in 0..6 {
        office.run();
        office.world.minutes(10);
    }
    assert!(office.outbox().waiting >= 2 && office.outbox().dead == 0);
    office.server.start_again();
    office.world.hours(1);
    office.run();
    assert_eq!(office.outbox(), NOTHING);
    assert!(office.server.ids().values().all(|times| *times == 1));
}

#[test]
fn a_whole_life_reads_well_in_a_mail_program() {
    let mut office = Office::new();
    office.world.active();
    office.run();
    let mails = office.server.read();
    for mail in &mails {
        assert_eq!(mail["defects"], json!([]));
        assert_eq!(mail["text_words"], mail["html_words"], "{}", mail["text"]);
        assert!(mail["size"].as_u64().unwrap() < 30_000);
        assert_eq!(mail["headers"]["Auto-Submitted"], "auto-generated");
        let checkpoint = mail["headers"]["X-Proviso-Checkpoint"].as_str().unwrap();
        assert!(checkpoint.starts_with("size=") && checkpoint.contains("; root="), "{checkpoint}");
    }
    let rita: Vec<&Value> =
        mails.iter().filter(|mail| mail["headers"]["To"].as_str().unwrap().contains("rita@")).collect();
    let header = |mail: &Value, name: &str| mail["headers"][name].as_str().unwrap_or_default().to_owned();
    let about: Vec<String> = rita.iter().map(|mail| header(mail, "Subject")).collect();
    assert!(about[0].contains("request received") && about[2].contains("in effect"), "{about:?}");
    assert_eq!(header(rita[0], "In-Reply-To"), "");
    let (root, first) = (header(rita[0], "References"), header(rita[0], "Message-ID"));
    for later in &rita[1..] {
        assert_eq!(header(later, "In-Reply-To"), first);
        assert_eq!(header(later, "References"), format!("{root} {first}"));
    }
    assert!(rita[0]["calendar"].is_null());
    assert_eq!(rita[1]["calendar"].as_array().unwrap().len(), 2);
}

/// What `proviso` says on this world's database and mail server, and how it ends.
fn proviso(office: &Office, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proviso"));
    let config = office.world.app.config();
    command.args(arguments).args(["--set", &format!("database.url={}", config.database.url.reveal())]);
    command.args([
        "--set",
        &format!("attachments.path={}", config.attachments.path.display()),
        "--set",
        "log.level=error",
    ]);
    for (key, value) in office.server.settings() {
        command.args(["--set", &format!("{key}={value}")]);
    }
    let ran = command.output().unwrap();
    (ran.status.success(), format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr)))
}

#[test]
fn whoever_has_a_shell_tests_mail_and_mends_the_outbox() {
    let server = MailServer::new("starttls");
    let settings = server.settings();
    let settings: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let world = World::beginning(&settings, Clock::system().now());
    let jobs = world.app.jobs().unwrap();
    let mut office = Office { server, world, jobs };
    assert_eq!(proviso(&office, &["mail", "test", "ops@example.com"]), (true, "sent to ops@example.com\n".to_owned()));
    assert!(office.server.taken()[0].text.contains("Subject: Mail from Proviso arrives"));
    assert!(!proviso(&office, &["mail", "test", "nobody"]).0);
    office.server.rules(&json!({ "rita@example.com": "550 5.1.1 no such mailbox here" }));
    office.submitted();
    office.run();
    let (listed, letters) = proviso(&office, &["outbox", "list", "--state", "dead"]);
    let id = letters.lines().nth(1).unwrap().split(' ').next().unwrap().to_owned();
    assert!(listed && letters.lines().count() == 2, "{letters}");
    let (_, rows) = proviso(&office, &["--output", "jsonl", "outbox", "list", "--state", "dead"]);
    let row: Value = serde_json::from_str(rows.lines().next().unwrap()).unwrap();
    assert_eq!((row["id"].as_str(), &row["state"]), (Some(id.as_str()), &json!("dead")));
    assert!(proviso(&office, &["outbox", "show", &id]).1.contains("no such mailbox here"));
    assert!(proviso(&office, &["outbox", "retry", &id]).1.contains("waiting"));
    assert_eq!(proviso(&office, &["outbox", "retry", "--all"]), (true, "retried  0\n".to_owned()));
    let (discarded, letter) = proviso(&office, &["outbox", "discard", &id, "--reason", "told by phone"]);
    assert!(discarded && letter.contains("discarded"), "{letter}");
    assert!(!proviso(&office, &["outbox", "retry", &id]).0, "it is settled");
}
