//! What each command needs to be told, as questions. A command that needs nothing has none.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    domain::{
        exception::{Exception, Gap},
        task::Work,
    },
    sop::Sop,
    web::pages::{
        record::Telling,
        sheet::{Choice, Question},
    },
    words::{PersonId, Recommendation, Role, Verb},
};

/// What questions are made from.
pub(super) struct Asking<'a> {
    pub(super) telling: Telling<'a>,
    pub(super) found: &'a Exception,
    pub(super) sop: Option<Arc<Sop>>,
    pub(super) roles: BTreeSet<Role>,
    pub(super) everybody: Vec<(PersonId, String)>,
}

impl Asking<'_> {
    /// The questions of a command.
    #[expect(clippy::wildcard_enum_match_arm, reason = "those with questions are named, and the rest have none")]
    pub(super) fn questions(&self, verb: Verb) -> Vec<Question> {
        let t = self.telling.tongue;
        let reason = || Question::long("reason", t.say("ask-reason"));
        let note = || Question::long("note", t.say("ask-note")).optional();
        let cause = || Question::line("cause", t.say("ask-cause")).hinted(t.say("ask-cause-hint"));
        match verb {
            Verb::Withdraw | Verb::Close => vec![reason().optional()],
            Verb::Pass => vec![note()],
            Verb::Return => vec![self.codes(), note()],
            Verb::Comment => self.comment(),
            Verb::Recommend => self.recommend(),
            Verb::Attest => self.attest(),
            Verb::ConfirmAssessment => vec![self.unlooked(), note()],
            Verb::WaiveGate => vec![self.gates(), reason()],
            Verb::AddClauses => {
                vec![
                    Question::line("clauses", t.say("ask-more-clauses")).hinted(t.say("ask-more-clauses-hint")),
                    reason(),
                ]
            }
            Verb::ConfirmControl => {
                vec![self.controls(), Question::long("evidence", t.say("ask-evidence")).optional()]
            }
            Verb::FailControl => vec![self.controls(), Question::long("reason", t.say("ask-failed"))],
            Verb::RequestExtension => {
                vec![Question::date("end", t.say("ask-end")).hinted(t.say("ask-end-hint")), reason()]
            }
            Verb::Reopen | Verb::Suspend | Verb::Revoke => vec![cause(), note()],
            Verb::Link => vec![
                Question::line("relation", t.say("ask-relation")).hinted(t.say("ask-relation-hint")),
                Question::line("target", t.say("ask-target")).hinted(t.say("ask-target-hint")),
            ],
            Verb::Detach => vec![self.files()],
            Verb::Assign => vec![self.tasks(), self.people()],
            Verb::Escalate | Verb::Remind => vec![self.tasks()],
            _ => Vec::new(),
        }
    }

    fn codes(&self) -> Question {
        let reasons = self.sop.as_ref().map(|sop| sop.document().steps.completeness.reasons.clone());
        let choice = |(code, text): (String, String)| Choice::new(code, text);
        let choices = reasons.unwrap_or_default().into_iter().map(choice).collect();
        Question::checks("codes", self.telling.tongue.say("ask-codes"), choices)
    }

    fn comment(&self) -> Vec<Question> {
        let t = self.telling.tongue;
        let text = Question::long("text", t.say("ask-text")).hinted(t.say("ask-text-hint"));
        let readers = vec![
            Choice::new("requester", t.say("record-to-requester")),
            Choice::new("internal", t.say("record-internal")),
        ];
        if self.roles.is_empty() {
            return vec![text];
        }
        vec![text, Question::radios("visibility", t.say("ask-visibility"), readers)]
    }

    fn recommend(&self) -> Vec<Question> {
        let t = self.telling.tongue;
        let asked = self.found.tasks.iter().filter(|task| task.work == Work::Advise).flat_map(|task| &task.roles);
        let asked: BTreeSet<&Role> = asked.filter(|role| self.roles.contains(role)).collect();
        let roles = asked.into_iter().map(|role| Choice::new(role, t.name("role", role))).collect();
        let advice = Recommendation::ALL.iter().map(|one| Choice::new(one, t.name("recommendation", one))).collect();
        vec![
            Question::radios("role", t.say("ask-role"), roles),
            Question::radios("recommendation", t.say("ask-recommendation"), advice),
            Question::long("text", t.say("ask-reason")).optional(),
        ]
    }

    /// Whether it is needed and kept, beside what it is bound to, and what was observed.
    fn attest(&self) -> Vec<Question> {
        let t = self.telling.tongue;
        let answers = || [true, false].map(|said| Choice::new(said, t.say(if said { "yes" } else { "no" })));
        let conditions = self.found.conditions.iter().map(|condition| self.telling.text(&condition.text));
        let controls = self.found.request.controls.values().map(|control| self.telling.text(&control.text));
        let bound: Vec<String> = conditions.chain(controls).collect();
        let bound = if bound.is_empty() { t.say("ask-kept-none").to_string() } else { bound.join("; ") };
        vec![
            Question::radios("needed", t.say("ask-needed"), answers().into()),
            Question::radios("kept", t.say("ask-kept"), answers().into()).hinted(bound),
            Question::long("statement", t.say("ask-statement")).hinted(t.say("ask-statement-hint")),
        ]
    }

    /// The dimensions that are to be confirmed, each with how it was scored.
    fn unlooked(&self) -> Question {
        let t = self.telling.tongue;
        let open: Vec<_> = self.found.review().into_iter().flat_map(crate::domain::review::Review::unlooked).collect();
        let scored = open.iter().filter_map(|dimension| {
            let stood = self.found.assessments.get(dimension)?;
            let said = t.say("assessed-by").with("points", stood.score).with("who", self.telling.names.of(&stood.by));
            let said = said.with("at", t.moment(&stood.at));
            Some(Choice::new(dimension, t.name("dimension", dimension)).hinted(said))
        });
        Question::radios("dimension", t.say("ask-dimension"), scored.collect())
    }

    fn gates(&self) -> Question {
        let t = self.telling.tongue;
        let choice = |(rule, gap): (&String, &Gap)| Choice::new(rule, rule).hinted(t.as_told(&gap.why));
        Question::radios("gate", t.say("ask-gate"), self.found.gaps.iter().map(choice).collect())
    }

    fn controls(&self) -> Question {
        let proposed = &self.found.request.controls;
        let text = |id: &crate::words::ControlId| {
            proposed.get(id).map(|control| self.telling.text(&control.text)).unwrap_or_default()
        };
        let choices = self.found.controls.iter().map(|control| Choice::new(control.id, text(&control.id))).collect();
        Question::radios("control", self.telling.tongue.say("ask-control"), choices)
    }

    fn files(&self) -> Question {
        let attached = &self.found.request.attachments;
        let choices = attached.iter().map(|(id, file)| Choice::new(id, self.telling.text(&file.name))).collect();
        let t = self.telling.tongue;
        Question::radios("attachment", t.say("ask-file"), choices).hinted(t.say("ask-file-hint"))
    }

    fn tasks(&self) -> Question {
        let t = self.telling.tongue;
        let choice = |task: &crate::domain::task::Task| {
            Choice::new(task.id, t.name("work", task.work)).hinted(self.telling.doer(task))
        };
        Question::radios("task", t.say("ask-task"), self.found.tasks.iter().map(choice).collect())
    }

    fn people(&self) -> Question {
        let choices = self.everybody.iter().map(|(id, name)| Choice::new(id, name)).collect();
        Question::select("to", self.telling.tongue.say("ask-to"), choices).optional()
    }
}
