//! The configuration: `proviso.toml`, then the environment, then flags, read once into one value.
//! Every setting stands in one table (`keys.rs`) with its bounds and its meaning. Nothing is opened or
//! connected here.

mod calendar;
pub mod connector;
mod error;
pub mod intake;
mod keys;
mod layers;
mod ledger;
mod reference;
mod retention;
mod smtp;
mod source;
mod teams;
mod values;

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

pub use calendar::Calendar;
pub use error::{ConfigError, Problem};
pub use keys::{KEYS, Key};
pub use layers::Origin;
pub use ledger::{Ledger, Witnessing};
pub use reference::{reference, schema};
pub use retention::Retention;
pub use smtp::{Smtp, SmtpPassword, SmtpTls};
pub use source::{NotTaken, Source};
pub use values::{ApiToken, DatabaseUrl, LogFormat, LogLevel, MailTransport, PublicUrl};

use crate::{
    connect::{Connector, people::Mapping},
    identity::email::EmailAddress,
    outbound::PrivateHosts,
    words::Zone,
};
use layers::Layers;

/// The name under which a configuration file is looked for.
pub const FILE: &str = "proviso.toml";

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The HTTP server.
    pub server: Server,
    /// The database.
    pub database: Database,
    /// Files beside the database.
    pub attachments: Attachments,
    /// The procedure.
    pub sop: Sop,
    /// Outgoing mail.
    pub mail: Mail,
    /// The log.
    pub log: Log,
    /// Signing in.
    pub auth: Auth,
    /// The writer of the database.
    pub writer: Writer,
    /// Sources of inbound messages, by their names.
    pub intake: BTreeMap<String, intake::Source>,
    /// Systems that are told of events, by their names.
    pub connectors: BTreeMap<String, Connector>,
    /// What other systems call our people, by the systems' names.
    pub people: BTreeMap<String, Mapping>,
    /// Who is told where a request names a team, by the teams' codes.
    pub teams: BTreeMap<String, Vec<EmailAddress>>,
    /// Figures for those who watch the service.
    pub metrics: Metrics,
    /// Where traces go.
    pub telemetry: Telemetry,
    /// Where backups are kept.
    pub backup: Backup,
    /// The command line as a client of a service.
    pub client: Client,
    /// How much one client may ask.
    pub limits: Limits,
    /// When jobs run.
    pub jobs: Jobs,
    /// How long texts are kept once an exception is over.
    pub retention: Retention,
    /// When people work.
    pub calendar: Calendar,
    /// Signing how far the ledger has come.
    pub ledger: Ledger,
    /// Requests to the outside.
    pub outbound: Outbound,
}

/// The HTTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Where it listens.
    pub bind: SocketAddr,
    /// Where people reach it; [`Config::public_url`] says it in every case.
    pub public_url: Option<PublicUrl>,
    /// Threads that answer requests; one for each core when not set.
    pub workers: Option<usize>,
    /// The largest body of a request that is no upload, in bytes.
    pub max_body_bytes: u64,
    /// The proxy whose `X-Forwarded-For` is believed.
    pub trusted_proxy: Option<IpAddr>,
}

/// The database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Which database, by its scheme.
    pub url: DatabaseUrl,
    /// On PostgreSQL, the role that owns the tables; the service's own then cannot change the record.
    pub owner_url: Option<DatabaseUrl>,
    /// Connections for reading.
    pub readers: u32,
}

/// Files beside the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachments {
    /// Their folder.
    pub path: PathBuf,
    /// The largest file, in bytes.
    pub max_bytes: u64,
    /// All files together, in bytes.
    pub max_total: u64,
}

/// The procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sop {
    /// The one that new requests follow.
    pub default: String,
}

/// Outgoing mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// How it leaves.
    pub transport: MailTransport,
    /// Where letters are written by the transport `file`.
    pub path: PathBuf,
    /// The sender.
    pub from: EmailAddress,
    /// The mail server of the transport `smtp`.
    pub smtp: Smtp,
}

/// The log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// The form of its lines.
    pub format: LogFormat,
    /// The least level that is written.
    pub level: LogLevel,
}

/// Signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Auth {
    /// How long a session lasts, in hours.
    pub session_hours: u32,
    /// How fresh a sign-in must be for a command that asks for it, in minutes.
    pub step_up_minutes: u32,
    /// How many passwords are hashed at once; each takes 19 MiB.
    pub password_concurrency: usize,
}

/// The writer of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writer {
    /// How many commands may wait before callers are told to come back.
    pub queue: usize,
    /// How many commands share one commit.
    pub batch: usize,
}

/// Figures for those who watch the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Metrics {
    /// Where Prometheus finds them, on a port of its own.
    pub listen: Option<SocketAddr>,
}

/// Where backups are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Backup {
    /// Their folder, for `doctor` to look into.
    pub folder: Option<PathBuf>,
}

/// The command line as a client of a service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Client {
    /// The service that it asks.
    pub url: Option<PublicUrl>,
    /// The address of whoever signs in.
    pub email: Option<String>,
    /// An API token, in place of a session where a machine may ask.
    pub token: Option<ApiToken>,
}

/// How much one client may ask in a minute; 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests of a person's sessions, or of a token.
    pub requests_per_minute: u32,
    /// Requests from a network address that are not signed in.
    pub anonymous_per_minute: u32,
    /// Attempts to sign in from a network address, right or wrong.
    pub sign_ins_per_minute: u32,
    /// Exports of a person or a token.
    pub exports_per_minute: u32,
}

/// When jobs run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jobs {
    /// By whose clock the cron lines go.
    pub zone: Zone,
    /// When what need not be kept is deleted, as a cron line of five fields.
    pub forget: String,
    /// When the key figures of the month before are mailed, as a cron line of five fields.
    pub monthly_pack: String,
    /// When the open exceptions of high risk are mailed, as a cron line of five fields.
    pub risk_list: String,
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            zone: Zone::UTC,
            forget: "17 * * * *".to_owned(),
            monthly_pack: "0 6 1 * *".to_owned(),
            risk_list: "0 6 1 1,4,7,10 *".to_owned(),
        }
    }
}

/// Where traces go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Telemetry {
    /// The OpenTelemetry collector that is sent traces; none when not set.
    pub endpoint: Option<PublicUrl>,
}

/// Requests to the outside: webhooks, chat, tickets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outbound {
    /// Hosts of one's own network that may be asked.
    pub private_hosts: PrivateHosts,
    /// Certificate authorities in PEM that are trusted beside those of the system.
    pub ca_file: Option<PathBuf>,
}

impl Config {
    /// Reads the layers in their order, later ones over earlier ones: the defaults, the file at `path`,
    /// `PROVISO__SECTION__KEY` of `env` (an empty value counts as not set), and `overrides` of flags by
    /// their key. The error tells everything that is wrong, not only the first.
    pub fn load(
        path: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
        overrides: &[(String, String)],
    ) -> Result<Self, ConfigError> {
        Self::load_with_origins(path, env, overrides).map(|(config, _)| config)
    }

    /// As [`Config::load`], with where each setting of [`KEYS`] came from, in their order.
    pub fn load_with_origins(
        path: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
        overrides: &[(String, String)],
    ) -> Result<(Self, Vec<Origin>), ConfigError> {
        let env: BTreeMap<String, String> = env.collect();
        let (layers, mut problems) = Layers::read(path, &env, overrides);
        let mut config = Self::default();
        let mut origins = Vec::new();
        for key in KEYS {
            problems.extend(layers.apply(key, &mut config).err());
            origins.push(layers.origin(key));
        }
        problems.extend(intake::read(&layers.sources, &mut config));
        problems.extend(teams::read(&layers.teams, &mut config));
        problems.extend(connector::read(&layers.connectors, &env, &mut config));
        if problems.is_empty() {
            problems = config.contradictions();
        }
        if problems.is_empty() { Ok((config, origins)) } else { Err(ConfigError { problems }) }
    }

    /// Where people reach the service: as set, or the address it listens on.
    pub fn public_url(&self) -> PublicUrl {
        self.server.public_url.clone().unwrap_or_else(|| PublicUrl::of(self.server.bind))
    }

    /// Settings that are each well, and not together.
    fn contradictions(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut refuse = |key: &str, what: &str| found.push(Problem::new(key, &Origin::Default, what));
        if self.server.public_url.is_none() && !self.server.bind.ip().is_loopback() {
            refuse(
                "server.public_url",
                "others can reach `server.bind`, so set the address they use, such as https://proviso.example.org: links in mail and cookies need it",
            );
        }
        if self.attachments.max_total < self.attachments.max_bytes {
            refuse(
                "attachments.max_total",
                "is less than `attachments.max_bytes`, so that no file of that size fits; raise it",
            );
        }
        if self.metrics.listen.is_some_and(|listen| !listen.ip().is_loopback() && !listen.ip().is_unspecified()) {
            refuse(
                "metrics.listen",
                "everybody who reaches this address could read the figures; listen on 127.0.0.1, or on 0.0.0.0 inside a container",
            );
        }
        if self.metrics.listen.is_some_and(|listen| listen == self.server.bind) {
            refuse("metrics.listen", "is where the service itself listens; choose another port");
        }
        if self.telemetry.endpoint.is_some() && !cfg!(feature = "otel") {
            refuse("telemetry.endpoint", "this program was built without traces; build it with `--features otel`");
        }
        if self.writer.batch > self.writer.queue {
            refuse("writer.batch", "is more than `writer.queue`, so that no batch could fill; lower it");
        }
        self.ledger.contradiction().into_iter().for_each(|(key, remedy)| refuse(key, remedy));
        if self.mail.transport == MailTransport::Smtp {
            self.mail.smtp.contradictions().into_iter().for_each(|(key, remedy)| refuse(key, remedy));
        }
        found
    }
}

impl Default for Sop {
    fn default() -> Self {
        Self { default: "standard".to_owned() }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            server: Server {
                bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
                public_url: None,
                workers: None,
                max_body_bytes: 1 << 20,
                trusted_proxy: None,
            },
            database: Database { url: DatabaseUrl::default(), owner_url: None, readers: 8 },
            attachments: Attachments { path: "attachments".into(), max_bytes: 20 << 20, max_total: 10 << 30 },
            sop: Sop::default(),
            mail: Mail {
                transport: MailTransport::File,
                path: "mail".into(),
                from: EmailAddress::local_sender(),
                smtp: Smtp::default(),
            },
            log: Log { format: LogFormat::Text, level: LogLevel::Info },
            auth: Auth { session_hours: 12, step_up_minutes: 10, password_concurrency: 2 },
            writer: Writer { queue: 1_024, batch: 50 },
            intake: BTreeMap::new(),
            connectors: BTreeMap::new(),
            people: BTreeMap::new(),
            teams: BTreeMap::new(),
            metrics: Metrics::default(),
            telemetry: Telemetry::default(),
            backup: Backup::default(),
            client: Client::default(),
            limits: Limits {
                requests_per_minute: 6_000,
                anonymous_per_minute: 1_200,
                sign_ins_per_minute: 300,
                exports_per_minute: 30,
            },
            jobs: Jobs::default(),
            retention: Retention::default(),
            calendar: Calendar::default(),
            ledger: Ledger::default(),
            outbound: Outbound::default(),
        }
    }
}

#[cfg(test)]
mod tests;
