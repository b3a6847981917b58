//! A person's session on the command line: asked for once, then kept in a file that only its owner reads.
//! The password itself is never kept.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{IsTerminal, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::PathBuf,
};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::{Code, Failure};
use crate::words::Hash;

/// Names the file from which a password is read where nobody types one.
const PASSWORD_FILE: &str = "PROVISO_PASSWORD_FILE";

/// A session of a person at a service.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) at: String,
    pub(super) email: String,
    /// `name=value`, as the service set it.
    pub(super) cookie: String,
}

impl Session {
    /// The session that was kept for this service, and for this person if one is named.
    pub(super) fn kept(at: &str, email: Option<&str>) -> Option<Self> {
        let text = fs::read_to_string(file(at)?).ok()?;
        let found: Self = serde_json::from_str(&text).ok()?;
        (found.at == at && email.is_none_or(|email| email == found.email)).then_some(found)
    }

    /// Keeps it; without a home folder it lasts as long as the command.
    pub(super) fn keep(&self) -> Result<(), Failure> {
        let Some(path) = file(&self.at) else { return Ok(()) };
        let told = || format!("the session cannot be kept in {}", path.display());
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(told)?;
        }
        // Made anew, so that an old file's wider permissions do not stay.
        let arriving = path.with_extension(format!("{}.new", std::process::id()));
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(&arriving).with_context(told)?;
        file.write_all(serde_json::to_string(self)?.as_bytes()).with_context(told)?;
        Ok(fs::rename(&arriving, &path).with_context(told)?)
    }
}

/// Where the session of a service is kept: the XDG state folder.
fn file(at: &str) -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = named("XDG_STATE_HOME").or_else(|| Some(named("HOME")?.join(".local/state")))?;
    let name = Hash::of(at.as_bytes()).to_string();
    Some(state.join("proviso").join(format!("session-{}.json", name.get(..16)?)))
}

/// An address and a password.
pub(super) struct Typed {
    pub(super) email: String,
    pub(super) password: String,
}

/// Asks for a password, at the terminal or in the file that the environment names.
pub(super) fn typed(email: Option<&str>, at: &str) -> Result<Typed, Failure> {
    let file = std::env::var_os(PASSWORD_FILE).filter(|path| !path.is_empty());
    if file.is_none() && !std::io::stdin().is_terminal() {
        let told = format!("nobody is signed in at {at}: set {PASSWORD_FILE} and --as, or sign in at a terminal");
        return Err(Failure::told(Code::Usage, told));
    }
    let email = match email {
        Some(email) => email.to_owned(),
        None if file.is_some() => {
            return Err(Failure::told(Code::Usage, "name who signs in: --as ADDRESS, or PROVISO__CLIENT__EMAIL"));
        }
        None => asked(&format!("Mail address at {at}: "))?,
    };
    let password = match file {
        Some(path) => {
            let told = || format!("{PASSWORD_FILE}: {} cannot be read", PathBuf::from(&path).display());
            fs::read_to_string(&path).with_context(told)?.trim_end_matches(['\r', '\n']).to_owned()
        }
        None => rpassword::prompt_password(format!("Password of {email}: ")).context("no password was typed")?,
    };
    Ok(Typed { email, password })
}

/// A line that somebody types.
pub(super) fn asked(question: &str) -> Result<String, Failure> {
    eprint!("{question}");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("nothing was typed")?;
    Ok(line.trim().to_owned())
}
