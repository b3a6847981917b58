//! What nobody sensible would ask, by whoever comes along.

use uuid::Uuid;

use super::{Dice, EVERYONE, approval, content, door, dossier};
use crate::{
    domain::{command::Command, exception::Link, person::By, testkit::*},
    words::{AttachmentId, Dimension, TaskId},
};

/// Anything, by anybody.
#[expect(clippy::too_many_lines, reason = "a table of all commands")]
pub(super) fn asked(dice: &mut Dice, case: &Case) -> (By, Command) {
    let reason = || sealed("Because");
    let dossier = dossier(dice, case);
    let task = case.is.tasks.first().map_or(TaskId(Uuid::nil()), |task| task.id);
    let command = match dice.below(32) {
        30 => attest(true, dice.below(2) == 0),
        31 => Command::ConfirmAssessment { dimension: Dimension::Security, note: None },
        0 => Command::Submit,
        1 => Command::Withdraw { reason: None },
        2 => Command::Amend { request: Box::new(content(dice)) },
        3 => Command::Pass { note: None },
        4 => Command::Return { codes: vec!["wrong_clause".to_owned()], note: None },
        5 => case.assess(Dimension::Security, 2),
        6 => Command::Comment { text: reason(), internal: true },
        7..=9 => Command::Approve(Box::new(approval(dice, case))),
        10 => Command::Reject { dossier, reason: reason() },
        11 => Command::RequestChanges { dossier, reason: reason() },
        12 => Command::ProposeCondition { dossier, condition: condition("Log") },
        13 => Command::AcceptConditions,
        14 => {
            Command::WaiveGate { gate: dice.one(&["1.2", "1.13", "3", "9.9"]).to_owned(), tier: None, reason: reason() }
        }
        15 => Command::ConfirmControl { control: CONTROL, evidence: None, expires: None },
        16 => Command::Activate,
        17 => Command::Resume(Box::new(approval(dice, case))),
        18 => Command::Revoke { cause: "incident".to_owned(), note: None },
        19 => Command::Expire,
        20 => Command::Close { reason: None },
        21 => Command::Assign { task, to: Some(dice.one(EVERYONE)) },
        22 => Command::Escalate { task },
        23 => Command::Attach {
            id: AttachmentId(Uuid::from_u128(u128::from(dice.below(9)))),
            attachment: attachment("x"),
        },
        24 => Command::Link { link: Link { relation: "ticket".to_owned(), target: reason(), exception: None } },
        26 => {
            let clause = dice.one(&["AIP-3.1", "AIP-1.1", "AIP-4.1", "AIP-9.9"]).to_owned();
            Command::AddClauses { clauses: [clause].into(), reason: reason() }
        }
        25 => Command::Watch { person: dice.one(EVERYONE) },
        27 => Command::Unwatch { person: dice.one(EVERYONE) },
        28 => Command::Remind { task: dice.one(&[None, Some(task)]) },
        29 => Command::Detach { attachment: AttachmentId(Uuid::from_u128(u128::from(dice.below(9)))) },
        _ => Command::Revert { to_version: 1, content: Box::new(content(dice)) },
    };
    let by = dice.one(EVERYONE);
    (door(dice, case, by), command)
}
