//! A real store with people, sessions and tokens, and an answer read whole.

use std::{collections::HashMap, sync::Arc};

use actix_web::{body::MessageBody, dev::ServiceResponse, http::header::HeaderMap, test::TestRequest, web::Data};
use serde_json::Value;

use crate::{
    app::{App, Timing, staff},
    clock::{Clock, Random},
    config::Config,
    domain::person::{By, Door},
    identity::{
        secret::{SessionSecret, TokenText},
        sign_in::{Admitted, Within},
    },
    store::ClockTrust,
    web::{Web, actor::Credential},
    words::{Hash, TokenId},
};

pub(super) const ORIGIN: &str = "http://127.0.0.1:8080";

pub(super) struct World {
    pub(super) web: Data<Web>,
    pub(super) sessions: HashMap<String, SessionSecret>,
    pub(super) tokens: HashMap<String, TokenText>,
    _folder: tempfile::TempDir,
}

fn admitted(by: By) -> Admitted {
    Admitted { by, within: Within::Everything }
}

pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
    pub(super) body: Value,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// Code and first pointer of a problem.
    #[track_caller]
    pub(super) fn problem(self, status: u16) -> (String, String) {
        assert!(self.header("content-type").starts_with("application/problem+json"), "{}", self.text);
        let body = self.expect(status);
        assert_eq!(body["status"], status);
        assert!(
            body["request_id"].is_string()
                && body["type"] == format!("/problems/{}", body["code"].as_str().expect("a code"))
        );
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&body["code"]), text(&body["errors"][0]["pointer"]))
    }
}

impl World {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name).display().to_string();
        let overrides = [
            ("database.url".to_owned(), format!("sqlite:{}", at("world.sqlite"))),
            ("database.readers".to_owned(), "2".to_owned()),
            ("attachments.path".to_owned(), at("attachments")),
            ("attachments.max_bytes".to_owned(), "100000".to_owned()),
            ("server.max_body_bytes".to_owned(), "65536".to_owned()),
        ];
        let config = Config::load(None, std::iter::empty(), &overrides).expect("a configuration");
        let clock = Clock::moved("2026-03-02T09:00:00Z".parse().expect("a time"));
        let timing = Timing { clock, trust: ClockTrust::Moved, random: Random::seeded(1) };
        let service = App::open(config, timing).expect("a service");
        let random = Random::seeded(2);
        let (mut by, mut sessions, mut tokens) = (HashMap::<Hash, By>::new(), HashMap::new(), HashMap::new());
        for guest in staff(&service).expect("staff") {
            let first = guest.name.split(' ').next().expect("a name").to_lowercase();
            let (session, token) =
                (SessionSecret::draw(&random).expect("a secret"), TokenText::draw(&random).expect("a secret"));
            let signed_in = service.desk().clock().now();
            by.insert(session.hash(), By::Person { id: guest.id, door: Door::Session(signed_in) });
            by.insert(token.hash(), By::Person { id: guest.id, door: Door::Token(TokenId(guest.id.0)) });
            sessions.insert(first.clone(), session);
            tokens.insert(first, token);
        }
        let whose = move |_: &crate::desk::Desk, credential: &Credential| {
            Ok(match credential {
                Credential::Session(secret) => by.get(&secret.hash()).cloned().map(admitted),
                Credential::Token(text) => by.get(&text.hash()).cloned().map(admitted),
            })
        };
        let web = Web { identify: Arc::new(whose), ..service.web() };
        Self { web: Data::new(web), sessions, tokens, _folder: folder }
    }

    pub(super) fn session(&self, who: &str) -> (&'static str, String) {
        ("cookie", format!("proviso={}", self.sessions[who].reveal()))
    }

    pub(super) fn token(&self, who: &str) -> (&'static str, String) {
        ("authorization", format!("Bearer {}", self.tokens[who].reveal()))
    }

    /// A request of somebody's token.
    pub(super) fn by(&self, who: &str, request: TestRequest) -> TestRequest {
        request.insert_header(self.token(who))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.web.desk.store().shutdown();
    }
}

pub(super) async fn read(response: ServiceResponse) -> Reply {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = match response.into_body().try_into_bytes() {
        Ok(bytes) => bytes,
        Err(body) => actix_web::body::to_bytes(body).await.unwrap_or_default(),
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Reply { status, headers, text, body }
}
