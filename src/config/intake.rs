//! The sources of inbound messages: `[intake.<source>]`, one section for each ticket system, mail gateway or
//! chat. Their names are the installation's own, so that they stand in no table; their keys are these.

use std::collections::{BTreeMap, BTreeSet};

use super::{Config, Origin, Problem};
use crate::{
    identity::{
        email::EmailAddress,
        webhook::{Scheme, Secret},
    },
    words::Kind,
};

/// The keys of a source, and what each means.
pub const SOURCE_KEYS: &[(&str, &str)] = &[
    ("signature", "How it signs: standard-webhooks, hub-signature-256 or shared-secret"),
    ("secret", "What it signs with; better as …_FILE than here"),
    ("header", "Where a shared secret stands; X-Proviso-Secret when not set"),
    (
        "verify_token",
        "What WhatsApp's platform shows when it asks for the address with GET; better as …_FILE than here",
    ),
    (
        "messages",
        "JSON Pointer to each message where a delivery has several; `*` stands for every one of a list, and the \
         pointers below begin at the message: WhatsApp's are /entry/*/changes/*/value/messages/*",
    ),
    ("sender", "JSON Pointer to the sender: a mail address, or a name that `senders` knows"),
    ("title", "JSON Pointer to the title"),
    ("external_id", "JSON Pointer to what makes a message one and the same, such as the ticket's number"),
    ("text", "JSON Pointer to the text, which becomes the justification"),
    ("ticket", "JSON Pointer to the ticket's address"),
    ("sop", "The procedure of its drafts; `sop.default` when not set"),
    ("kind", "The kind of its drafts: ai_usage, data_handling or model_deployment"),
];

/// Further keys `senders.<name>`: the mail address of a sender who shows another name, such as a phone number.
const SENDERS: &str = "senders.";
const PREFIX: &str = "intake.";
/// The keys whose values are never shown.
const SECRET: [&str; 2] = ["secret", "verify_token"];
const NEEDED: [&str; 5] = ["signature", "secret", "sender", "title", "external_id"];

/// A source of inbound messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// How it signs.
    pub scheme: Scheme,
    /// What it signs with.
    pub secret: Secret,
    /// Where a shared secret stands, in lower case.
    pub header: String,
    /// What a platform shows that asks whether the address is ours (`hub.verify_token`).
    pub verify_token: Option<Secret>,
    /// Where the message says what.
    pub at: Pointers,
    /// The procedure of its drafts.
    pub sop: Option<String>,
    /// The kind of its drafts.
    pub kind: Option<Kind>,
    /// Mail addresses by the names that the source knows its senders by.
    pub senders: BTreeMap<String, EmailAddress>,
}

/// Where a message says what: JSON Pointers (RFC 6901).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pointers {
    /// Each message of a delivery, with `*` for every one of a list; not set where a delivery is a message.
    pub messages: Option<String>,
    /// The sender.
    pub sender: String,
    /// The title.
    pub title: String,
    /// What makes the message one and the same.
    pub external_id: String,
    /// The text.
    pub text: Option<String>,
    /// The ticket's address.
    pub ticket: Option<String>,
}

/// Is it a key of a source, well spelt?
pub(super) fn is_key(name: &str) -> bool {
    named(name).is_some_and(|(_, key)| {
        SOURCE_KEYS.iter().any(|(known, _)| *known == key) || key.strip_prefix(SENDERS).is_some_and(|id| !id.is_empty())
    })
}

/// The key whose value a variable such as `intake.helpdesk.secret_file` names the file of.
pub(super) fn from_file(name: &str) -> Option<&str> {
    name.strip_suffix("_file").filter(|key| named(key).is_some_and(|(_, key)| SECRET.contains(&key)))
}

/// What to say of a key below `intake` that does not exist.
pub(super) fn unknown(name: &str) -> Option<String> {
    let below = name.strip_prefix(PREFIX)?;
    let known: Vec<&str> = SOURCE_KEYS.iter().map(|(key, _)| *key).collect();
    let Some((_, key)) = named(name) else {
        let bare = below.split('.').next().unwrap_or_default();
        return Some(if is_source(bare) {
            format!("is a section; write its keys: {}", known.join(", "))
        } else {
            "a source's name has lower-case letters, digits and `_`, at most 40, a letter first".to_owned()
        });
    };
    let nearest = known.iter().min_by_key(|known| strsim::damerau_levenshtein(known, key))?;
    Some(format!("is not known; did you mean `{nearest}`? A source has: {}, and senders", known.join(", ")))
}

/// The source and its key.
fn named(name: &str) -> Option<(&str, &str)> {
    let (source, key) = name.strip_prefix(PREFIX)?.split_once('.')?;
    is_source(source).then_some((source, key))
}

fn is_source(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// What was set of the sources, by the keys' whole names.
pub(super) type Set = BTreeMap<String, (String, Origin)>;

/// Reads every source that something was set of; each that is wrong becomes a problem.
pub(super) fn read(set: &Set, config: &mut Config) -> Vec<Problem> {
    let names: BTreeSet<&str> = set.keys().filter_map(|name| named(name)).map(|(source, _)| source).collect();
    let mut problems = Vec::new();
    for name in names {
        let mut reading = Reading { set, name, problems: Vec::new() };
        let source = reading.source();
        match source.filter(|_| reading.problems.is_empty()) {
            Some(source) => drop(config.intake.insert(name.to_owned(), source)),
            None => problems.append(&mut reading.problems),
        }
    }
    problems
}

struct Reading<'s> {
    set: &'s Set,
    name: &'s str,
    problems: Vec<Problem>,
}

impl<'s> Reading<'s> {
    fn source(&mut self) -> Option<Source> {
        let missing: Vec<&str> = NEEDED.into_iter().filter(|key| self.text(key).is_none()).collect();
        for key in missing {
            let name = format!("{PREFIX}{}.{key}", self.name);
            let about = SOURCE_KEYS.iter().find(|(known, _)| *known == key).map_or("", |(_, about)| about);
            self.problems.push(Problem::new(&name, &Origin::Default, format!("is needed: {about}")));
        }
        let scheme = self.parsed("signature", str::parse)?;
        let secret = self.parsed("secret", |text| Secret::read(scheme, text));
        let verify_token = self.parsed("verify_token", |text| Secret::read(Scheme::SharedSecret, text));
        let at = Pointers {
            messages: self.parsed("messages", pattern),
            sender: self.parsed("sender", pointer).unwrap_or_default(),
            title: self.parsed("title", pointer).unwrap_or_default(),
            external_id: self.parsed("external_id", pointer).unwrap_or_default(),
            text: self.parsed("text", pointer),
            ticket: self.parsed("ticket", pointer),
        };
        let kind =
            self.parsed("kind", |text| text.parse().map_err(|_| format!("write one of: {}", Kind::CODES.join(", "))));
        let header = self.parsed("header", header).unwrap_or_else(|| "x-proviso-secret".to_owned());
        let sop = self.text("sop").map(|(text, _)| text.clone());
        let senders = self.senders();
        Some(Source { scheme, secret: secret?, header, verify_token, at, sop, kind, senders })
    }

    fn text(&self, key: &str) -> Option<&'s (String, Origin)> {
        self.set.get(&format!("{PREFIX}{}.{key}", self.name))
    }

    fn parsed<T>(&mut self, key: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let (text, origin) = self.text(key)?;
        let refuse = |remedy: String| {
            let told = if SECRET.contains(&key) { remedy } else { format!("{text:?} is not accepted; {remedy}") };
            Problem::new(&format!("{PREFIX}{}.{key}", self.name), origin, told)
        };
        read(text).map_err(|remedy| self.problems.push(refuse(remedy))).ok()
    }

    fn senders(&mut self) -> BTreeMap<String, EmailAddress> {
        let prefix = format!("{PREFIX}{}.{SENDERS}", self.name);
        let mut senders = BTreeMap::new();
        for (name, (text, origin)) in self.set.range(prefix.clone()..) {
            let Some(shown) = name.strip_prefix(&prefix) else { break };
            if let Ok(address) = text.parse() {
                senders.insert(shown.to_owned(), address);
            } else {
                let remedy = "write the mail address of somebody who has an account, alone";
                self.problems.push(Problem::new(name, origin, remedy));
            }
        }
        senders
    }
}

fn pointer(text: &str) -> Result<String, String> {
    let escaped = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    if text.starts_with('/') && escaped {
        Ok(text.to_owned())
    } else {
        Err("write a JSON Pointer (RFC 6901), such as /issue/reporter/email".to_owned())
    }
}

fn pattern(text: &str) -> Result<String, String> {
    let found = pointer(text).ok().filter(|found| found.split('/').any(|step| step == "*"));
    found.ok_or_else(|| "write a JSON Pointer with `*` for every one of a list, such as /messages/*".to_owned())
}

fn header(text: &str) -> Result<String, String> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=60).contains(&text.len()) && text.bytes().all(token) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("write a header's name, such as X-Proviso-Secret".to_owned())
    }
}

impl Source {
    /// Its settings as they would be written, by their keys; the secret is veiled.
    pub fn shown(&self) -> Vec<(String, String)> {
        let set = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let optional = |key: &str, value: Option<&str>| value.map(|value| set(key, value));
        let at = &self.at;
        let fixed = [
            set("signature", &self.scheme.to_string()),
            set("secret", "..."),
            set("header", &self.header),
            set("sender", &at.sender),
            set("title", &at.title),
            set("external_id", &at.external_id),
        ];
        let more = [
            optional("verify_token", self.verify_token.as_ref().map(|_| "...")),
            optional("messages", at.messages.as_deref()),
            optional("text", at.text.as_deref()),
            optional("ticket", at.ticket.as_deref()),
            optional("sop", self.sop.as_deref()),
            optional("kind", self.kind.map(Kind::as_str)),
        ];
        let senders = self.senders.iter().map(|(name, address)| set(&format!("{SENDERS}{name}"), address.as_str()));
        fixed.into_iter().chain(more.into_iter().flatten()).chain(senders).collect()
    }
}
