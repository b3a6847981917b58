//! The way to a mail server (RFC 5321): pooled connections, always under TLS but to this machine, and a
//! judgement of every refusal: for good, or for now. It knows no letter.

use std::time::Duration;

use lettre::{
    Address, Message, SmtpTransport, Transport,
    transport::smtp::{
        Error, PoolConfig, SmtpTransportBuilder,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{Certificate, SmtpConnection, Tls, TlsParameters},
        commands::Mail,
        extension::ClientId,
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
    probe: Probe,
}

/// How to ask a server anew whether it takes anything of ours.
#[derive(Debug, Clone)]
struct Probe {
    host: String,
    port: u16,
    tls: Tls,
    login: Option<Credentials>,
    timeout: Duration,
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
            .tls(tls.clone())
            .timeout(Some(server.timeout))
            .pool_config(PoolConfig::new().max_size(connections).idle_timeout(IDLE));
        let login = server.login.as_ref().map(|login| Credentials::new(login.name.clone(), login.password.clone()));
        let builder = match login.clone() {
            Some(login) => builder.credentials(login),
            None => builder,
        };
        let probe = Probe { host: server.host.clone(), port: server.port, tls, login, timeout: server.timeout };
        Ok(Self { transport: builder.build(), connections: server.connections, probe })
    }

    pub(super) const fn connections(&self) -> usize {
        self.connections
    }

    pub(super) fn send(&self, message: &Message) -> Result<(), SendError> {
        let Err(error) = self.transport.send(message) else { return Ok(()) };
        let told = said(&error);
        // The words of a refusal do not tell whether the mail was looked at before it was refused.
        let final_word = is_about_the_mail(&error) && self.probe.takes_us(message.envelope().from());
        Err(if final_word { SendError::Refused(told) } else { SendError::Failed(told) })
    }
}

impl Probe {
    /// Does the server hear us, and take a mail of this sender? One that is closed to everybody, or to us,
    /// refuses that too, and then no mail of ours is at fault (RFC 5321 §3.1, §4.3.2).
    fn takes_us(&self, from: Option<&Address>) -> bool {
        self.connected()
            .and_then(|mut server| {
                server.command(Mail::new(from.cloned(), Vec::new()))?;
                server.abort();
                Ok(())
            })
            .is_ok()
    }

    fn connected(&self) -> Result<SmtpConnection, Error> {
        let (address, hello) = ((self.host.as_str(), self.port), ClientId::default());
        let wrapped = if let Tls::Wrapper(tls) = &self.tls { Some(tls) } else { None };
        let mut server = SmtpConnection::connect(address, Some(self.timeout), &hello, wrapped, None)?;
        if let Tls::Required(tls) = &self.tls {
            server.starttls(tls, &hello)?;
        }
        if let Some(login) = &self.login {
            server.auth(DEFAULT_MECHANISMS, login)?;
        }
        Ok(server)
    }
}

fn parameters(server: &Server) -> Result<TlsParameters, Error> {
    let builder = TlsParameters::builder(server.host.clone());
    match &server.authority {
        Some(pem) => builder.add_root_certificate(Certificate::from_pem(pem)?).build(),
        None => builder.build(),
    }
}

/// Is it a refusal for good, and possibly of this very mail? Everything else may pass.
fn is_about_the_mail(error: &Error) -> bool {
    let code = error.status().map(u16::from);
    error.is_permanent() && !code.is_some_and(|code| ABOUT_US.contains(&code))
}

/// The error with what is beneath it, in one line.
fn said(error: &Error) -> String {
    super::plain::line(&error.to_string(), super::plain::SENTENCE)
}
