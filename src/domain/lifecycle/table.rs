//! The state × command table: one exception is driven into every state and every command is asked of it
//! there, by somebody who could do it. The snapshot is the lifecycle's documentation.

use std::fmt::Write;

use crate::{
    domain::{
        command::{Approve, Command},
        exception::Link,
        person::By,
        request::Request,
        testkit::*,
    },
    words::{AttachmentId, Dimension, Hash, PersonId, Recommendation, Role, StateName, Verb},
};

/// In every state; what lives does so with a control, and beside an open round where that can be.
fn in_every_state() -> Vec<Case> {
    let later = Request { start: Some(noon() + days(5)), ..with_control(None, None) };
    let draft = Case::draft(standard(), with_control(None, None));
    let review = draft.clone().submitted();
    let mut returned = review.clone();
    returned.ok(REVIEWER, Command::Return { codes: vec!["wrong_clause".to_owned()], note: None });
    let decision = Case::draft(standard(), with_control(None, None)).in_decision(3);
    let implementation = Case::draft(standard(), later).in_decision(3).approved_by([CISO, CRO]);
    let active = {
        let mut case = implementation.clone();
        case.ok(CONTROL_OWNER, Command::ConfirmControl { control: CONTROL, evidence: None, expires: None });
        case.later(days(5));
        case
    };
    let ended = |of: &Case, by: PersonId, command: Command| {
        let mut case = of.clone();
        case.ok(by, command);
        case
    };
    let cause = || "incident".to_owned();
    let mut cases = vec![
        draft.clone(),
        review,
        returned,
        draft.clone().passed(),
        draft.clone().assessed(3),
        decision.clone(),
        implementation,
        active.clone(),
        ended(&active, GOVERNANCE, Command::Reopen { cause: cause(), note: None }),
        ended(&active, GOVERNANCE, Command::Suspend { cause: cause(), note: None }),
        ended(&decision, CISO, Command::Reject { dossier: decision.dossier(), reason: sealed("No") }),
        ended(&draft, REQUESTER, Command::Withdraw { reason: None }),
        Case::active(standard(), request()).after(days(90)),
        ended(&active, GOVERNANCE, Command::Revoke { cause: cause(), note: None }),
        ended(&active, REQUESTER, Command::Close { reason: None }),
    ];
    cases.iter_mut().filter(|case| !case.state().is_final()).for_each(prepare);
    cases
}

/// Somebody watches it; what a suspension asks is answered, so that it can be resumed.
fn prepare(case: &mut Case) {
    case.ok(REQUESTER, Command::Watch { person: LEGAL });
    if case.state() == StateName::Suspended {
        case.look_again();
    }
}

/// The command of that verb which has the best prospects here, and who asks it.
#[expect(clippy::too_many_lines, reason = "one story told in one go")]
#[expect(clippy::similar_names, reason = "they are two of a kind")]
fn attempt(verb: Verb, case: &Case) -> Option<(By, Command)> {
    let round = case.is.state.round().map(|round| round.dossier);
    let suspended = case.state() == StateName::Suspended;
    let dossier = round.unwrap_or_else(|| if suspended { case.dossier_if_resumed() } else { Hash([0; 32]) });
    let task = case.is.tasks.first().map(|task| task.id);
    let unknown = crate::words::TaskId(uuid::Uuid::nil());
    let cause = "incident".to_owned();
    let (by, command) = match verb {
        Verb::Draft => return None,
        Verb::Submit => (REQUESTER, Command::Submit),
        Verb::Withdraw => (REQUESTER, Command::Withdraw { reason: None }),
        Verb::Amend => (REQUESTER, Command::Amend { request: Box::new(request()) }),
        Verb::Pass => (REVIEWER, Command::Pass { note: None }),
        Verb::Return => (REVIEWER, Command::Return { codes: vec!["wrong_clause".to_owned()], note: None }),
        Verb::AddClauses => (REVIEWER, add_clauses("AIP-3.1")),
        Verb::Assess => (SECURITY, case.assess(Dimension::Security, 3)),
        Verb::Attest => (MONITORING_OWNER, attest(true, true)),
        Verb::ConfirmAssessment => {
            (SECURITY, Command::ConfirmAssessment { dimension: Dimension::Security, note: None })
        }
        Verb::Comment => (REQUESTER, Command::Comment { text: sealed("Hello"), internal: false }),
        Verb::Recommend => (ADVISER, advice()),
        Verb::Approve => (CISO, Command::Approve(Box::new(approve(dossier)))),
        Verb::Reject => (CISO, Command::Reject { dossier, reason: sealed("No") }),
        Verb::RequestChanges => (CISO, Command::RequestChanges { dossier, reason: sealed("Narrow it") }),
        Verb::ProposeCondition => (CISO, Command::ProposeCondition { dossier, condition: condition("Log") }),
        Verb::AcceptConditions => (REQUESTER, Command::AcceptConditions),
        Verb::WaiveGate => (GOVERNANCE, waive()),
        Verb::ConfirmControl => {
            (CONTROL_OWNER, Command::ConfirmControl { control: CONTROL, evidence: None, expires: None })
        }
        Verb::FailControl => (CONTROL_OWNER, Command::FailControl { control: CONTROL, reason: sealed("Gone") }),
        Verb::Activate => return Some((clock(), Command::Activate)),
        Verb::Expire => return Some((clock(), Command::Expire)),
        Verb::RequestExtension => (REQUESTER, extension(case)),
        Verb::Reopen => (GOVERNANCE, Command::Reopen { cause, note: None }),
        Verb::Suspend => (GOVERNANCE, Command::Suspend { cause, note: None }),
        Verb::Resume => {
            (CISO, Command::Resume(Box::new(Approve { reason: Some(sealed("Mended")), ..approve(dossier) })))
        }
        Verb::Revoke => (GOVERNANCE, Command::Revoke { cause, note: None }),
        Verb::Close => (REQUESTER, Command::Close { reason: None }),
        Verb::Assign => (GOVERNANCE, Command::Assign { task: task.unwrap_or(unknown), to: None }),
        Verb::Escalate => (GOVERNANCE, Command::Escalate { task: task.unwrap_or(unknown) }),
        Verb::Remind => (GOVERNANCE, Command::Remind { task: None }),
        Verb::Attach => {
            let granted = case.is.state.authority().is_some();
            (
                if granted { CONTROL_OWNER } else { REQUESTER },
                Command::Attach { id: AttachmentId(uuid::Uuid::nil()), attachment: attachment("x") },
            )
        }
        Verb::Detach => (REQUESTER, Command::Detach { attachment: AttachmentId(uuid::Uuid::nil()) }),
        Verb::Link => (
            REQUESTER,
            Command::Link { link: Link { relation: "ticket".to_owned(), target: sealed("T-1"), exception: None } },
        ),
        Verb::Watch => (REQUESTER, Command::Watch { person: BENEFICIARY }),
        Verb::Unwatch => (REQUESTER, Command::Unwatch { person: LEGAL }),
        Verb::Revert => (GOVERNANCE, revert(case)),
    };
    Some((case.session(by), command))
}

fn advice() -> Command {
    Command::Recommend { role: Role::Adviser, recommendation: Recommendation::Support, text: None }
}

fn add_clauses(clause: &str) -> Command {
    Command::AddClauses { clauses: [clause.to_owned()].into(), reason: sealed("It is logged elsewhere") }
}

fn waive() -> Command {
    Command::WaiveGate { gate: "1.2".to_owned(), tier: None, reason: sealed("A pilot") }
}

/// The same case; where a gate is to be waived, one that fails at steps 1 and 2.
fn tempting(verb: Verb, case: &Case) -> Case {
    let mut tried = case.clone();
    if verb == Verb::WaiveGate {
        tried.is.request.alternatives = Some(sealed("None."));
    }
    tried
}

fn revert(case: &Case) -> Command {
    let content = Request { title: Some(sealed("An earlier title")), ..case.is.request.clone() };
    Command::Revert { to_version: 1, content: Box::new(content) }
}

fn extension(case: &Case) -> Command {
    let end = case.is.state.authority().map_or(case.now, |authority| authority.period.end) + days(30);
    Command::RequestExtension { end, reason: sealed("Not done yet") }
}

#[test]
fn every_command_in_every_state() {
    let cases = in_every_state();
    let names: Vec<StateName> = cases.iter().map(Case::state).collect();
    assert_eq!(names, StateName::ALL, "every state is there");
    let mut table = String::new();
    for case in &cases {
        writeln!(table, "{}", case.state()).expect("a text");
        for verb in Verb::ALL {
            let Some((by, command)) = attempt(*verb, case) else { continue };
            let mut tried = tempting(*verb, case);
            let cell = match tried.ask(&by, command) {
                Ok(()) => done(case, &tried),
                Err(refused) => refused.refusal.code().to_owned(),
            };
            writeln!(table, "  {:<18} {cell}", verb.as_str()).expect("a text");
        }
    }
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true,
        description => "What each command leads to in each state, and the code of its refusal where it is refused." },
        { insta::assert_snapshot!("lifecycle", table) });
}

/// Where it led, and by what events.
fn done(before: &Case, after: &Case) -> String {
    let events: Vec<&str> = after.events[before.events.len()..].iter().map(|event| event.deed.code()).collect();
    let to = if after.state() == before.state() { "same state".to_owned() } else { format!("→ {}", after.state()) };
    format!("{to} ({})", events.join(", "))
}
