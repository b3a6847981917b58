//! What approvers decide on, as facts under headings: what is asked, why, what was found, on what terms,
//! who else decides, and what was decided before. Nothing is judged here.

use std::collections::BTreeMap;

use crate::{
    desk::{Desk, Error},
    domain::{
        exception::{Advice, Assessment, Exception, Proposal, Round},
        person::By,
        request::{Request, Scope, Term, Time},
    },
    sop::Quorum,
    store::listing::{Direction, Facet, Filter, Page, Sort, SortBy},
    words::{Hash, Role, Sealed, StateName},
};

/// How many earlier decisions are named.
const MOST_SIMILAR: i64 = 5;

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

/// Texts as they can be opened.
#[derive(Clone, Copy)]
struct Texts<'t>(&'t BTreeMap<Hash, String>);

impl Texts<'_> {
    fn of(self, sealed: &Sealed) -> String {
        self.0.get(&sealed.commitment).cloned().unwrap_or_else(|| "[erased]".to_owned())
    }

    fn maybe(self, sealed: Option<&Sealed>) -> Vec<String> {
        sealed.map(|sealed| self.of(sealed)).into_iter().collect()
    }
}

/// The title of an exception, and everything that its dossier says.
pub(super) fn sections(
    exception: &Exception,
    texts: &BTreeMap<Hash, String>,
    similar: Vec<String>,
) -> (String, Vec<Section>) {
    let texts = Texts(texts);
    let request = decided_on(exception);
    let title = request.title.as_ref().map_or_else(|| "(untitled)".to_owned(), |title| texts.of(title));
    let sections = [
        section("What is asked", asked(exception, request, texts)),
        section("What it covers", scope(&request.scope, texts)),
        section("Risk", risk(exception, texts)),
        section("Terms", terms(exception, request, texts)),
        section("Advice", exception.advice.iter().map(|advice| advised(advice, texts)).collect()),
        section("Who decides", exception.state.round().map(deciding).unwrap_or_default()),
        section("Decided before on the same clause", vec![fact("Exceptions", similar)]),
    ];
    (title, sections.into_iter().filter(|section| !section.facts.is_empty()).collect())
}

/// Other exceptions that deviate from the same clause, as far as whoever asks may see them.
pub(super) fn similar(desk: &Desk, by: &By, exception: &Exception) -> Result<Vec<String>, Error> {
    let Some(clause) = exception.request.clauses.first() else { return Ok(Vec::new()) };
    let states = [StateName::Active, StateName::Rejected, StateName::Expired, StateName::Revoked, StateName::Closed];
    let states = states.map(|state| state.as_str().to_owned()).into();
    let any_of = vec![(Facet::State, states), (Facet::Clause, vec![clause.clone()])];
    let filter = Filter { any_of, ..Filter::default() };
    let sort = Sort { by: SortBy::ChangedAt, direction: Direction::Descending };
    let page = Page { sort, after: None, limit: MOST_SIMILAR };
    let found = desk.list(by, &filter, &page)?;
    let texts = Texts(&found.texts);
    let named = found.what.iter().filter(|(other, _)| other.id != exception.id).map(|(other, _)| {
        let title = texts.maybe(other.request.title.as_ref()).concat();
        format!("{}: {} ({title})", other.number, words(other.state.name().as_str()))
    });
    Ok(named.collect())
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

fn asked(exception: &Exception, request: &Request, texts: Texts<'_>) -> Vec<Fact> {
    vec![
        fact("This round", exception.state.round().map(|round| proposed(round, texts)).unwrap_or_default()),
        fact("Kind", request.kind.map(|kind| words(kind.as_str()))),
        fact("It deviates from", request.clauses.iter().cloned()),
        fact("How long", period(request, texts)),
        fact("Why", texts.maybe(request.justification.as_ref())),
        fact("What else was considered", texts.maybe(request.alternatives.as_ref())),
        fact("What happens if it is denied", texts.maybe(request.impact_if_denied.as_ref())),
        fact("Regulations touched", request.regulations.iter().cloned()),
        fact("Affected teams", request.affected_teams.iter().cloned()),
        fact("Filed by", exception.filed_by_agent.then(|| "a service or an agent".to_owned())),
    ]
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
    let system = |system: &crate::domain::request::System| {
        let parts = [Some(&system.name), system.vendor.as_ref(), system.version.as_ref()];
        parts.into_iter().flatten().map(|part| texts.of(part)).collect::<Vec<_>>().join(", ")
    };
    let people = scope.people.len();
    vec![
        fact("Systems", scope.systems.iter().map(system)),
        fact("Purpose", texts.maybe(scope.purpose.as_ref())),
        fact("Data", scope.data_classes.iter().map(|class| words(class.as_str()))),
        fact("Actions", scope.actions.iter().cloned()),
        fact("Who", scope.groups.iter().chain(&scope.agents).cloned()),
        fact("Named people", (people > 0).then(|| people.to_string())),
        fact("Business unit", scope.business_unit.clone()),
        fact("Regions", scope.regions.iter().cloned()),
    ]
}

fn risk(exception: &Exception, texts: Texts<'_>) -> Vec<Fact> {
    let rating = exception.rating.iter().flat_map(|rating| {
        let computed = rating.computed.filter(|computed| *computed != rating.tier);
        let computed = computed.map(|computed| format!("The scoring model gave {computed}"));
        [Some(format!("{}, by rule {}", rating.tier, rating.rule)), computed].into_iter().flatten()
    });
    let mut facts = vec![fact("Tier", rating)];
    facts.extend(
        exception
            .assessments
            .iter()
            .map(|(dimension, found)| fact(format!("Assessment: {}", words(dimension.as_str())), scored(found, texts))),
    );
    let waived = exception.waived.iter().map(|(gate, waiver)| format!("{gate}: {}", texts.of(&waiver.reason)));
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
    std::iter::once(format!("{} of 100 points", found.score)).chain(findings).collect()
}

fn terms(exception: &Exception, request: &Request, texts: Texts<'_>) -> Vec<Fact> {
    let conditions = exception.conditions.iter().map(|condition| texts.of(&condition.text));
    let controls = request.controls.values().map(|control| {
        let due = control.due.map_or_else(|| "before it takes effect".to_owned(), |due| format!("by {}", day(due)));
        let again = control.cadence_days.map_or_else(String::new, |days| format!(", again every {days} days"));
        format!("{} ({due}{again})", texts.of(&control.text))
    });
    vec![fact("Conditions so far", conditions), fact("Controls", controls)]
}

fn advised(advice: &Advice, texts: Texts<'_>) -> Fact {
    let said = std::iter::once(words(advice.recommendation.as_str()));
    fact(role(advice.role), said.chain(texts.maybe(advice.text.as_ref())))
}

fn deciding(round: &Round) -> Vec<Fact> {
    let given = round.approvals.iter().filter(|given| given.dossier == round.dossier);
    let given = given.map(|given| {
        let roles: Vec<String> = given.capacities.iter().map(|held| role(held.role)).collect();
        format!("{}, on {}", roles.join(" or "), day(given.at))
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
