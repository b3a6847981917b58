//! PostgreSQL's own tools: `pg_dump` and `pg_restore`, with the password in their environment and never
//! among their arguments, where others could read it.

use std::{
    path::Path,
    process::{Command, Output},
};

use super::BackupError;
use crate::store::{DatabaseUrl, Watch, backup as store};

/// Dumps a server's database to a file in the custom format, and tells what it holds at that moment.
pub(super) fn dump(url: &DatabaseUrl, to: &Path, watch: Watch<'_>) -> Result<store::Contents, BackupError> {
    let held = store::hold(url, watch)?;
    let mut command = connected("pg_dump", url);
    command.args(["--format=custom", "--no-owner", "--no-privileges"]);
    command.arg(format!("--snapshot={}", held.name)).arg("--file").arg(to);
    watch("pg_dump", 0);
    run(command)?;
    std::fs::File::open(to)
        .and_then(|file| file.sync_all())
        .map_err(|error| BackupError::File { path: to.to_owned(), error })?;
    Ok(held.contents)
}

/// Puts a dump into an empty database, all of it or nothing.
pub(super) fn restore(url: &DatabaseUrl, from: &Path) -> Result<(), BackupError> {
    if !store::is_bare(url)? {
        let told = format!("{url} has tables already: name an empty database");
        return Err(BackupError::InTheWay(told));
    }
    let mut command = connected("pg_restore", url);
    command.args(["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]).arg(from);
    run(command)
}

/// Reads a dump's table of contents.
pub(super) fn list(file: &Path) -> Result<(), BackupError> {
    let mut command = Command::new("pg_restore");
    command.arg("--list").arg(file);
    match command.output() {
        Ok(ended) if !ended.status.success() => {
            Err(BackupError::Unverified(String::from_utf8_lossy(&ended.stderr).trim().to_owned()))
        }
        ended => finished("pg_restore", ended),
    }
}

fn connected(program: &str, url: &DatabaseUrl) -> Command {
    let mut command = Command::new(program);
    if let Some((address, password)) = url.server() {
        command.arg(format!("--dbname={address}"));
        if let Some(password) = password {
            command.env("PGPASSWORD", password);
        }
    }
    command
}

fn run(mut command: Command) -> Result<(), BackupError> {
    let program = command.get_program().to_string_lossy().into_owned();
    finished(&program, command.output())
}

fn finished(program: &str, ended: std::io::Result<Output>) -> Result<(), BackupError> {
    match ended {
        Ok(ended) if ended.status.success() => Ok(()),
        Ok(ended) => {
            let told = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
            Err(BackupError::Tool(format!("{program} failed: {told}")))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(BackupError::Tool(format!(
            "{program} is not installed: install PostgreSQL's client programs of the server's version or later (Debian: postgresql-client)"
        ))),
        Err(error) => Err(BackupError::Tool(format!("{program} does not start: {error}"))),
    }
}
