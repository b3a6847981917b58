//! How mail leaves by SMTP: where to, under which protection, as whom. Nothing is connected here.

use std::{fmt, net::IpAddr, path::PathBuf, str::FromStr};

use super::values::choice;

choice! {
    /// What protects the connection to the mail server.
    SmtpTls {
        /// Begun in plain and always upgraded; a server that does not offer that gets no mail (RFC 3207).
        StartTls = "starttls",
        /// TLS from the first byte (RFC 8314 §3.3).
        Implicit = "implicit",
        /// Nothing: only to this machine.
        None = "none",
    }
}

/// The mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smtp {
    /// Its name or address.
    pub host: Option<String>,
    /// Its port; the usual one of the protection where it is not set.
    pub port: Option<u16>,
    /// What protects the connection.
    pub tls: SmtpTls,
    /// A certificate authority in PEM that is trusted beside those of the system.
    pub ca_file: Option<PathBuf>,
    /// As whom mail is sent, where the server asks.
    pub username: Option<String>,
    /// With which password.
    pub password: Option<SmtpPassword>,
    /// For how long a silent server is waited for, in seconds.
    pub timeout: u32,
    /// How many letters leave at once, each over a connection of its own.
    pub connections: usize,
}

impl Default for Smtp {
    fn default() -> Self {
        Self {
            host: None,
            port: None,
            tls: SmtpTls::StartTls,
            ca_file: None,
            username: None,
            password: None,
            timeout: 30,
            connections: 4,
        }
    }
}

impl Smtp {
    /// The port that counts.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            SmtpTls::StartTls => 587,
            SmtpTls::Implicit => 465,
            SmtpTls::None => 25,
        })
    }

    /// What is wrong with these settings together: the key, and what to do.
    pub(super) fn contradictions(&self) -> Vec<(&'static str, &'static str)> {
        let mut found = Vec::new();
        if self.host.is_none() {
            found.push(("mail.smtp.host", "is needed by the transport `smtp`; name the mail server"));
        }
        if self.tls == SmtpTls::None && self.host.as_deref().is_some_and(|host| !is_loopback(host)) {
            let remedy = "mail without TLS leaves only for this machine; write starttls or implicit";
            found.push(("mail.smtp.tls", remedy));
        }
        if self.username.is_some() != self.password.is_some() {
            found.push(("mail.smtp.username", "set a user name and a password, or neither"));
        }
        found
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A password for the mail server; neither `Debug` nor `Display` shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpPassword(String);

impl SmtpPassword {
    /// The password, for the one who connects.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for SmtpPassword {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains(char::is_control) { Err("write it in one line".to_owned()) } else { Ok(Self(text.to_owned())) }
    }
}

impl fmt::Display for SmtpPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("...")
    }
}

impl fmt::Debug for SmtpPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmtpPassword(..)")
    }
}

/// The name or address of a host: one word.
pub(super) fn host(text: &str) -> Result<String, String> {
    let is_host =
        text.parse::<IpAddr>().is_ok() || idna::domain_to_ascii_strict(text).is_ok_and(|name| !name.is_empty());
    if is_host { Ok(text.to_owned()) } else { Err("write a host alone, such as smtp.example.org".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_mail_stays_on_this_machine() {
        let to = |host: &str| Smtp { host: Some(host.to_owned()), tls: SmtpTls::None, ..Smtp::default() };
        for host in ["localhost", "127.0.0.1", "127.8.9.1", "::1"] {
            assert!(to(host).contradictions().is_empty(), "{host}");
        }
        for host in ["smtp.example.org", "10.0.0.1", "localhost.example.org", "0.0.0.0"] {
            assert_eq!(to(host).contradictions()[0].0, "mail.smtp.tls", "{host}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let password: SmtpPassword = "correct horse".parse().expect("a password");
        assert!(!format!("{password}{password:?}").contains("horse"));
    }

    #[test]
    fn each_protection_has_its_port() {
        let port = |tls| Smtp { tls, ..Smtp::default() }.port();
        assert_eq!([SmtpTls::StartTls, SmtpTls::Implicit, SmtpTls::None].map(port), [587, 465, 25]);
    }
}
