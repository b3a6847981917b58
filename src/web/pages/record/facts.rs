//! What was asked for, as facts under labels in the reader's language.

use std::collections::BTreeMap;

use super::Fact;
use crate::{
    domain::{
        exception::Exception,
        request::{Extra, Request, System, Term, Time},
        task::Task,
    },
    web::pages::{
        names::Names,
        text::{Said, Tongue},
    },
    words::{Hash, Sealed},
};

/// How something is told: in which words, with which texts and names, at what time.
#[derive(Clone, Copy)]
pub(in crate::web::pages) struct Telling<'t> {
    pub(in crate::web::pages) tongue: Tongue,
    pub(in crate::web::pages) texts: &'t BTreeMap<Hash, String>,
    pub(in crate::web::pages) names: &'t Names,
    pub(in crate::web::pages) now: Time,
}

/// A fact, where anything is said.
pub(super) fn fact(label: &Said, said: impl IntoIterator<Item = String>) -> Option<Fact> {
    let said: Vec<String> = said.into_iter().filter(|text| !text.is_empty()).collect();
    (!said.is_empty()).then(|| Fact { label: label.to_string(), said })
}

impl Telling<'_> {
    /// A text, or that it was erased.
    pub(in crate::web::pages) fn text(&self, sealed: &Sealed) -> String {
        self.texts.get(&sealed.commitment).cloned().unwrap_or_else(|| self.tongue.say("dossier-erased").to_string())
    }

    fn maybe(&self, sealed: Option<&Sealed>) -> Option<String> {
        sealed.map(|sealed| self.text(sealed))
    }

    /// What it is about.
    pub(in crate::web::pages) fn title(&self, found: &Exception) -> String {
        self.maybe(found.request.title.as_ref()).unwrap_or_else(|| self.tongue.say("untitled").to_string())
    }

    /// Who has a task, or who may take it.
    pub(in crate::web::pages) fn doer(&self, task: &Task) -> String {
        self.names.maybe(task.assignee.as_ref()).unwrap_or_else(|| {
            let roles = task.roles.iter().map(|role| self.tongue.name("role", role).to_string());
            roles.collect::<Vec<_>>().join(", ")
        })
    }

    /// What is asked for, and who has a part in it.
    pub(super) fn request(&self, found: &Exception) -> (Vec<Fact>, Vec<Fact>) {
        ([self.imported(found), self.asked(&found.request)].concat(), self.people(found))
    }

    /// What a request says.
    pub(in crate::web::pages) fn asked(&self, request: &Request) -> Vec<Fact> {
        let (t, scope) = (self.tongue, &request.scope);
        let codes =
            |codes: &std::collections::BTreeSet<String>| Some(codes.iter().cloned().collect::<Vec<_>>().join(", "));
        let facts = [
            fact(&t.say("fact-kind"), request.kind.map(|kind| t.name("kind", kind).to_string())),
            fact(&t.say("fact-clauses"), codes(&request.clauses)),
            fact(&t.say("fact-justification"), self.maybe(request.justification.as_ref())),
            fact(&t.say("fact-alternatives"), self.maybe(request.alternatives.as_ref())),
            fact(&t.say("fact-systems"), scope.systems.iter().map(|system| self.system(system))),
            fact(&t.say("fact-purpose"), self.maybe(scope.purpose.as_ref())),
            fact(&t.say("fact-data"), scope.data_classes.iter().map(|class| t.name("data", class).to_string())),
            fact(&t.say("fact-groups"), codes(&scope.groups)),
            fact(&t.say("fact-agents"), codes(&scope.agents)),
            fact(&t.say("fact-actions"), codes(&scope.actions)),
            fact(&t.say("fact-unit"), scope.business_unit.clone()),
            fact(&t.say("fact-regions"), codes(&scope.regions)),
            fact(&t.say("fact-start"), request.start.map(|start| t.day(&start))),
            fact(&t.say("fact-period"), request.term.as_ref().map(|term| self.term(term))),
            fact(&t.say("fact-impact"), self.maybe(request.impact_if_denied.as_ref())),
            fact(&t.say("fact-controls"), request.controls.values().map(|control| self.text(&control.text))),
            fact(&t.say("fact-teams"), codes(&request.affected_teams)),
            fact(&t.say("fact-regulations"), codes(&request.regulations)),
            fact(&t.say("fact-screening"), request.screening.iter().map(|(code, yes)| self.answer_to(code, *yes))),
            fact(&t.say("fact-ticket"), self.maybe(request.source_ticket.as_ref())),
        ];
        let own = request.extra.iter().map(|(name, value)| Fact { label: name.clone(), said: vec![self.own(value)] });
        facts.into_iter().flatten().chain(own).collect()
    }

    pub(in crate::web::pages) fn answer_to(&self, code: &str, yes: bool) -> String {
        format!("{}: {}", code.replace('_', " "), if yes { self.tongue.say("yes") } else { self.tongue.say("no") })
    }

    fn own(&self, value: &Extra) -> String {
        match value {
            Extra::Flag(true) => self.tongue.say("yes").to_string(),
            Extra::Flag(false) => self.tongue.say("no").to_string(),
            Extra::Number(number) => number.to_string(),
            Extra::Code(code) => code.clone(),
            Extra::Text(sealed) => self.text(sealed),
        }
    }

    pub(in crate::web::pages) fn system(&self, system: &System) -> String {
        let parts = [Some(&system.name), system.vendor.as_ref(), system.version.as_ref()];
        parts.into_iter().flatten().map(|part| self.text(part)).collect::<Vec<_>>().join(", ")
    }

    pub(in crate::web::pages) fn term(&self, term: &Term) -> String {
        match term {
            Term::Until(end) => self.tongue.say("term-until").with("day", self.tongue.day(end)),
            Term::Days(days) => self.tongue.say("term-days").count("days", days),
            Term::Permanent(reason) => self.tongue.say("term-permanent").with("reason", self.text(reason)),
        }
        .to_string()
    }

    /// Where it was kept before, and what that means here.
    fn imported(&self, found: &Exception) -> Vec<Fact> {
        let (t, Some(imported)) = (self.tongue, &found.imported) else { return Vec::new() };
        let from = &imported.from;
        let name = t.say("imported-from").with("source", &from.source).with("reference", &from.reference);
        let means = t.say(if from.is_history() { "imported-ended" } else { "imported-live" });
        let changed = imported.changed.then(|| t.say("imported-changed").to_string());
        let said = [name.to_string(), means.to_string()].into_iter().chain(changed);
        let facts = [fact(&t.say("imported-fact"), said), fact(&t.say("imported-row"), Some(self.text(&from.row)))];
        facts.into_iter().flatten().collect()
    }

    fn people(&self, found: &Exception) -> Vec<Fact> {
        let (t, request) = (self.tongue, &found.request);
        let one = |id: Option<&crate::words::PersonId>| self.names.maybe(id);
        let lot = found.split.map(|lot| t.name("arm", lot.arm).to_string());
        let agent = found.filed_by_agent.then(|| t.say("record-by-agent").to_string());
        let facts = [
            fact(&t.say("fact-requester"), one(Some(&found.requester)).into_iter().chain(agent)),
            fact(&t.say("fact-beneficiary"), one(request.beneficiary.as_ref())),
            fact(&t.say("fact-sponsor"), one(request.sponsor.as_ref())),
            fact(&t.say("fact-monitor"), one(request.monitoring_owner.as_ref())),
            fact(&t.say("fact-watchers"), found.watchers.iter().map(|id| self.names.of(id))),
            fact(&t.say("fact-procedure"), Some(found.sop.to_string()).into_iter().chain(lot)),
            fact(&t.say("record-confidential"), request.confidential.then(|| t.say("yes").to_string())),
        ];
        facts.into_iter().flatten().collect()
    }
}
