//! Drafting, reading and amending one exception.

use std::{collections::BTreeSet, sync::Arc};

use actix_web::{HttpResponse, get, http::header, patch, post};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use super::{
    act::{self, Question, asked, shown},
    path::ExceptionPath,
    request::RequestBody,
    seal::{Before, Making, sealed},
    show::{self, Texts},
    view::{self, ExceptionView},
};
use crate::{
    desk::{Asked, Find, Laws, Record},
    domain::{command::Command, exception::Exception},
    sop::{ExtraFlaw, FlawSort, Sop},
    web::{
        api::text::{ERASED, Instant},
        call::Call,
        conditional, hand_over,
        json::{self, Json, MergePatch},
        problem::{FieldError, Problem, codes},
        query::{Query, passed, word},
    },
    words::{Hash, StateName},
};

/// Draft an exception
#[utoipa::path(
    tag = "Exceptions",
    summary = "Draft an exception",
    description = "Begins a draft on the account of whoever asks. It may be incomplete; `submit` sends it into its procedure.",
    request_body(content = RequestBody, description = "What is asked for."),
    responses((
        status = 201,
        description = "The draft.",
        body = ExceptionView,
        headers(
            ("Location" = String, description = "Where the draft is."),
            ("ETag" = String, description = "Its version."),
            ("Idempotency-Replayed" = String, description = "`true` if this is the answer to the same request before."),
        ),
    )),
)]
#[post("/v1/exceptions")]
pub async fn draft_exception(call: Call<Json<RequestBody>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let desk = &call.web.desk;
    let name = sent.body.sop.as_ref().map_or(call.web.settings.default_sop.as_str(), |sop| sop.as_str());
    let laws = hand_over::laws(desk).await?;
    let sop = laws.sops.newest(name).ok_or_else(|| no_such_sop(&laws, name))?;
    require_own_fields(&sop, &sent.body)?;
    let making = Making { random: desk.random(), now: desk.clock().now(), sop: &sop, before: None };
    let (command, openings) = sealed(&sent.body, &making)?;
    let key = call.key("draft".to_owned(), sent.hash)?;
    let answer =
        hand_over::write(desk.draft(name, Asked { by: call.by.clone(), key, expected: None, command, openings }))
            .await?;
    let mut created = HttpResponse::Created();
    created.insert_header(act::location(&answer.exception));
    shown(&call, answer, created).await
}

/// At which instant.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StoodQuery {
    /// As it stood at this instant: folded from what had happened by then.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<Instant>,
}

/// Read an exception
#[utoipa::path(
    tag = "Exceptions",
    summary = "Read an exception",
    description = "An exception as it is now, or with `as_of` as it stood at that instant, with the texts that were not erased.",
    params(ExceptionPath, StoodQuery),
    responses(
        (status = 200, description = "The exception.", body = ExceptionView, headers(("ETag" = String, description = "Its version and a digest of what is shown, which time alone can change."))),
        (status = 304, description = "The client has exactly this (`If-None-Match`)."),
    ),
)]
#[get("/v1/exceptions/{id}")]
pub async fn get_exception(call: Call<Query<StoodQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(StoodQuery { as_of })) = call.parted();
    let present = call.web.desk.clock().now();
    let (find, then) = (call.target()?, passed(as_of, present)?);
    let by = call.by.clone();
    let found = match then {
        Some(at) => hand_over::read(&call.web.desk, move |desk| desk.stood(&by, &find, at)).await?,
        None => find_record(&call, find).await?,
    };
    let body = view::exception(&found.what, &found.texts, then.unwrap_or(present));
    let tag = conditional::tagged(body.version, &body)?;
    Ok(conditional::answer(&call.request, &tag, &body))
}

/// Amend an exception
#[utoipa::path(
    tag = "Exceptions",
    summary = "Amend an exception",
    description = "Changes `request` by a JSON Merge Patch (RFC 7396) while the exception is a draft or was returned; in effect, it proposes another content. `If-Match` carries the ETag that was read. Texts that do not change keep their commitments.",
    params(ExceptionPath, ("If-Match" = String, Header, description = "The ETag of the version that was read.", example = "\"7\"")),
    request_body(content = RequestBody, content_type = "application/merge-patch+json", description = "What changes; `null` removes."),
    responses((
        status = 200,
        description = "The exception as amended.",
        body = ExceptionView,
        headers(("ETag" = String, description = "Its new version.")),
    )),
)]
#[patch("/v1/exceptions/{id}")]
pub async fn amend_exception(call: Call<MergePatch>) -> Result<HttpResponse, Problem> {
    let (call, MergePatch(patch)) = call.parted();
    let expected = conditional::required(&call.request)?;
    let found = find_record(&call, call.target()?).await?;
    let (id, hash) = (found.what.id, Hash::of(patch.to_string().as_bytes()));
    if found.what.version != expected {
        return Err(stale(&call, &found, expected).await);
    }
    let laws = hand_over::laws(&call.web.desk).await?;
    let (request, openings) = amended((&call, &laws), &found, patch)?;
    let question = Question { command: Command::Amend { request: Box::new(request) }, openings, hash };
    let answer = asked(&call, id, question, Some(expected)).await?;
    shown(&call, answer, HttpResponse::Ok()).await
}

pub(in crate::web) type Sealed = (crate::domain::request::Request, Vec<crate::words::Opening>);

/// The patched representation, read and sealed like a new one.
pub(in crate::web) fn amended(
    (call, laws): (&Call, &Laws),
    found: &Record<Exception>,
    patch: Value,
) -> Result<Sealed, Problem> {
    let (shown, _) = show::request(&found.what.request, &found.what.sop, Texts(&found.texts));
    let mut merged = serde_json::to_value(&shown).map_err(Problem::internal)?;
    merge(&mut merged, patch);
    let body: RequestBody = json::checked(merged)?;
    if body.sop != shown.sop {
        return Err(unknown_sop("the procedure of a draft does not change; draft another"));
    }
    let desk = &call.web.desk;
    let sop = procedure(laws, &found.what)?;
    require_own_fields(&sop, &body)?;
    let before = Some(Before { request: &found.what.request, texts: &found.texts });
    sealed(&body, &Making { random: desk.random(), now: desk.clock().now(), sop: &sop, before })
}

/// The version that an amendment is written for: what has yet to be submitted will run on the newest.
fn procedure(laws: &Laws, found: &Exception) -> Result<Arc<Sop>, Problem> {
    let version = match found.state.name() {
        StateName::Draft | StateName::Returned => laws.sops.newest(&found.sop.id),
        StateName::CompletenessReview
        | StateName::Assessment
        | StateName::StakeholderInput
        | StateName::Decision
        | StateName::Implementation
        | StateName::Active
        | StateName::ReReview
        | StateName::Suspended
        | StateName::Rejected
        | StateName::Withdrawn
        | StateName::Expired
        | StateName::Revoked
        | StateName::Closed => laws.sops.exactly(&found.sop),
    };
    version.ok_or_else(|| Problem::internal(format!("{} is not published", found.sop)))
}

/// Merges a patch (RFC 7396 §2).
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(&name);
        } else {
            merge(members.entry(name).or_insert(Value::Null), value);
        }
    }
}

/// Somebody else was faster: which fields differ from the version that was read.
async fn stale(call: &Call, found: &Record<Exception>, expected: u64) -> Problem {
    let now = &found.what;
    let shown = view::exception(now, &found.texts, call.web.desk.clock().now());
    let tag = conditional::tagged(now.version, &shown).unwrap_or_else(|_| conditional::etag(now.version));
    let (by, find) = (call.by.clone(), Find::Id(now.id));
    let then = hand_over::read(&call.web.desk, move |desk| desk.content_at(&by, &find, expected)).await;
    let changed = then.map(|then| super::history::changed_fields(&then.request, &now.request)).unwrap_or_default();
    Problem::new(codes::VERSION_CHANGED, "the exception has changed since it was read; read it again")
        .with_fact("current_version", now.version.into())
        .with_fact("changed", changed.into())
        .with_header(header::ETAG, &tag)
}

/// The procedure's own fields are what its schema says. What is missing may still come, and an erased text
/// cannot be judged.
pub(in crate::web) fn require_own_fields(sop: &Sop, body: &RequestBody) -> Result<(), Problem> {
    let extra = serde_json::to_value(&body.extra).map_err(Problem::internal)?;
    let erased = |flaw: &ExtraFlaw| {
        let value = flaw.pointer.strip_prefix("/extra").and_then(|at| extra.pointer(at));
        value.and_then(Value::as_str) == Some(ERASED)
    };
    let flaws = sop.extra_flaws(&extra).into_iter();
    let errors: Vec<FieldError> =
        flaws.filter(|flaw| flaw.sort != FlawSort::Missing && !erased(flaw)).map(field_error).collect();
    match errors.as_slice() {
        [] => Ok(()),
        [one] => Err(Problem::new(codes::INVALID_VALUE, one.detail.clone()).with_errors(errors)),
        many => {
            let detail = format!("{} of the procedure's own fields do not fit", many.len());
            Err(Problem::new(codes::INVALID_VALUE, detail).with_errors(errors))
        }
    }
}

fn field_error(flaw: ExtraFlaw) -> FieldError {
    let code = match flaw.sort {
        FlawSort::Missing => codes::REQUIRED,
        FlawSort::Unknown => codes::UNKNOWN_FIELD,
        FlawSort::Form | FlawSort::Value => codes::INVALID_VALUE,
    };
    let detail = format!("{}. {}", flaw.message, flaw.remedy);
    FieldError { pointer: flaw.pointer, code: code.code.to_owned(), detail }
}

/// Names the procedure that is not there, and those that are.
fn no_such_sop(laws: &Laws, name: &str) -> Problem {
    let known: BTreeSet<String> = laws.sops.all().iter().map(|sop| sop.document().id.clone()).collect();
    let known: Vec<String> = known.into_iter().collect();
    unknown_sop(&format!("there is no procedure `{name}`; there are: {}", known.join(", ")))
}

fn unknown_sop(detail: &str) -> Problem {
    Problem::field(codes::INVALID_VALUE, "/sop", detail)
}

/// One exception that whoever asks may see.
pub async fn find_record(call: &Call, find: Find) -> Result<Record<Exception>, Problem> {
    let by = call.by.clone();
    hand_over::read(&call.web.desk, move |desk| desk.find(&by, &find)).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_examples_of_rfc_7396_appendix_a() {
        for (target, patch, result) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a":"b"}), json!(["c"]), json!(["c"])),
            (json!({"a":"foo"}), json!(null), json!(null)),
            (json!({"a":"foo"}), json!("bar"), json!("bar")),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ] {
            let mut merged = target.clone();
            merge(&mut merged, patch.clone());
            assert_eq!(merged, result, "{target} {patch}");
        }
    }
}
