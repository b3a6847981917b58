//! The service's own settings, read anew while it runs: checked first, noted in the record, and taken up once
//! whoever is being answered has their answer. It knows nothing of what the settings mean.

use std::fmt;

use tokio::sync::mpsc::UnboundedSender;

use crate::config::{Config, NotTaken, Source};

/// Tells why a service would not open by some settings.
pub type Fits = Box<dyn Fn(&Config) -> Result<(), String> + Send + Sync>;

/// What a running service is read anew by.
pub struct Reloader {
    /// Where its settings are read from.
    pub source: Source,
    /// Those that it runs by.
    pub running: Config,
    /// Tells why a service would not open by other settings.
    pub fits: Fits,
    /// Who opens one by them.
    pub opener: UnboundedSender<Config>,
}

impl fmt::Debug for Reloader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloader").field("source", &self.source.path).finish_non_exhaustive()
    }
}

impl Reloader {
    /// The settings as they are now, with the sections that differ.
    ///
    /// # Errors
    /// What is wrong with them, or cannot change while the service runs.
    pub fn read(&self) -> Result<(Config, Vec<&'static str>), NotTaken> {
        let (config, changed) = self.source.read_for(&self.running)?;
        (self.fits)(&config).map_err(NotTaken::Unfit)?;
        Ok((config, changed))
    }

    /// Lets a service with these settings follow. One that is ending takes up nothing.
    pub fn take_up(&self, config: Config) {
        if self.opener.send(config).is_err() {
            tracing::warn!("the service is ending; the settings will be read when it is started again");
        }
    }
}
