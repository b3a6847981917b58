//! The bodies of the commands on an exception that was decided, and on its work.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::commands::{Asking, Asks, bodies};
use crate::{
    domain::command::Command,
    web::{
        api::text::{Instant, Slug, Statement, Text, or_absent},
        problem::Problem,
    },
    words::{AttachmentId, ControlId, Dimension, PersonId, TaskId},
};

bodies! {
    /// The confirmation of a control.
    ConfirmControl, { "control": "01977d3c-7a10-7000-8000-000000000001", "evidence": "Test report of 1 March" } {
        /// Which.
        control: ControlId,
        /// What shows it.
        #[serde(default, deserialize_with = "or_absent")]
        evidence: Option<Text>,
        /// Until when that holds, where it says so itself; the control lapses then unless it is confirmed again.
        #[serde(default)]
        evidence_expires: Option<Instant>,
    }
    |body, asking| Ok(Command::ConfirmControl {
        control: body.control,
        evidence: asking.note("evidence", body.evidence.as_ref()),
        expires: body.evidence_expires.map(|expires| expires.0),
    });

    /// The report that a control failed.
    FailControl, { "control": "01977d3c-7a10-7000-8000-000000000001", "reason": "Names were found in prompts" } {
        /// Which.
        control: ControlId,
        /// What went wrong.
        reason: Statement,
    }
    |body, asking| Ok(Command::FailControl { control: body.control, reason: asking.seal("reason", &body.reason) });

    /// What the monitoring owner attests in a re-review.
    Attest, {
        "needed": true, "kept": true,
        "statement": "Forty prompts of this quarter were drawn and read; names were masked in all of them"
    } {
        /// Is the exception still needed?
        needed: bool,
        /// Are its conditions and its controls kept?
        kept: bool,
        /// What was observed.
        statement: Statement,
    }
    |body, asking| Ok(Command::Attest {
        needed: body.needed,
        kept: body.kept,
        statement: asking.seal("statement", &body.statement),
    });

    /// The confirmation in a re-review that a dimension is as it was scored.
    ConfirmAssessment, { "dimension": "privacy", "note": "The data and the vendor are the same" } {
        /// Which dimension.
        dimension: Dimension,
        /// What was looked at.
        #[serde(default, deserialize_with = "or_absent")]
        note: Option<Text>,
    }
    |body, asking| Ok(Command::ConfirmAssessment {
        dimension: body.dimension,
        note: asking.note("note", body.note.as_ref()),
    });

    /// A later end, which opens a round of decision.
    RequestExtension, { "end": "2026-12-31T00:00:00Z", "reason": "The replacement is late" } {
        /// The new end.
        end: Instant,
        /// Why.
        reason: Statement,
    }
    |body, asking| Ok(Command::RequestExtension { end: body.end.0, reason: asking.seal("reason", &body.reason) });

    /// Why it is looked at again.
    Reopen, { "cause": "policy_changed", "note": "Clause AIP-2.1 has a new version" } {
        /// Why, as a code.
        cause: Slug,
        /// Why, in words.
        #[serde(default, deserialize_with = "or_absent")]
        note: Option<Text>,
    }
    |body, asking| Ok(Command::Reopen { cause: body.cause.as_str().to_owned(), note: asking.note("note", body.note.as_ref()) });

    /// Why its effect is taken away for now.
    Suspend, { "cause": "incident", "note": "The vendor reported a breach" } {
        /// Why, as a code.
        cause: Slug,
        /// Why, in words.
        #[serde(default, deserialize_with = "or_absent")]
        note: Option<Text>,
    }
    |body, asking| Ok(Command::Suspend { cause: body.cause.as_str().to_owned(), note: asking.note("note", body.note.as_ref()) });

    /// Why it is taken away for good.
    Revoke, { "cause": "incident", "note": "Data left the region" } {
        /// Why, as a code.
        cause: Slug,
        /// Why, in words.
        #[serde(default, deserialize_with = "or_absent")]
        note: Option<Text>,
    }
    |body, asking| Ok(Command::Revoke { cause: body.cause.as_str().to_owned(), note: asking.note("note", body.note.as_ref()) });

    /// Who is to do a task.
    Assign, { "task": "01977d3c-7a10-7000-8000-000000000001", "to": "01977d3c-7a10-7000-8000-000000000002" } {
        /// Which.
        task: TaskId,
        /// To whom; absent: back to its role.
        #[serde(default)]
        to: Option<PersonId>,
    }
    |body, _asking| Ok(Command::Assign { task: body.task, to: body.to });

    /// Which task is escalated.
    Escalate, { "task": "01977d3c-7a10-7000-8000-000000000001" } {
        /// Which.
        task: TaskId,
    }
    |body, _asking| Ok(Command::Escalate { task: body.task });

    /// Of which task its holders are reminded.
    Remind, { "task": "01977d3c-7a10-7000-8000-000000000001" } {
        /// Of which; absent: of all.
        #[serde(default)]
        task: Option<TaskId>,
    }
    |body, _asking| Ok(Command::Remind { task: body.task });

    /// A file to take out.
    Detach, { "attachment": "01977d3c-7a10-7000-8000-000000000001" } {
        /// Which.
        attachment: AttachmentId,
    }
    |body, _asking| Ok(Command::Detach { attachment: body.attachment });

    /// Who follows it.
    Watch, {} {
        /// Who; absent: whoever asks.
        #[serde(default)]
        person: Option<PersonId>,
    }
    |body, asking| Ok(Command::Watch { person: body.person.unwrap_or(asking.person) });

    /// Who follows it no longer.
    Unwatch, {} {
        /// Who; absent: whoever asks.
        #[serde(default)]
        person: Option<PersonId>,
    }
    |body, asking| Ok(Command::Unwatch { person: body.person.unwrap_or(asking.person) });
}
