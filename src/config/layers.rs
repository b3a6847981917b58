//! Where settings come from: the file, the environment and the flags, laid over one another, and the
//! keys that nobody knows. What a setting means is not known here.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
};

use config::{File, FileFormat, Map, Source, Value, ValueKind};

use super::{Config, KEYS, Key, Problem, connector, intake, teams};

const PREFIX: &str = "PROVISO__";
const FROM_FILE: &str = "_file";

/// Where a setting was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: it has its default.
    Default,
    /// In the configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1, where it could be found.
        line: Option<usize>,
    },
    /// In this variable of the environment.
    Env(String),
    /// By a flag.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line: None } => path.display().fmt(f),
            Self::File { path, line: Some(line) } => write!(f, "{}, line {line}", path.display()),
            Self::Env(name) => f.write_str(name),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// All layers as one: the uppermost value of each known key, and where it came from.
#[derive(Debug, Default)]
pub(super) struct Layers {
    values: BTreeMap<&'static str, (Value, Origin)>,
    /// What was set of the sources of inbound messages, by the keys' whole names.
    pub(super) sources: intake::Set,
    /// The same of connectors and of what other systems call our people.
    pub(super) connectors: intake::Set,
    /// The same of the people of teams.
    pub(super) teams: intake::Set,
    problems: Vec<Problem>,
}

impl Layers {
    /// Reads every layer; what cannot be read or is not known becomes a problem.
    pub(super) fn read(
        path: Option<&Path>,
        env: &BTreeMap<String, String>,
        overrides: &[(String, String)],
    ) -> (Self, Vec<Problem>) {
        let mut layers = Self::default();
        if let Some(path) = path {
            layers.file(path);
        }
        for (variable, value) in env {
            if let Some(name) = variable.strip_prefix(PREFIX)
                && !value.is_empty()
            {
                let name = name.to_lowercase().replace("__", ".");
                layers.variable(&name, value.clone(), Origin::Env(variable.clone()));
            }
        }
        for (name, value) in overrides {
            layers.add(name, value.as_str().into(), Origin::Flag);
        }
        let problems = std::mem::take(&mut layers.problems);
        (layers, problems)
    }

    pub(super) fn origin(&self, key: &Key) -> Origin {
        self.values.get(key.name).map_or(Origin::Default, |(_, origin)| origin.clone())
    }

    /// Sets `key` in `config`, if a layer has it.
    pub(super) fn apply(&self, key: &Key, config: &mut Config) -> Result<(), Problem> {
        let Some((value, origin)) = self.values.get(key.name) else {
            return Ok(());
        };
        let refuse = |remedy: String| Problem::new(key.name, origin, remedy);
        let text =
            value.clone().into_string().map_err(|_| refuse("write one text or number, not a list".to_owned()))?;
        (key.set)(config, &text)
            .map_err(|remedy| refuse(if key.secret { remedy } else { format!("{text:?} is not accepted; {remedy}") }))
    }

    fn refuse(&mut self, key: &str, origin: &Origin, remedy: impl Into<String>) {
        self.problems.push(Problem::new(key, origin, remedy));
    }

    /// Lays a value over what is below it.
    fn add(&mut self, name: &str, value: Value, origin: Origin) {
        match KEYS.iter().find(|key| key.name == name) {
            Some(key) => drop(self.values.insert(key.name, (value, origin))),
            None if intake::is_key(name) => match value.into_string() {
                Ok(text) => drop(self.sources.insert(name.to_owned(), (text, origin))),
                Err(_) => self.refuse(name, &origin, "write one text or number, not a list"),
            },
            None if connector::is_key(name) => match listed(value) {
                Some(text) => drop(self.connectors.insert(name.to_owned(), (text, origin))),
                None => self.refuse(name, &origin, "write one text or number, or a list of them"),
            },
            None if teams::is_key(name) => match listed(value) {
                Some(text) => drop(self.teams.insert(name.to_owned(), (text, origin))),
                None => self.refuse(name, &origin, "write one address, or a list of them"),
            },
            None => self.refuse(name, &origin, unknown(name, &origin)),
        }
    }

    fn file(&mut self, path: &Path) {
        let place = |line| Origin::File { path: path.to_owned(), line };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                let remedy = format!("cannot be read ({error}); name a readable file in UTF-8");
                return self.refuse("the configuration file", &place(None), remedy);
            }
        };
        match File::from_str(&text, FileFormat::Toml).collect() {
            Ok(table) => {
                for (name, value) in flat("", table) {
                    let line = line_of(&text, &name);
                    self.add(&name, value, place(line));
                }
            }
            Err(error) => {
                let told = error.to_string();
                let (line, what) = syntax(&told);
                let remedy = format!("is not TOML: {what}");
                self.refuse("the configuration file", &place(line), remedy);
            }
        }
    }

    /// One variable: a value, or for a secret the file that holds it.
    fn variable(&mut self, name: &str, value: String, origin: Origin) {
        if let Some(key) = intake::from_file(name) {
            return self.source_secret(key, (&value, origin));
        }
        let is_known = KEYS.iter().any(|key| key.name == name);
        let held = name
            .strip_suffix(FROM_FILE)
            .filter(|_| !is_known)
            .and_then(|name| KEYS.iter().find(|key| key.name == name));
        let target = held.map_or(name, |key| key.name);
        if let Some((_, Origin::Env(other))) = self.values.get(target) {
            let remedy = format!("{other} sets the same; keep one of the two");
            return self.refuse(target, &origin, remedy);
        }
        match held {
            None => self.add(name, value.into(), origin),
            Some(key) if !key.secret => {
                let remedy = format!("only secrets are read from files; set {}", key.env());
                self.refuse(key.name, &origin, remedy);
            }
            Some(key) => self.secret(key.name, (&value, origin)),
        }
    }

    /// A secret of a source of inbound messages, by the file that holds it.
    fn source_secret(&mut self, key: &str, (file, origin): (&str, Origin)) {
        if let Some((_, Origin::Env(other))) = self.sources.get(key) {
            let remedy = format!("{other} sets the same; keep one of the two");
            return self.refuse(key, &origin, remedy);
        }
        self.secret(key, (file, origin));
    }

    /// A secret, by the file that holds it.
    fn secret(&mut self, key: &str, (file, origin): (&str, Origin)) {
        match fs::read_to_string(file) {
            Ok(text) => self.add(key, text.trim_end_matches(['\r', '\n']).into(), origin),
            Err(error) => {
                let remedy = format!("{file:?} cannot be read ({error}); name a readable file");
                self.refuse(key, &origin, remedy);
            }
        }
    }
}

/// A text, or a list of texts as one with commas, as the environment would have it.
fn listed(value: Value) -> Option<String> {
    if let ValueKind::Array(items) = value.kind {
        let texts: Option<Vec<String>> = items.into_iter().map(|item| item.into_string().ok()).collect();
        return texts.map(|texts| texts.join(","));
    }
    value.into_string().ok()
}

/// The leaves of a table by their dotted names; an empty table is a leaf unless it is a section of ours.
fn flat(above: &str, table: Map<String, Value>) -> Vec<(String, Value)> {
    let mut leaves = Vec::new();
    for (name, value) in table {
        let name = if above.is_empty() { name } else { format!("{above}.{name}") };
        if let ValueKind::Table(below) = value.kind {
            if below.is_empty() && !is_section(&name) {
                leaves.push((name, Value::from("")));
            } else {
                leaves.extend(flat(&name, below));
            }
        } else {
            leaves.push((name, value));
        }
    }
    leaves.sort_by(|(one, _), (other, _)| one.cmp(other));
    leaves
}

fn is_section(name: &str) -> bool {
    name == "intake"
        || name == "teams"
        || connector::is_section(name)
        || KEYS.iter().any(|key| key.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

/// What to say of a key that does not exist, in the spelling of where it stood.
fn unknown(name: &str, origin: &Origin) -> String {
    if let Some(remedy) = intake::unknown(name).or_else(|| connector::unknown(name)) {
        return remedy;
    }
    if is_section(name) {
        return format!("is a section; write its keys, such as those below [{name}]");
    }
    let nearest = KEYS
        .iter()
        .map(|key| {
            let bare = key.name.rsplit('.').next().unwrap_or_default();
            let distance = |known| strsim::damerau_levenshtein(name, known);
            (distance(key.name).min(distance(bare)), key)
        })
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= 1 + name.len() / 4);
    match (nearest, origin) {
        (Some((_, key)), Origin::Env(_)) => format!("is not known; did you mean {}?", key.env()),
        (Some((_, key)), Origin::Default | Origin::File { .. } | Origin::Flag) => {
            format!("is not known; did you mean `{}`?", key.name)
        }
        (None, _) => "is not known; remove it, or see `proviso config init` for all keys".to_owned(),
    }
}

/// The line, from 1, on which `name` is set or begun as a section: as TOML is usually written.
fn line_of(text: &str, name: &str) -> Option<usize> {
    let mut section = String::new();
    for (at, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            header.trim_start_matches('[').split(']').next().unwrap_or_default().trim().clone_into(&mut section);
            if section == name {
                return Some(at);
            }
        } else if let Some((key, _)) = line.split_once('=') {
            let key = key.trim().trim_matches(['"', '\'']);
            let is_here = match name.strip_prefix(section.as_str()) {
                Some(rest) if !section.is_empty() => rest.strip_prefix('.') == Some(key),
                Some(rest) => rest == key,
                None => false,
            };
            if is_here {
                return Some(at);
            }
        }
    }
    None
}

/// The line and the message of a syntax error, without the offending text, which may hold a secret.
fn syntax(error: &str) -> (Option<usize>, &str) {
    let line = error
        .split_once("at line ")
        .and_then(|(_, rest)| rest.split(',').next())
        .and_then(|number| number.parse().ok());
    let message = error.lines().rev().map(str::trim).find(|line| !line.is_empty());
    (line, message.unwrap_or("the file cannot be parsed"))
}
