//! What differs between two contents, field by field. It knows nothing of what they are.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::web::json::strict::step;

/// One difference.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Difference)]
pub struct ChangeView {
    /// The field, as a JSON Pointer (RFC 6901) into what is compared.
    #[schema(examples("/scope/regions"))]
    pub pointer: String,
    /// What it was; `null` for nothing.
    #[schema(value_type = Value)]
    pub from: Value,
    /// What it is; `null` for nothing.
    #[schema(value_type = Value)]
    pub to: Value,
}

/// The fields that differ, objects field by field, lists as a whole.
pub fn differ(at: &str, from: &Value, to: &Value, found: &mut Vec<ChangeView>) {
    match (from, to) {
        (Value::Object(before), Value::Object(after)) => {
            let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for name in names {
                let side = |members: &Map<String, Value>| members.get(name).cloned().unwrap_or_default();
                differ(&format!("{at}{}", step(name)), &side(before), &side(after), found);
            }
        }
        (before, after) if before == after => {}
        (before, after) => found.push(ChangeView { pointer: at.to_owned(), from: before.clone(), to: after.clone() }),
    }
}
