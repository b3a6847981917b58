//! `proviso demo`: a whole service on this machine, made anew each time, with people and exceptions.

use std::{io::Write, net::SocketAddr, path::PathBuf};

use clap::Args;

use super::{Code, Failure};
use crate::{
    app::{App, DEMO_PASSWORD, Guest, HISTORY, Timing, fill, known, seed},
    config::Config,
    store::DatabaseUrl,
};

/// The verb's own options.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Where it listens; only on this machine.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    bind: SocketAddr,
    /// The folder for its database; a fresh temporary one if it is not given.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// An empty database to use instead of an SQLite file in that folder.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

impl Demo {
    /// The service until it is told to stop; `set` are settings of flags, and the environment has no say.
    pub(super) fn run(&self, set: Vec<(String, String)>) -> Result<(), Failure> {
        if !self.bind.ip().is_loopback() {
            let message = "every account of a demonstration has the same password: it listens on 127.0.0.1 only";
            return Err(Failure::new(Code::Usage, anyhow::anyhow!(message)));
        }
        let folder = self.folder()?;
        let key = super::audit::kept_key(&folder.join("ledger.key"), "demo.proviso.local/ledger")?;
        let config = self.config(&folder, (set, key.reveal()))?;
        let _telemetry = crate::app::start_log(&config);
        let timing = Timing::demonstration()?;
        let made = if is_new(&config) { Some(fill(&config, &timing)?) } else { None };
        let app = App::open(config, timing)?;
        let guests = match made {
            Some(guests) => guests,
            None if app.is_empty()? => seed(&app)?,
            None => {
                app.desk().clock().advance(HISTORY);
                known(&app)?
            }
        };
        app.demonstrate(|address| {
            // Nobody has to read it for the service to run.
            let _ = writeln!(std::io::stdout(), "{}", story(address, &guests, &folder));
        })?;
        Ok(())
    }

    fn folder(&self) -> Result<PathBuf, Failure> {
        let folder = match &self.folder {
            Some(folder) => folder.clone(),
            None => std::env::temp_dir().join(format!("proviso-demo-{}", std::process::id())),
        };
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    fn config(
        &self,
        folder: &std::path::Path,
        (overrides, key): (Vec<(String, String)>, &str),
    ) -> Result<Config, Failure> {
        let set = |key: &str, value: String| (key.to_owned(), value);
        let own = [
            set("server.bind", self.bind.to_string()),
            set(
                "database.url",
                self.database.clone().unwrap_or_else(|| format!("sqlite:{}", folder.join("demo.sqlite").display())),
            ),
            set("attachments.path", folder.join("attachments").display().to_string()),
            set("ledger.key", key.to_owned()),
            set("mail.path", folder.join("mail").display().to_string()),
        ];
        let quiet = set("log.level", "warn".to_owned());
        let overrides: Vec<_> = std::iter::once(quiet).chain(overrides).chain(own).collect();
        Config::load(None, std::iter::empty(), &overrides).map_err(|error| Failure::new(Code::Invalid, error))
    }
}

/// Is the database a file that is not there yet?
fn is_new(config: &Config) -> bool {
    let url: Option<DatabaseUrl> = config.database.url.reveal().parse().ok();
    url.as_ref().and_then(DatabaseUrl::file).is_some_and(|file| !file.exists())
}

/// What to try first.
fn story(address: SocketAddr, guests: &[Guest], folder: &std::path::Path) -> String {
    let width = guests.iter().map(|guest| guest.name.len()).max().unwrap_or(0);
    let people = guests.iter().map(|guest| {
        let roles: Vec<&str> = guest.roles.iter().map(|(role, _)| role.as_str()).collect();
        let roles = if roles.is_empty() { "requester".to_owned() } else { roles.join(", ") };
        format!("  {:width$}  {:28} {roles}", guest.name, guest.email)
    });
    format!(
        "Proviso demonstration at http://{address}  (data in {folder}; press Ctrl-C to stop)\n\n\
         Sign in as any of these; the password is: {DEMO_PASSWORD}\n\n{people}\n\n\
         Then, in another shell{tried}\n\n\
         The interface is described at http://{address}/docs, a whole exception's life in README.md.\n",
        folder = folder.display(),
        tried = tried(address, guests),
        people = people.collect::<Vec<_>>().join("\n"),
    )
}

/// What to paste: as a program with a token where one was just issued, and else as somebody who signs in.
fn tried(address: SocketAddr, guests: &[Guest]) -> String {
    let json = "-H 'Content-Type: application/json'";
    let token = guests.iter().find_map(|guest| Some((guest.name, guest.token.as_ref()?)));
    let (who, sign_in) = match token {
        Some((name, token)) => {
            (format!(", as a program that files for {name}"), format!("-H 'Authorization: Bearer {token}'"))
        }
        None => (String::new(), format!("-b cookies -H 'Origin: http://{address}'")),
    };
    let first = format!(
        "  curl -s -c cookies -o /dev/null -H 'Origin: http://{address}' {json} \\\n    -d '{{\"email\":\"rita@example.com\",\"password\":\"{DEMO_PASSWORD}\"}}' http://{address}/v1/session\n"
    );
    let first = if token.is_some() { String::new() } else { first };
    format!(
        "{who}:\n\n{first}\
         \x20 curl -s {sign_in} {json} \\\n    -d '{{\"title\":\"Summaries of support tickets\"}}' http://{address}/v1/exceptions\n\
         \x20 curl -s {sign_in} 'http://{address}/v1/exceptions?sort=-changed_at&limit=3'"
    )
}
