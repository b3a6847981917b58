//! The values of a connector's keys, each read once. An error says what to write.

use std::{collections::BTreeSet, fs, path::Path};

use crate::{
    config::Config,
    connect::{
        connector::EVENTS,
        document::{Template, Way},
    },
    outbound::{Address, PrivateHosts},
};

pub(super) fn one_of<T: std::str::FromStr>(text: &str, known: &[&str]) -> Result<T, String> {
    text.parse().map_err(|_| format!("write one of: {}", known.join(", ")))
}

pub(super) fn way(text: &str) -> Result<Way, String> {
    let ways = [Way::None, Way::Basic, Way::Bearer, Way::Oauth2];
    let known = ways.into_iter().find(|way| way.as_str() == text);
    known.ok_or_else(|| format!("write one of: {}", Way::WORDS.join(", ")))
}

/// Scheme, host and perhaps a path that other systems stand below.
pub(super) fn base(text: &str, hosts: &PrivateHosts) -> Result<String, String> {
    if text.contains(['?', '#', '{']) {
        return Err("write scheme, host and perhaps a path, such as https://example.atlassian.net".to_owned());
    }
    let address = Address::read(text, hosts).map_err(|unfit| unfit.to_string())?;
    Ok(address.reveal().trim_end_matches('/').to_owned())
}

pub(super) fn events(text: &str) -> Result<BTreeSet<String>, String> {
    let named: Vec<&str> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if named.is_empty() {
        return Err("name at least one event, such as exception.submitted".to_owned());
    }
    let code = |name: &&str| {
        let code = name.strip_prefix("exception.").filter(|code| EVENTS.contains(code));
        code.map(str::to_owned).ok_or_else(|| no_event(name.strip_prefix("exception.").unwrap_or(name)))
    };
    named.iter().map(code).collect()
}

pub(super) fn no_event(named: &str) -> String {
    let nearest = EVENTS.iter().min_by_key(|known| strsim::damerau_levenshtein(known, named)).unwrap_or(&"submitted");
    format!("there is no event `exception.{named}`; did you mean `exception.{nearest}`?")
}

pub(super) fn not_left_open(key: &str, template: &Template) -> String {
    let known: Vec<&str> = template.set.keys().map(String::as_str).collect();
    if known.is_empty() {
        return "its calls leave nothing open; remove it".to_owned();
    }
    format!("`{key}` is not left open by its calls; what is: {}", known.join(", "))
}

pub(super) fn source(text: &str, config: &Config) -> Result<String, String> {
    if config.intake.contains_key(text) {
        return Ok(text.to_owned());
    }
    Err("name a source that is configured as [intake.<source>]".to_owned())
}

pub(super) fn one_line(text: &str) -> Result<String, String> {
    let visible = (1..=200).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    visible.then(|| text.to_owned()).ok_or_else(|| "write one line of visible ASCII, at most 200 characters".to_owned())
}

pub(super) fn variables(text: &str) -> Result<Vec<String>, String> {
    let named: Vec<String> =
        text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    let well = |name: &String| {
        name.starts_with(|first: char| first.is_ascii_uppercase())
            && name.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
    };
    if !named.is_empty() && named.iter().all(well) {
        return Ok(named);
    }
    Err("write the names of variables, such as JIRA_TOKEN; the secrets themselves stand in the environment".to_owned())
}

pub(super) fn file(path: &str) -> Result<Template, String> {
    let text = fs::read_to_string(Path::new(path))
        .map_err(|error| format!("{path:?} cannot be read ({error}); name a readable file"))?;
    Template::read(&text).map_err(|error| format!("{path}: {error}"))
}
