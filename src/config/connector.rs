//! The systems that are told of events: `[connector.<name>]`, one section for each, and `[people.<source>]`,
//! what a system calls our people. Their names are the installation's own; their keys are these.

mod values;

use std::collections::{BTreeMap, BTreeSet};

use super::{Config, Origin, Problem, intake::Set};
use crate::{
    connect::{
        Action, Connector, Credentials, Kind, Secret,
        connector::EVENTS,
        document::{Keeps, Template, Way},
        people::Mapping,
    },
    sop::Rule,
};
use values::{base, events, file, no_event, not_left_open, one_line, one_of, source, variables, way};

/// The keys of a connector, and what each means.
pub const CONNECTOR_KEYS: &[(&str, &str)] = &[
    ("kind", "Which system: jira, zendesk, salesforce, servicenow, whatsapp or generic"),
    ("base_url", "Where it is, such as https://example.atlassian.net"),
    ("on", "The events that it is told of, such as [\"exception.submitted\", \"exception.granted\"]"),
    ("when", "A further condition on the exception's facts (CEL), such as exception.tier == 'high'"),
    ("action", "upsert, create or update; upsert when not set"),
    ("template", "A file with calls of one's own in place of those that ship"),
    ("auth", "How it shows who it is: none, basic, bearer or oauth2; the kind's own when not set"),
    ("user", "The user of `basic`"),
    ("client_id", "The client of `oauth2`"),
    ("scope", "The scope that `oauth2` asks for"),
    ("secret_env", "The variables of the environment that hold its secrets; the first is the one it shows"),
    ("source", "The source of [intake.<source>] whose tickets are this system's"),
];

/// Further keys `set.<name>` and `set.<name>.<event>`: what the calls leave to the installation.
const SET: &str = "set.";
const CONNECTOR: &str = "connector.";
const PEOPLE: &str = "people.";
/// How many connectors there may be.
const MOST: usize = 32;

/// Is it a key of a connector or of people, well spelt?
pub(super) fn is_key(name: &str) -> bool {
    if let Some((_, external)) = below(name, PEOPLE) {
        return !external.is_empty();
    }
    below(name, CONNECTOR).is_some_and(|(_, key)| {
        CONNECTOR_KEYS.iter().any(|(known, _)| *known == key)
            || key.strip_prefix(SET).is_some_and(|set| !set.is_empty())
    })
}

/// Is it a section of connectors or people?
pub(super) fn is_section(name: &str) -> bool {
    name == "connector" || name == "people"
}

/// What to say of a key below `connector` or `people` that does not exist.
pub(super) fn unknown(name: &str) -> Option<String> {
    let prefix = [CONNECTOR, PEOPLE].into_iter().find(|prefix| name.starts_with(prefix))?;
    let known: Vec<&str> = CONNECTOR_KEYS.iter().map(|(key, _)| *key).collect();
    let Some((_, key)) = below(name, prefix) else {
        let bare = name.strip_prefix(prefix)?.split('.').next().unwrap_or_default();
        return Some(if !is_name(bare) {
            "a name has lower-case letters, digits and `_`, at most 40, a letter first".to_owned()
        } else if prefix == PEOPLE {
            "is a section; write a line for each person: the name there, and the mail address here".to_owned()
        } else {
            format!("is a section; write its keys: {}", known.join(", "))
        });
    };
    let begins = known.iter().find(|known| known.starts_with(key));
    let nearest = begins.or_else(|| known.iter().min_by_key(|known| strsim::damerau_levenshtein(known, key)))?;
    Some(format!("is not known; did you mean `{nearest}`? A connector has: {}, and set", known.join(", ")))
}

fn below<'n>(name: &'n str, prefix: &str) -> Option<(&'n str, &'n str)> {
    let (section, key) = name.strip_prefix(prefix)?.split_once('.')?;
    is_name(section).then_some((section, key))
}

fn is_name(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// Reads people, then every connector that something was set of; each that is wrong becomes a problem. The
/// environment tells the values of secrets, and nothing else.
pub(super) fn read(set: &Set, env: &BTreeMap<String, String>, config: &mut Config) -> Vec<Problem> {
    let mut problems = people(set, config);
    let names: BTreeSet<&str> = set.keys().filter_map(|name| below(name, CONNECTOR)).map(|(name, _)| name).collect();
    for name in &names {
        let mut reading = Reading { set, name, env, problems: Vec::new() };
        let connector = reading.connector(config);
        match connector.filter(|_| reading.problems.is_empty()) {
            Some(connector) => drop(config.connectors.insert((*name).to_owned(), connector)),
            None => problems.append(&mut reading.problems),
        }
    }
    if names.len() > MOST {
        problems.push(Problem::new("connector", &Origin::Default, format!("at most {MOST} connectors")));
    }
    problems
}

/// What each system calls our people; for a source of inbound messages these are its senders too.
fn people(set: &Set, config: &mut Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, (text, origin)) in set {
        let Some((source, external)) = below(name, PEOPLE) else { continue };
        let Ok(address) = text.parse() else {
            let remedy = "write the mail address of somebody who has an account, alone";
            problems.push(Problem::new(name, origin, remedy));
            continue;
        };
        config.people.entry(source.to_owned()).or_default().insert(external.to_owned(), address);
    }
    for (name, source) in &mut config.intake {
        let known = config.people.entry(name.clone()).or_default();
        for (external, address) in &source.senders {
            known.insert(external.clone(), address.clone());
        }
        source.senders = known.iter().map(|(external, address)| (external.to_owned(), address.clone())).collect();
    }
    config.people.retain(|_, mapping| !mapping.is_empty());
    problems
}

struct Reading<'s> {
    set: &'s Set,
    name: &'s str,
    env: &'s BTreeMap<String, String>,
    problems: Vec<Problem>,
}

impl<'s> Reading<'s> {
    fn connector(&mut self, config: &Config) -> Option<Connector> {
        let kind: Option<Kind> = self.needed("kind", |text| one_of(text, Kind::CODES));
        let hosts = &config.outbound.private_hosts;
        let base = self.needed("base_url", |text| base(text, hosts));
        let on = self.needed("on", events);
        let action = self.parsed("action", |text| one_of(text, Action::CODES)).unwrap_or(Action::Upsert);
        let when = self.parsed("when", Rule::read);
        let source = self.parsed("source", |text| source(text, config));
        let (template, template_file) = self.template(kind?)?;
        let credentials = self.credentials(&template);
        let (set, by_event) = self.settings(&template);
        let connector = Connector {
            name: self.name.to_owned(),
            kind: kind?,
            base: base?,
            on: on?,
            when,
            action,
            credentials: credentials?,
            set,
            by_event,
            people: self.people(config, source.as_deref()),
            source,
            template,
            template_file,
        };
        self.together(&connector);
        Some(connector)
    }

    fn people(&self, config: &Config, source: Option<&str>) -> Mapping {
        let named = [Some(self.name), source].into_iter().flatten().filter_map(|name| config.people.get(name));
        named.flat_map(Mapping::iter).map(|(external, address)| (external.to_owned(), address.clone())).collect()
    }

    fn text(&self, key: &str) -> Option<&'s (String, Origin)> {
        self.set.get(&format!("{CONNECTOR}{}.{key}", self.name))
    }

    fn refuse(&mut self, key: &str, origin: &Origin, remedy: impl Into<String>) {
        self.problems.push(Problem::new(&format!("{CONNECTOR}{}.{key}", self.name), origin, remedy));
    }

    fn needed<T>(&mut self, key: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        if self.text(key).is_none() {
            let about = CONNECTOR_KEYS.iter().find(|(known, _)| *known == key).map_or("", |(_, about)| about);
            self.refuse(key, &Origin::Default, format!("is needed: {about}"));
        }
        self.parsed(key, read)
    }

    fn parsed<T>(&mut self, key: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let (text, origin) = self.text(key)?;
        match read(text) {
            Ok(value) => Some(value),
            Err(remedy) => {
                // Somebody may have written the secret itself.
                let shown = key != "secret_env" && !text.contains('@');
                let told = if shown { format!("{text:?} is not accepted; {remedy}") } else { remedy };
                self.refuse(key, origin, told);
                None
            }
        }
    }

    /// Its calls: of a file, or those that ship.
    fn template(&mut self, kind: Kind) -> Option<(Template, Option<String>)> {
        if let Some((path, origin)) = self.text("template") {
            return match file(path) {
                Ok(template) => Some((template, Some(path.clone()))),
                Err(remedy) => {
                    self.refuse("template", origin, remedy);
                    None
                }
            };
        }
        match kind.template() {
            Some(Ok(template)) => Some((template, None)),
            Some(Err(error)) => {
                self.refuse("kind", &Origin::Default, format!("its calls cannot be read: {error}"));
                None
            }
            None => {
                let remedy = "is needed: a generic connector has no calls of its own; name a file with them";
                self.refuse("template", &Origin::Default, remedy);
                None
            }
        }
    }

    fn credentials(&mut self, template: &Template) -> Option<Credentials> {
        let way = match self.text("auth") {
            Some(_) => self.parsed("auth", way)?,
            None => template.auth,
        };
        let line = |text: &str| one_line(text);
        let (user, client_id, scope) =
            (self.parsed("user", line), self.parsed("client_id", line), self.parsed("scope", line));
        let names = self.parsed("secret_env", variables).unwrap_or_default();
        let value = |name: String| {
            let value = self.env.get(&name).and_then(|value| Secret::read(value));
            (name, value)
        };
        let secrets: Vec<_> = names.into_iter().map(value).collect();
        let lacks = [
            ("user", way == Way::Basic && user.is_none()),
            ("client_id", way == Way::Oauth2 && client_id.is_none()),
            ("secret_env", way != Way::None && secrets.is_empty()),
        ];
        for (key, _) in lacks.into_iter().filter(|(_, lacks)| *lacks) {
            let about = CONNECTOR_KEYS.iter().find(|(known, _)| *known == key).map_or("", |(_, about)| about);
            let remedy = format!("is needed where auth is {}: {about}", way.as_str());
            self.refuse(key, &Origin::Default, remedy);
        }
        Some(Credentials { way, user, client_id, scope, secrets })
    }

    /// What is set of what its calls leave open.
    fn settings(&mut self, template: &Template) -> (BTreeMap<String, String>, BTreeMap<(String, String), String>) {
        let prefix = format!("{CONNECTOR}{}.{SET}", self.name);
        let (mut set, mut by_event) = (BTreeMap::new(), BTreeMap::new());
        let here: Vec<_> = self.set.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix)).collect();
        for (name, (text, origin)) in here {
            let key = name.strip_prefix(&prefix).unwrap_or_default();
            let (param, event) = key.split_once('.').map_or((key, None), |(param, event)| (param, Some(event)));
            let about = template.set.get(param).map(|param| param.by_event);
            match (about, event) {
                (Some(false), None) => drop(set.insert(param.to_owned(), text.clone())),
                (Some(true), Some(event)) if EVENTS.contains(&event) => {
                    by_event.insert((param.to_owned(), event.to_owned()), text.clone());
                }
                (Some(true), Some(event)) => self.refuse(&format!("{SET}{key}"), origin, no_event(event)),
                (Some(true), None) => {
                    let remedy = format!("is set for one event at a time, such as set.{param}.granted");
                    self.refuse(&format!("{SET}{key}"), origin, remedy);
                }
                (Some(false) | None, _) => self.refuse(&format!("{SET}{key}"), origin, not_left_open(key, template)),
            }
        }
        for (name, _) in template.set.iter().filter(|(name, param)| param.required && !set.contains_key(*name)) {
            let about = template.set.get(name).map_or("", |param| param.about.as_str());
            self.refuse(&format!("{SET}{name}"), &Origin::Default, format!("is needed: {about}"));
        }
        (set, by_event)
    }

    /// What is each well, and not together.
    fn together(&mut self, connector: &Connector) {
        if connector.action == Action::Update && connector.template.keeps == Keeps::Nothing {
            self.refuse("action", &Origin::Default, "nothing is kept that could be updated; leave it out");
        }
        let secrets = &connector.credentials.secrets;
        let named = connector.template.calls().flat_map(|(_, call)| call.names());
        let wanted: BTreeSet<&str> = named.filter_map(|name| name.strip_prefix("secret.")).collect();
        for name in wanted.into_iter().filter(|name| secrets.iter().all(|(known, _)| known != name)) {
            let remedy = format!("its calls name secret.{name}; name that variable here");
            self.refuse("secret_env", &Origin::Default, remedy);
        }
    }
}

/// Its settings as they would be written, by their keys; secrets are named and not shown.
pub fn shown(connector: &Connector) -> Vec<(String, String)> {
    let set = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let optional = |key: &str, value: Option<&str>| value.map(|value| set(key, value));
    let on: Vec<String> = connector.on.iter().map(|code| format!("exception.{code}")).collect();
    let credentials = &connector.credentials;
    let secrets: Vec<&str> = credentials.secrets.iter().map(|(name, _)| name.as_str()).collect();
    let fixed = [
        set("kind", connector.kind.as_str()),
        set("base_url", &connector.base),
        set("on", &on.join(", ")),
        set("action", connector.action.as_str()),
        set("auth", credentials.way.as_str()),
    ];
    let more = [
        optional("when", connector.when.as_ref().map(Rule::text)),
        optional("template", connector.template_file.as_deref()),
        optional("user", credentials.user.as_deref()),
        optional("client_id", credentials.client_id.as_deref()),
        optional("scope", credentials.scope.as_deref()),
        optional("secret_env", Some(secrets.join(", ")).filter(|names| !names.is_empty()).as_deref()),
        optional("source", connector.source.as_deref()),
    ];
    let own = connector.set.iter().map(|(name, value)| set(&format!("{SET}{name}"), value));
    let by_event = connector.by_event.iter().map(|((name, event), value)| set(&format!("{SET}{name}.{event}"), value));
    fixed.into_iter().chain(more.into_iter().flatten()).chain(own).chain(by_event).collect()
}
