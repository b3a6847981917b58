//! From the fields of a form to the command they ask for, by the very bodies of the interface: what they refuse
//! is refused here, at the same fields.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use validator::Validate;

use crate::{
    domain::{command::Command, exception::Link},
    web::{
        api::exception::{
            act::sealed,
            commands::{AddClauses, Asks, Close, Comment, Pass, Recommend, Return, WaiveGate, Withdraw},
            living::{
                Assign, Attest, ConfirmAssessment, ConfirmControl, Detach, Escalate, FailControl, Remind, Reopen,
                RequestExtension, Revoke, Suspend, Unwatch, Watch,
            },
            talk::{LinkBody, elsewhere},
        },
        call::Call,
        json::checked,
        pages::sheet::Fields,
        problem::{Problem, codes},
    },
    words::{Opening, Verb},
};

type Made = Result<(Command, Vec<Opening>), Problem>;

/// The command that a form asks for.
#[expect(clippy::wildcard_enum_match_arm, reason = "those with a page are named; the rest have none")]
#[expect(clippy::too_many_lines, reason = "a table of the commands, one line each")]
pub(super) fn command(call: &Call, verb: Verb, sent: &Fields) -> Made {
    let object = |names: &[&str]| sent.object(names);
    match verb {
        Verb::Submit => Ok((Command::Submit, Vec::new())),
        Verb::AcceptConditions => Ok((Command::AcceptConditions, Vec::new())),
        Verb::Withdraw => body::<Withdraw>(call, object(&["reason"])),
        Verb::Close => body::<Close>(call, object(&["reason"])),
        Verb::Pass => body::<Pass>(call, object(&["note"])),
        Verb::Return => body::<Return>(call, with(object(&["note"]), "codes", list(sent, "codes"))),
        Verb::Comment => body::<Comment>(call, object(&["text", "visibility"])),
        Verb::Recommend => body::<Recommend>(call, object(&["role", "recommendation", "text"])),
        Verb::Attest => {
            let answer = |name: &str| sent.said(name).map(|said| said.parse().map_or(Value::String(said), Value::Bool));
            let answered = with(object(&["statement"]), "needed", answer("needed"));
            body::<Attest>(call, with(answered, "kept", answer("kept")))
        }
        Verb::ConfirmAssessment => body::<ConfirmAssessment>(call, object(&["dimension", "note"])),
        Verb::WaiveGate => body::<WaiveGate>(call, object(&["gate", "reason"])),
        Verb::AddClauses => {
            let clauses = sent.text("clauses");
            let clauses = clauses.split([',', ' ']).map(str::trim).filter(|clause| !clause.is_empty());
            let clauses = clauses.map(Value::from).collect::<Vec<_>>();
            body::<AddClauses>(call, with(object(&["reason"]), "clauses", Some(Value::from(clauses))))
        }
        Verb::ConfirmControl => body::<ConfirmControl>(call, object(&["control", "evidence"])),
        Verb::FailControl => body::<FailControl>(call, object(&["control", "reason"])),
        Verb::RequestExtension => {
            let end = sent.date("end").map(Value::String);
            body::<RequestExtension>(call, with(object(&["reason"]), "end", end))
        }
        Verb::Reopen => body::<Reopen>(call, object(&["cause", "note"])),
        Verb::Suspend => body::<Suspend>(call, object(&["cause", "note"])),
        Verb::Revoke => body::<Revoke>(call, object(&["cause", "note"])),
        Verb::Assign => body::<Assign>(call, object(&["task", "to"])),
        Verb::Escalate => body::<Escalate>(call, object(&["task"])),
        Verb::Remind => remind(call, sent),
        Verb::Detach => body::<Detach>(call, object(&["attachment"])),
        Verb::Watch => body::<Watch>(call, Map::new()),
        Verb::Unwatch => body::<Unwatch>(call, Map::new()),
        Verb::Link => link(call, object(&["relation", "target"])),
        _ => Err(Problem::not_found("command")),
    }
}

fn body<T: Asks + DeserializeOwned + Validate>(call: &Call, object: Map<String, Value>) -> Made {
    sealed(call, checked::<T>(Value::Object(object))?, T::command)
}

/// Of a task: without one it is the end of the exception that people are reminded of.
fn remind(call: &Call, sent: &Fields) -> Made {
    if sent.said("task").is_none() {
        return Err(Problem::field(codes::REQUIRED, "/task", "say of which task"));
    }
    body::<Remind>(call, sent.object(&["task"]))
}

fn link(call: &Call, object: Map<String, Value>) -> Made {
    let body: LinkBody = checked(Value::Object(object))?;
    let missing = || Problem::field(codes::REQUIRED, "/target", "say where it is");
    let relation = body.relation.as_str().to_owned();
    let target = elsewhere(&relation, body.target.as_ref().ok_or_else(missing)?)?;
    sealed(call, target, |target, asking| {
        let target = asking.sealer.seal("target", &target);
        Ok(Command::Link { link: Link { relation, target, exception: None } })
    })
}

fn list(sent: &Fields, name: &str) -> Option<Value> {
    let values = sent.all(name);
    (!values.is_empty()).then(|| Value::from(values))
}

fn with(mut object: Map<String, Value>, name: &str, value: Option<Value>) -> Map<String, Value> {
    if let Some(value) = value {
        object.insert(name.to_owned(), value);
    }
    object
}
