//! The pages of a request in their order, what each asks, and where its answers go.

use std::sync::Arc;

use serde_json::Value;

use super::answers::{Answer, How};
use crate::{
    desk::Laws,
    domain::exception::Exception,
    register::{Clause, Register},
    sop::Sop,
    web::pages::{
        sheet::{Choice, Fields, Question},
        text::Tongue,
    },
    words::{DataClass, Kind, PersonId, words},
};

words! {
    /// The pages of a request.
    Step, "page of a request" {
        What = "what", Clauses = "clauses", Why = "why", System = "system", Where = "where", Term = "how-long",
        Controls = "controls", People = "people", Screening = "screening", Own = "own",
    }
}

impl Step {
    fn place(self) -> usize {
        Self::ALL.iter().position(|step| *step == self).unwrap_or_default()
    }

    /// The next page; none after the last.
    pub(super) fn after(self) -> Option<Self> {
        Self::ALL.get(self.place() + 1).copied()
    }

    /// The page before.
    pub(super) fn before(self) -> Option<Self> {
        self.place().checked_sub(1).and_then(|at| Self::ALL.get(at)).copied()
    }

    /// The page that asks for what stands at a field.
    pub(super) fn of_field(field: &str) -> Self {
        let within = |prefix: &str| field == prefix || field.starts_with(&format!("{prefix}."));
        let table: [(Self, &[&str]); 9] = [
            (Self::What, &["title", "kind", "source_ticket"]),
            (Self::Clauses, &["clauses"]),
            (Self::Why, &["justification", "alternatives", "impact_if_denied"]),
            (Self::System, &["scope.systems", "scope.purpose", "scope.data_classes"]),
            (Self::Term, &["start", "end", "duration_days", "permanent_reason"]),
            (Self::Controls, &["controls"]),
            (Self::People, &["sponsor", "beneficiary", "monitoring_owner", "confidential"]),
            (Self::Screening, &["screening"]),
            (Self::Own, &["extra"]),
        ];
        let found = table.iter().find(|(_, fields)| fields.iter().any(|prefix| within(prefix)));
        found.map_or(Self::Where, |(step, _)| *step)
    }
}

/// How many systems and controls a page asks for.
const SEVERAL: usize = 3;
/// How many clauses are shown at once.
const MOST_CLAUSES: usize = 12;

/// What questions are made from.
pub(super) struct Asking<'a> {
    pub(super) tongue: Tongue,
    pub(super) register: &'a Register,
    pub(super) sop: Option<Arc<Sop>>,
    pub(super) kind: Option<Kind>,
    pub(super) everybody: Vec<(PersonId, String)>,
    pub(super) search: String,
}

impl<'a> Asking<'a> {
    /// What the questions about a request are made from, with nobody to choose and nothing sought.
    pub(super) fn of(tongue: Tongue, laws: &'a Laws, found: &Exception) -> Self {
        let (sop, kind) = (laws.sops.newest(&found.sop.id), found.request.kind);
        Self { tongue, register: &laws.register, sop, kind, everybody: Vec::new(), search: String::new() }
    }

    /// What a page asks. What the procedure wants for this kind is not optional.
    pub(super) fn questions(&self, step: Step, given: &Fields) -> Vec<Question> {
        let asked = self.asked(step, given).into_iter();
        asked.map(|asked| if self.wants(&asked.name) { asked.needed() } else { asked }).collect()
    }

    /// What is asked at a field, or at the first of its rows.
    pub(super) fn label(&self, field: &str) -> Option<String> {
        let asked = self.questions(Step::of_field(field), &Fields::default());
        let here = |asked: &Question| asked.name == field || asked.name.starts_with(&format!("{field}."));
        asked.into_iter().find(here).map(|asked| asked.label)
    }

    fn wants(&self, field: &str) -> bool {
        let Some(sop) = &self.sop else { return false };
        let submission = &sop.document().steps.submission;
        let by_kind = self.kind.and_then(|kind| submission.required_by_kind.get(&kind));
        let pointer = format!("/{}", field.replace('.', "/"));
        submission.required.iter().chain(by_kind.into_iter().flatten()).any(|wanted| *wanted == pointer)
    }

    fn asked(&self, step: Step, given: &Fields) -> Vec<Question> {
        let t = self.tongue;
        let long = |name: &str, key: &str| Question::long(name, t.name("ask", key)).hinted(t.name("hint", key));
        let line = |name: &str, key: &str| Question::line(name, t.name("ask", key)).hinted(t.name("hint", key));
        match step {
            Step::What => vec![line("title", "title"), self.kinds(), line("source_ticket", "ticket").optional()],
            Step::Clauses => vec![self.clauses(given)],
            Step::Why => vec![
                long("justification", "justification"),
                long("alternatives", "alternatives"),
                long("impact_if_denied", "impact"),
            ],
            Step::System => self.systems(),
            Step::Where => vec![
                line("scope.business_unit", "unit"),
                line("scope.regions", "regions"),
                line("scope.groups", "groups"),
                line("scope.actions", "actions").optional(),
                line("scope.agents", "agents").optional(),
                line("affected_teams", "teams").optional(),
                self.regulations(),
            ],
            Step::Term => vec![
                Question::number("duration_days", t.name("ask", "days")).hinted(t.name("hint", "days")),
                Question::date("end", t.name("ask", "until")).hinted(t.say("ask-end-hint")).optional(),
                long("permanent_reason", "permanent").optional(),
            ],
            Step::Controls => self.controls(),
            Step::People => self.people(),
            Step::Screening => self.screening(),
            Step::Own => self.own().into_iter().map(|(question, _)| question).collect(),
        }
    }

    /// Where the answers of a page go.
    pub(super) fn answers(&self, step: Step) -> Vec<Answer> {
        let of = |how: How, names: &[&str]| names.iter().map(|name| Answer::new(*name, how)).collect::<Vec<_>>();
        match step {
            Step::What => of(How::Text, &["title", "kind", "source_ticket"]),
            Step::Clauses => of(How::Many, &["clauses"]),
            Step::Why => of(How::Text, &["justification", "alternatives", "impact_if_denied"]),
            Step::System => [
                of(How::Rows(&["name", "vendor", "version"]), &["scope.systems"]),
                of(How::Text, &["scope.purpose"]),
                of(How::Many, &["scope.data_classes"]),
            ]
            .concat(),
            Step::Where => [
                of(How::Text, &["scope.business_unit"]),
                of(How::Words, &["scope.regions", "scope.groups", "scope.actions", "scope.agents", "affected_teams"]),
                of(How::Many, &["regulations"]),
            ]
            .concat(),
            Step::Term => {
                [of(How::Number, &["duration_days"]), of(How::Day, &["end"]), of(How::Text, &["permanent_reason"])]
                    .concat()
            }
            Step::Controls => of(How::Rows(&["text", "owner", "cadence_days", "evidence"]), &["controls"]),
            Step::People => {
                [of(How::Text, &["sponsor", "beneficiary", "monitoring_owner"]), of(How::Flag, &["confidential"])]
                    .concat()
            }
            Step::Screening => {
                let asked = self.register.screening().into_iter();
                asked.map(|(_, asked)| Answer::new(format!("screening.{}", asked.code), How::YesNo)).collect()
            }
            Step::Own => self.own().into_iter().map(|(_, answer)| answer).collect(),
        }
    }

    fn kinds(&self) -> Question {
        let kinds = Kind::ALL.iter().map(|kind| Choice::new(kind, self.tongue.name("kind", kind))).collect();
        Question::radios("kind", self.tongue.name("ask", "kind"), kinds)
    }

    /// Does a clause fit what is searched for?
    pub(super) fn finds(&self, clause: &Clause) -> bool {
        let text = format!("{} {} {}", clause.id, clause.title, clause.text).to_lowercase();
        self.search.to_lowercase().split_whitespace().all(|word| text.contains(word))
    }

    /// Those that were chosen stay in sight, whatever is searched for.
    fn clauses(&self, given: &Fields) -> Question {
        let chosen = given.all("clauses");
        let all = self.register.policies.iter().flat_map(|policy| &policy.clauses);
        let (held, others): (Vec<&Clause>, Vec<&Clause>) = all.partition(|clause| chosen.contains(&clause.id));
        let others = others.into_iter().filter(|clause| clause.non_waivable.is_none() && self.finds(clause));
        let choice = |clause: &Clause| {
            Choice::new(&clause.id, format!("{} {}", clause.id, clause.title)).hinted(clause.text.trim())
        };
        let shown = held.into_iter().chain(others.take(MOST_CLAUSES)).map(choice).collect();
        Question::checks("clauses", self.tongue.name("ask", "clauses"), shown)
    }

    fn systems(&self) -> Vec<Question> {
        let t = self.tongue;
        let row = |at: usize| {
            let part = |part: &str| {
                let label = t.name("ask-system", part).count("number", at + 1);
                let question = Question::line(format!("scope.systems.{at}.{part}"), label);
                if at > 0 || part != "name" { question.optional() } else { question }
            };
            [part("name"), part("vendor"), part("version")]
        };
        let classes = DataClass::ALL.iter().map(|class| Choice::new(class, t.name("data", class))).collect();
        let rest = [
            Question::long("scope.purpose", t.name("ask", "purpose")).hinted(t.name("hint", "purpose")),
            Question::checks("scope.data_classes", t.name("ask", "data"), classes),
        ];
        (0..SEVERAL).flat_map(row).chain(rest).collect()
    }

    fn regulations(&self) -> Question {
        let choice = |one: &crate::register::Regulation| Choice::new(&one.id, &one.title);
        let all = self.register.regulations.iter().map(choice).collect();
        Question::checks("regulations", self.tongue.name("ask", "regulations"), all).optional()
    }

    fn somebody(&self, name: &str, label: impl std::fmt::Display) -> Question {
        let choices = self.everybody.iter().map(|(id, called)| Choice::new(id, called)).collect();
        Question::select(name, label, choices).optional()
    }

    fn controls(&self) -> Vec<Question> {
        let t = self.tongue;
        let row = |at: usize| {
            let name = |part: &str| format!("controls.{at}.{part}");
            let label = |part: &str| t.name("ask-control", part).count("number", at + 1);
            [
                Question::long(name("text"), label("text")).optional(),
                self.somebody(&name("owner"), label("owner")),
                Question::number(name("cadence_days"), label("cadence")).optional(),
                Question::line(name("evidence"), label("evidence")).optional(),
            ]
        };
        (0..SEVERAL).flat_map(row).collect()
    }

    fn people(&self) -> Vec<Question> {
        let t = self.tongue;
        vec![
            self.somebody("beneficiary", t.name("ask", "beneficiary")).hinted(t.name("hint", "beneficiary")),
            self.somebody("sponsor", t.name("ask", "sponsor")).hinted(t.name("hint", "sponsor")),
            self.somebody("monitoring_owner", t.name("ask", "monitor")).hinted(t.name("hint", "monitor")),
            Question::checks(
                "confidential",
                t.name("ask", "confidential"),
                vec![Choice::new("true", t.name("hint", "confidential"))],
            )
            .optional(),
        ]
    }

    fn yes_no(&self) -> Vec<Choice> {
        vec![Choice::new("true", self.tongue.say("yes")), Choice::new("false", self.tongue.say("no"))]
    }

    fn screening(&self) -> Vec<Question> {
        let asked = self.register.screening().into_iter();
        let question = |(clause, asked): (&Clause, &crate::register::Screening)| {
            let why = clause.non_waivable.clone().unwrap_or_default();
            Question::radios(format!("screening.{}", asked.code), &asked.question, self.yes_no())
                .hinted(format!("{} {}: {why}", clause.id, clause.title))
        };
        asked.map(question).collect()
    }

    /// The procedure's own fields, by its JSON Schema.
    fn own(&self) -> Vec<(Question, Answer)> {
        let schema = self.sop.as_ref().and_then(|sop| sop.document().steps.submission.extra.clone());
        let Some(Value::Object(schema)) = schema else { return Vec::new() };
        let required = |name: &str| {
            schema.get("required").and_then(Value::as_array).is_some_and(|all| all.iter().any(|one| one == name))
        };
        let Some(Value::Object(properties)) = schema.get("properties") else { return Vec::new() };
        let own = properties.iter().map(|(name, property)| {
            let (question, answer) = self.property(name, property);
            (if required(name) { question } else { question.optional() }, answer)
        });
        own.collect()
    }

    fn property(&self, name: &str, property: &Value) -> (Question, Answer) {
        let text = |key: &str| property.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
        let (field, label) = (format!("extra.{name}"), text("title").unwrap_or_else(|| name.to_owned()));
        let codes = property.get("enum").and_then(Value::as_array);
        let codes: Vec<&str> = codes.into_iter().flatten().filter_map(Value::as_str).collect();
        let (question, how) = match text("type").as_deref() {
            Some("boolean") => (Question::radios(&field, label, self.yes_no()), How::YesNo),
            Some("integer" | "number") => (Question::number(&field, label), How::Number),
            _ if !codes.is_empty() => {
                let choices = codes.iter().map(|code| Choice::new(code, code.replace('_', " "))).collect();
                (Question::radios(&field, label, choices), How::Text)
            }
            _ => (Question::line(&field, label), How::Text),
        };
        (question.hinted(text("description").unwrap_or_default()), Answer::new(field, how))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_and_every_field_has_one() {
        let mut at = Some(Step::What);
        let mut seen = Vec::new();
        while let Some(step) = at {
            seen.push(step);
            at = step.after();
        }
        assert_eq!(seen, Step::ALL);
        assert_eq!(Step::What.before(), None);
        assert_eq!(Step::of_field("scope.systems.0.name"), Step::System);
        assert_eq!(Step::of_field("scope.regions"), Step::Where);
        assert_eq!(Step::of_field("screening.social_scoring"), Step::Screening);
        assert_eq!(Step::of_field("title"), Step::What);
    }
}
