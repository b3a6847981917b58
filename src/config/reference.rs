//! The settings told to people and editors: a reference file that can be started from, and a JSON Schema.
//! Both are made from the one table of keys; no setting is named here.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::{Config, KEYS, connector::CONNECTOR_KEYS, intake::SOURCE_KEYS};

/// A configuration file with every key, its meaning, its name in the environment and its default. The
/// defaults are commented out, so that a file made from it keeps following them.
pub fn reference() -> String {
    let defaults = Config::default();
    let mut text = String::from(
        "# Settings of Proviso. Each can also be set in the environment, and by --set section.key=value;\n\
         # a flag wins over the environment, and that over this file. `proviso config check` tells what is wrong.\n",
    );
    let mut section = "";
    for key in KEYS {
        let (above, name) = key.name.split_once('.').unwrap_or(("", key.name));
        // Writing to a String cannot fail.
        if above != section {
            section = above;
            let _ = write!(text, "\n[{section}]\n");
        }
        let secret = if key.secret { format!(" or {}_FILE", key.env()) } else { String::new() };
        let _ = writeln!(text, "# {}. ({}{secret})", key.about, key.env());
        let shown = key.shown(&defaults);
        let value = if shown.is_empty() { String::new() } else { literal(&shown) };
        let _ = writeln!(text, "#{}", format!("{name} = {value}").trim_end());
    }
    sources(&mut text);
    connectors(&mut text);
    text
}

/// The keys of a connector and of a mapping of people, whose names are the installation's own.
fn connectors(text: &mut String) {
    let _ = writeln!(text, "\n# Systems that are told of events, each in a section of its own.");
    let _ = writeln!(text, "# [connector.jira]  (its secrets stand in the environment, under the names in secret_env)");
    for (key, about) in CONNECTOR_KEYS {
        let _ = writeln!(text, "# {key} = ...  {about}");
    }
    let _ =
        writeln!(text, "# set = {{ ... }}  What the calls leave open; `proviso connector template jira` shows them");
    let _ =
        writeln!(text, "\n# What another system calls our people: one mapping for [intake.jira] and [connector.jira].");
    let _ = writeln!(text, "# [people.jira]\n# \"712020:0a1b\" = \"rita@example.org\"");
    let _ = writeln!(text, "\n# Who is told where a request names a team among those it affects.");
    let _ = writeln!(text, "# [teams]\n# support = [\"sam@example.org\", \"rita@example.org\"]");
}

/// The keys of a source of inbound messages, whose name is the installation's own.
fn sources(text: &mut String) {
    let _ = writeln!(
        text,
        "\n# Who may hand in messages at POST /v1/intake/helpdesk, each source in a section of its own."
    );
    let _ =
        writeln!(text, "# [intake.helpdesk]  (PROVISO__INTAKE__HELPDESK__SECRET_FILE names a file with the secret)");
    for (key, about) in SOURCE_KEYS {
        let _ = writeln!(text, "# {key} = ...  {about}");
    }
    let _ = writeln!(text, "# senders = {{ ... }}  Mail addresses by the names that the source knows its senders by");
}

/// A value as TOML writes it.
fn literal(shown: &str) -> String {
    if shown.parse::<i64>().is_ok() { shown.to_owned() } else { format!("{shown:?}") }
}

/// The JSON Schema (draft 2020-12) of the configuration file.
pub fn schema() -> Value {
    let defaults = Config::default();
    let mut sections: Map<String, Value> = Map::new();
    for key in KEYS {
        let mut about = key.schema();
        if let Some(about) = about.as_object_mut() {
            let told = format!("{}. In the environment: {}.", key.about, key.env());
            about.insert("description".to_owned(), told.into());
            let shown = key.shown(&defaults);
            let default = shown.parse::<i64>().map_or_else(|_| Value::from(shown.clone()), Value::from);
            if !shown.is_empty() {
                about.insert("default".to_owned(), default);
            }
        }
        insert(&mut sections, key.name, about);
    }
    sections.insert("intake".to_owned(), json!({ "type": "object", "additionalProperties": source_schema() }));
    sections.insert("connector".to_owned(), json!({ "type": "object", "additionalProperties": connector_schema() }));
    let names = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    sections.insert("people".to_owned(), json!({ "type": "object", "additionalProperties": names }));
    let addresses = json!({ "type": ["string", "array"], "items": { "type": "string", "format": "email" } });
    sections.insert("teams".to_owned(), json!({ "type": "object", "additionalProperties": addresses }));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of Proviso (proviso.toml)",
        "type": "object",
        "additionalProperties": false,
        "properties": sections,
    })
}

/// The schema of a source of inbound messages.
fn source_schema() -> Value {
    let keys =
        SOURCE_KEYS.iter().map(|(key, about)| ((*key).to_owned(), json!({ "type": "string", "description": about })));
    let mut properties: Map<String, Value> = keys.collect();
    let senders = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    properties.insert("senders".to_owned(), senders);
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// The schema of a connector.
fn connector_schema() -> Value {
    let kind = |key: &str| match key {
        "on" | "secret_env" => json!(["string", "array"]),
        _ => json!("string"),
    };
    let keys = CONNECTOR_KEYS
        .iter()
        .map(|(key, about)| ((*key).to_owned(), json!({ "type": kind(key), "description": about })));
    let mut properties: Map<String, Value> = keys.collect();
    properties.insert("set".to_owned(), json!({ "type": "object" }));
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// Puts a key where its name leads, section by section.
fn insert(keys: &mut Map<String, Value>, name: &str, about: Value) {
    let Some((section, rest)) = name.split_once('.') else {
        keys.insert(name.to_owned(), about);
        return;
    };
    let nothing = || json!({ "type": "object", "additionalProperties": false, "properties": {} });
    let section = keys.entry(section).or_insert_with(nothing);
    if let Some(inside) = section.get_mut("properties").and_then(Value::as_object_mut) {
        insert(inside, rest, about);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Config {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join(crate::config::FILE);
        std::fs::write(&path, text).expect("file");
        Config::load(Some(&path), std::iter::empty(), &[]).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    /// As somebody would have it who removes the mark before each key that has a value.
    fn filled_in() -> String {
        let lines = reference();
        let lines = lines.lines().map(|line| match line.strip_prefix('#') {
            Some(set) if !set.starts_with(' ') && !set.ends_with('=') => set,
            Some(_) | None => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_reference_file_loads_as_it_is_and_filled_in() {
        assert_eq!(load(&reference()), Config::default());
        assert_eq!(load(&filled_in()), Config::default());
        for key in KEYS {
            assert!(reference().contains(&key.env()), "{}", key.name);
        }
    }

    #[test]
    fn the_schema_accepts_the_reference_file_and_refuses_unknown_keys() {
        let read = |text: &str| {
            let table: config::Map<String, Value> = config::Config::builder()
                .add_source(config::File::from_str(text, config::FileFormat::Toml))
                .build()
                .and_then(config::Config::try_deserialize)
                .expect("TOML");
            json!(table)
        };
        let validator = jsonschema::validator_for(&schema()).expect("a schema");
        for filled in [read(&filled_in()), read("[server]\nworkers = 4\n[log]\nlevel = 'warn'\n")] {
            let wrong: Vec<String> = validator.iter_errors(&filled).map(|error| error.to_string()).collect();
            assert!(wrong.is_empty(), "{wrong:?}");
        }
        for bad in ["[server]\nbnd = 'x'", "[log]\nlevel = 'loud'", "[server]\nworkers = 'many'", "top = 1"] {
            assert!(!validator.is_valid(&read(bad)), "{bad}");
        }
    }
}
