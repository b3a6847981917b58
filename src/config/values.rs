//! The types of settings that are more than a number or a text, each parsed once.
//! An error says what to write; it does not repeat what was written.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

/// Declares a closed set of words.
macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $($(#[$vm:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$vm])* $variant),+ }

        impl $name {
            /// Every word of the set.
            pub const WORDS: &[&str] = &[$($word),+];
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $word),+ })
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(format!("write one of: {}", Self::WORDS.join(", "))),
                }
            }
        }
    };
}

pub(super) use choice;

choice! {
    /// How mail leaves.
    MailTransport {
        /// To a mail server.
        Smtp = "smtp",
        /// Each letter becomes a file.
        File = "file",
        /// No letter leaves; all stay in the outbox.
        None = "none",
    }
}

choice! {
    /// The form of the log's lines.
    LogFormat {
        /// For people.
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
}

choice! {
    /// The least level that is logged.
    LogLevel {
        /// What failed.
        Error = "error",
        /// And what may soon.
        Warn = "warn",
        /// And what happened.
        Info = "info",
        /// And how.
        Debug = "debug",
        /// And everything else.
        Trace = "trace",
    }
}

/// Which database, by scheme; it may hold a password, so `Debug` and `Display` show the scheme alone.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The whole URL, for the one who connects.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Default for DatabaseUrl {
    fn default() -> Self {
        Self("sqlite:proviso.sqlite".to_owned())
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.0.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" => f.write_str(&self.0),
            _ => write!(f, "{scheme}://..."),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rest = ["sqlite:", "postgres://", "postgresql://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        match rest {
            Some(rest) if !rest.trim_start_matches('/').is_empty() && !text.contains(char::is_control) => {
                Ok(Self(text.to_owned()))
            }
            Some(_) | None => {
                Err("write sqlite:FILE, such as sqlite:proviso.sqlite, or postgres://USER@HOST/DATABASE".to_owned())
            }
        }
    }
}

/// An API token as the command line shows it to a service; it is never shown to anybody else.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiToken(String);

impl ApiToken {
    /// The token itself, for the one who asks with it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("pv_...")
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiToken({self})")
    }
}

impl FromStr for ApiToken {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let well =
            text.strip_prefix("pv_").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()));
        if well {
            Ok(Self(text.to_owned()))
        } else {
            Err("write the whole token: `pv_` and what follows it".to_owned())
        }
    }
}

/// Where people reach the service: scheme and authority, without a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The URL of a service that is reached where it listens.
    pub(super) fn of(bind: SocketAddr) -> Self {
        Self(format!("http://{bind}"))
    }

    /// Such as `https://proviso.example.org`, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Is it reached over TLS, so that cookies can be `Secure`?
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = text.strip_suffix('/').unwrap_or(text);
        let (scheme, authority) = url.split_once("://").unwrap_or_default();
        let host = host(authority).ok_or("write scheme, host and port alone, such as https://proviso.example.org")?;
        match scheme {
            "https" => Ok(Self(url.to_owned())),
            "http" if is_loopback(host) => Ok(Self(url.to_owned())),
            "http" => Err("write https://: sessions are not safe without it, except on localhost".to_owned()),
            _ => Err("begin with https://, such as https://proviso.example.org".to_owned()),
        }
    }
}

/// The host of `host[:port]`; none if that is not what it is.
fn host(authority: &str) -> Option<&str> {
    let end = match authority.strip_prefix('[') {
        Some(rest) => rest.find(']')?.checked_add(2)?,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at_checked(end)?;
    let port_is_well = match port.strip_prefix(':') {
        Some(port) => port.parse::<u16>().is_ok_and(|port| port > 0),
        None => port.is_empty(),
    };
    let host_is_well = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(v6) => v6.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv6()),
        None => idna::domain_to_ascii_strict(host).is_ok(),
    };
    (port_is_well && host_is_well).then_some(host)
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']);
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
