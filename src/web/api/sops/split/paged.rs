//! A split as a page asks for it: begun, held, released, ended.

use serde_json::Value;

use super::{AdminVerb, Beginning, Hash, RosterAction, SplitAction, beginning, open};
use crate::web::{
    api::administer::{Outcome, Question, ask},
    call::Call,
    json::checked,
    problem::Problem,
};

/// What a page asks of the procedure of its path: `begin` with a document and a share, `hold`, `release` or `end`.
pub(in crate::web) async fn asked_of(call: &Call, verb: &str, (body, hash): (Value, Hash)) -> Result<Outcome, Problem> {
    let question = match verb {
        "begin" => beginning(call, checked(body)?, hash).await?,
        "hold" => {
            let Beginning { split, sop, .. } = open(call, AdminVerb::HoldSplit).await?;
            Question::plain(call, RosterAction::Split(SplitAction::HoldSplit { split, sop }), hash)?
        }
        "release" => {
            let Beginning { split, sop, .. } = open(call, AdminVerb::ReleaseSplit).await?;
            Question::plain(call, RosterAction::Split(SplitAction::ReleaseSplit { split, sop }), hash)?
        }
        "end" => {
            let Beginning { split, sop, .. } = open(call, AdminVerb::EndSplit).await?;
            Question::plain(call, RosterAction::Split(SplitAction::EndSplit { split, sop }), hash)?
        }
        _ => return Err(Problem::not_found("page")),
    };
    ask(call, question).await
}
