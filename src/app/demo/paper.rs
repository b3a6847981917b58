//! What the requests of a demonstration say.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Company,
    cases::{Case, Fate},
};
use crate::{
    app::StartError,
    domain::request::{Extra, ProposedControl, Request, Scope, System, Term},
    words::{ControlId, DataClass, Kind, Sealer},
};

/// How many characters of justification are enough.
pub(super) const ENOUGH: u32 = 100;

const WHY: &str = "The team answers four hundred letters a week in nine languages; without help customers wait for eleven days, and the approved tools do not know two of the languages.";
const ALTERNATIVES: &str =
    "The company assistant lacks two languages; an agency would take three weeks a letter and costs ten times as much.";
const PURPOSE: &str = "Drafts and translations of letters that a person then edits and sends.";

/// The request of a case; one that will be sent back says too little of why.
pub(super) fn request(sealer: &mut Sealer<'_>, case: &Case, company: &Company<'_>) -> Result<Request, StartError> {
    let now = company.desk.clock().now();
    let why = if case.fate == Fate::ReturnedOnce { "It would be nice to have." } else { WHY };
    let text = "A person reads every text before it leaves the company.";
    let owner = Some(company.who("Oskar")?);
    let due = Some(now + chrono::Duration::days(30));
    let control =
        ProposedControl { text: sealer.seal("control", text), owner, due, cadence_days: Some(60), evidence: None };
    let id = ControlId(company.desk.random().uuid_v7(now)?);
    let laws = company.desk.laws();
    let clauses = laws.register.waivable();
    let place = case.clause.checked_rem(clauses.len()).unwrap_or(0);
    let people = [DataClass::Personal, DataClass::Payment];
    let touched = case.kind == Kind::ModelDeployment || case.data.iter().any(|class| people.contains(class));
    Ok(Request {
        title: Some(sealer.seal("title", &case.title)),
        kind: Some(case.kind),
        clauses: clauses.get(place).map(|clause| clause.id.clone()).into_iter().collect(),
        justification: Some(sealer.seal("justification", why)),
        alternatives: Some(sealer.seal("alternatives", ALTERNATIVES)),
        scope: scope(sealer, case, company)?,
        start: (case.fate == Fate::Later).then(|| now + chrono::Duration::days(45)),
        term: Some(Term::Days(case.term)),
        impact_if_denied: Some(
            sealer.seal("impact_if_denied", "Customers wait longer, and two people stay in manual translation."),
        ),
        controls: BTreeMap::from([(id, control)]),
        sponsor: Some(company.who("Boris")?),
        monitoring_owner: owner,
        affected_teams: BTreeSet::from([case.unit.to_owned()]),
        regulations: touched.then(|| "gdpr".to_owned()).into_iter().collect(),
        screening: laws.register.all_denied(),
        extra: extra(sealer, case.sop),
        ..Request::default()
    })
}

/// What the procedures of a bank and of a hospital ask for beside.
fn extra(sealer: &mut Sealer<'_>, sop: &str) -> BTreeMap<String, Extra> {
    let code = |name: &str, value: &str| (name.to_owned(), Extra::Code(value.to_owned()));
    let flag = |name: &str, value| (name.to_owned(), Extra::Flag(value));
    let mut text =
        |name: &str, value: &str| (name.to_owned(), Extra::Text(sealer.seal(&format!("extra/{name}"), value)));
    match sop {
        "financial-services" => BTreeMap::from([
            code("sr_11_7_tier", "tier_3"),
            text("model_inventory_id", "MRM-00421"),
            code("decision_use", "advisory"),
            flag("customer_facing", false),
            text("outsourcing_register_id", "OUT-0117"),
            ("record_retention_years".to_owned(), Extra::Number(10)),
        ]),
        "healthcare-research" => BTreeMap::from([
            code("setting", "administration"),
            code("phi_deidentified", "no_phi"),
            code("consent", "not_applicable"),
            flag("patient_facing", false),
        ]),
        _ => BTreeMap::new(),
    }
}

fn scope(sealer: &mut Sealer<'_>, case: &Case, company: &Company<'_>) -> Result<Scope, StartError> {
    let (name, vendor) = case.system;
    let system = System {
        id: None,
        name: sealer.seal("system", name),
        vendor: Some(sealer.seal("vendor", vendor)),
        version: None,
    };
    let data: BTreeSet<DataClass> = case.data.iter().copied().collect();
    Ok(Scope {
        systems: vec![system],
        purpose: Some(sealer.seal("purpose", PURPOSE)),
        data_classes: data,
        people: BTreeSet::from([company.who(case.requester)?]),
        actions: BTreeSet::from(["translate".to_owned(), "draft".to_owned()]),
        business_unit: Some(case.unit.to_owned()),
        regions: case.regions.iter().map(|region| (*region).to_owned()).collect(),
        ..Scope::default()
    })
}
