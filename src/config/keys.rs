//! Every setting: its name, its meaning, how its text is read and shown. A setting that is not in
//! this table does not exist; where a text comes from is not known here.

mod read;
mod shown;

use std::str::FromStr;

use serde_json::Value;

use self::{
    read::{address, bytes, cron_line, or, origin, path, signing_key, slug, some, verifier_keys, within},
    shown::Shown,
};
use super::{Config, DatabaseUrl, ledger::Witnessing, smtp::host};

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// `section.key`, as in the file.
    pub name: &'static str,
    /// What it means, in one line.
    pub about: &'static str,
    /// May it be read from a file by `…_FILE`, and must its value not be shown?
    pub secret: bool,
    pub(super) set: fn(&mut Config, &str) -> Result<(), String>,
    shown: fn(&Config) -> String,
    schema: fn() -> Value,
}

impl Key {
    /// Its variable in the environment, such as `PROVISO__SERVER__BIND`.
    pub fn env(&self) -> String {
        format!("PROVISO__{}", self.name.replace('.', "__").to_uppercase())
    }

    /// Its value in `config` as it would be written; empty when not set. A secret's is veiled.
    pub fn shown(&self, config: &Config) -> String {
        (self.shown)(config)
    }

    /// The type of its value in the file, as a JSON Schema.
    pub fn schema(&self) -> Value {
        (self.schema)()
    }
}

/// One row: name, field, reader, meaning.
macro_rules! key {
    ($name:literal, $($field:ident).+, $read:expr, $about:literal) => {
        Key {
            name: $name,
            about: $about,
            secret: false,
            set: |config, text| {
                config.$($field).+ = $read(text)?;
                Ok(())
            },
            shown: |config| config.$($field).+.shown(),
            schema: || schema_of(|config: &Config| &config.$($field).+),
        }
    };
}

fn schema_of<T: Shown>(_field: fn(&Config) -> &T) -> Value {
    T::schema()
}

/// Every setting, in the order of the reference file.
pub const KEYS: &[Key] = &[
    key!(
        "server.bind",
        server.bind,
        or("write an address and a port, such as 127.0.0.1:8080"),
        "Address and port to listen on"
    ),
    key!(
        "server.public_url",
        server.public_url,
        some(str::parse),
        "Where people reach the service; needed when it listens beyond this machine"
    ),
    key!(
        "server.workers",
        server.workers,
        some(within(1..=256)),
        "Threads that answer requests; one for each core when not set"
    ),
    key!(
        "server.max_body_bytes",
        server.max_body_bytes,
        bytes(1 << 10..=64 << 20),
        "Largest body of a request that is no upload"
    ),
    key!(
        "server.trusted_proxy",
        server.trusted_proxy,
        some(or("write the proxy's IP address, such as 10.0.0.5")),
        "The proxy whose X-Forwarded-For is believed"
    ),
    Key {
        secret: true,
        ..key!("database.url", database.url, DatabaseUrl::from_str, "sqlite:FILE or postgres://USER@HOST/DATABASE")
    },
    Key {
        secret: true,
        ..key!(
            "database.owner_url",
            database.owner_url,
            some(DatabaseUrl::from_str),
            "PostgreSQL: the role that owns the tables and migrates them; database.url then names another, which cannot change the record"
        )
    },
    key!("database.readers", database.readers, within(1..=64), "Connections for reading"),
    key!("attachments.path", attachments.path, path, "Folder of the attachments"),
    key!("attachments.max_bytes", attachments.max_bytes, bytes(1 << 10..=1 << 30), "Largest attachment"),
    key!(
        "attachments.max_total",
        attachments.max_total,
        bytes(1 << 10..=1 << 50),
        "Largest size of all attachments together"
    ),
    key!("sop.default", sop.default, slug, "The procedure that new requests follow"),
    key!("mail.transport", mail.transport, str::parse, "How mail leaves: smtp, file or none"),
    key!("mail.path", mail.path, path, "Folder in which the transport `file` writes letters"),
    key!(
        "mail.from",
        mail.from,
        or("write an e-mail address alone, such as proviso@example.org"),
        "Sender of all mail"
    ),
    key!("mail.smtp.host", mail.smtp.host, some(host), "The mail server of the transport `smtp`"),
    key!(
        "mail.smtp.port",
        mail.smtp.port,
        some(within(1..=u16::MAX)),
        "Its port; 587, 465 or 25 by its protection when not set"
    ),
    key!(
        "mail.smtp.tls",
        mail.smtp.tls,
        str::parse,
        "Its protection: starttls, implicit, or none to this machine alone"
    ),
    key!(
        "mail.smtp.ca_file",
        mail.smtp.ca_file,
        some(path),
        "A certificate authority in PEM, trusted beside the system's"
    ),
    key!(
        "mail.smtp.username",
        mail.smtp.username,
        some(|text: &str| Ok(text.to_owned())),
        "As whom mail is sent, where the server asks"
    ),
    Key { secret: true, ..key!("mail.smtp.password", mail.smtp.password, some(str::parse), "With which password") },
    key!(
        "mail.smtp.timeout",
        mail.smtp.timeout,
        within(1..=120),
        "For how many seconds a silent mail server is waited for"
    ),
    key!("mail.smtp.connections", mail.smtp.connections, within(1..=32), "How many letters leave at once"),
    key!("log.format", log.format, str::parse, "Lines for people (text) or for machines (json)"),
    key!("log.level", log.level, str::parse, "Least level that is logged: error, warn, info, debug or trace"),
    key!("auth.session_hours", auth.session_hours, within(1..=168), "How long a session lasts, in hours"),
    key!(
        "auth.step_up_minutes",
        auth.step_up_minutes,
        within(1..=60),
        "How fresh a sign-in must be to approve at high and critical risk, in minutes"
    ),
    key!(
        "auth.password_concurrency",
        auth.password_concurrency,
        within(1..=64),
        "Passwords hashed at once; each takes 19 MiB"
    ),
    key!(
        "writer.queue",
        writer.queue,
        within(1..=65_536),
        "Commands that may wait before callers are told to come back"
    ),
    key!("writer.batch", writer.batch, within(1..=1_000), "Commands that share one commit"),
    key!(
        "metrics.listen",
        metrics.listen,
        some(or("write an address and a port, such as 127.0.0.1:9464")),
        "Where Prometheus finds the metrics; nowhere when not set"
    ),
    key!(
        "telemetry.endpoint",
        telemetry.endpoint,
        some(str::parse),
        "OpenTelemetry collector for traces (OTLP over HTTP), such as http://127.0.0.1:4318; needs a build with `--features otel`"
    ),
    key!(
        "backup.folder",
        backup.folder,
        some(path),
        "Folder of the backups, so that `doctor` can tell when the last one is more than a day old"
    ),
    key!("client.url", client.url, some(str::parse), "The service that the command line asks; this one when not set"),
    key!("client.email", client.email, some(address), "Who signs in on the command line"),
    Key {
        secret: true,
        ..key!("client.token", client.token, some(str::parse), "An API token for what a machine may ask")
    },
    key!(
        "limits.requests_per_minute",
        limits.requests_per_minute,
        within(0..=1_000_000),
        "Requests of one person or token in a minute; 0 is no limit"
    ),
    key!(
        "limits.anonymous_per_minute",
        limits.anonymous_per_minute,
        within(0..=1_000_000),
        "Requests from one network address that are not signed in, in a minute; 0 is no limit"
    ),
    key!(
        "limits.sign_ins_per_minute",
        limits.sign_ins_per_minute,
        within(0..=1_000_000),
        "Sign-ins from one network address in a minute, right or wrong; 0 is no limit"
    ),
    key!(
        "limits.exports_per_minute",
        limits.exports_per_minute,
        within(0..=1_000_000),
        "Lists, reports and evidence as files, and reports as of an instant, of one person or token in a minute; 0 is no limit"
    ),
    key!(
        "jobs.zone",
        jobs.zone,
        or("write a name of the IANA database, such as Europe/Berlin"),
        "Time zone of the cron lines"
    ),
    key!(
        "jobs.monthly_pack",
        jobs.monthly_pack,
        cron_line,
        "When the key figures of the month before are mailed, as a cron line of five fields"
    ),
    key!(
        "jobs.risk_list",
        jobs.risk_list,
        cron_line,
        "When the open exceptions of high and critical risk are mailed, as a cron line of five fields"
    ),
    key!("jobs.forget", jobs.forget, cron_line, "When what need not be kept is deleted, as a cron line of five fields"),
    key!(
        "retention.rejected",
        retention.rejected,
        within(0..=36_500),
        "Days after which the texts and files of exceptions that were rejected are deleted; 0 keeps them for good"
    ),
    key!(
        "retention.withdrawn",
        retention.withdrawn,
        within(0..=36_500),
        "Days after which the texts and files of exceptions that were withdrawn are deleted; 0 keeps them for good"
    ),
    key!(
        "retention.expired",
        retention.expired,
        within(0..=36_500),
        "Days after which the texts and files of exceptions that were expired are deleted; 0 keeps them for good"
    ),
    key!(
        "retention.revoked",
        retention.revoked,
        within(0..=36_500),
        "Days after which the texts and files of exceptions that were revoked are deleted; 0 keeps them for good"
    ),
    key!(
        "retention.closed",
        retention.closed,
        within(0..=36_500),
        "Days after which the texts and files of exceptions that were closed are deleted; 0 keeps them for good"
    ),
    key!(
        "calendar.hours",
        calendar.hours,
        or("write days and times, at least an hour a day, such as Mon-Fri 09:00-17:00"),
        "When people work: due times in working hours are counted by it"
    ),
    key!(
        "calendar.zone",
        calendar.zone,
        or("write a name of the IANA database, such as Europe/Berlin"),
        "By whose clock they work"
    ),
    key!(
        "calendar.zones",
        calendar.zones,
        or("write domains with their time zones, such as emea=Europe/Berlin, us/east=America/New_York"),
        "Domains whose people work by another clock"
    ),
    key!("calendar.holidays", calendar.holidays, some(path), "Days off, as a file in the iCalendar format (.ics)"),
    key!(
        "ledger.origin",
        ledger.origin,
        some(origin),
        "Name of the ledger in its checkpoints, such as proviso.example.org/ledger"
    ),
    Key {
        secret: true,
        ..key!(
            "ledger.key",
            ledger.key,
            some(signing_key),
            "Key that signs checkpoints, as `proviso audit key` makes it; without one nothing is signed"
        )
    },
    key!(
        "ledger.earlier_keys",
        ledger.earlier_keys,
        verifier_keys,
        "Verifier keys of before a rotation, separated by commas, so that old checkpoints verify"
    ),
    key!(
        "ledger.anchor_file",
        ledger.anchor_file,
        some(path),
        "File to which every checkpoint is appended; best on another machine or on media that only append"
    ),
    key!(
        "ledger.erasures_file",
        ledger.erasures_file,
        some(path),
        "File to which every erasure of a person is appended, by id and signed; a restored database is not served until whom it lists is erased again"
    ),
    key!(
        "ledger.witnesses",
        ledger.witnesses,
        some(Witnessing::read),
        "File with the witnesses that cosign checkpoints, and which of them are enough (C2SP tlog-policy)"
    ),
    key!(
        "outbound.private_hosts",
        outbound.private_hosts,
        str::parse,
        "Hosts of your own network that webhooks may ask, by exact name with or without a port, separated by commas"
    ),
    key!(
        "outbound.ca_file",
        outbound.ca_file,
        some(path),
        "Certificate authorities in PEM that webhooks trust beside the system's"
    ),
];
