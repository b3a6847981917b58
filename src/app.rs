//! Putting the parts together: from settings to a store, a door, its jobs and the rim.

mod connectors;
mod demo;
mod first;
mod log;
mod mail;
#[cfg(feature = "otel")]
mod otel;
mod proof;
mod reports;
mod run;
mod serve;
mod webhooks;

pub use crate::desk::Texts;
pub use log::{Telemetry, start_log};
pub use serve::{Timed, timed};

pub use demo::{DEMO_PASSWORD, Guest, HISTORY, fill, known, seed, staff};

use std::{fs, num::NonZeroUsize, path::PathBuf, sync::Arc};

use crate::{
    access::{AccessError, Matrix},
    attachments::{AttachmentError, Attachments, Limits as FileLimits},
    clock::{Clock, NoRandomness, Random},
    config::{self, Config},
    desk::{self, Anchor, Desk, ErasureList, LawBook, Notary},
    domain::calendar::{Calendar, Calendars, Holidays},
    identity::password::{HashError, Hasher},
    outbound::Address,
    sop::SopError,
    store::{ClockTrust, DatabaseUrl, Opening, Purpose, Store, StoreError, writer::Limits},
    web::metrics::Metrics,
};

/// What time it is for a service, and where its randomness comes from.
#[derive(Debug, Clone)]
pub struct Timing {
    /// The clock.
    pub clock: Clock,
    /// Is it held against the database's?
    pub trust: ClockTrust,
    /// The source of randomness.
    pub random: Random,
}

impl Timing {
    /// The system's.
    pub fn system() -> Result<Self, NoRandomness> {
        Ok(Self { clock: Clock::system(), trust: ClockTrust::Checked, random: Random::system()? })
    }

    /// A clock that goes like the system's, as far behind it as a demonstration's history is long, and can
    /// be moved on.
    pub fn demonstration() -> Result<Self, NoRandomness> {
        Ok(Self { clock: Clock::behind(HISTORY), trust: ClockTrust::Moved, random: Random::system()? })
    }
}

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store.
    #[error("the database: {0}")]
    Store(#[from] StoreError),
    /// The access matrix that ships with the program.
    #[error("the access matrix: {0}")]
    Access(#[from] AccessError),
    /// A procedure or the register.
    #[error("a procedure or the register: {0}")]
    Document(#[from] SopError),
    /// The folder of attachments.
    #[error("the attachments: {0}")]
    Attachments(#[from] AttachmentError),
    /// Password hashing.
    #[error("password hashing: {0}")]
    Hash(#[from] HashError),
    /// Randomness.
    #[error(transparent)]
    Random(#[from] NoRandomness),
    /// The door refused what an installation does.
    #[error("setting up: {0}")]
    Desk(#[from] desk::Error),
    /// A setting that only shows to be wrong when it is used.
    #[error("{0}")]
    Setting(String),
    /// Listening, threads, files.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Is a database refused that was set back to before an erasure?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    Required,
    Unasked,
}

/// The service, put together.
#[derive(Debug, Clone)]
pub struct App {
    config: Arc<Config>,
    desk: Desk,
    attachments: Attachments,
    hasher: Arc<Hasher>,
    metrics: Arc<Metrics>,
}

impl App {
    /// Opens everything that `config` names; an empty database gets the shipped procedures and register. One that was set
    /// back to before an erasure, or whose list of erasures is gone, is refused.
    pub fn open(config: Config, timing: Timing) -> Result<Self, StartError> {
        Self::open_to(Purpose::Write, config, timing)
    }

    /// The same of a database that may have been set back to before an erasure: for those commands alone that mend it.
    pub fn open_set_back(config: Config, timing: Timing) -> Result<Self, StartError> {
        Self::open_as((Purpose::Write, Whole::Unasked), config, timing)
    }

    fn open_to(purpose: Purpose, config: Config, timing: Timing) -> Result<Self, StartError> {
        Self::open_as((purpose, Whole::Required), config, timing)
    }

    fn open_as((purpose, whole): (Purpose, Whole), config: Config, timing: Timing) -> Result<Self, StartError> {
        let url: DatabaseUrl = config.database.url.reveal().parse()?;
        let limits = Limits { queue: config.writer.queue, batch: config.writer.batch };
        let owner = config.database.owner_url.as_ref().map(|owner| owner.reveal().parse()).transpose()?;
        let (readers, clock) = (config.database.readers, timing.clock.clone());
        let routes = connectors::routes(&config.connectors);
        let opening = Opening { url, owner, readers, limits, clock, trust: timing.trust, routes, purpose };
        let store = Arc::new(Store::open(opening)?);
        let laws =
            LawBook::open(&store, Matrix::builtin()?, calendars(&config.calendar)?, config.auth.step_up_minutes)?;
        let named = config.procedures().into_iter().map(|(_, sop)| sop.to_owned()).collect();
        let limits = FileLimits { file: config.attachments.max_bytes, total: config.attachments.max_total };
        let attachments = Attachments::at(&config.attachments.path, limits)?;
        let desk = Desk::new(store, Arc::new(laws.naming(named)), timing.clock, timing.random.clone())?
            .with_notary(notary(&config))
            .with_files(attachments.clone())
            .with_retention(config.retention.terms())
            .with_erasures(config.ledger.erasures_file.clone().map(ErasureList::at));
        // Nothing is written to a record that was set back: it would part from the one that was.
        if whole == Whole::Required {
            desk.require_erased().map_err(|error| StartError::Setting(error.to_string()))?;
        }
        if desk.laws().sops.all().is_empty() {
            first::publish_procedures(&desk)?;
        }
        if desk.laws().register.policies.is_empty() {
            first::publish_register(&desk)?;
        }
        require_procedures(&config, &desk)?;
        require_witnesses(&config)?;
        let concurrency = NonZeroUsize::new(config.auth.password_concurrency).unwrap_or(NonZeroUsize::MIN);
        let hasher = Arc::new(Hasher::new(timing.random, concurrency)?);
        let metrics = Metrics::new().map_err(|error| StartError::Setting(error.to_string()))?;
        Ok(Self { config: Arc::new(config), desk, attachments, hasher, metrics: Arc::new(metrics) })
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The door.
    pub const fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The files.
    pub const fn attachments(&self) -> &Attachments {
        &self.attachments
    }

    /// Password hashing, with its own limit.
    pub const fn hasher(&self) -> &Arc<Hasher> {
        &self.hasher
    }
}

/// New requests can be filed under every procedure that the settings name.
fn require_procedures(config: &Config, desk: &Desk) -> Result<(), StartError> {
    let laws = desk.laws();
    for (setting, sop) in config.procedures() {
        laws.sops.for_new(sop).map_err(|_| {
            let why = "is not a published procedure, or was retired; see GET /v1/sops";
            StartError::Setting(format!("{setting} = \"{sop}\" {why}"))
        })?;
    }
    Ok(())
}

/// Witnesses stand where a request may go: not on this machine or its neighbours, unless the settings name them.
fn require_witnesses(config: &Config) -> Result<(), StartError> {
    let witnesses = config.ledger.witnesses.iter().flat_map(|witnessing| &witnessing.policy.witnesses);
    for (witness, url) in witnesses.filter_map(|witness| Some((witness, witness.url.as_deref()?))) {
        Address::read(url, &config.outbound.private_hosts)
            .map_err(|unfit| StartError::Setting(format!("ledger.witnesses: witness {}: {unfit}", witness.name)))?;
    }
    Ok(())
}

/// Who signs, by these settings.
pub fn notary(config: &Config) -> Notary {
    let ledger = config.ledger.clone();
    let anchor = ledger.anchor_file.map(|file| Arc::new(Anchor::at(file)));
    let witnesses = ledger.witnesses.map(|witnessing| witnessing.policy);
    Notary { key: ledger.key, earlier: ledger.earlier_keys, anchor, witnesses }
}

/// Would a service of this desk open with these settings? Reads every file that they name, and takes up nothing.
fn fits(config: &Config, desk: &Desk) -> Result<(), String> {
    let made = || {
        require_procedures(config, desk)?;
        require_witnesses(config)?;
        calendars(&config.calendar)?;
        mail::mailer(&config.mail)?;
        mail::client(&config.outbound)?;
        timed(config, Clock::system().now(), 1)
    };
    made().map(drop).map_err(|error: StartError| error.to_string())
}

/// When people work, with the holidays of the file that is named.
fn calendars(setting: &config::Calendar) -> Result<Calendars, StartError> {
    let read = |path: &PathBuf| {
        let refuse = |why: String| StartError::Setting(format!("calendar.holidays = {}: {why}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
        Holidays::read(&text).map_err(|error| refuse(error.to_string()))
    };
    let holidays = setting.holidays.as_ref().map(read).transpose()?.unwrap_or_default();
    let everywhere = Calendar::new(setting.hours, Arc::new(holidays), setting.zone);
    Ok(Calendars::new(everywhere, &setting.zones))
}
