//! A change in words, so that whoever confirms it need not read JSON. It knows names where they were not
//! erased, and judges nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    domain::roster::{
        AutomationAction, BatchAction, Change, ErasureAction, GrantRecord, Incident, RosterAction, SplitAction,
    },
    store::{Conn, StoreError, register::document, roster::grants_of},
    web::api::{
        administer::{names, or_erased, texts},
        text::Instant,
    },
    words::{GrantId, Hash, PersonId, Sealed, SopRef},
};

/// What the words need: names, texts, and the grants that are to be taken away.
#[derive(Debug, Default)]
pub struct Known {
    names: BTreeMap<PersonId, String>,
    texts: BTreeMap<Hash, String>,
    grants: BTreeMap<GrantId, GrantRecord>,
    documents: BTreeMap<Hash, Value>,
}

impl Known {
    /// What these changes name.
    pub fn of(conn: &mut Conn, changes: &[Change]) -> Result<Self, StoreError> {
        let actions = || changes.iter().map(|change| &change.action);
        let ids: BTreeSet<PersonId> =
            actions().flat_map(|action| [action.subject(), action.other()]).flatten().collect();
        let commitments: Vec<Hash> = actions().flat_map(sealed_in).map(|sealed| sealed.commitment).collect();
        let mut grants = BTreeMap::new();
        for action in actions() {
            if let RosterAction::RemoveRole { person, .. } = action {
                grants.extend(grants_of(conn, *person)?);
            }
        }
        let mut documents = BTreeMap::new();
        for hash in actions().filter_map(RosterAction::document) {
            let text = document(conn, hash)?;
            documents.extend(text.and_then(|text| serde_json::from_str(&text).ok()).map(|value| (hash, value)));
        }
        Ok(Self { names: names(conn, &ids)?, texts: texts(conn, &commitments)?, grants, documents })
    }

    /// A commitment with its text, unless it was erased.
    pub fn opened(&self, sealed: &Sealed) -> Option<(String, String)> {
        Some((sealed.commitment.to_string(), self.texts.get(&sealed.commitment)?.clone()))
    }

    /// What an action publishes, word for word.
    pub fn document(&self, action: &RosterAction) -> Option<Value> {
        self.documents.get(&action.document()?).cloned()
    }

    fn person(&self, id: PersonId) -> String {
        self.names.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    fn text(&self, sealed: &Sealed) -> &str {
        or_erased(&self.texts, sealed)
    }
}

/// The texts that stand in an action.
pub fn sealed_in(action: &RosterAction) -> Vec<&Sealed> {
    match action {
        RosterAction::AddPerson { name, email, .. } => vec![name, email],
        RosterAction::UpdatePerson { name, email, .. } => name.iter().chain(email).collect(),
        RosterAction::IssueToken { name, .. } => vec![name],
        RosterAction::Automation(
            AutomationAction::HaltAutomation { reason, .. }
            | AutomationAction::Batch(BatchAction::HoldBatch { reason, .. }),
        ) => vec![reason],
        RosterAction::ReportIncident { incident } => vec![&incident.summary],
        RosterAction::AnswerConcern { answer, .. } => vec![answer],
        RosterAction::Erasure(action) => action.text().into_iter().collect(),
        RosterAction::Leave { .. }
        | RosterAction::Return { .. }
        | RosterAction::Merge { .. }
        | RosterAction::Move { .. }
        | RosterAction::SetPassword { .. }
        | RosterAction::GrantRole { .. }
        | RosterAction::RemoveRole { .. }
        | RosterAction::Delegate { .. }
        | RosterAction::EndDelegation { .. }
        | RosterAction::RevokeToken { .. }
        | RosterAction::PublishSop { .. }
        | RosterAction::RetireSop { .. }
        | RosterAction::PublishEntry { .. }
        | RosterAction::Shadow(_)
        | RosterAction::Split(_)
        | RosterAction::Outward(_)
        | RosterAction::Automation(_)
        | RosterAction::Absence(_) => Vec::new(),
    }
}

/// What an action does, in one sentence.
pub fn in_words(action: &RosterAction, known: &Known) -> String {
    let who = |id: &PersonId| known.person(*id);
    match action {
        RosterAction::AddPerson { name, email, responsible, .. } => {
            let service = responsible.as_ref().map(|id| format!(", a service that {} answers for", who(id)));
            format!("Add {} <{}>{}", known.text(name), known.text(email), service.unwrap_or_default())
        }
        RosterAction::UpdatePerson { person, name, email } => {
            format!("Change {} of {}", of_update((name.as_ref(), email.as_ref()), known), who(person))
        }
        RosterAction::Leave { person } => format!("Let {} go", who(person)),
        RosterAction::Return { person } => format!("Take {} back, with the roles they had", who(person)),
        RosterAction::Merge { person, into } => format!("Count {} and {} as one human", who(person), who(into)),
        RosterAction::SetPassword { person } => format!("Set a temporary password for {}", who(person)),
        RosterAction::GrantRole { person, role, domain, .. } => {
            format!("Grant {} the role {role} in {domain}", who(person))
        }
        RosterAction::RemoveRole { person, grant } => of_removal(grant, &who(person), known),
        RosterAction::Delegate { to, ends, .. } => {
            format!("Let {} act for the proposer until {}", who(to), Instant(*ends))
        }
        RosterAction::EndDelegation { delegation } => format!("End the delegation {delegation}"),
        RosterAction::IssueToken { person, name, expires_at, .. } => {
            format!("Issue the API token {} to {} until {}", known.text(name), who(person), Instant(*expires_at))
        }
        RosterAction::RevokeToken { token } => format!("Revoke the API token {token}"),
        RosterAction::PublishSop { sop, .. } => format!("Publish the procedure {} in version {}", sop.id, sop.version),
        RosterAction::RetireSop { sop } => of_retirement(sop),
        RosterAction::PublishEntry { entry, weight, .. } => {
            format!("Publish the {weight} version {} of the {} {}", entry.version, entry.kind, entry.id)
        }
        RosterAction::ReportIncident { incident } => of_incident(incident, known),
        RosterAction::Automation(action) => of_automation(action),
        RosterAction::Split(action) => of_split(action),
        RosterAction::Erasure(action) => of_erasure(action, known),
        // None of these ever waits for a second person.
        RosterAction::AnswerConcern { .. }
        | RosterAction::Shadow(_)
        | RosterAction::Outward(_)
        | RosterAction::Absence(_)
        | RosterAction::Move { .. } => action.verb().to_string().replace('_', " "),
    }
}

fn of_removal(grant: &GrantId, who: &str, known: &Known) -> String {
    match known.grants.get(grant) {
        Some(held) => format!("Take the role {} in {} from {who}", held.role, held.domain),
        None => format!("Take the grant {grant} from {who}"),
    }
}

fn of_update((name, email): (Option<&Sealed>, Option<&Sealed>), known: &Known) -> String {
    let name = name.map(|name| format!("the name to {}", known.text(name)));
    let email = email.map(|email| format!("the address to {}", known.text(email)));
    name.into_iter().chain(email).collect::<Vec<_>>().join(" and ")
}

fn of_incident(incident: &Incident, known: &Known) -> String {
    let Incident { severity, effect, domain, summary, .. } = incident;
    let (about, what) = (incident.about(), known.text(summary));
    format!("Report a {severity} incident on {about} and {effect} what it touches in {domain}: {what}")
}

fn of_retirement(sop: &SopRef) -> String {
    format!("Retire the procedure {}, now in version {}: nothing new begins under it", sop.id, sop.version)
}

fn of_split(action: &SplitAction) -> String {
    match action {
        SplitAction::BeginSplit { begins } => {
            let (percent, sop, over) = (begins.percent, &begins.sop, begins.over.version);
            let (id, version) = (&sop.id, sop.version);
            format!(
                "Let {percent} of a hundred new exceptions run on version {version} of the procedure {id}, beside {over}"
            )
        }
        SplitAction::ReleaseSplit { sop, .. } => {
            format!("Let the split of the procedure {} go on that was held, with version {}", sop.id, sop.version)
        }
        // Neither ever waits for a second person.
        SplitAction::HoldSplit { .. } | SplitAction::EndSplit { .. } => action.verb().to_string().replace('_', " "),
    }
}

fn of_erasure(action: &ErasureAction, known: &Known) -> String {
    let who = known.person(action.subject());
    match action {
        ErasureAction::ErasePerson { .. } => {
            format!("Erase {who} for good: name, address, texts and files")
        }
        ErasureAction::ReleasePerson { .. } => format!("Lift the legal hold on {who}"),
        // Neither ever waits for a second person.
        ErasureAction::ReapplyErasure { .. } | ErasureAction::HoldPerson { .. } => {
            action.verb().to_string().replace('_', " ")
        }
    }
}

fn of_automation(action: &AutomationAction) -> String {
    match action {
        AutomationAction::HaltAutomation { scope, .. } => format!("Stop {scope}"),
        AutomationAction::ReleaseAutomation { scope } => {
            format!("Let what was stopped run again: {scope}; see the preview of the automation first")
        }
        AutomationAction::RunJob { job } => format!("Run the job {job} now"),
        AutomationAction::ReloadSettings { .. } => "Reload the settings".to_owned(),
        AutomationAction::Batch(BatchAction::HoldBatch { batch, .. }) => format!("Stop the batch {batch}"),
        AutomationAction::Batch(BatchAction::ReleaseBatch { batch }) => {
            format!("Let the batch {batch} go on, which was stopped; see its preview first")
        }
        AutomationAction::Batch(BatchAction::RevertBatch { batch }) => {
            format!("Take the batch {batch} back: withdraw the re-reviews that it opened and nobody touched since")
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::words::{DomainPath, Role};

    fn person(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    fn known() -> Known {
        let names = BTreeMap::from([(person(1), "Carla Ciso".to_owned())]);
        let texts = BTreeMap::from([(Hash([1; 32]), "ada@example.org".to_owned())]);
        Known { names, texts, ..Known::default() }
    }

    #[test]
    fn a_change_is_told_with_names_and_texts() {
        let domain: DomainPath = "eu/retail".parse().expect("a path");
        let grant =
            RosterAction::GrantRole { grant: GrantId(Uuid::nil()), person: person(1), role: Role::Ciso, domain };
        assert_eq!(in_words(&grant, &known()), "Grant Carla Ciso the role ciso in eu/retail");
        let email = Some(Sealed { commitment: Hash([1; 32]), chars: 15 });
        let update = RosterAction::UpdatePerson { person: person(1), name: None, email };
        assert_eq!(in_words(&update, &known()), "Change the address to ada@example.org of Carla Ciso");
    }

    #[test]
    fn what_was_erased_is_told_as_such_and_a_stranger_by_id() {
        let email = Some(Sealed { commitment: Hash([2; 32]), chars: 15 });
        let update = RosterAction::UpdatePerson { person: person(2), name: None, email };
        let told = in_words(&update, &known());
        assert_eq!(told, format!("Change the address to [erased] of {}", person(2)));
        assert!(sealed_in(&update).into_iter().all(|sealed| known().opened(sealed).is_none()));
    }
}
