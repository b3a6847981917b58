//! What approvers decide on, as facts under headings: all that the hash of the dossier covers, who else
//! decides, and what became of cases like it. Nothing is judged here.

use std::{collections::BTreeMap, fmt};

mod answers;

use self::answers::answers;
use super::text::{Said, Tongue};
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
    pub(super) heading: String,
    pub(super) facts: Vec<Fact>,
}

/// One fact, in one text or several.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    pub(super) label: String,
    pub(super) said: Vec<String>,
}

/// Texts as they can be opened, people by their names, and words as their reader speaks.
#[derive(Clone, Copy)]
struct Texts<'t> {
    tongue: Tongue,
    opened: &'t BTreeMap<Hash, String>,
    names: &'t BTreeMap<PersonId, String>,
}

impl Texts<'_> {
    fn of(self, sealed: &Sealed) -> String {
        self.opened.get(&sealed.commitment).cloned().unwrap_or_else(|| self.say("dossier-erased").to_string())
    }

    fn maybe(self, sealed: Option<&Sealed>) -> Vec<String> {
        sealed.map(|sealed| self.of(sealed)).into_iter().collect()
    }

    fn name(self, person: PersonId) -> String {
        let erased = || format!("{} ({person})", self.say("dossier-erased"));
        self.names.get(&person).cloned().unwrap_or_else(erased)
    }

    /// The message of this key.
    fn say(self, key: impl AsRef<str>) -> Said {
        self.tongue.say(key)
    }

    /// A code as it is said, where it has a name; else as it stands.
    fn word(self, group: &str, code: &str) -> String {
        self.tongue.name(group, code).known().map_or_else(|| words(code), |said| said.to_string())
    }

    fn role(self, role: Role) -> String {
        self.word("role", role.as_str())
    }

    fn when(self, at: Time) -> String {
        self.tongue.moment(&at)
    }

    /// Facts under the heading of this name.
    fn section(self, name: &str, facts: Vec<Fact>) -> Section {
        let facts = facts.into_iter().filter(|fact| !fact.said.is_empty()).collect();
        Section { heading: self.say(format!("dossier-{name}")).to_string(), facts }
    }

    /// A fact under the label of this name.
    fn fact(self, name: &str, said: impl IntoIterator<Item = String>) -> Fact {
        fact(self.say(format!("dossier-{name}")), said)
    }

    fn names(self, people: impl IntoIterator<Item = PersonId>) -> Vec<String> {
        people.into_iter().map(|person| self.name(person)).collect()
    }
}

/// The title of an exception, and everything that its dossier says.
pub(super) fn sections(before: &Before, texts: &BTreeMap<Hash, String>, tongue: Tongue) -> (String, Vec<Section>) {
    let texts = Texts { tongue, opened: texts, names: &before.names };
    let exception = &before.exception;
    let title = decided_on(exception).title.as_ref();
    let title = title.map_or_else(|| texts.say("dossier-untitled").to_string(), |title| texts.of(title));
    let around = [
        texts.section("deciding", exception.state.round().map(|round| deciding(round, texts)).unwrap_or_default()),
        texts.section("similar", similar(&before.similar.what, &before.similar.texts, texts)),
    ];
    let sections = covered(exception, before.renews.as_ref(), texts).into_iter().chain(around);
    (title, sections.filter(|section| !section.facts.is_empty()).collect())
}

/// What a dossier of an exception says or would say, without who decides.
pub(super) fn content(
    exception: &Exception,
    (opened, names): (&BTreeMap<Hash, String>, &BTreeMap<PersonId, String>),
    tongue: Tongue,
) -> Vec<Section> {
    let texts = Texts { tongue, opened, names };
    let title = texts.fact("title", texts.maybe(decided_on(exception).title.as_ref()));
    let mut sections = covered(exception, None, texts).to_vec();
    if let Some(first) = sections.first_mut() {
        first.facts.insert(0, title);
    }
    sections
}

/// What the open re-review of an exception asked, and who answered what.
pub(super) fn looked_again(
    exception: &Exception,
    (opened, names): (&BTreeMap<Hash, String>, &BTreeMap<PersonId, String>),
    tongue: Tongue,
) -> Vec<Fact> {
    let facts = exception.review().map(|review| answers(review, Texts { tongue, opened, names }));
    facts.unwrap_or_default().into_iter().filter(|fact| !fact.said.is_empty()).collect()
}

/// All that the hash of a dossier covers, but for the title.
fn covered(exception: &Exception, renews: Option<&String>, texts: Texts<'_>) -> [Section; 8] {
    let request = decided_on(exception);
    [
        texts.section("asked", asked(exception, renews, texts)),
        texts.section("concerned", concerned(exception, request, texts)),
        texts.section("scope", scope(&request.scope, texts)),
        texts.section("stated", stated(request, texts)),
        texts.section("looked-again", exception.review().map(|review| answers(review, texts)).unwrap_or_default()),
        texts.section("risk", risk(exception, texts)),
        texts.section("terms", terms(exception, request, texts)),
        texts.section("advice", exception.advice.iter().map(|advice| advised(advice, texts)).collect()),
    ]
}

/// The name of somebody for whom one decides.
pub(super) fn name_of(before: &Before, person: PersonId, tongue: Tongue) -> String {
    Texts { tongue, opened: &BTreeMap::new(), names: &before.names }.name(person)
}

/// Earlier exceptions like it: what became of them, and in what they are alike.
fn similar(alike: &[Resembling], opened: &BTreeMap<Hash, String>, texts: Texts<'_>) -> Vec<Fact> {
    let facts = alike.iter().map(|one| {
        let earlier = &one.exception;
        let title = earlier.request.title.as_ref().and_then(|title| opened.get(&title.commitment));
        let clauses = one.clauses.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let because =
            one.because.iter().map(|why| texts.word("dossier-alike", why.as_str())).collect::<Vec<_>>().join(", ");
        let became = texts.say("dossier-became").with("outcome", texts.word("dossier-outcome", one.outcome.as_str()));
        let became = became.with("state", texts.word("state", earlier.state.name().as_str()));
        let became = became.with("at", texts.when(earlier.changed_at)).to_string();
        let alike = texts.say("dossier-same").with("because", because).with("clauses", clauses).to_string();
        fact(&earlier.number, [title.cloned().unwrap_or_default(), became, alike])
    });
    facts.collect()
}

fn fact(label: impl fmt::Display, said: impl IntoIterator<Item = String>) -> Fact {
    Fact { label: label.to_string(), said: said.into_iter().filter(|text| !text.is_empty()).collect() }
}

/// The content that the round decides on: another one where that is proposed, or the present one.
fn decided_on(exception: &Exception) -> &Request {
    match exception.state.round().map(|round| &round.proposal) {
        Some(Proposal::Content(content)) => content,
        Some(Proposal::AsRequested | Proposal::Reaffirm | Proposal::End { .. }) | None => &exception.request,
    }
}

fn asked(exception: &Exception, renews: Option<&String>, texts: Texts<'_>) -> Vec<Fact> {
    let request = decided_on(exception);
    let renews = renews.map(|number| texts.say("dossier-replaces").with("number", number).to_string());
    vec![
        texts.fact("round", exception.state.round().map(|round| proposed(round, texts)).unwrap_or_default()),
        texts.fact("kind", request.kind.map(|kind| texts.word("kind", kind.as_str()))),
        texts.fact("deviates", request.clauses.iter().cloned()),
        texts.fact("how-long", period(request, texts)),
        texts.fact("why", texts.maybe(request.justification.as_ref())),
        texts.fact("alternatives", texts.maybe(request.alternatives.as_ref())),
        texts.fact("denied", texts.maybe(request.impact_if_denied.as_ref())),
        texts.fact("regulations", request.regulations.iter().cloned()),
        texts.fact("renews", renews),
        texts.fact("ticket", texts.maybe(request.source_ticket.as_ref())),
        texts.fact("procedure", [exception.sop.to_string()]),
    ]
}

fn concerned(exception: &Exception, request: &Request, texts: Texts<'_>) -> Vec<Fact> {
    let agent = exception.filed_by_agent.then(|| texts.say("dossier-agent").to_string());
    let requester = [texts.name(exception.requester)].into_iter().chain(agent);
    let confidential = texts.say(if request.confidential { "dossier-confidential-yes" } else { "no" });
    vec![
        texts.fact("requester", requester),
        texts.fact("beneficiary", texts.names(request.beneficiary)),
        texts.fact("sponsor", texts.names(request.sponsor)),
        texts.fact("monitoring-owner", texts.names(request.monitoring_owner)),
        texts.fact("teams", request.affected_teams.iter().cloned()),
        texts.fact("confidential", [confidential.to_string()]),
        texts.fact("readers", texts.names(request.readers.iter().copied())),
    ]
}

/// The screening questions, the procedure's own fields, and files.
fn stated(request: &Request, texts: Texts<'_>) -> Vec<Fact> {
    let yes = |flag: bool| texts.say(if flag { "yes" } else { "no" });
    let screening = request.screening.iter().map(|(question, answer)| format!("{}: {}", words(question), yes(*answer)));
    let own = request.extra.iter().map(|(field, value)| {
        let said = match value {
            Extra::Flag(flag) => yes(*flag).to_string(),
            Extra::Number(number) => number.to_string(),
            Extra::Code(code) => words(code),
            Extra::Text(text) => texts.of(text),
        };
        fact(words(field), [said])
    });
    let files = request.attachments.values().map(|file| {
        let said = texts.say("dossier-file").with("name", texts.of(&file.name)).with("type", &file.media_type);
        said.with("bytes", file.bytes).with("hash", file.hash).to_string()
    });
    let first = texts.fact("screening", screening);
    std::iter::once(first).chain(own).chain([texts.fact("attachments", files)]).collect()
}

fn proposed(round: &Round, texts: Texts<'_>) -> Vec<String> {
    let kind = texts.say("dossier-round-number").with("number", round.number);
    let kind = kind.with("kind", texts.word("round", round.kind.as_str())).to_string();
    let said = |key: &str| texts.say(key).to_string();
    let more = match &round.proposal {
        Proposal::AsRequested => vec![said("dossier-as-requested")],
        Proposal::Reaffirm => vec![said("dossier-reaffirm")],
        Proposal::End { end, reason } => {
            vec![texts.say("dossier-later-end").with("at", texts.when(*end)).to_string(), texts.of(reason)]
        }
        Proposal::Content(_) => vec![said("dossier-other-content")],
    };
    std::iter::once(kind).chain(more).collect()
}

fn period(request: &Request, texts: Texts<'_>) -> Vec<String> {
    let start = request.start.map(|start| texts.say("dossier-from").with("at", texts.when(start)));
    let term = request.term.as_ref().map(|term| match term {
        Term::Until(end) => texts.say("dossier-until").with("at", texts.when(*end)),
        Term::Days(days) => texts.say("dossier-days").count("days", days),
        Term::Permanent(reason) => texts.say("dossier-permanent").with("reason", texts.of(reason)),
    });
    start.into_iter().chain(term).map(|said| said.to_string()).collect()
}

fn scope(scope: &Scope, texts: Texts<'_>) -> Vec<Fact> {
    let system = |system: &System| {
        let parts = [Some(&system.name), system.vendor.as_ref(), system.version.as_ref()];
        let said = parts.into_iter().flatten().map(|part| texts.of(part)).collect::<Vec<_>>().join(", ");
        let registered = |id| texts.say("dossier-system").with("said", &said).with("id", id).to_string();
        system.id.as_ref().map_or_else(|| said.clone(), registered)
    };
    vec![
        texts.fact("systems", scope.systems.iter().map(system)),
        texts.fact("purpose", texts.maybe(scope.purpose.as_ref())),
        texts.fact("data", scope.data_classes.iter().map(|class| texts.word("data", class.as_str()))),
        texts.fact("actions", scope.actions.iter().cloned()),
        texts.fact("people", texts.names(scope.people.iter().copied())),
        texts.fact("groups", scope.groups.iter().cloned()),
        texts.fact("agents", scope.agents.iter().cloned()),
        texts.fact("unit", scope.business_unit.clone()),
        texts.fact("regions", scope.regions.iter().cloned()),
    ]
}

fn risk(exception: &Exception, texts: Texts<'_>) -> Vec<Fact> {
    let rating = exception.rating.iter().flat_map(|rating| {
        let computed = rating.computed.filter(|computed| *computed != rating.tier);
        let computed =
            computed.map(|tier| texts.say("dossier-computed").with("tier", texts.word("tier", tier.as_str())));
        let set = rating.override_by.as_ref();
        let set = set.map(|set| said_by("dossier-set", (set.by, &set.reason), texts));
        let rated = texts.say("dossier-rated").with("tier", texts.word("tier", rating.tier.as_str()));
        [Some(rated.with("rule", &rating.rule)), computed, set].into_iter().flatten().map(|said| said.to_string())
    });
    let mut facts = vec![texts.fact("tier", rating)];
    facts.extend(exception.assessments.iter().map(|(dimension, found)| {
        let of = texts.word("dimension", dimension.as_str());
        fact(texts.say("dossier-assessment").with("dimension", of), scored(found, texts))
    }));
    let waived = exception.waived.iter().map(|(gate, waiver)| {
        said_by("dossier-waived", (waiver.by, &waiver.reason), texts).with("gate", gate).to_string()
    });
    facts.push(texts.fact("gates", waived));
    facts.extend(exception.imported.iter().map(|imported| {
        let from = &imported.from;
        let name = texts.say("imported-from").with("source", &from.source).with("reference", &from.reference);
        fact(texts.say("imported-fact"), [name, texts.say("imported-unassessed")].map(|said| said.to_string()))
    }));
    facts
}

/// What somebody did, and why.
fn said_by(key: &str, (by, why): (PersonId, &Sealed), texts: Texts<'_>) -> Said {
    texts.say(key).with("who", texts.name(by)).with("why", texts.of(why))
}

fn scored(found: &Assessment, texts: Texts<'_>) -> Vec<String> {
    let findings = found.findings.iter().map(|finding| {
        let mitigation = texts.maybe(finding.mitigation.as_ref()).concat();
        let done = || texts.say("dossier-mitigation").with("mitigation", &mitigation).to_string();
        let done = if mitigation.is_empty() { String::new() } else { done() };
        format!("{}: {}{done}", texts.word("tier", finding.severity.as_str()), texts.of(&finding.text))
    });
    let points = found.points.iter().map(|(criterion, points)| format!("{} {points}", words(criterion)));
    let points = points.collect::<Vec<_>>().join(", ");
    let said = texts.say("dossier-scored").with("score", found.score).with("who", texts.name(found.by));
    let said = said.with("at", texts.when(found.at)).with("points", points).to_string();
    std::iter::once(said).chain(findings).collect()
}

fn terms(exception: &Exception, request: &Request, texts: Texts<'_>) -> Vec<Fact> {
    let conditions = exception.conditions.iter().map(|condition| {
        let checked = |code| texts.say("dossier-checked").with("code", code).to_string();
        let checked = condition.obligation.as_ref().map_or_else(String::new, checked);
        let said = texts.say("dossier-condition").with("text", texts.of(&condition.text)).with("checked", checked);
        said.with("who", texts.name(condition.by)).to_string()
    });
    let controls = request.controls.values().map(|control| controlled(control, texts));
    vec![texts.fact("conditions", conditions), texts.fact("controls", controls)]
}

fn controlled(control: &ProposedControl, texts: Texts<'_>) -> String {
    let due = control.due.map_or_else(
        || texts.say("dossier-control-before"),
        |due| texts.say("dossier-control-by").with("at", texts.when(due)),
    );
    let again = control.cadence_days.map(|days| texts.say("dossier-control-again").count("days", days).to_string());
    let owner =
        control.owner.map_or_else(|| texts.say("dossier-control-nobody").to_string(), |owner| texts.name(owner));
    let shown = control.evidence.as_ref().map(|evidence| texts.of(evidence)).filter(|text| !text.is_empty());
    let shown = shown.map(|text| texts.say("dossier-control-evidence").with("evidence", text).to_string());
    let said = texts.say("dossier-control").with("text", texts.of(&control.text)).with("due", due);
    let said = said.with("again", again.unwrap_or_default()).with("owner", owner);
    said.with("evidence", shown.unwrap_or_default()).to_string()
}

fn advised(advice: &Advice, texts: Texts<'_>) -> Fact {
    let said = texts.say("dossier-advised").with("at", texts.when(advice.at));
    let said = said.with("advice", texts.word("recommendation", advice.recommendation.as_str())).to_string();
    let label = format!("{} ({})", texts.name(advice.by), texts.role(advice.role));
    fact(label, std::iter::once(said).chain(texts.maybe(advice.text.as_ref())))
}

fn deciding(round: &Round, texts: Texts<'_>) -> Vec<Fact> {
    let given = round.approvals.iter().filter(|given| given.dossier == round.dossier);
    let given = given.map(|given| {
        let roles = texts.tongue.any_of(given.capacities.iter().map(|held| held.role));
        let place =
            given.on_behalf_of.map(|from| texts.say("dossier-in-place").with("name", texts.name(from)).to_string());
        let said =
            texts.say("dossier-given").with("who", texts.name(given.by)).with("place", place.unwrap_or_default());
        said.with("roles", roles).with("at", texts.when(given.at)).to_string()
    });
    vec![texts.fact("needed", round.quorums.iter().map(|one| quorum(one, texts))), texts.fact("approved", given)]
}

fn quorum(quorum: &Quorum, texts: Texts<'_>) -> String {
    let names = |roles: &[Role]| roles.iter().map(|named| texts.role(*named)).collect::<Vec<_>>().join(", ");
    let part = |key: &str, roles: &[Role]| {
        if roles.is_empty() { String::new() } else { texts.say(key).with("roles", names(roles)).to_string() }
    };
    let all = part("dossier-quorum-all", &quorum.all_of);
    let any = part("dossier-quorum-any", &quorum.any_of);
    texts.say("dossier-quorum").with("people", quorum.people()).with("all", all).with("any", any).to_string()
}

/// A code of a procedure's own.
fn words(code: &str) -> String {
    code.replace('_', " ")
}
