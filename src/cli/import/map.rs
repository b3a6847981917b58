//! What the columns of another register mean here: which column holds what, what its words are called here, and
//! what is the same for every row. Read strictly; what is unknown is refused where it stands.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::rows::Cells;
use crate::{
    web::api::exception::request::RequestBody,
    words::{Standing, words},
    yaml::{self, DocumentError},
};

words! {
    /// What a column may hold.
    Target, "field" {
        Reference = "reference", Standing = "standing", EndedAt = "ended_at", Tier = "tier", Owner = "owner",
        Evidence = "evidence", Title = "title", Kind = "kind", Clauses = "clauses", Justification = "justification",
        Alternatives = "alternatives", Systems = "systems", Purpose = "purpose", DataClasses = "data_classes",
        Groups = "groups", Agents = "agents", Actions = "actions", BusinessUnit = "business_unit",
        Regions = "regions", Start = "start", End = "end", DurationDays = "duration_days",
        PermanentReason = "permanent_reason", ImpactIfDenied = "impact_if_denied", Controls = "controls",
        AffectedTeams = "affected_teams", Regulations = "regulations", SourceTicket = "source_ticket",
        Confidential = "confidential",
    }
}

/// The columns of CISO Assistant's exception register.
const CISO_ASSISTANT: [(Target, &str); 7] = [
    (Target::Reference, "ref_id"),
    (Target::Title, "name"),
    (Target::BusinessUnit, "domain"),
    (Target::Justification, "description"),
    (Target::Standing, "status"),
    (Target::Tier, "severity"),
    (Target::End, "expiration_date"),
];

/// Words by which registers say how something stands, and what that is here.
const STANDINGS: [(&str, Standing); 21] = [
    ("active", Standing::Live),
    ("approved", Standing::Live),
    ("accepted", Standing::Live),
    ("granted", Standing::Live),
    ("in force", Standing::Live),
    ("in_force", Standing::Live),
    ("in review", Standing::Live),
    ("in_review", Standing::Live),
    ("draft", Standing::Live),
    ("open", Standing::Live),
    ("ended", Standing::Expired),
    ("lapsed", Standing::Expired),
    ("resolved", Standing::Closed),
    ("deprecated", Standing::Revoked),
    ("cancelled", Standing::Revoked),
    ("canceled", Standing::Revoked),
    ("terminated", Standing::Revoked),
    ("denied", Standing::Rejected),
    ("declined", Standing::Rejected),
    ("refused", Standing::Rejected),
    ("retracted", Standing::Withdrawn),
];

/// Words by which registers say that they do not know a tier.
const NO_TIER: [&str; 6] = ["undefined", "unknown", "none", "n/a", "--", "-"];

/// What one of several values of a cell is in a request.
type Made<'m> = &'m dyn Fn(&String) -> Value;

/// What the columns mean.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ColumnMap {
    /// Which column holds what.
    columns: BTreeMap<Target, String>,
    /// What separates several values of one cell; `;` unless it is said.
    separator: Option<String>,
    /// How dates are written, as `strftime` has it; besides, ISO 8601 is always read.
    dates: Option<String>,
    /// The register's words, and what they are here.
    values: BTreeMap<Target, BTreeMap<String, String>>,
    /// What every row says that has nothing else to say: parts of a request.
    constants: Map<String, Value>,
}

/// A row that was understood: what is asked of the service, and the files that belong to it.
#[derive(Debug)]
pub(super) struct Understood {
    pub(super) body: Value,
    pub(super) evidence: Vec<String>,
}

/// Something of a row that was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Misread {
    pub(super) column: String,
    pub(super) text: String,
    pub(super) remedy: String,
}

impl ColumnMap {
    /// Reads a map.
    pub(super) fn read(text: &str) -> Result<Self, DocumentError> {
        let map: Self = yaml::read(text)?;
        let same = Value::Object(map.constants.clone());
        serde_json::from_value::<RequestBody>(same)
            .map_err(|error| DocumentError::whole(format!("constants: {error}"), "write them as in a new request"))?;
        Ok(map)
    }

    /// The same with the columns of CISO Assistant where it names no others.
    pub(super) fn of_ciso_assistant(mut self) -> Self {
        for (target, column) in CISO_ASSISTANT {
            self.columns.entry(target).or_insert_with(|| column.to_owned());
        }
        self
    }

    /// The columns that it names and the rows do not have.
    pub(super) fn missing<'m>(&'m self, rows: &'m [Cells]) -> Option<&'m String> {
        self.columns.values().find(|column| !rows.is_empty() && !rows.iter().any(|row| row.contains_key(*column)))
    }

    /// Has none of the rows' columns a meaning?
    pub(super) fn means_nothing(&self, rows: &[Cells]) -> bool {
        let column = |target: &Target| self.columns.get(target).map_or(target.as_str(), String::as_str);
        !Target::ALL.iter().any(|target| rows.iter().any(|row| row.contains_key(column(target))))
    }

    /// What a row asks of the service; everything that was not understood of it.
    pub(super) fn understand(&self, row: &Cells) -> Result<Understood, Vec<Misread>> {
        let mut wrong = Vec::new();
        let mut take = |read: Result<Option<Value>, Misread>| {
            read.unwrap_or_else(|misread| {
                wrong.push(misread);
                None
            })
        };
        let standing = take(self.standing(row)).unwrap_or_else(|| json!(Standing::Live));
        let end = take(self.date(row, Target::End));
        let ended_at = take(self.date(row, Target::EndedAt)).or_else(|| end.clone());
        let mut request = self.constants.clone();
        put(&mut request, "/end", end);
        put(&mut request, "/start", take(self.date(row, Target::Start)));
        put(&mut request, "/duration_days", take(self.days(row)));
        put(&mut request, "/confidential", take(self.flag(row)));
        self.texts(row, &mut request);
        self.lists(row, &mut request);
        let reference = self.text(row, Target::Reference);
        if reference.is_none() {
            let remedy = "name the column in the map, under columns/reference, and fill it in";
            wrong.push(self.misread(Target::Reference, ("the row has no reference", remedy)));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let is_live = standing == json!(Standing::Live);
        let body = json!({
            "reference": reference, "standing": standing, "ended_at": ended_at.filter(|_| !is_live),
            "tier": self.tier(row), "owner": self.text(row, Target::Owner), "row": row, "request": request,
        });
        Ok(Understood { body, evidence: self.list(row, Target::Evidence) })
    }

    fn texts(&self, row: &Cells, request: &mut Map<String, Value>) {
        for (target, pointer) in [
            (Target::Title, "/title"),
            (Target::Kind, "/kind"),
            (Target::Justification, "/justification"),
            (Target::Alternatives, "/alternatives"),
            (Target::Purpose, "/scope/purpose"),
            (Target::PermanentReason, "/permanent_reason"),
            (Target::ImpactIfDenied, "/impact_if_denied"),
            (Target::SourceTicket, "/source_ticket"),
        ] {
            put(request, pointer, self.text(row, target).map(Value::from));
        }
        let unit = self.text(row, Target::BusinessUnit).map(|unit| Value::from(slug(&unit)));
        put(request, "/scope/business_unit", unit);
    }

    fn lists(&self, row: &Cells, request: &mut Map<String, Value>) {
        let own = |name: &String| Value::from(name.as_str());
        let code = |name: &String| Value::from(slug(name));
        let named = |key: &'static str| move |name: &String| json!({ key: name });
        let lists: [(Target, &str, Made<'_>); 10] = [
            (Target::Clauses, "/clauses", &own),
            (Target::DataClasses, "/scope/data_classes", &own),
            (Target::Systems, "/scope/systems", &named("name")),
            (Target::Controls, "/controls", &named("text")),
            (Target::Groups, "/scope/groups", &code),
            (Target::Agents, "/scope/agents", &code),
            (Target::Actions, "/scope/actions", &code),
            (Target::Regions, "/scope/regions", &code),
            (Target::AffectedTeams, "/affected_teams", &code),
            (Target::Regulations, "/regulations", &code),
        ];
        for (target, pointer, made) in lists {
            let found = self.list(row, target);
            put(request, pointer, (!found.is_empty()).then(|| found.iter().map(made).collect()));
        }
    }

    /// The cell of a column, where it says something, in our words.
    fn text(&self, row: &Cells, target: Target) -> Option<String> {
        let column = self.columns.get(&target).map_or(target.as_str(), String::as_str);
        let text = match row.get(column)? {
            Value::String(text) => text.trim().to_owned(),
            Value::Null => return None,
            Value::Array(members) => members.iter().map(plain).collect::<Vec<_>>().join(self.separator()),
            other @ (Value::Bool(_) | Value::Number(_) | Value::Object(_)) => other.to_string(),
        };
        (!text.is_empty()).then(|| self.ours(target, text))
    }

    /// What one of the register's words is here.
    fn ours(&self, target: Target, text: String) -> String {
        self.values.get(&target).and_then(|known| known.get(&text)).cloned().unwrap_or(text)
    }

    fn separator(&self) -> &str {
        self.separator.as_deref().unwrap_or(";")
    }

    fn list(&self, row: &Cells, target: Target) -> Vec<String> {
        let whole = self.text(row, target).unwrap_or_default();
        // A clause's id has neither blanks nor commas, so that these separate several.
        let within: &[char] = if target == Target::Clauses { &[' ', ','] } else { &[] };
        let parts = whole.split(self.separator()).flat_map(|part| part.split(within)).map(str::trim);
        let parts = parts.filter(|part| !part.is_empty());
        parts.map(|part| self.ours(target, part.to_owned())).collect()
    }

    fn standing(&self, row: &Cells) -> Result<Option<Value>, Misread> {
        let Some(text) = self.text(row, Target::Standing) else { return Ok(None) };
        let word = text.to_lowercase();
        let synonym = STANDINGS.iter().find(|(known, _)| *known == word).map(|(_, standing)| *standing);
        let found = synonym.or_else(|| word.replace(' ', "_").parse().ok());
        found.map(|standing| Some(json!(standing))).ok_or_else(|| {
            let told = format!("`{text}` is not known as a way to stand");
            let remedy =
                format!("say in the map, under values/standing, which of {} it is", Standing::CODES.join(", "));
            self.misread(Target::Standing, (&told, &remedy))
        })
    }

    /// The tier, as the service or CISO Assistant calls it; anything else is for the service to refuse.
    fn tier(&self, row: &Cells) -> Option<String> {
        let word = self.text(row, Target::Tier)?.to_lowercase();
        match word.as_str() {
            unknown if NO_TIER.contains(&unknown) => None,
            "medium" => Some("moderate".to_owned()),
            _ => Some(word),
        }
    }

    /// An instant; a date alone is its beginning (UTC), so that nothing lasts longer than it did.
    fn date(&self, row: &Cells, target: Target) -> Result<Option<Value>, Misread> {
        let Some(text) = self.text(row, target) else { return Ok(None) };
        let own = self.dates.as_deref().and_then(|form| NaiveDate::parse_from_str(&text, form).ok());
        let day = own.or_else(|| NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok());
        let begins = day.and_then(|day| day.and_hms_opt(0, 0, 0)).map(|at| at.and_utc());
        let instant = || DateTime::parse_from_rfc3339(&text).ok().map(|at| at.with_timezone(&Utc));
        let Some(at) = begins.or_else(instant) else {
            let told = format!("`{text}` is no date");
            return Err(
                self.misread(target, (&told, "write 2026-12-31, or say in the map, under dates, how it is written"))
            );
        };
        Ok(Some(Value::from(at.to_rfc3339_opts(SecondsFormat::AutoSi, true))))
    }

    fn days(&self, row: &Cells) -> Result<Option<Value>, Misread> {
        let Some(text) = self.text(row, Target::DurationDays) else { return Ok(None) };
        let days: Result<u32, _> = text.parse();
        days.map(|days| Some(Value::from(days))).map_err(|_| {
            self.misread(Target::DurationDays, (&format!("`{text}` is no number of days"), "write a whole number"))
        })
    }

    fn flag(&self, row: &Cells) -> Result<Option<Value>, Misread> {
        let Some(text) = self.text(row, Target::Confidential) else { return Ok(None) };
        match text.to_lowercase().as_str() {
            "yes" | "true" | "1" | "x" => Ok(Some(Value::Bool(true))),
            "no" | "false" | "0" => Ok(Some(Value::Bool(false))),
            // What is not known to be open is not shown.
            _ => {
                Err(self.misread(Target::Confidential, (&format!("`{text}` is neither yes nor no"), "write yes or no")))
            }
        }
    }

    /// What a row is called, where it says so.
    pub(super) fn reference(&self, row: &Cells) -> Option<String> {
        self.text(row, Target::Reference)
    }

    /// A file of a row that cannot be taken.
    pub(super) fn evidence_misread(&self, name: &str, told: &str) -> Misread {
        let remedy = format!("put `{name}` into the folder of the register, or leave it out");
        self.misread(Target::Evidence, (told, &remedy))
    }

    fn misread(&self, target: Target, (text, remedy): (&str, &str)) -> Misread {
        let column = self.columns.get(&target).map_or(target.as_str(), String::as_str);
        Misread { column: column.to_owned(), text: text.to_owned(), remedy: remedy.to_owned() }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// Puts a value in its place, where there is one; what was the same for all rows gives way.
fn put(request: &mut Map<String, Value>, pointer: &str, value: Option<Value>) {
    let Some(value) = value else { return };
    let mut parts = pointer.trim_start_matches('/').split('/');
    match (parts.next(), parts.next()) {
        (Some(outer), Some(inner)) => {
            let within = request.entry(outer).or_insert_with(|| json!({}));
            if let Value::Object(members) = within {
                members.insert(inner.to_owned(), value);
            }
        }
        (Some(name), None) => {
            request.insert(name.to_owned(), value);
        }
        (None, _) => {}
    }
}

/// A name as a code: small letters and digits, with hyphens between.
fn slug(name: &str) -> String {
    let letters = name.to_lowercase();
    let kept = letters.chars().map(|one| if one.is_ascii_alphanumeric() || one == '_' { one } else { '-' });
    let code: String = kept.collect();
    let parts: Vec<&str> = code.split('-').filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

#[cfg(test)]
mod tests;
