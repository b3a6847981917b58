//! What of a record a line of a form shows, in its reader's words. What the record does not have is nothing; what is
//! said in its place is not known here.

use crate::{
    domain::{
        control::{Control, ControlStatus},
        decided::Decided,
        exception::Exception,
        quorum::Seat,
        request::{ProposedControl, Term},
    },
    register::Register,
    web::pages::record::Telling,
    words::{ControlId, Role},
};

/// What a line shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    Clauses,
    Wording,
    Regulations,
    Justification,
    Alternatives,
    Impact,
    Systems,
    Purpose,
    Data,
    Actions,
    Users,
    Unit,
    Regions,
    Teams,
    Screening,
    Requester,
    Beneficiary,
    Sponsor,
    Monitor,
    Tier,
    Scores,
    Findings,
    Advice,
    Controls,
    Conditions,
    Standing,
    Upkeep,
    Ciso,
    Approvals,
    Dossier,
    Procedure,
    Period,
    Review,
    Files,
    /// What no record has: it is written by hand.
    NotKept,
}

/// A record as forms show it.
pub(super) struct Filled<'f> {
    pub(super) telling: Telling<'f>,
    pub(super) found: &'f Exception,
    pub(super) decided: Option<&'f Decided>,
    pub(super) register: &'f Register,
}

fn joined<'c>(codes: impl IntoIterator<Item = &'c String>) -> Vec<String> {
    let codes: Vec<&str> = codes.into_iter().map(String::as_str).collect();
    if codes.is_empty() { Vec::new() } else { vec![codes.join(", ")] }
}

impl Filled<'_> {
    /// What it shows under a label: nothing, where the record has nothing.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is the request's")]
    pub(super) fn said(&self, value: Value) -> Vec<String> {
        let said = match value {
            Value::Tier => self.tier(),
            Value::Scores => self.scores(),
            Value::Findings => self.findings(),
            Value::Advice => self.advice(),
            Value::Controls => self.controls(),
            Value::Conditions => self.found.conditions.iter().map(|one| self.telling.text(&one.text)).collect(),
            Value::Standing => self.found.controls.iter().map(|control| self.standing(control)).collect(),
            Value::Upkeep => self.found.request.controls.iter().map(|one| self.upkeep(one)).collect(),
            Value::Ciso => self.approvals(|seat| seat.role == Role::Ciso),
            Value::Approvals => self.approvals(|_| true),
            Value::Dossier => self.decided.iter().map(|one| one.authority.dossier.to_string()).collect(),
            Value::Procedure => vec![self.found.sop.to_string()],
            Value::Period => self.period(),
            Value::Review => {
                self.decided.iter().map(|one| self.telling.tongue.moment(&one.authority.review_due)).collect()
            }
            Value::Files => self.files(),
            Value::NotKept => Vec::new(),
            asked => self.asked(asked),
        };
        said.into_iter().filter(|text: &String| !text.trim().is_empty()).collect()
    }

    /// What the request says.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is no part of the request")]
    fn asked(&self, value: Value) -> Vec<String> {
        let (t, request) = (self.telling.tongue, &self.found.request);
        let (scope, one) = (&request.scope, |id: Option<&_>| self.telling.names.maybe(id).into_iter().collect());
        let text = |sealed: &Option<_>| sealed.iter().map(|sealed| self.telling.text(sealed)).collect();
        match value {
            Value::Clauses => self.clauses(|clause| &clause.title),
            Value::Wording => self.clauses(|clause| &clause.text),
            Value::Regulations => joined(&request.regulations),
            Value::Justification => text(&request.justification),
            Value::Alternatives => text(&request.alternatives),
            Value::Impact => text(&request.impact_if_denied),
            Value::Systems => scope.systems.iter().map(|system| self.telling.system(system)).collect(),
            Value::Purpose => text(&scope.purpose),
            Value::Data => scope.data_classes.iter().map(|class| t.name("data", class).to_string()).collect(),
            Value::Actions => joined(&scope.actions),
            Value::Users => self.users(),
            Value::Unit => joined(&scope.business_unit),
            Value::Regions => joined(&scope.regions),
            Value::Teams => joined(&request.affected_teams),
            Value::Screening => {
                request.screening.iter().map(|(code, yes)| self.telling.answer_to(code, *yes)).collect()
            }
            Value::Requester => one(Some(&self.found.requester)),
            Value::Beneficiary => one(request.beneficiary.as_ref()),
            Value::Sponsor => one(request.sponsor.as_ref()),
            Value::Monitor => one(request.monitoring_owner.as_ref()),
            _ => Vec::new(),
        }
    }

    /// The clauses, as the register has them now; one that it no longer has, by its code.
    fn clauses(&self, told: impl Fn(&crate::register::Clause) -> &String) -> Vec<String> {
        let said = |id: &String| {
            self.register.clause(id).map_or_else(|| id.clone(), |clause| format!("{id}: {}", told(clause)))
        };
        self.found.request.clauses.iter().map(said).collect()
    }

    fn users(&self) -> Vec<String> {
        let scope = &self.found.request.scope;
        let people = scope.people.iter().map(|id| self.telling.names.of(id));
        people.chain(joined(&scope.groups)).chain(joined(&scope.agents)).collect()
    }

    fn tier(&self) -> Vec<String> {
        let t = self.telling.tongue;
        let said = |rating: &crate::domain::exception::Rating| {
            t.say("tier-by").with("tier", t.name("tier", rating.tier)).with("rule", &rating.rule).to_string()
        };
        self.found.rating.iter().map(said).collect()
    }

    fn scores(&self) -> Vec<String> {
        let t = self.telling.tongue;
        let said = self.found.assessments.iter().map(|(dimension, given)| {
            let who = self.telling.names.of(&given.by);
            let scored = t.say("assessed-by").with("points", given.score).with("who", who);
            format!("{}: {}", t.name("dimension", dimension), scored.with("at", t.moment(&given.at)))
        });
        said.collect()
    }

    fn findings(&self) -> Vec<String> {
        let t = self.telling.tongue;
        let told = self.found.assessments.iter().flat_map(|(dimension, given)| {
            let of = t.name("dimension", dimension).to_string();
            given.findings.iter().map(move |finding| format!("{of}, {}", self.telling.finding(finding)))
        });
        told.collect()
    }

    fn advice(&self) -> Vec<String> {
        let told = self.telling.advice(self.found).into_iter();
        told.map(|fact| format!("{}: {}", fact.label, fact.said.join(". "))).collect()
    }

    fn controls(&self) -> Vec<String> {
        let said = |control: &ProposedControl| {
            let owner = self.telling.names.maybe(control.owner.as_ref()).unwrap_or_else(|| self.missing());
            let text = self.telling.text(&control.text);
            self.telling.tongue.say("form-control").with("text", text).with("owner", owner).to_string()
        };
        self.found.request.controls.values().map(said).collect()
    }

    fn missing(&self) -> String {
        self.telling.tongue.say("form-missing").to_string()
    }

    /// What a control does, where the request still says it.
    fn named(&self, id: &ControlId) -> String {
        let proposed = self.found.request.controls.get(id);
        proposed.map_or_else(|| self.missing(), |control| self.telling.text(&control.text))
    }

    fn standing(&self, control: &Control) -> String {
        let t = self.telling.tongue;
        let (code, by, at, note) = match &control.status {
            ControlStatus::Pending => ("pending", None, None, None),
            ControlStatus::Confirmed { by, at, evidence } => ("confirmed", Some(by), Some(at), evidence.as_ref()),
            ControlStatus::Lapsed { at } => ("lapsed", None, Some(at), None),
            ControlStatus::Failed { by, at, reason } => ("failed", Some(by), Some(at), Some(reason)),
        };
        let parts = [
            Some(t.name("control", code).to_string()),
            by.map(|by| self.telling.names.of(by)),
            at.map(|at| t.moment(at)),
            note.map(|note| self.telling.text(note)),
        ];
        let said = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        format!("{}: {said}", self.named(&control.id))
    }

    /// How a control is kept up: how often it is looked at, when next, and by whom.
    fn upkeep(&self, (id, proposed): (&ControlId, &ProposedControl)) -> String {
        let t = self.telling.tongue;
        let stands = self.found.controls.iter().find(|control| control.id == *id);
        let again = stands.map_or(proposed.cadence_days, |control| control.cadence_days);
        let due = stands.map_or(proposed.due, Control::owed_at);
        let owner = stands.map_or(proposed.owner, |control| control.owner);
        let again = again.map(|days| t.say("form-again").count("days", days).to_string());
        let owner = self.telling.names.maybe(owner.as_ref());
        let said = t.say("form-upkeep").with("text", self.telling.text(&proposed.text));
        let said = said.with("again", again.unwrap_or_else(|| self.missing()));
        let said = said.with("due", due.map_or_else(|| self.missing(), |due| t.moment(&due)));
        said.with("owner", owner.unwrap_or_else(|| self.missing())).to_string()
    }

    /// Who filled the quorum, in which role, and when; those of whom `wanted` holds.
    fn approvals(&self, wanted: impl Fn(&Seat) -> bool) -> Vec<String> {
        let Some(Decided { authority, approvals }) = self.decided else { return Vec::new() };
        let t = self.telling.tongue;
        let said = |seat: &Seat| {
            let given = approvals.iter().rfind(|approval| approval.human == seat.human);
            let at = given.map_or_else(|| self.missing(), |approval| t.moment(&approval.at));
            let (human, principal) = (self.telling.names.of(&seat.human), self.telling.names.of(&seat.principal));
            let in_place = || t.say("approval-for").with("who", &human).with("principal", principal).to_string();
            let who = if seat.human == seat.principal { human.clone() } else { in_place() };
            t.say("form-approved").with("who", who).with("role", t.name("role", seat.role)).with("at", at).to_string()
        };
        authority.two.seats().iter().filter(|seat| wanted(seat)).map(said).collect()
    }

    /// For how long it was decided; before that, what is asked for.
    fn period(&self) -> Vec<String> {
        let t = self.telling.tongue;
        if let Some(Decided { authority, .. }) = self.decided {
            let (start, end) = (t.moment(&authority.period.start), t.moment(&authority.period.end));
            return vec![t.say("form-period").with("start", start).with("end", end).to_string()];
        }
        let asked = self.found.request.term.as_ref().map(|term| match term {
            Term::Until(end) => t.say("term-until").with("day", t.moment(end)).to_string(),
            Term::Days(_) | Term::Permanent(_) => self.telling.term(term),
        });
        asked.map(|term| t.say("form-asked").with("term", term).to_string()).into_iter().collect()
    }

    fn files(&self) -> Vec<String> {
        self.telling.files(self.found).into_iter().map(|file| format!("{} ({})", file.name, file.about)).collect()
    }
}
