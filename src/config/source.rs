//! Where the settings of a running service come from, so that they can be read again while it runs. What cannot
//! change under it is named, and refused; nothing is taken up here.

use std::path::PathBuf;

use super::{Config, ConfigError};

/// The file and the flags that settings were read from; the environment is that of the process.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file, if there was one.
    pub path: Option<PathBuf>,
    /// What flags laid over it, by key.
    pub overrides: Vec<(String, String)>,
}

/// Why settings cannot be taken up by a service that runs.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// They are wrong in themselves.
    #[error(transparent)]
    Wrong(#[from] ConfigError),
    /// These cannot change while it runs.
    #[error("{} cannot change while the service runs; start it again", .0.join(", "))]
    Fixed(Vec<&'static str>),
    /// A service does not open by them: a file that they name is missing or wrong.
    #[error("{0}")]
    Unfit(String),
}

impl Source {
    /// Reads them.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn read(&self) -> Result<Config, ConfigError> {
        Config::load(self.path.as_deref(), std::env::vars(), &self.overrides)
    }

    /// Reads them for a service that runs by `running`, with the sections that differ.
    ///
    /// # Errors
    /// What is wrong with them, or cannot change while the service runs.
    pub fn read_for(&self, running: &Config) -> Result<(Config, Vec<&'static str>), NotTaken> {
        let wanted = self.read()?;
        let fixed = running.fixed_against(&wanted);
        if !fixed.is_empty() {
            return Err(NotTaken::Fixed(fixed));
        }
        let changed = running.sections_against(&wanted);
        Ok((wanted, changed))
    }
}

impl Config {
    /// The procedures that new requests are filed under, each with the setting that names it.
    pub fn procedures(&self) -> Vec<(String, &str)> {
        let of_intake = self
            .intake
            .iter()
            .filter_map(|(name, source)| Some((format!("intake.{name}.sop"), source.sop.as_deref()?)));
        std::iter::once(("sop.default".to_owned(), self.sop.default.as_str())).chain(of_intake).collect()
    }

    /// What differs in `other` and holds for the life of a process: its sockets, its files and its log.
    fn fixed_against(&self, other: &Self) -> Vec<&'static str> {
        let same = [
            ("server.bind", self.server.bind == other.server.bind),
            ("server.workers", self.server.workers == other.server.workers),
            ("database", self.database == other.database),
            ("attachments.path", self.attachments.path == other.attachments.path),
            ("metrics", self.metrics == other.metrics),
            ("log", self.log == other.log),
            ("telemetry", self.telemetry == other.telemetry),
        ];
        same.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }

    /// The sections that differ in `other`.
    fn sections_against(&self, other: &Self) -> Vec<&'static str> {
        let same = [
            ("server", self.server == other.server),
            ("attachments", self.attachments == other.attachments),
            ("sop", self.sop == other.sop),
            ("mail", self.mail == other.mail),
            ("auth", self.auth == other.auth),
            ("writer", self.writer == other.writer),
            ("intake", self.intake == other.intake),
            ("connector", self.connectors == other.connectors),
            ("people", self.people == other.people),
            ("teams", self.teams == other.teams),
            ("backup", self.backup == other.backup),
            ("client", self.client == other.client),
            ("limits", self.limits == other.limits),
            ("jobs", self.jobs == other.jobs),
            ("calendar", self.calendar == other.calendar),
            ("ledger", self.ledger == other.ledger),
            ("outbound", self.outbound == other.outbound),
        ];
        same.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> (tempfile::TempDir, Source) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("proviso.toml");
        std::fs::write(&path, text).unwrap();
        (folder, Source { path: Some(path), overrides: Vec::new() })
    }

    #[test]
    fn what_differs_is_named_by_its_section() {
        let (_folder, source) = written("[limits]\nrequests_per_minute = 7\n[calendar]\nzone = \"Europe/Berlin\"\n");
        let (config, changed) = source.read_for(&Config::default()).unwrap();
        assert_eq!(changed, ["limits", "calendar"]);
        assert_eq!(source.read_for(&config).unwrap().1, [""; 0]);
    }

    #[test]
    fn what_holds_for_the_life_of_a_process_is_refused() {
        let (_folder, source) = written("[server]\nbind = \"127.0.0.1:9999\"\n[log]\nformat = \"json\"\n");
        let refused = source.read_for(&Config::default()).unwrap_err();
        assert_eq!(refused.to_string(), "server.bind, log cannot change while the service runs; start it again");
    }
}
