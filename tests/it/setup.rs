//! The first run: an empty database, and a link that makes one administrator, once.

use actix_web::http::Method;
use proviso::{
    app::{App, Timing},
    clock::{Clock, Random},
    config::Config,
    store::ClockTrust,
};
use serde_json::json;

use crate::world::{Ask, BEGINNING, ORIGIN, Reply, in_schema, own_schema, sender};

/// A service without anybody.
struct Empty {
    app: App,
    clock: Clock,
    send: Box<dyn Fn(Ask) -> Reply>,
    _folder: tempfile::TempDir,
}

impl Empty {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match std::env::var("PROVISO_TEST_PG").ok().map(|server| own_schema(&server)) {
            Some((server, name)) => in_schema(&server, &name),
            None => format!("sqlite:{}", folder.path().join("empty.sqlite").display()),
        };
        let overrides = [
            ("database.url".to_owned(), url),
            ("attachments.path".to_owned(), folder.path().join("attachments").display().to_string()),
        ];
        let config = Config::load(None, std::iter::empty(), &overrides).unwrap();
        let clock = Clock::moved(BEGINNING.parse().unwrap());
        let timing = Timing { clock: clock.clone(), trust: ClockTrust::Moved, random: Random::seeded(77) };
        let app = App::open(config, timing).unwrap();
        let send = sender(&app);
        Self { app, clock, send, _folder: folder }
    }

    /// The path of a fresh link.
    fn link(&self) -> String {
        self.app.setup_link().unwrap().0.strip_prefix(ORIGIN).unwrap().to_owned()
    }

    fn get(&self, path: &str) -> Reply {
        (self.send)(Ask { method: Method::GET, path: path.to_owned(), headers: Vec::new(), body: None })
    }

    fn form(&self, path: &str, body: &str, origin: &str) -> Reply {
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", origin)];
        self.send(path, headers, body)
    }

    fn json(&self, path: &str, body: &serde_json::Value) -> Reply {
        self.send(path, [("content-type", "application/json"), ("origin", ORIGIN)], &body.to_string())
    }

    fn send(&self, path: &str, headers: [(&str, &str); 2], body: &str) -> Reply {
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let body = Some(body.as_bytes().to_vec());
        (self.send)(Ask { method: Method::POST, path: path.to_owned(), headers, body })
    }

    fn signs_in(&self) -> u16 {
        let body = json!({ "email": "ada@example.org", "password": "correct horse battery" });
        self.json("/v1/session", &body).status
    }
}

const ADA: &str = "name=Ada+Admin&email=ada%40example.org&password=correct+horse+battery";

#[test]
fn the_links_page_makes_one_administrator_once() {
    let empty = Empty::new();
    let link = empty.link();
    for _ in 0..3 {
        let page = empty.get(&link);
        assert_eq!(page.status, 200);
        assert!(page.text.contains("<form method=\"post\">") && !page.text.contains("<script"), "{}", page.text);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self'"), "{policy}");
    }
    assert_eq!(empty.form(&link, ADA, "https://elsewhere.example").status, 403);
    assert_eq!(empty.signs_in(), 401);
    let short = empty.form(&link, "name=Ada&email=ada%40example.org&password=short", ORIGIN);
    assert_eq!(short.status, 422);
    assert!(short.text.contains("at least 12 characters"), "{}", short.text);
    assert_eq!(empty.form(&link, ADA, ORIGIN).status, 201);
    assert_eq!(empty.signs_in(), 201);
    assert_eq!(empty.form(&link, ADA, ORIGIN).status, 404);
    assert!(empty.app.setup_link().is_err(), "there is somebody now");
}

#[test]
fn links_that_do_not_hold_look_alike() {
    let empty = Empty::new();
    let replaced = empty.link();
    let expired = empty.link();
    let answers = |path: &str| {
        let (seen, sent) = (empty.get(path), empty.form(path, ADA, ORIGIN));
        (seen.status, seen.text, sent.status, sent.text)
    };
    empty.clock.advance(std::time::Duration::from_mins(31));
    let wanted = answers("/setup/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!((wanted.0, wanted.2), (404, 404));
    for bad in [replaced.as_str(), expired.as_str(), "/setup/x"] {
        assert_eq!(answers(bad), wanted, "{bad}");
    }
    assert!(empty.app.is_empty().unwrap());
}

#[test]
fn the_interface_sets_up_too_and_everything_or_nothing() {
    let empty = Empty::new();
    let secret = empty.link().rsplit('/').next().unwrap().to_owned();
    let body = |link: &str| json!({ "link": link, "name": "Ada", "email": "ada@example.org", "password": "correct horse battery" });
    assert_eq!(empty.json("/v1/setup", &body("nonsense")).code(404), "not_found");
    let wrong = json!({ "link": secret, "name": "Ada", "email": "ada", "password": "correct horse battery" });
    assert_eq!(empty.json("/v1/setup", &wrong).code(422), "invalid_value");
    let made = empty.json("/v1/setup", &body(&secret)).expect(201);
    assert!(made["person"].is_string());
    assert_eq!(empty.json("/v1/setup", &body(&secret)).code(404), "not_found");
    assert_eq!(empty.signs_in(), 201);
}
