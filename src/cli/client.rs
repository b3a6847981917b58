//! The command line as a client: requests to a running service, in a person's session or with an API token,
//! and its problems told with what to do about them. It knows no route.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use clap::Args;
use serde_json::Value;
use ureq::{
    Agent,
    http::{Method, Request, Response, StatusCode},
    tls::{Certificate, RootCerts, TlsConfig},
};

use super::{Code, Failure, file::seen_enough, output::inert, session::Session};
use crate::{clock::Random, config::Config, web::problem::codes, words::Hash};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// The longest answer that is read, in bytes.
const LONGEST: u64 = 64 << 20;

/// Which service, and who asks it.
#[derive(Debug, Args)]
pub(super) struct Asking {
    /// The service, such as https://proviso.example.org.
    #[arg(long, global = true, value_name = "URL")]
    server: Option<String>,
    /// The mail address of whoever signs in.
    #[arg(long = "as", global = true, value_name = "ADDRESS")]
    who: Option<String>,
}

impl Asking {
    /// The flags as settings that lie over all others.
    pub(super) fn overrides(&self) -> Vec<(String, String)> {
        let set = |key: &str, value: &Option<String>| value.clone().map(|value| (key.to_owned(), value));
        [set("client.url", &self.server), set("client.email", &self.who)].into_iter().flatten().collect()
    }
}

/// What is sent along.
#[derive(Clone, Copy)]
enum Sent<'s> {
    Nothing,
    Json(&'s Value),
    /// A file of this name, as the one part of a form.
    File(&'s str, &'s [u8]),
}

/// Who has to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// A person or a machine: an API token if there is one.
    Anybody,
    /// A person, in a session.
    Person,
}

/// A service to ask.
pub(super) struct Service {
    agent: Agent,
    at: String,
    token: Option<String>,
    email: Option<String>,
    session: Option<Session>,
    /// The version that is to be changed.
    tag: Option<String>,
}

impl Service {
    /// The configured service; nothing is asked yet.
    pub(super) fn of(config: &Config) -> Self {
        let at = config.client.url.clone().unwrap_or_else(|| config.public_url()).as_str().to_owned();
        let session = Session::kept(&at, config.client.email.as_deref());
        let token = config.client.token.as_ref().map(|token| token.reveal().to_owned());
        Self { agent: agent(&at, Some(PATIENCE)), email: config.client.email.clone(), token, session, tag: None, at }
    }

    /// Reads something.
    pub(super) fn get(&mut self, path: &str) -> Result<Value, Failure> {
        self.ask(Who::Anybody, &(Method::GET, path), Sent::Nothing)
    }

    /// Asks for something to be done.
    pub(super) fn post(&mut self, who: Who, path: &str, body: &Value) -> Result<Value, Failure> {
        self.ask(who, &(Method::POST, path), Sent::Json(body))
    }

    /// Sends a file.
    pub(super) fn upload(&mut self, path: &str, (name, bytes): (&str, &[u8])) -> Result<Value, Failure> {
        self.ask(Who::Anybody, &(Method::POST, path), Sent::File(name, bytes))
    }

    /// Puts something in its place.
    pub(super) fn put(&mut self, who: Who, path: &str, body: &Value) -> Result<Value, Failure> {
        self.ask(who, &(Method::PUT, path), Sent::Json(body))
    }

    /// Changes the record at `path` as it is at this moment: what somebody else changes meanwhile is refused.
    pub(super) fn amend(&mut self, path: &str, change: &Value) -> Result<Value, Failure> {
        // Signs in where that is needed, so that the second answer is the record's.
        self.get(path)?;
        let read = self.send(&(Method::GET, path), Sent::Nothing, (self.token.as_deref(), None))?;
        let tag = read.headers().get("etag").and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_owned();
        self.tag = Some(tag);
        let changed = self.ask(Who::Anybody, &(Method::PATCH, path), Sent::Json(change));
        self.tag = None;
        changed
    }

    /// Takes something away.
    pub(super) fn delete(&mut self, path: &str) -> Result<Value, Failure> {
        self.ask(Who::Anybody, &(Method::DELETE, path), Sent::Nothing)
    }

    /// Copies what stands at `path` to `to`, however long it is.
    pub(super) fn download(&mut self, path: &str, to: &mut impl Write) -> Result<(), Failure> {
        self.agent = agent(&self.at, None);
        if self.token.is_none() && self.session.is_none() {
            self.sign_in()?;
        }
        let mut answer = self.send(&(Method::GET, path), Sent::Nothing, (self.token.as_deref(), None))?;
        if self.token.is_none() && answer.status() == StatusCode::UNAUTHORIZED {
            self.sign_in()?;
            answer = self.send(&(Method::GET, path), Sent::Nothing, (None, None))?;
        }
        if !answer.status().is_success() {
            let (status, told) = read(answer)?;
            return done(status, told).map(drop);
        }
        let length = answer.headers().get("content-length").and_then(|value| value.to_str().ok()?.parse().ok());
        let bar = super::output::bar(length.unwrap_or(0));
        let broke = |error| Failure::told(Code::Unreachable, format!("the answer broke off: {error}"));
        let copied = io::copy(&mut bar.wrap_read(answer.into_body().into_reader()), to);
        seen_enough(copied.and_then(|_| to.flush())).map_err(broke)?;
        bar.finish_and_clear();
        Ok(())
    }

    /// Every member of a list, page after page, up to `most`.
    pub(super) fn list(&mut self, path: &str, most: usize) -> Result<Vec<Value>, Failure> {
        let mut found = Vec::new();
        let mut next = path.to_owned();
        loop {
            let mut page = self.get(&next)?;
            if let Some(items) = page.get_mut("items").and_then(Value::as_array_mut) {
                found.append(items);
            }
            found.truncate(most);
            match page.get("next_cursor").and_then(Value::as_str).filter(|_| found.len() < most) {
                Some(cursor) => {
                    let mark = if path.contains('?') { '&' } else { '?' };
                    next = format!("{path}{mark}cursor={}", encoded(cursor));
                }
                None => return Ok(found),
            }
        }
    }

    /// Asks once, and once more after signing in where the session is missing, over, or not fresh enough.
    fn ask(&mut self, who: Who, to: &(Method, &str), body: Sent<'_>) -> Result<Value, Failure> {
        let key = match to.0 {
            Method::POST => Some(Random::system()?.uuid_v4()?.to_string()),
            _ => None,
        };
        let token = self.token.clone().filter(|_| who == Who::Anybody);
        if token.is_none() && self.session.is_none() {
            self.sign_in()?;
        }
        let answer = self.send(to, body, (token.as_deref(), key.as_deref()))?;
        let (status, told) = read(answer)?;
        let code = told.get("code").and_then(Value::as_str).unwrap_or_default();
        if token.is_none() && (code == codes::UNAUTHENTICATED.code || code == codes::STEP_UP_REQUIRED.code) {
            self.sign_in()?;
            let (status, told) = read(self.send(to, body, (None, key.as_deref()))?)?;
            return done(status, told);
        }
        done(status, told)
    }

    fn sign_in(&mut self) -> Result<(), Failure> {
        let typed = super::session::typed(self.email.as_deref(), &self.at)?;
        let body = serde_json::json!({ "email": typed.email, "password": typed.password });
        let answer = self.send(&(Method::POST, "/v1/session"), Sent::Json(&body), (None, None))?;
        let cookie = answer.headers().get("set-cookie").and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|value| value.split(';').next()).unwrap_or_default().to_owned();
        let (status, told) = read(answer)?;
        done(status, told)?;
        let session = Session { at: self.at.clone(), email: typed.email, cookie };
        session.keep()?;
        self.session = Some(session);
        Ok(())
    }

    fn send(
        &self,
        (method, path): &(Method, &str),
        body: Sent<'_>,
        (token, key): (Option<&str>, Option<&str>),
    ) -> Result<Response<ureq::Body>, Failure> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.at));
        request = request.header("accept", "application/json").header("origin", &self.at);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        } else if let Some(session) = &self.session {
            request = request.header("cookie", &session.cookie);
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(tag) = self.tag.as_ref().filter(|_| method == Method::PATCH) {
            request = request.header("if-match", tag);
        }
        let sent = match body {
            Sent::Json(body) => {
                let kind = if method == Method::PATCH { "application/merge-patch+json" } else { "application/json" };
                let request = request.header("content-type", kind).body(body.to_string());
                self.agent.run(request?)
            }
            Sent::File(name, bytes) => {
                let (kind, form) = form(name, bytes);
                self.agent.run(request.header("content-type", kind).body(form)?)
            }
            Sent::Nothing => self.agent.run(request.body(())?),
        };
        sent.map_err(|error| Failure::told(Code::Unreachable, format!("{} does not answer: {error}", self.at)))
    }
}

/// A form with one file (RFC 7578), and its type: its boundary stands nowhere in the file.
fn form(name: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    let boundary = format!("proviso-{:.32}", Hash::of(bytes).to_string());
    let kept = |one: char| if one == '"' || one.is_control() { '_' } else { one };
    let name: String = name.chars().map(kept).collect();
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    let form = [head.as_bytes(), bytes, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
    (format!("multipart/form-data; boundary={boundary}"), form)
}

/// An agent that follows nobody elsewhere, and trusts whom this machine trusts.
fn agent(at: &str, patience: Option<Duration>) -> Agent {
    let mut settings = Agent::config_builder().http_status_as_error(false).max_redirects(0).timeout_global(patience);
    if at.starts_with("https://") {
        let trusted = rustls_native_certs::load_native_certs().certs;
        let trusted: Vec<Certificate<'static>> =
            trusted.iter().map(|one| Certificate::from_der(one.as_ref()).to_owned()).collect();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&trusted))
            .unversioned_rustls_crypto_provider(provider);
        settings = settings.tls_config(tls.build());
    }
    settings.build().new_agent()
}

fn read(answer: Response<ureq::Body>) -> Result<(StatusCode, Value), Failure> {
    let status = answer.status();
    let text = answer.into_body().into_with_config().limit(LONGEST).read_to_string();
    let text = text.map_err(|error| Failure::told(Code::Unreachable, format!("the answer broke off: {error}")))?;
    if text.is_empty() {
        return Ok((status, Value::Null));
    }
    match serde_json::from_str(&text) {
        Ok(value) => Ok((status, value)),
        Err(_) => {
            Err(Failure::told(Code::Failed, format!("status {status}, and not JSON: is this a Proviso service?")))
        }
    }
}

fn done(status: StatusCode, told: Value) -> Result<Value, Failure> {
    if status.is_success() { Ok(told) } else { Err(Failure::told(Code::Failed, problem(status, &told))) }
}

/// A problem (RFC 9457) in a few lines: what, where, by which rule, and what to do.
fn problem(status: StatusCode, told: &Value) -> String {
    let text = |pointer: &str| told.pointer(pointer).and_then(Value::as_str).map(inert);
    let code = text("/code").unwrap_or_else(|| status.to_string());
    let mut lines = vec![format!("{code}: {}", text("/detail").unwrap_or_default())];
    for error in told.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let part = |name: &str| error.get(name).and_then(Value::as_str).map(inert).unwrap_or_default();
        lines.push(format!("  at {}: {} ({})", part("pointer"), part("detail"), part("code")));
    }
    lines.extend(text("/citation/text").map(|rule| format!("  rule: {rule}")));
    let remedy = codes::ALL.iter().find(|known| known.code == code).map(|known| format!("  remedy: {}", known.text));
    lines.extend(remedy);
    lines.extend(text("/request_id").map(|id| format!("  request: {id}")));
    lines.join("\n")
}

/// A text as one part of a query or a path (RFC 3986 §2.1).
pub(super) fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_problem_is_told_with_its_code_place_rule_and_remedy() {
        let told = problem(
            StatusCode::CONFLICT,
            &json!({
                "code": "dossier_changed", "detail": "it changed\u{1b}[2J", "request_id": "r-1",
                "errors": [{ "pointer": "/dossier", "code": "dossier_changed", "detail": "another hash" }],
                "citation": { "text": "rule 2" },
            }),
        );
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines[0], "dossier_changed: it changed\u{fffd}[2J");
        assert_eq!(lines[1], "  at /dossier: another hash (dossier_changed)");
        assert_eq!(lines[2], "  rule: rule 2");
        assert!(lines[3].starts_with("  remedy: Read the dossier again"), "{told}");
        assert_eq!(lines[4], "  request: r-1");
    }

    #[test]
    fn what_goes_into_an_address_is_encoded() {
        assert_eq!(encoded("a b/ü&c"), "a%20b%2F%C3%BC%26c");
    }
}
