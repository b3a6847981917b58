//! Where the database is, from one URL whose scheme alone decides which database it is.
//! What it shows never contains a password; what it cannot serve safely it refuses by name.

use crate::store::StoreError;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// Query parameters added when the URL is silent: a dead server must be noticed in seconds.
const DEFAULTS: [(&str, &str); 4] = [
    ("fallback_application_name", "proviso"),
    ("connect_timeout", "5"),
    ("keepalives_idle", "30"),
    ("tcp_user_timeout", "20000"),
];

/// A parsed database address: `sqlite:path`, `postgres://…` or `postgresql://…`.
///
/// `Display` and `Debug` leave out the password and every query parameter.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(pub(super) Place);

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Place {
    File(String),
    Server(Server),
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) conninfo: String,
    shown: String,
    secrets: Vec<String>,
    bare: String,
    password: Option<String>,
}

impl DatabaseUrl {
    /// The file of an embedded database; `None` for a server.
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Place::File(path) => Some(Path::new(path)),
            Place::Server(_) => None,
        }
    }

    /// A server's address without its password, and that password: for a tool that connects by itself and
    /// whose arguments others can see.
    pub fn server(&self) -> Option<(&str, Option<&str>)> {
        match &self.0 {
            Place::File(_) => None,
            Place::Server(server) => Some((&server.bare, server.password.as_deref())),
        }
    }
}

impl Server {
    /// A driver's message without the password it may quote.
    pub(super) fn scrub(&self, message: &str) -> String {
        self.secrets.iter().fold(message.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::File(path) => write!(f, "sqlite:{path}"),
            Place::Server(server) => f.write_str(&server.shown),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

impl FromStr for DatabaseUrl {
    type Err = StoreError;

    fn from_str(url: &str) -> Result<Self, StoreError> {
        match url.split_once(':') {
            Some(("sqlite", path)) => file(path).map(Place::File).map(Self),
            Some((scheme @ ("postgres" | "postgresql"), rest)) => match rest.strip_prefix("//") {
                Some(rest) => server(scheme, rest).map(Place::Server).map(Self),
                None => Err(unsuitable(format!("a {scheme} URL begins with {scheme}://"))),
            },
            Some(_) | None => Err(unsuitable("the database URL must begin with sqlite:, postgres:// or postgresql://")),
        }
    }
}

fn unsuitable(reason: impl Into<String>) -> StoreError {
    StoreError::Unsuitable(reason.into())
}

fn file(path: &str) -> Result<String, StoreError> {
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() {
        return Err(unsuitable("sqlite: needs the path of a file"));
    }
    if path.contains(":memory:") {
        return Err(unsuitable(
            "sqlite::memory: is refused: each connection would see a database of its own, and the record would end with the process",
        ));
    }
    if path.starts_with("file:") || path.contains('?') {
        return Err(unsuitable("sqlite: takes a plain path, without file: and without parameters"));
    }
    Ok(path.to_owned())
}

/// Reads `[user[:password]@]location[?key=value&…]` (libpq, "Connection URIs").
fn server(scheme: &str, rest: &str) -> Result<Server, StoreError> {
    let (login, place) = match rest.split_once('@') {
        Some((login, place)) if !login.contains('/') => (Some(login), place),
        Some(_) | None => (None, rest),
    };
    let (location, query) = place.split_once('?').unwrap_or((place, ""));
    if login.is_some_and(|login| login.contains('?')) || location.contains('@') {
        return Err(unsuitable(
            "the user or password in the database URL contains @, / or ?: write it percent-encoded",
        ));
    }
    let mut pairs = parameters(query)?;
    refuse_missing_tls(&pairs)?;
    let secrets = secrets(login, &pairs);
    for (key, value) in DEFAULTS {
        if !pairs.iter().any(|(known, _)| known == key) {
            pairs.push((key.to_owned(), value.to_owned()));
        }
    }
    let user = login.map(|login| login.split_once(':').unwrap_or((login, "")).0);
    let address = |login: Option<&str>, pairs: &mut dyn Iterator<Item = &(String, String)>| {
        let query: Vec<String> = pairs.map(|(key, value)| format!("{key}={value}")).collect();
        let login = login.map_or_else(String::new, |login| format!("{login}@"));
        format!("{scheme}://{login}{location}?{}", query.join("&"))
    };
    Ok(Server {
        conninfo: address(login, &mut pairs.iter()),
        shown: format!("{scheme}://{}{location}", shown_login(login)),
        bare: address(user, &mut pairs.iter().filter(|(key, _)| key != "password")),
        password: password(login, &pairs),
        secrets,
    })
}

/// The password itself, as a program takes it that is not given a URL.
fn password(login: Option<&str>, pairs: &[(String, String)]) -> Option<String> {
    let in_login = login.and_then(|login| login.split_once(':')).map(|(_, password)| password);
    let named = pairs.iter().find(|(key, _)| key == "password").map(|(_, value)| value.as_str());
    in_login.or(named).filter(|password| !password.is_empty()).map(decoded)
}

/// A percent-encoded text (RFC 3986 §2.1) as it was before.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let code = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let rest = if code.is_some() { part.get(2..).unwrap_or_default() } else { part };
        bytes.push(code.unwrap_or(b'%'));
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn shown_login(login: Option<&str>) -> String {
    match login.map(|login| login.split_once(':').unwrap_or((login, ""))) {
        Some((user, "")) => format!("{user}@"),
        Some((user, _)) => format!("{user}:***@"),
        None => String::new(),
    }
}

fn secrets(login: Option<&str>, pairs: &[(String, String)]) -> Vec<String> {
    let password = login.and_then(|login| login.split_once(':')).map(|(_, password)| password);
    let named = pairs.iter().filter(|(key, _)| key == "password" || key == "sslpassword");
    let all = password.into_iter().chain(named.map(|(_, value)| value.as_str()));
    all.filter(|secret| !secret.is_empty()).map(str::to_owned).collect()
}

/// Key and value of each parameter; an `=` inside a value is escaped, which libpq insists on.
fn parameters(query: &str) -> Result<Vec<(String, String)>, StoreError> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    let pairs = parts.map(|part| match part.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.replace('=', "%3D"))),
        None => Err(unsuitable("a parameter of the database URL has no value")),
    });
    pairs.collect()
}

fn refuse_missing_tls(pairs: &[(String, String)]) -> Result<(), StoreError> {
    let demand = pairs.iter().find(|(key, value)| {
        matches!((key.as_str(), value.as_str()), ("sslmode", "require" | "verify-ca" | "verify-full") | ("ssl", "true"))
    });
    match demand {
        Some((key, value)) if !cfg!(feature = "tls") => Err(unsuitable(format!(
            "{key}={value} asks for TLS to PostgreSQL, which this lean build leaves out: build with --features tls"
        ))),
        Some(_) | None => Ok(()),
    }
}
