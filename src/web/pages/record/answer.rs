//! The answer that most people look for: is it allowed now, until when, and on what conditions.

use super::Telling;
use crate::{
    domain::exception::{Exception, Reason, State},
    web::pages::{
        due::{due, tone, weight},
        refused,
        request::place,
        sheet::field_of,
        text::Tongue,
    },
    words::Verb,
};

/// The answer.
pub(super) struct Answer {
    pub(super) effective: bool,
    pub(super) said: String,
    pub(super) state: String,
    pub(super) tone: &'static str,
    pub(super) tier: Option<(String, &'static str)>,
    pub(super) conditions: Vec<String>,
    pub(super) next: Option<String>,
    pub(super) cause: Option<String>,
    pub(super) mend: Vec<Mend>,
    pub(super) note: Option<String>,
}

/// Something to mend, and where.
pub(super) struct Mend {
    pub(super) text: String,
    pub(super) href: Option<String>,
}

impl Telling<'_> {
    /// The answer to somebody who may ask for these commands.
    pub(super) fn answer(&self, found: &Exception, offers: &[Verb]) -> Answer {
        let tongue = self.tongue;
        let effective = found.is_effective(self.now);
        let until = found.effective_until().filter(|_| effective).map(|until| tongue.day(&until));
        let said = match (effective, until) {
            (true, Some(day)) => tongue.say("record-effective-until").with("day", day),
            (true, None) => tongue.say("record-effective"),
            (false, _) => tongue.say("record-not-effective"),
        };
        let next = found.tasks.iter().min_by_key(|task| task.due_at);
        let (mend, note, cause) = self.because(found, offers.contains(&Verb::Amend));
        Answer {
            effective,
            said: said.to_string(),
            state: tongue.name("state", found.state.name()).to_string(),
            tone: tone(found.state.name()),
            tier: found.tier().map(|tier| (tongue.name("tier", tier).to_string(), weight(tier))),
            conditions: found.conditions.iter().map(|condition| self.text(&condition.text)).collect(),
            next: next.map(|task| {
                let what = tongue.name("work", task.work);
                let said = tongue.say("record-next").with("what", what).with("who", self.doer(task));
                said.with("due", due(tongue, &task.due_at, &self.now)).to_string()
            }),
            cause,
            mend,
            note,
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "three states have a reason, and the rest do not")]
    fn because(&self, found: &Exception, amends: bool) -> (Vec<Mend>, Option<String>, Option<String>) {
        match &found.state {
            State::Returned { reasons, note } => (
                reasons.iter().map(|reason| mend(reason, (found, amends), self.tongue)).collect(),
                note.as_ref().map(|note| self.text(note)),
                None,
            ),
            State::ReReview { cause, .. } | State::Suspended { cause, .. } => {
                let said = self.tongue.say("record-cause").with("code", self.tongue.as_told(&cause.code)).to_string();
                (Vec::new(), cause.note.as_ref().map(|note| self.text(note)), Some(said))
            }
            _ => (Vec::new(), None, None),
        }
    }
}

fn mend(reason: &Reason, (found, amends): (&Exception, bool), tongue: Tongue) -> Mend {
    let text = refused::reason(reason, tongue);
    let field = reason.pointer.as_deref().filter(|_| amends);
    Mend { text, href: field.map(|at| place(&found.number, &field_of(at))) }
}
