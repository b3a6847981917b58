//! What was found and decided, what it is bound to and what is still to be done, as rows of the record.

use super::{Fact, Telling, facts::fact};
use crate::{
    attachments::Media,
    domain::{
        control::ControlStatus,
        exception::{Approval, Exception, Finding, Round},
        request::Attachment,
        voided::Voided,
    },
    sop::Quorum,
    web::pages::{
        due::{due, urgency},
        files::size,
        since::why,
    },
    words::{AttachmentId, Role},
};

/// How it is or was decided.
#[derive(Default)]
pub(super) struct Deciding {
    pub(super) round: Option<String>,
    pub(super) dossier: Option<String>,
    pub(super) quorums: Vec<String>,
    pub(super) approvals: Vec<ApprovalRow>,
    pub(super) authority: Vec<String>,
}

pub(super) struct ApprovalRow {
    pub(super) who: String,
    pub(super) roles: String,
    pub(super) at: String,
    pub(super) dossier: String,
    pub(super) stands: bool,
    /// Why it counts no more, where it was voided.
    pub(super) why: Option<String>,
}

pub(super) struct ControlRow {
    pub(super) what: String,
    pub(super) owner: String,
    pub(super) state: String,
    pub(super) tone: &'static str,
    pub(super) due: String,
    pub(super) note: Option<String>,
}

pub(super) struct TaskRow {
    pub(super) what: String,
    pub(super) who: String,
    pub(super) due: String,
    pub(super) tone: &'static str,
    pub(super) since: String,
}

pub(in crate::web::pages) struct File {
    pub(in crate::web::pages) id: String,
    pub(in crate::web::pages) name: String,
    pub(in crate::web::pages) about: String,
}

pub(super) struct Linked {
    pub(super) relation: String,
    pub(super) target: String,
    pub(super) href: Option<String>,
}

impl Telling<'_> {
    pub(in crate::web::pages) fn risk(&self, found: &Exception) -> Vec<Fact> {
        let t = self.tongue;
        let rating = found.rating.as_ref().map(|rating| {
            let tier = t.name("tier", rating.tier);
            let said = t.say("tier-by").with("tier", tier).with("rule", &rating.rule).to_string();
            let overridden = rating.override_by.as_ref().map(|waiver| {
                let who = self.names.of(&waiver.by);
                t.say("tier-overridden").with("who", who).with("reason", self.text(&waiver.reason)).to_string()
            });
            std::iter::once(said).chain(overridden).collect::<Vec<_>>()
        });
        let rated = fact(&t.say("list-tier"), rating.unwrap_or_default());
        let assessed = found.assessments.iter().filter_map(|(dimension, given)| {
            let said = t.say("assessed-by").with("points", given.score).with("who", self.names.of(&given.by));
            let said = said.with("at", t.moment(&given.at)).to_string();
            let findings = given.findings.iter().map(|finding| self.finding(finding));
            fact(&t.name("dimension", dimension), std::iter::once(said).chain(findings))
        });
        rated.into_iter().chain(assessed).collect()
    }

    pub(in crate::web::pages) fn finding(&self, finding: &Finding) -> String {
        let said = format!("{}: {}", self.tongue.name("tier", finding.severity), self.text(&finding.text));
        let mitigation = finding
            .mitigation
            .as_ref()
            .map(|text| self.tongue.say("finding-mitigation").with("text", self.text(text)).to_string());
        std::iter::once(said).chain(mitigation).collect::<Vec<_>>().join(" ")
    }

    pub(in crate::web::pages) fn advice(&self, found: &Exception) -> Vec<Fact> {
        let t = self.tongue;
        let advised = found.advice.iter().map(|given| {
            let label = format!("{} ({})", self.names.of(&given.by), t.name("role", given.role));
            let said = std::iter::once(t.name("recommendation", given.recommendation).to_string());
            Fact { label, said: said.chain(given.text.as_ref().map(|text| self.text(text))).collect() }
        });
        advised.collect()
    }

    pub(super) fn deciding(&self, found: &Exception, voided: &[Voided]) -> Deciding {
        let t = self.tongue;
        let authority = found.state.authority().map(|given| {
            let seats = given.two.seats().iter();
            let seats = seats.map(|seat| format!("{} ({})", self.names.of(&seat.human), t.name("role", seat.role)));
            let by = t.say("authority-by").count("round", given.round).to_string();
            let review = t.say("authority-review").with("day", t.day(&given.review_due)).to_string();
            std::iter::once(by).chain(seats).chain([review]).collect()
        });
        let Some(round) = found.state.round() else {
            return Deciding { authority: authority.unwrap_or_default(), ..Deciding::default() };
        };
        let kind = t.name("round", round.kind);
        let standing = round.approvals.iter().map(|given| self.approval(given, round));
        let void = voided.iter().map(|one| ApprovalRow {
            stands: false,
            why: Some(why(&one.why, t)),
            ..self.approval(&one.approval, round)
        });
        Deciding {
            round: Some(t.say("round-title").count("number", round.number).with("kind", kind).to_string()),
            dossier: Some(round.dossier.to_string()),
            quorums: round.quorums.iter().map(|quorum| self.quorum(quorum)).collect(),
            approvals: standing.chain(void).collect(),
            authority: authority.unwrap_or_default(),
        }
    }

    fn roles(&self, roles: &[Role]) -> String {
        roles.iter().map(|role| self.tongue.name("role", role).to_string()).collect::<Vec<_>>().join(", ")
    }

    fn quorum(&self, quorum: &Quorum) -> String {
        let parts = [&quorum.all_of, &quorum.any_of].into_iter().filter(|roles| !roles.is_empty());
        let roles = parts.map(|roles| self.roles(roles)).collect::<Vec<_>>().join(" / ");
        self.tongue.say("quorum-text").count("people", quorum.people()).with("roles", roles).to_string()
    }

    fn approval(&self, given: &Approval, round: &Round) -> ApprovalRow {
        let t = self.tongue;
        let lapses = given.at.checked_add_signed(chrono::Duration::days(i64::from(round.approval_days)));
        let who = self.names.of(&given.by);
        let principal = self.names.maybe(given.on_behalf_of.as_ref());
        let roles: Vec<Role> = given.capacities.iter().map(|held| held.role).collect();
        ApprovalRow {
            who: match principal {
                Some(principal) => t.say("approval-for").with("who", who).with("principal", principal).to_string(),
                None => who,
            },
            roles: self.roles(&roles),
            at: t.moment(&given.at),
            dossier: given.dossier.to_string().chars().take(12).collect(),
            stands: given.dossier == round.dossier && lapses.is_none_or(|lapses| self.now < lapses),
            why: None,
        }
    }

    pub(super) fn controls(&self, found: &Exception) -> Vec<ControlRow> {
        let t = self.tongue;
        let row = |control: &crate::domain::control::Control| {
            let (code, tone, note) = match &control.status {
                ControlStatus::Pending => ("pending", "info", None),
                ControlStatus::Confirmed { evidence, .. } => ("confirmed", "ok", evidence.as_ref()),
                ControlStatus::Lapsed { .. } => ("lapsed", "amber", None),
                ControlStatus::Failed { reason, .. } => ("failed", "bad", Some(reason)),
            };
            let what = found.request.controls.get(&control.id).map(|proposed| self.text(&proposed.text));
            ControlRow {
                what: what.unwrap_or_default(),
                owner: self.names.maybe(control.owner.as_ref()).unwrap_or_default(),
                state: t.name("control", code).to_string(),
                tone,
                due: control.due.map(|due| t.day(&due)).unwrap_or_default(),
                note: note.map(|note| self.text(note)),
            }
        };
        found.controls.iter().map(row).collect()
    }

    pub(super) fn tasks(&self, found: &Exception) -> Vec<TaskRow> {
        let t = self.tongue;
        let row = |task: &crate::domain::task::Task| TaskRow {
            what: t.name("work", task.work).to_string(),
            who: self.doer(task),
            due: due(t, &task.due_at, &self.now),
            tone: urgency(&task.due_at, &self.now),
            since: t.moment(&task.opened_at),
        };
        found.tasks.iter().map(row).collect()
    }

    pub(in crate::web::pages) fn files(&self, found: &Exception) -> Vec<File> {
        let file = |(id, file): (&AttachmentId, &Attachment)| {
            let media = Media::named(&file.media_type);
            let kind = media.map_or_else(|| file.media_type.clone(), |media| media.label().to_owned());
            let evidence = found.evidence.contains_key(id).then(|| self.tongue.say("files-evidence").to_string());
            let about = [Some(kind), Some(size(self.tongue, file.bytes)), evidence];
            File {
                id: id.to_string(),
                name: self.text(&file.name),
                about: about.into_iter().flatten().collect::<Vec<_>>().join(", "),
            }
        };
        found.files().map(file).collect()
    }

    pub(super) fn links(&self, found: &Exception) -> Vec<Linked> {
        let linked = |link: &crate::domain::exception::Link| {
            let target = self.text(&link.target);
            let lower = target.to_ascii_lowercase();
            let outside = ["https://", "http://"].iter().any(|scheme| lower.starts_with(scheme));
            let href = match link.exception {
                Some(_) => Some(format!("/exceptions/{target}")),
                None => outside.then(|| target.clone()),
            };
            Linked { relation: link.relation.clone(), target, href }
        };
        found.links.iter().map(linked).collect()
    }
}
