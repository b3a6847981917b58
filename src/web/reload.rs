//! The service's own settings, read anew while it runs: checked first, noted in the record, and taken up once
//! whoever is being answered has their answer. It knows nothing of what the settings mean.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use actix_web::dev::ServerHandle;

use crate::config::{Config, NotTaken, Source};

/// What a running service is read anew by.
pub struct Reloader {
    source: Source,
    running: Config,
    fits: fn(&Config) -> Result<(), String>,
    next: Mutex<Option<Config>>,
    server: Mutex<Option<ServerHandle>>,
}

impl fmt::Debug for Reloader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloader").field("source", &self.source.path).finish_non_exhaustive()
    }
}

impl Reloader {
    /// For a service that runs by `running`, which was read from `source`; `fits` tells why one would not open by
    /// other settings.
    pub fn new(source: Source, running: Config, fits: fn(&Config) -> Result<(), String>) -> Self {
        Self { source, running, fits, next: Mutex::default(), server: Mutex::default() }
    }

    /// The settings as they are now, with the sections that differ.
    ///
    /// # Errors
    /// What is wrong with them, or cannot change while the service runs.
    pub fn read(&self) -> Result<(Config, Vec<&'static str>), NotTaken> {
        let (config, changed) = self.source.read_for(&self.running)?;
        (self.fits)(&config).map_err(NotTaken::Unfit)?;
        Ok((config, changed))
    }

    /// The server that ends when settings are taken up.
    pub fn serves(&self, server: ServerHandle) {
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) = Some(server);
    }

    /// Lets the server end, once everybody has their answer, to be followed by one with these settings.
    pub fn take_up(&self, config: Config) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(config);
        if let Some(server) = &*self.server.lock().unwrap_or_else(PoisonError::into_inner) {
            drop(server.stop(true));
        }
    }

    /// The settings that were to be taken up, if that is why the server ended.
    pub fn next(&self) -> Option<Config> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
