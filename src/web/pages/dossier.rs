//! What approvers decide on, as facts under headings: all that the hash of the dossier covers, who else
//! decides, and what became of cases like it. Nothing is judged here.

use std::collections::BTreeMap;

use crate::{
    desk::{Before, Resembling},
    domain::{
        exception::{Advice, Assessment, Exception, Proposal, Round},
        request::{Extra, ProposedControl, Request, Scope, System, Term, Time},
    },
    sop::Quorum,
    words::{Hash, PersonId, Role, Sealed},
};

/// Facts under a heading.
#[derive(Debug, Clone)]
pub(super) struct Section {
    pub(super) heading: &'static str,
    pub(super) facts: Vec<Fact>,
}

/// One fact, in one text or several.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    pub(super) label: String,
    pub(super) said: Vec<String>,
}

/// Texts as they can be opened, and people by their names.
#[derive(Clone, Copy)]
struct Texts<'t> {
    texts: &'t BTreeMap<Hash, String>,
    names: &'t BTreeMap<PersonId, String>,
}

impl Texts<'_> {
    fn of(self, sealed: &Sealed) -> String {
        self.texts.get(&sealed.commitment).cloned().unwrap_or_else(|| "[erased]".to_owned())
    }

    fn maybe(self, sealed: Option<&Sealed>) -> Vec<String> {
        sealed.map(|sealed| self.of(sealed)).into_iter().collect()
    }

    fn name(self, person: PersonId) -> String {
        self.names.get(&person).cloned().unwrap_or_else(|| format!("[erased] ({person})"))
    }

    fn names(self, people: impl IntoIterator<Item = PersonId>) -> Vec<String> {
        people.into_iter().map(|person| self.name(person)).collect()
    }
}

/// The title of an exception, and everything that its dossier says.
pub(super) fn sections(before: &Before, texts: &BTreeMap<Hash, String>) -> (String, Vec<Section>) {
    let texts = Texts { texts, names: &before.names };
    let exception = &before.exception;
    let request = decided_on(exception);
    let title = request.title.as_ref().map_or_else(|| "(untitled)".to_owned(), |title| texts.of(title));
    let sections = [
        section("What is asked", asked(before, request, texts)),
        section("Who is concerned", concerned(exception, request, texts)),
        section("What it covers", scope(&request.scope, texts)),
        section("What else was stated", stated(request, texts)),
        section("Risk", risk(exception, texts)),
        section("Terms", terms(exception, request, texts)),
        section("Advice", exception.advice.iter().map(|advice| advised(advice, texts)).collect()),
        section("Who decides", exception.state.round().map(|round| deciding(round, texts)).unwrap_or_default()),
        section("Cases like it", similar(&before.similar.what, &before.similar.texts)),
    ];
    (title, sections.into_iter().filter(|section| !section.facts.is_empty()).collect())
}

/// The name of somebody for whom one decides.
pub(super) fn name_of(before: &Before, person: PersonId) -> String {
    Texts { texts: &BTreeMap::new(), names: &before.names }.name(person)
}

/// Earlier exceptions like it: what became of them, and in what they are alike.
fn similar(alike: &[Resembling], texts: &BTreeMap<Hash, String>) -> Vec<Fact> {
    let facts = alike.iter().map(|one| {
        let earlier = &one.exception;
        let title = earlier.request.title.as_ref().and_then(|title| texts.get(&title.commitment));
        let clauses = one.clauses.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let because = one.because.iter().map(|why| words(why.as_str())).collect::<Vec<_>>().join(", ");
        let state = words(earlier.state.name().as_str());
        let became = format!("{} ({state}), last changed {}", words(one.outcome.as_str()), day(earlier.changed_at));
        let alike = format!("The same {because}: {clauses}");
        fact(earlier.number.clone(), [title.cloned().unwrap_or_default(), became, alike])
    });
    facts.collect()
}

fn section(heading: &'static str, facts: Vec<Fact>) -> Section {
    Section { heading, facts: facts.into_iter().filter(|fact| !fact.said.is_empty()).collect() }
}

fn fact(label: impl Into<String>, said: impl IntoIterator<Item = String>) -> Fact {
    Fact { label: label.into(), said: said.into_iter().filter(|text| !text.is_empty()).collect() }
}

/// The content that the round decides on: another one where that is proposed, or the present one.
fn decided_on(exception: &Exception) -> &Request {
    match exception.state.round().map(|round| &round.proposal) {
        Some(Proposal::Content(content)) => content,
        Some(Proposal::AsRequested | Proposal::Reaffirm | Proposal::End { .. }) | None => &exception.request,
    }
}

fn asked(before: &Before, request: &Request, texts: Texts<'_>) -> Vec<Fact> {
    let exception = &before.exception;
    let renews = before.renews.clone().map(|number| format!("It would take the place of {number}"));
    vec![
        fact("This round", exception.state.round().map(|round| proposed(round, texts)).unwrap_or_default()),
        fact("Kind", request.kind.map(|kind| words(kind.as_str()))),
        fact("It deviates from", request.clauses.iter().cloned()),
        fact("How long", period(request, texts)),
        fact("Why", texts.maybe(request.justification.as_ref())),
        fact("What else was considered", texts.maybe(request.alternatives.as_ref())),
        fact("What happens if it is denied", texts.maybe(request.impact_if_denied.as_ref())),
        fact("Regulations touched", request.regulations.iter().cloned()),
        fact("Renews", renews),
        fact("Source ticket", texts.maybe(request.source_ticket.as_ref())),
        fact("Procedure", [exception.sop.to_string()]),
    ]
}

fn concerned(exception: &Exception, request: &Request, texts: Texts<'_>) -> Vec<Fact> {
    let agent = exception.filed_by_agent.then(|| "filed by a service or an agent".to_owned());
    let requester = [texts.name(exception.requester)].into_iter().chain(agent);
    let confidential = if request.confidential { "yes: its parties and its readers alone see it" } else { "no" };
    vec![
        fact("Requester", requester),
        fact("Beneficiary", texts.names(request.beneficiary)),
        fact("Sponsor", texts.names(request.sponsor)),
        fact("Monitoring owner", texts.names(request.monitoring_owner)),
        fact("Affected teams", request.affected_teams.iter().cloned()),
        fact("Confidential", [confidential.to_owned()]),
        fact("Readers", texts.names(request.readers.iter().copied())),
    ]
}

/// The screening questions, the procedure's own fields, and files.
fn stated(request: &Request, texts: Texts<'_>) -> Vec<Fact> {
    let yes = |flag: bool| if flag { "yes" } else { "no" };
    let screening = request.screening.iter().map(|(question, answer)| format!("{}: {}", words(question), yes(*answer)));
    let own = request.extra.iter().map(|(field, value)| {
        let said = match value {
            Extra::Flag(flag) => yes(*flag).to_owned(),
            Extra::Number(number) => number.to_string(),
            Extra::Code(code) => words(code),
            Extra::Text(text) => texts.of(text),
        };
        fact(words(field), [said])
    });
    let files = request.attachments.values().map(|file| {
        format!("{} ({}, {} bytes, SHA-256 {})", texts.of(&file.name), file.media_type, file.bytes, file.hash)
    });
    let first = fact("Screening", screening);
    std::iter::once(first).chain(own).chain([fact("Attachments", files)]).collect()
}

fn proposed(round: &Round, texts: Texts<'_>) -> Vec<String> {
    let kind = format!("Round {}, {}", round.number, words(round.kind.as_str()));
    let more = match &round.proposal {
        Proposal::AsRequested => vec!["The exception as requested".to_owned()],
        Proposal::Reaffirm => vec!["Its last decision once more".to_owned()],
        Proposal::End { end, reason } => vec![format!("A later end: {}", day(*end)), texts.of(reason)],
        Proposal::Content(_) => {
            vec!["Another content: the one below, which the record shows beside the present one".to_owned()]
        }
    };
    std::iter::once(kind).chain(more).collect()
}

fn period(request: &Request, texts: Texts<'_>) -> Vec<String> {
    let start = request.start.map(|start| format!("From {}", day(start)));
    let term = request.term.as_ref().map(|term| match term {
        Term::Until(end) => format!("Until {}", day(*end)),
        Term::Days(days) => format!("For {days} days"),
        Term::Permanent(reason) => format!("Without a planned end: {}", texts.of(reason)),
    });
    start.into_iter().chain(term).collect()
}

fn scope(scope: &Scope, texts: Texts<'_>) -> Vec<Fact> {
    let system = |system: &System| {
        let parts = [Some(&system.name), system.vendor.as_ref(), system.version.as_ref()];
        let said = parts.into_iter().flatten().map(|part| texts.of(part)).collect::<Vec<_>>().join(", ");
        system.id.as_ref().map_or_else(|| said.clone(), |id| format!("{said} (in the register: {id})"))
    };
    vec![
        fact("Systems", scope.systems.iter().map(system)),
        fact("Purpose", texts.maybe(scope.purpose.as_ref())),
        fact("Data", scope.data_classes.iter().map(|class| words(class.as_str()))),
        fact("Actions", scope.actions.iter().cloned()),
        fact("People who may use it", texts.names(scope.people.iter().copied())),
        fact("Groups that may use it", scope.groups.iter().cloned()),
        fact("Agents that may use it", scope.agents.iter().cloned()),
        fact("Business unit", scope.business_unit.clone()),
        fact("Regions", scope.regions.iter().cloned()),
    ]
}

fn risk(exception: &Exception, texts: Texts<'_>) -> Vec<Fact> {
    let rating = exception.rating.iter().flat_map(|rating| {
        let computed = rating.computed.filter(|computed| *computed != rating.tier);
        let computed = computed.map(|computed| format!("The scoring model gave {computed}"));
        let set = rating.override_by.as_ref();
        let set = set.map(|set| format!("Set by {}: {}", texts.name(set.by), texts.of(&set.reason)));
        [Some(format!("{}, by rule {}", rating.tier, rating.rule)), computed, set].into_iter().flatten()
    });
    let mut facts = vec![fact("Tier", rating)];
    facts.extend(
        exception
            .assessments
            .iter()
            .map(|(dimension, found)| fact(format!("Assessment: {}", words(dimension.as_str())), scored(found, texts))),
    );
    let waived = exception
        .waived
        .iter()
        .map(|(gate, waiver)| format!("{gate}, by {}: {}", texts.name(waiver.by), texts.of(&waiver.reason)));
    facts.push(fact("Gates waived", waived));
    facts
}

fn scored(found: &Assessment, texts: Texts<'_>) -> Vec<String> {
    let findings = found.findings.iter().map(|finding| {
        let mitigation = texts.maybe(finding.mitigation.as_ref()).concat();
        let mitigation =
            if mitigation.is_empty() { mitigation } else { format!(" What is done about it: {mitigation}") };
        format!("{}: {}{mitigation}", words(finding.severity.as_str()), texts.of(&finding.text))
    });
    let points = found.points.iter().map(|(criterion, points)| format!("{} {points}", words(criterion)));
    let points = points.collect::<Vec<_>>().join(", ");
    let said = format!("{} of 100 points by {}, on {}: {points}", found.score, texts.name(found.by), day(found.at));
    std::iter::once(said).chain(findings).collect()
}

fn terms(exception: &Exception, request: &Request, texts: Texts<'_>) -> Vec<Fact> {
    let conditions = exception.conditions.iter().map(|condition| {
        let code = condition.obligation.as_ref().map_or_else(String::new, |code| format!("; checked as {code}"));
        format!("{} (proposed by {}{code})", texts.of(&condition.text), texts.name(condition.by))
    });
    let controls = request.controls.values().map(|control| controlled(control, texts));
    vec![fact("Conditions so far", conditions), fact("Controls", controls)]
}

fn controlled(control: &ProposedControl, texts: Texts<'_>) -> String {
    let due = control.due.map_or_else(|| "before it takes effect".to_owned(), |due| format!("by {}", day(due)));
    let again = control.cadence_days.map_or_else(String::new, |days| format!(", again every {days} days"));
    let owner = control.owner.map_or_else(|| "nobody yet".to_owned(), |owner| texts.name(owner));
    let evidence = texts.maybe(control.evidence.as_ref()).concat();
    let evidence = if evidence.is_empty() { evidence } else { format!(". Evidence: {evidence}") };
    format!("{} ({due}{again}; by {owner}){evidence}", texts.of(&control.text))
}

fn advised(advice: &Advice, texts: Texts<'_>) -> Fact {
    let said = format!("{}, on {}", words(advice.recommendation.as_str()), day(advice.at));
    let label = format!("{} ({})", texts.name(advice.by), role(advice.role));
    fact(label, std::iter::once(said).chain(texts.maybe(advice.text.as_ref())))
}

fn deciding(round: &Round, texts: Texts<'_>) -> Vec<Fact> {
    let given = round.approvals.iter().filter(|given| given.dossier == round.dossier);
    let given = given.map(|given| {
        let roles: Vec<String> = given.capacities.iter().map(|held| role(held.role)).collect();
        let place = given.on_behalf_of.map(|from| format!(", in the place of {}", texts.name(from)));
        let who = texts.name(given.by);
        format!("{who}{} as {}, on {}", place.unwrap_or_default(), roles.join(" or "), day(given.at))
    });
    vec![fact("Needed", round.quorums.iter().map(quorum)), fact("Approved so far", given)]
}

fn quorum(quorum: &Quorum) -> String {
    let names = |roles: &[Role]| roles.iter().map(|named| role(*named)).collect::<Vec<_>>().join(", ");
    let all = if quorum.all_of.is_empty() { String::new() } else { format!("; each of {}", names(&quorum.all_of)) };
    let any = if quorum.any_of.is_empty() { String::new() } else { format!("; others from {}", names(&quorum.any_of)) };
    format!("{} different people{all}{any}", quorum.people())
}

fn role(role: Role) -> String {
    words(role.as_str())
}

/// A code as it is said.
fn words(code: &str) -> String {
    code.replace('_', " ")
}

fn day(at: Time) -> String {
    at.format("%-d %B %Y, %H:%M UTC").to_string()
}
