//! What goes to standard output: tables for people, JSON and JSON Lines for programs. It knows rows as
//! JSON and no verb. Nothing is coloured, so that `NO_COLOR` holds by itself.

use std::{
    io::{ErrorKind, IsTerminal, Write},
    time::Duration,
};

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::Failure;

/// The form of what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Output {
    /// For people.
    #[default]
    Table,
    /// One JSON value.
    Json,
    /// One JSON value a line.
    Jsonl,
}

/// A column: its heading, and the JSON Pointer (RFC 6901) of its value in a row.
pub(super) type Column = (&'static str, &'static str);

impl Output {
    /// Prints rows.
    pub(super) fn rows(self, columns: &[(&str, &str)], rows: &[Value]) -> Result<(), Failure> {
        match self {
            Self::Table => {
                let headings = columns.iter().map(|(heading, _)| (*heading).to_owned()).collect();
                let cells =
                    rows.iter().map(|row| columns.iter().map(|(_, pointer)| cell(row.pointer(pointer))).collect());
                say(&table(Some(headings), cells.collect()))
            }
            Self::Json => say(&serde_json::to_string_pretty(rows)?),
            Self::Jsonl => rows.iter().try_for_each(|row| say(&row.to_string())),
        }
    }

    /// Prints one thing: its members below one another.
    pub(super) fn one(self, thing: &Value) -> Result<(), Failure> {
        match (self, thing) {
            (Self::Table, Value::Object(_)) => {
                let mut lines = Vec::new();
                flat("", thing, &mut lines);
                say(&table(None, lines))
            }
            (Self::Table, other) => say(&cell(Some(other))),
            (Self::Json, _) => say(&serde_json::to_string_pretty(thing)?),
            (Self::Jsonl, _) => say(&thing.to_string()),
        }
    }
}

fn table(headings: Option<Vec<String>>, rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    let width = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    if let Some(width) = width.filter(|_| std::io::stdout().is_terminal()) {
        table.set_width(width);
    }
    if let Some(headings) = headings {
        table.set_header(headings);
    }
    table.add_rows(rows);
    let cut = |line: String| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned();
    let lines: Vec<String> = table.lines().map(cut).collect();
    lines.join("\n")
}

/// Every value within `thing` that says something, by its dotted name.
fn flat(above: &str, thing: &Value, lines: &mut Vec<Vec<String>>) {
    let below = |name: &str| if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") };
    match thing {
        Value::Object(members) => members.iter().for_each(|(name, value)| flat(&below(name), value, lines)),
        Value::Array(members) if members.iter().any(Value::is_object) => {
            (1..).zip(members).for_each(|(number, value): (usize, _)| flat(&below(&number.to_string()), value, lines));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            let shown = cell(Some(thing));
            if !shown.is_empty() {
                lines.push(vec![above.to_owned(), shown]);
            }
        }
    }
}

/// A value as a cell of a table: a list by its members, an object as JSON, and nothing that a terminal obeys.
fn cell(value: Option<&Value>) -> String {
    let plain = match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => to_the_second(text),
        Some(Value::Array(members)) => members.iter().map(|one| cell(Some(one))).collect::<Vec<_>>().join(", "),
        Some(other) => other.to_string(),
    };
    inert(&plain)
}

/// An instant (RFC 3339) as people read it; any other text as it is.
fn to_the_second(text: &str) -> String {
    match chrono::DateTime::parse_from_rfc3339(text) {
        Ok(at) => at.to_utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        Err(_) => text.to_owned(),
    }
}

/// What somebody else wrote, without the characters by which a terminal is steered.
pub(super) fn inert(text: &str) -> String {
    text.chars().map(|one| if one.is_control() && one != '\n' { '\u{fffd}' } else { one }).collect()
}

/// Prints a text and a line's end. A reader who has seen enough, such as `head`, is no failure.
pub(super) fn say(text: &str) -> Result<(), Failure> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        ended => Ok(ended?),
    }
}

/// A bar on standard error for long work; none where nobody looks.
pub(super) fn bar(total: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg:20} {bar:40} {human_pos}/{human_len}");
    let bar = ProgressBar::new(total).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    if total > 0 {
        // At once: the first step may take long.
        bar.tick();
    }
    bar
}

/// The same for work whose end nobody knows: what is being done, and how much of it was.
pub(super) fn pulse() -> ProgressBar {
    let bar = bar(0);
    let style = ProgressStyle::with_template("{spinner} {msg:30} {human_pos}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_has_its_headings_and_no_colour() {
        let told = table(
            Some(vec!["NUMBER".to_owned(), "STATE".to_owned()]),
            vec![vec!["EX-2026-000001".to_owned(), "active".to_owned()]],
        );
        assert_eq!(told.lines().collect::<Vec<_>>(), ["NUMBER          STATE", "EX-2026-000001  active"]);
        assert!(!told.contains('\u{1b}'));
    }

    #[test]
    fn what_others_wrote_cannot_steer_the_terminal() {
        assert_eq!(cell(Some(&json!("a\u{1b}[2Jb"))), "a\u{fffd}[2Jb");
        assert_eq!(cell(Some(&json!(["a", "b"]))), "a, b");
        assert_eq!(cell(None), "");
        assert_eq!(cell(Some(&json!("2026-03-01T09:00:00.123456Z"))), "2026-03-01T09:00:00Z");
    }

    #[test]
    fn one_thing_is_shown_by_what_it_says() {
        let mut lines = Vec::new();
        flat("", &json!({ "a": { "b": [1, 2], "c": null }, "d": [{ "e": "x" }], "f": [] }), &mut lines);
        assert_eq!(lines, [["a.b", "1, 2"], ["d.1.e", "x"]]);
    }
}
