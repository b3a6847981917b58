//! Deliveries that hold several messages, or none: where each stands, and what came of each. How one message is
//! read is not known here.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Acknowledgement, acknowledgement, mapping::Placed, message_of};
use crate::{
    config::intake::Source,
    web::{
        Web, hand_over,
        problem::{FieldError, Problem, codes},
    },
};

/// Messages of one delivery at most: more than what a delivery may weigh has room for, where they say anything.
const MOST: usize = 1_000;
/// Messages that are handed to the writer together, so that they share a commit.
const TOGETHER: usize = 50;

/// What came of each message of a delivery.
#[derive(Debug, Serialize, ToSchema)]
pub struct Acknowledgements {
    /// The source.
    pub source: String,
    /// What came of those that were taken, in their order; none in a delivery without messages.
    pub items: Vec<Acknowledgement>,
    /// Those of which nothing came, and why: to hand them in again would change nothing.
    pub refused: Vec<FieldError>,
}

/// The messages of a delivery, in their order, by a pointer in which `*` stands for every one of a list.
/// What is not there has none.
pub(super) fn messages<'d>(pattern: &str, delivery: &'d Value) -> Result<Vec<Placed<'d>>, Problem> {
    let mut found = vec![Placed { at: String::new(), message: delivery }];
    for step in pattern.split('/').skip(1) {
        let mut below = Vec::new();
        for placed in found {
            match step {
                "*" => elements(placed, &mut below)?,
                name => below.extend(member(&placed, name)?),
            }
        }
        found = below;
    }
    Ok(found)
}

fn elements<'d>(placed: Placed<'d>, found: &mut Vec<Placed<'d>>) -> Result<(), Problem> {
    let Value::Array(elements) = placed.message else {
        return Err(Problem::field(codes::INVALID_TYPE, placed.at, "the mapping of this source needs a list here"));
    };
    if found.len() + elements.len() > MOST {
        let told = format!("at most {MOST} in one delivery; hand them in by several");
        return Err(Problem::field(codes::INVALID_VALUE, placed.at, told));
    }
    let place = |(n, message)| Placed { at: format!("{}/{n}", placed.at), message };
    found.extend(elements.iter().enumerate().map(place));
    Ok(())
}

fn member<'d>(placed: &Placed<'d>, name: &str) -> Result<Option<Placed<'d>>, Problem> {
    let Value::Object(_) = placed.message else {
        let told = "the mapping of this source needs an object here";
        return Err(Problem::field(codes::INVALID_TYPE, placed.at.clone(), told));
    };
    let step = format!("/{name}");
    let found = placed.message.pointer(&step).filter(|found| !found.is_null());
    Ok(found.map(|message| Placed { at: format!("{}{step}", placed.at), message }))
}

/// Files each message. What cannot be filed is told and costs the others nothing; what fails for another reason
/// ends it, and whoever delivers it again finds those that were filed known.
pub(super) async fn file(
    web: &Web,
    (name, source): (&str, &Source),
    found: &[Placed<'_>],
) -> Result<Acknowledgements, Problem> {
    let mut told = Acknowledgements { source: name.to_owned(), items: Vec::new(), refused: Vec::new() };
    for some in found.chunks(TOGETHER) {
        let mut begun = Vec::new();
        for placed in some {
            match message_of(web, (name, source), placed) {
                Ok(message) => begun.push((placed, web.desk.take_in(message))),
                Err(problem) => told.refused.push(refusal(placed, problem)?),
            }
        }
        for (placed, pending) in begun {
            match hand_over::write(pending).await {
                Ok(receipt) => told.items.push(acknowledgement(web, name.to_owned(), &receipt)),
                Err(problem) => told.refused.push(refusal(placed, problem)?),
            }
        }
    }
    Ok(told)
}

/// A refusal that stays one, as it is told of its message; what may end otherwise another time is an error.
fn refusal(placed: &Placed<'_>, problem: Problem) -> Result<FieldError, Problem> {
    if !problem.is_final() {
        return Err(problem);
    }
    let whole = || FieldError { pointer: placed.at.clone(), code: problem.code().to_owned(), detail: problem.told() };
    Ok(problem.errors().first().cloned().unwrap_or_else(whole))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CHAT: &str = "/entry/*/changes/*/value/messages/*";

    fn places(delivery: &Value) -> Vec<String> {
        messages(CHAT, delivery).expect("messages").into_iter().map(|placed| placed.at).collect()
    }

    #[expect(clippy::needless_pass_by_value, reason = "written as `json!(..)` at every use")]
    fn delivery(value: Value) -> Value {
        json!({ "entry": [{ "changes": [{ "value": value }] }] })
    }

    #[test]
    fn each_message_is_found_where_it_stands() {
        let change = |ids: &[u32]| json!({ "value": { "messages": ids } });
        let delivery =
            json!({ "entry": [{ "changes": [change(&[1, 2]), change(&[])] }, { "changes": [change(&[3])] }] });
        let at = |entry: u32, change: u32, n: u32| format!("/entry/{entry}/changes/{change}/value/messages/{n}");
        assert_eq!(places(&delivery), [at(0, 0, 0), at(0, 0, 1), at(1, 0, 0)]);
        let bare = json!([7]);
        let found = messages("/*", &bare).expect("messages");
        assert_eq!(found, [Placed { at: "/0".to_owned(), message: &json!(7) }]);
    }

    #[test]
    fn what_is_not_there_has_no_messages() {
        for none in [
            json!({}),
            json!({ "entry": [] }),
            json!({ "entry": null }),
            delivery(json!({ "statuses": [{ "id": "wamid.1", "status": "read" }] })),
            delivery(json!({ "messages": [] })),
        ] {
            assert!(places(&none).is_empty(), "{none}");
        }
    }

    #[test]
    fn another_shape_is_told_where() {
        for (odd, pointer) in [
            (json!([]), ""),
            (json!("entry"), ""),
            (json!({ "entry": {} }), "/entry"),
            (json!({ "entry": ["x"] }), "/entry/0"),
            (delivery(json!({ "messages": { "0": "x" } })), "/entry/0/changes/0/value/messages"),
            (delivery(json!({ "messages": "x" })), "/entry/0/changes/0/value/messages"),
        ] {
            let problem = messages(CHAT, &odd).expect_err("another shape");
            let told = problem.errors().first().expect("a field");
            assert_eq!((told.pointer.as_str(), problem.code()), (pointer, "invalid_type"), "{odd}");
        }
    }

    #[test]
    fn they_are_bounded_on_every_level() {
        for (many, pointer) in [
            (delivery(json!({ "messages": vec![1; 10_000] })), "/entry/0/changes/0/value/messages"),
            (json!({ "entry": vec![json!({}); 10_000] }), "/entry"),
        ] {
            let problem = messages(CHAT, &many).expect_err("too many");
            assert_eq!(problem.errors().first().expect("a field").pointer, pointer);
            assert!(problem.told().contains("at most 1000 in one delivery"), "{problem}");
        }
        assert_eq!(places(&delivery(json!({ "messages": vec![1; 1_000] }))).len(), 1_000);
    }
}
