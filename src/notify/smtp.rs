//! The way to a mail server (RFC 5321): pooled connections, always under TLS but to this machine, and a
//! judgement of every refusal: for good, or for now. It knows no letter.

use std::time::Duration;

use lettre::{
    Message, SmtpTransport, Transport,
    transport::smtp::{
        Error, PoolConfig, SmtpTransportBuilder,
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
    },
};

use super::SendError;

/// For how long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(30);
/// Refusals that speak of the sender and not of the mail (RFC 4954 §6, RFC 3207 §4): they hold nobody's
/// letter back for good.
const ABOUT_US: [u16; 4] = [530, 534, 535, 538];

/// A mail server and how to reach it.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What protects the connection.
    pub protection: Protection,
    /// A certificate authority in PEM that is trusted beside the system's.
    pub authority: Option<Vec<u8>>,
    /// User name and password, where it asks.
    pub login: Option<Login>,
    /// For how long a silent server is waited for.
    pub timeout: Duration,
    /// How many letters leave at once.
    pub connections: usize,
}

/// What protects a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// Upgraded before anything is said; a server that does not offer it gets no mail (RFC 3207).
    StartTls,
    /// TLS from the first byte (RFC 8314 §3.3).
    Implicit,
    /// None.
    Plain,
}

/// As whom mail is sent.
#[derive(Clone)]
pub struct Login {
    /// The user name.
    pub name: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login({})", self.name)
    }
}

/// Connections to one mail server.
#[derive(Debug, Clone)]
pub(super) struct Smtp {
    transport: SmtpTransport,
    connections: usize,
}

impl Smtp {
    /// Prepares the connections; none is made yet.
    pub(super) fn new(server: &Server) -> Result<Self, SendError> {
        let broken = |error: Error| SendError::Failed(format!("TLS: {error}"));
        let tls = match server.protection {
            Protection::StartTls => Tls::Required(parameters(server).map_err(broken)?),
            Protection::Implicit => Tls::Wrapper(parameters(server).map_err(broken)?),
            Protection::Plain => {
                tracing::warn!(
                    host = server.host,
                    "MAIL LEAVES WITHOUT TLS: whoever reads along on this machine reads every letter and every link"
                );
                Tls::None
            }
        };
        let connections = u32::try_from(server.connections).unwrap_or(1);
        let builder: SmtpTransportBuilder = SmtpTransport::builder_dangerous(server.host.as_str())
            .port(server.port)
            .tls(tls)
            .timeout(Some(server.timeout))
            .pool_config(PoolConfig::new().max_size(connections).idle_timeout(IDLE));
        let builder = match &server.login {
            Some(login) => builder.credentials(Credentials::new(login.name.clone(), login.password.clone())),
            None => builder,
        };
        Ok(Self { transport: builder.build(), connections: server.connections })
    }

    pub(super) const fn connections(&self) -> usize {
        self.connections
    }

    pub(super) fn send(&self, message: &Message) -> Result<(), SendError> {
        self.transport.send(message).map(|_| ()).map_err(|error| judged(&error))
    }
}

fn parameters(server: &Server) -> Result<TlsParameters, Error> {
    let builder = TlsParameters::builder(server.host.clone());
    match &server.authority {
        Some(pem) => builder.add_root_certificate(Certificate::from_pem(pem)?).build(),
        None => builder.build(),
    }
}

/// For good, where the server refuses this very mail; everything else may pass.
fn judged(error: &Error) -> SendError {
    let code = error.status().map(u16::from);
    let told = said(error);
    if error.is_permanent() && !code.is_some_and(|code| ABOUT_US.contains(&code)) {
        SendError::Refused(told)
    } else {
        SendError::Failed(told)
    }
}

/// The error with what is beneath it, in one line.
fn said(error: &Error) -> String {
    super::plain::line(&error.to_string(), super::plain::SENTENCE)
}
