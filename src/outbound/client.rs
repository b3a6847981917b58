//! One request to somewhere outside (HTTP/1.1, RFC 9112), and what came back of it. It follows no redirect,
//! uses no proxy, keeps no cookie and no connection, and waits and reads no longer than it was told.

use std::{io::Read, sync::Arc, time::Duration};

use ureq::{
    Agent, Error,
    http::{self, HeaderMap, Request as Message, Response},
    tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem},
    unversioned::{
        resolver::{DefaultResolver, Resolver},
        transport::{Connector, RustlsConnector, TcpConnector},
    },
};

use super::{Address, PrivateHosts, Unfit, guard::Guard};

/// How much of an answer's body is read, in bytes.
const LONGEST_BODY: u64 = 64 << 10;
/// How much of an answer's head is read, in bytes.
const LONGEST_HEAD: usize = 16 << 10;
/// As whom we ask.
const AGENT: &str = concat!("Proviso/", env!("CARGO_PKG_VERSION"));

/// How requests leave.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The hosts of one's own network that may be asked.
    pub private_hosts: PrivateHosts,
    /// Certificate authorities in PEM that are trusted beside the system's.
    pub authority: Option<Vec<u8>>,
    /// For how long a connection is waited for.
    pub connect: Duration,
    /// How long all of it may take, from the name to the last byte of the answer.
    pub total: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let (connect, total) = (Duration::from_secs(5), Duration::from_secs(15));
        Self { private_hosts: PrivateHosts::default(), authority: None, connect, total }
    }
}

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Hands in.
    Post,
    /// Writes.
    Put,
    /// Writes a part.
    Patch,
}

/// A request. It has no `Debug`: headers, address and body may be secrets.
pub struct Request<'r> {
    /// What it does.
    pub method: Method,
    /// Where it goes.
    pub to: &'r Address,
    /// Its headers.
    pub headers: &'r [(&'r str, &'r str)],
    /// Its body; of `Get` none is sent.
    pub body: &'r [u8],
}

/// What came back, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The first 64 KiB of the body; bytes that are no UTF-8 are replaced.
    pub body: String,
    headers: HeaderMap,
}

impl Answer {
    /// A header, if there is one in ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Was it done?
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }
}

/// Why nothing came back. The sentences hold no more of an address than its host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// Its name leads where no request may go; nothing was connected.
    #[error("{0}")]
    Unfit(Unfit),
    /// The name has no address.
    #[error("the name of the host has no address")]
    NoHost,
    /// It took too long.
    #[error("no answer in time")]
    Timeout,
    /// The connection was refused, broke or said something that is not HTTP.
    #[error("{0}")]
    Broken(String),
}

/// What asks. Clones share everything.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
    permitted: PrivateHosts,
}

impl Client {
    /// A client that trusts the certificate authorities of this machine and those of the settings. An error
    /// says what is wrong with them.
    pub fn new(settings: &Settings) -> Result<Self, String> {
        Self::with_names(settings, DefaultResolver::default())
    }

    /// The same with names of its own.
    pub(super) fn with_names(settings: &Settings, names: impl Resolver) -> Result<Self, String> {
        let trusted = trusted(settings.authority.as_deref())?;
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&trusted))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent(AGENT)
            .max_idle_connections(0)
            .max_response_header_size(LONGEST_HEAD)
            .timeout_connect(Some(settings.connect))
            .timeout_global(Some(settings.total))
            .tls_config(tls.build());
        let way = ().chain(TcpConnector::default()).chain(RustlsConnector::default());
        let permitted = settings.private_hosts.clone();
        let guard = Guard { names, permitted: permitted.clone() };
        Ok(Self { agent: Agent::with_parts(config.build(), way, guard), permitted })
    }

    /// The hosts of one's own network that it may ask.
    pub const fn permitted(&self) -> &PrivateHosts {
        &self.permitted
    }

    /// Asks, and blocks until the answer is there or the time is over; never inside an async task.
    pub fn send(&self, request: &Request<'_>) -> Result<Answer, Failed> {
        let method = match request.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
            Method::Patch => http::Method::PATCH,
        };
        let mut message = Message::builder().method(method).uri(request.to.reveal());
        for (name, value) in request.headers {
            message = message.header(*name, *value);
        }
        let broken = |_| Failed::Broken("a header or the address has characters that HTTP does not know".to_owned());
        let answer = match request.method {
            Method::Get => self.agent.run(message.body(()).map_err(broken)?),
            Method::Post | Method::Put | Method::Patch => self.agent.run(message.body(request.body).map_err(broken)?),
        };
        answer.map(read).map_err(failed)
    }
}

/// What is there of an answer when the limit or the time is reached is all that counts of it.
fn read(answer: Response<ureq::Body>) -> Answer {
    let (head, body) = answer.into_parts();
    let mut bytes = Vec::new();
    if let Err(error) = body.into_reader().take(LONGEST_BODY).read_to_end(&mut bytes) {
        tracing::debug!(%error, status = head.status.as_u16(), "the body of an answer broke off");
    }
    let body = String::from_utf8_lossy(&bytes).into_owned();
    Answer { status: head.status.as_u16(), body, headers: head.headers }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "another crate's errors, of which there may be more")]
fn failed(error: Error) -> Failed {
    match error {
        Error::Other(inner) => match inner.downcast::<Unfit>() {
            Ok(unfit) => Failed::Unfit(*unfit),
            Err(other) => Failed::Broken(other.to_string()),
        },
        Error::HostNotFound => Failed::NoHost,
        Error::Timeout(_) => Failed::Timeout,
        Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => Failed::Timeout,
        Error::Io(error) => Failed::Broken(format!("the connection failed: {error}")),
        Error::Rustls(error) => Failed::Broken(format!("TLS: {error}")),
        Error::Tls(what) => Failed::Broken(format!("TLS: {what}")),
        Error::Protocol(error) => Failed::Broken(format!("the answer is no HTTP: {error}")),
        Error::LargeResponseHeader(_, _) => Failed::Broken("the head of the answer is too long".to_owned()),
        other => Failed::Broken(format!("the request failed: {other}")),
    }
}

/// The authorities of this machine, and those in the text.
fn trusted(pem: Option<&[u8]>) -> Result<Vec<Certificate<'static>>, String> {
    let system = rustls_native_certs::load_native_certs().certs;
    let mut all: Vec<Certificate<'static>> =
        system.iter().map(|one| Certificate::from_der(one.as_ref()).to_owned()).collect();
    let before = all.len();
    for item in pem.into_iter().flat_map(parse_pem) {
        match item {
            Ok(PemItem::Certificate(one)) => all.push(one),
            Ok(_) => return Err("write certificates in PEM and nothing else".to_owned()),
            Err(error) => return Err(format!("is not PEM: {error}")),
        }
    }
    if pem.is_some() && all.len() == before {
        return Err("has no certificate; write it in PEM".to_owned());
    }
    Ok(all)
}
