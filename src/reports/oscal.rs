//! Exceptions as an OSCAL plan of action and milestones (NIST OSCAL 1.1.2, JSON): each is a risk whose deviation
//! was requested or approved, and an item that points to it. The items wait in a file while the risks are
//! written, so that memory does not grow with them.

use std::{
    fs::File,
    io::{BufWriter, Seek, Write},
};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{form::Failed, table::instant};
use crate::{
    domain::request::Time,
    words::{ExceptionId, StateName, Tier},
};

/// The namespace of our own properties.
const NS: &str = "https://github.com/proviso/proviso/ns/oscal";

/// An exception as a risk.
#[derive(Debug, Clone)]
pub struct Risk {
    /// Its id.
    pub id: ExceptionId,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: Option<String>,
    /// Why it is needed.
    pub justification: Option<String>,
    /// Where it is.
    pub state: StateName,
    /// Its tier.
    pub tier: Option<Tier>,
    /// The clauses that it deviates from.
    pub clauses: Vec<String>,
    /// Until when it has effect.
    pub until: Option<Time>,
    /// Its controls.
    pub controls: Vec<String>,
}

/// The status of a risk (OSCAL, `risk-status`).
const fn status(state: StateName) -> &'static str {
    match state {
        StateName::Draft | StateName::Returned => "open",
        StateName::CompletenessReview | StateName::Assessment | StateName::StakeholderInput => "investigating",
        StateName::Decision => "deviation-requested",
        StateName::Implementation | StateName::Active | StateName::ReReview => "deviation-approved",
        StateName::Suspended => "remediating",
        StateName::Rejected | StateName::Withdrawn | StateName::Expired | StateName::Revoked | StateName::Closed => {
            "closed"
        }
    }
}

/// An id that OSCAL takes: version 5, always the same for the same thing.
fn derived(of: Uuid, what: &str) -> String {
    Uuid::new_v5(&of, what.as_bytes()).to_string()
}

/// A text that is no empty line.
fn said(text: Option<&str>, otherwise: &str) -> String {
    text.map(str::trim).filter(|text| !text.is_empty()).unwrap_or(otherwise).to_owned()
}

impl Risk {
    fn name(&self) -> String {
        format!("{}: {}", self.number, said(self.title.as_deref(), "title erased"))
    }

    fn risk(&self) -> Value {
        let property = |name: &str, value: &str| json!({ "name": name, "ns": NS, "value": value });
        let mut properties = vec![property("number", &self.number), property("state", self.state.as_str())];
        properties.extend(self.tier.map(|tier| property("tier", tier.as_str())));
        properties.extend(self.clauses.iter().map(|clause| property("clause", clause)));
        let factor = |(at, text): (usize, &String)| json!({ "uuid": derived(self.id.0, &format!("control {at}")), "description": said(Some(text), "control") });
        let mut risk = json!({
            "uuid": derived(self.id.0, "risk"),
            "title": self.name(),
            "description": said(self.title.as_deref(), &self.number),
            "statement": said(self.justification.as_deref(), "The justification was erased or is not written yet."),
            "props": properties,
            "status": status(self.state),
        });
        if let Some(members) = risk.as_object_mut() {
            let factors: Vec<Value> = self.controls.iter().enumerate().map(factor).collect();
            if !factors.is_empty() {
                members.insert("mitigating-factors".to_owned(), Value::Array(factors));
            }
            if let Some(until) = self.until {
                members.insert("deadline".to_owned(), Value::from(instant(until)));
            }
        }
        risk
    }

    fn item(&self) -> Value {
        json!({
            "uuid": derived(self.id.0, "poam-item"),
            "title": self.name(),
            "description": said(self.title.as_deref(), &self.number),
            "related-risks": [{ "risk-uuid": derived(self.id.0, "risk") }],
        })
    }
}

/// A plan on its way.
#[derive(Debug)]
pub struct Plan {
    items: BufWriter<File>,
    written: bool,
}

impl Plan {
    /// The beginning of the plan that the service at `source` tells at `now`, and what goes on with it.
    pub fn begin(source: &str, now: Time) -> Result<(Self, Vec<u8>), Failed> {
        let plan = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{source} {}", instant(now)).as_bytes());
        let metadata = json!({
            "title": "AI policy exceptions",
            "last-modified": instant(now),
            "version": env!("CARGO_PKG_VERSION"),
            "oscal-version": "1.1.2",
        });
        let system = json!({ "identifier-type": "http://ietf.org/rfc/rfc4122", "id": Uuid::new_v5(&Uuid::NAMESPACE_URL, source.as_bytes()) });
        let head = format!(
            "{{\"plan-of-action-and-milestones\":{{\"uuid\":\"{plan}\",\"metadata\":{metadata},\"system-id\":{system},\"risks\":["
        );
        Ok((Self { items: BufWriter::new(tempfile::tempfile()?), written: false }, head.into_bytes()))
    }

    /// One more risk.
    pub fn push(&mut self, risk: &Risk) -> Result<Vec<u8>, Failed> {
        let comma = if self.written { "," } else { "" };
        write!(self.items, "{comma}{}", risk.item())?;
        self.written = true;
        Ok(format!("{comma}{}", risk.risk()).into_bytes())
    }

    /// The end: what stands before the items, the items, and what stands after them. A plan has at least one
    /// item, so without any there is none.
    pub fn end(self) -> Result<Option<(&'static str, File, &'static str)>, Failed> {
        if !self.written {
            return Ok(None);
        }
        let mut items = self.items.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        items.rewind()?;
        Ok(Some(("],\"poam-items\":[", items, "]}}\n")))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn each_item_points_to_its_risk_and_nothing_is_empty() {
        let now = "2026-03-02T09:00:00Z".parse().unwrap();
        let (mut plan, mut text) = Plan::begin("https://proviso.example.org", now).unwrap();
        for n in 1..=2_u128 {
            let risk = Risk {
                id: ExceptionId(Uuid::from_u128(n)),
                number: format!("EX-2026-00000{n}"),
                title: Some("  ".to_owned()).filter(|_| n == 1),
                justification: None,
                state: StateName::Active,
                tier: Some(Tier::High),
                clauses: vec!["AIP-2.1".to_owned()],
                until: Some(now),
                controls: vec!["Log prompts".to_owned()],
            };
            text.extend(plan.push(&risk).unwrap());
        }
        let (before, mut items, after) = plan.end().unwrap().unwrap();
        text.extend(before.bytes());
        items.read_to_end(&mut text).unwrap();
        text.extend(after.bytes());
        let told: Value = serde_json::from_slice(&text).unwrap();
        let plan = &told["plan-of-action-and-milestones"];
        for (item, risk) in plan["poam-items"].as_array().unwrap().iter().zip(plan["risks"].as_array().unwrap()) {
            assert_eq!(item["related-risks"][0]["risk-uuid"], risk["uuid"]);
            assert_eq!(risk["status"], "deviation-approved");
            assert!(!risk["title"].as_str().unwrap().is_empty());
        }
        assert_eq!(plan["risks"][0]["description"], "EX-2026-000001");
    }

    #[test]
    fn a_plan_without_an_item_is_none() {
        let (plan, _) = Plan::begin("https://proviso.example.org", Time::UNIX_EPOCH).unwrap();
        assert!(plan.end().unwrap().is_none());
    }
}
