//! Which problems an operation may answer with: those of its form (a session, a body, a query), and those of what
//! it asks. A story holds every answer of the tests against it, and the conformance run every answer of its own.

use crate::web::{
    limits,
    problem::codes::{self, Code},
};

/// What an operation's form tells of how it can be refused.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a part of an operation's form")]
pub(super) struct Form<'o> {
    /// Its method, in small letters.
    pub(super) method: &'o str,
    /// Its path, with the names of its parameters in braces.
    pub(super) path: &'o str,
    /// May anybody ask it?
    pub(super) open: bool,
    /// Does it need a person's session, whatever a token's scopes?
    pub(super) in_person: bool,
    /// Does it take a body?
    pub(super) body: bool,
    /// Does it take a query?
    pub(super) query: bool,
    /// Does it take a cursor?
    pub(super) paged: bool,
}

/// What any command on an exception may be refused for.
const OF_COMMANDS: &[&str] = &["wrong_state", "sop_gap", "role_missing", "excluded", "not_yours", "needs_person"];
/// What a decision on a dossier may be refused for.
const OF_DECISIONS: &[&str] = &["no_round", "dossier_changed", "step_up_required", "no_delegation", "already_approved"];
/// What may keep an approval from counting.
const OF_APPROVALS: &[&str] = &[
    "departure_unexplained",
    "findings_unread",
    "gate_failed",
    "period_not_allowed",
    "tier_not_allowed",
    "non_waivable",
    "limit_reached",
    "reason_required",
    "review_incomplete",
    "no_such",
];
/// What the content of a request may be refused for, whenever it is sent.
const OF_CONTENT: &[&str] = &[
    "unknown_person",
    "unknown_exception",
    "unknown_control",
    "end_before_start",
    "term_ambiguous",
    "added_clause_missing",
];
/// What it may be refused for when it is submitted.
const OF_SUBMISSIONS: &[&str] = &[
    "gate_failed",
    "limit_reached",
    "non_waivable",
    "unknown_clause",
    "unknown_regulation",
    "unknown_system",
    "system_retired",
    "screening_unanswered",
    "added_clause_missing",
    "number_too_large",
    "monitoring_owner_is_party",
    "period_not_allowed",
    "tier_not_allowed",
    "quorum_infeasible",
];
/// What anything about people, rules and the service may be refused for.
const OF_ADMINISTRATION: &[&str] = &["role_missing", "excluded", "not_yours", "needs_person", "no_such"];
/// What an account may stand in the way with.
const OF_ACCOUNTS: &[&str] = &["unknown_person", "person_left", "no_active_human", "person_erased"];
/// What an entry of the register may be refused for.
const OF_ENTRIES: &[&str] = &["duplicate_id", "foreign_clause", "not_editorial", "version_not_next", "already_retired"];
/// What a version of a procedure may be refused for.
const OF_PROCEDURES: &[&str] =
    &["sop_unsound", "version_not_newer", "version_not_newest", "already_retired", "sop_in_settings"];
/// What an incident may be refused for.
const OF_INCIDENTS: &[&str] = &["in_the_future", "names_nothing", "unknown_system", "unknown_clause"];
/// What an endpoint may be refused for.
const OF_ENDPOINTS: &[&str] = &["url_invalid", "url_not_https", "url_private", "too_many_filters"];

/// What each operation may be refused for beside its form, by the beginning of its method and path: all that fit
/// count. What is confirmed is done then, so that it may be refused for whatever the deed itself may be.
const ASKED: &[(&str, &[&[&str]])] = &[
    ("post /v1/exceptions", &[OF_CONTENT, &["sop_retired"]]),
    ("patch /v1/exceptions/", &[OF_COMMANDS, OF_CONTENT]),
    ("post /v1/exceptions/", &[OF_COMMANDS]),
    ("post /v1/exceptions/{id}/submit", &[OF_SUBMISSIONS]),
    ("post /v1/exceptions/{id}/pass", &[&["gate_failed"]]),
    ("post /v1/exceptions/{id}/return", &[&["limit_reached", "unknown_reason"]]),
    ("post /v1/exceptions/{id}/add-clauses", &[&["unknown_clause", "clauses_named_already"]]),
    (
        "post /v1/exceptions/{id}/assess",
        &[&[
            "dimension_not_assessed",
            "points_invalid",
            "override_too_early",
            "override_of_gap",
            "override_lowers",
            "reason_required",
            "tier_required",
            "review_not_asked",
        ]],
    ),
    (
        "post /v1/exceptions/{id}/confirm-assessment",
        &[&["dimension_not_assessed", "assessment_outdated", "review_not_asked"]],
    ),
    ("post /v1/exceptions/{id}/attest", &[&["review_not_asked"]]),
    ("post /v1/exceptions/{id}/recommend", &[&["role_not_asked", "reason_required"]]),
    ("post /v1/exceptions/{id}/approve", &[OF_DECISIONS, OF_APPROVALS]),
    ("post /v1/exceptions/{id}/resume", &[OF_DECISIONS, OF_APPROVALS]),
    ("post /v1/exceptions/{id}/reject", &[OF_DECISIONS]),
    ("post /v1/exceptions/{id}/request-changes", &[OF_DECISIONS, &["limit_reached"]]),
    ("post /v1/exceptions/{id}/propose-condition", &[OF_DECISIONS]),
    ("post /v1/exceptions/{id}/accept-conditions", &[&["not_due"]]),
    ("post /v1/exceptions/{id}/waive-gate", &[&["not_waivable", "tier_required", "tier_not_expected"]]),
    ("post /v1/exceptions/{id}/confirm-control", &[&["no_such", "evidence_expired"]]),
    ("post /v1/exceptions/{id}/fail-control", &[&["no_such"]]),
    (
        "post /v1/exceptions/{id}/request-extension",
        &[&["limit_reached", "period_not_allowed", "round_open", "tier_not_allowed", "no_such"]],
    ),
    ("post /v1/exceptions/{id}/reopen", &[&["limit_reached", "cause_not_a_code", "round_open"]]),
    ("post /v1/exceptions/{id}/suspend", &[&["cause_not_a_code"]]),
    ("post /v1/exceptions/{id}/revoke", &[&["cause_not_a_code"]]),
    ("post /v1/exceptions/{id}/assign", &[&["no_such", "unknown_person", "no_active_human"]]),
    ("post /v1/exceptions/{id}/escalate", &[&["no_such", "limit_reached"]]),
    ("post /v1/exceptions/{id}/remind", &[&["no_such", "limit_reached"]]),
    ("post /v1/exceptions/{id}/link", &[&["links_to_itself", "unknown_exception", "limit_reached"]]),
    ("post /v1/exceptions/{id}/detach", &[&["no_such"]]),
    ("post /v1/exceptions/{id}/watch", &[&["no_active_human", "unknown_person", "limit_reached"]]),
    ("post /v1/exceptions/{id}/unwatch", &[&["no_such", "unknown_person"]]),
    (
        "post /v1/exceptions/{id}/revert",
        &[&["revert_enlarges", "nothing_to_revert", "added_clause_missing", "no_such"]],
    ),
    ("post /v1/exceptions/{id}/attachments", &[&["file_empty", "file_type_refused", "limit_reached"]]),
    ("post /v1/tasks/", &[OF_COMMANDS, &["no_such", "unknown_person", "no_active_human"]]),
    ("post /v1/session", &[&["sign_in_failed", "too_many_attempts"]]),
    ("delete /v1/session", &[&["needs_person"]]),
    ("put /v1/me/password", &[&["needs_person", "sign_in_failed", "too_many_attempts"]]),
    ("put /v1/me/absence", &[ABSENCES, &["unknown_person"]]),
    ("delete /v1/me/absence", &[ABSENCES]),
    ("post /v1/people", &[OF_ADMINISTRATION, &["email_taken", "person_exists"], OF_ACCOUNTS]),
    ("post /v1/people/", &[OF_ADMINISTRATION, OF_ACCOUNTS]),
    ("patch /v1/people/", &[OF_ADMINISTRATION, &["email_taken", "nothing_changed"], OF_ACCOUNTS]),
    ("put /v1/people/{id}/absence", &[OF_ADMINISTRATION, ABSENCES, OF_ACCOUNTS]),
    ("delete /v1/people/{id}/absence", &[OF_ADMINISTRATION, ABSENCES, OF_ACCOUNTS]),
    ("put /v1/people/{id}/unit", &[OF_ADMINISTRATION, &["service_is_nowhere", "already_there"], OF_ACCOUNTS]),
    ("post /v1/people/{id}/erase", &[&["not_erasable", "person_erased", "found_changed"]]),
    ("put /v1/people/{id}/hold", &[OF_ADMINISTRATION, &["already_held", "person_erased"], OF_ACCOUNTS]),
    ("delete /v1/people/{id}/hold", &[OF_ADMINISTRATION, &["not_held", "person_erased"], OF_ACCOUNTS]),
    ("post /v1/people/{id}/leave", &[&["already_left"]]),
    ("post /v1/people/{id}/return", &[&["not_left"]]),
    ("post /v1/people/{id}/merge", &[&["service_is_nobody", "already_one"]]),
    ("post /v1/people/{id}/password", &[&["service_has_no_password"]]),
    ("post /v1/people/{id}/roles", &[&["already_granted", "role_implicit", "role_for_services", "role_for_humans"]]),
    ("delete /v1/people/{id}/roles/", &[OF_ADMINISTRATION, OF_ACCOUNTS]),
    ("post /v1/people/{id}/delegations", &[&["back_dated", "ends_before_start", "delegation_too_long"]]),
    ("delete /v1/people/{id}/delegations/", &[OF_ADMINISTRATION, &["already_ended"]]),
    ("post /v1/tokens", &[OF_ADMINISTRATION, OF_ACCOUNTS, &["no_scope", "calendar_not_alone", "expiry_out_of_range"]]),
    ("delete /v1/tokens/", &[OF_ADMINISTRATION, &["already_revoked"]]),
    ("post /v1/changes/", &[OF_ADMINISTRATION, &["payload_changed", "change_closed", "found_changed"]]),
    (
        "post /v1/changes/{id}/confirm",
        &[
            OF_ACCOUNTS,
            OF_ENTRIES,
            OF_PROCEDURES,
            &["email_taken", "already_left", "not_left", "already_one", "service_is_nobody", "service_has_no_password"],
            &[
                "split_is_open",
                "split_not_held",
                "variant_unlike",
                "limits_too_wide",
                "batch_not_held",
                "batch_reverted",
            ],
            &["not_erasable", "not_held"],
            &["already_granted", "not_halted", "names_nothing", "unknown_system", "unknown_clause", "system_retired"],
        ],
    ),
    ("post /v1/sops/", &[OF_ADMINISTRATION, OF_PROCEDURES]),
    ("post /v1/sops/{id}/split", &[&["limits_too_wide", "variant_unlike", "split_is_open"]]),
    ("post /v1/sops/{id}/split/", &[&["split_is_held", "split_not_held"]]),
    ("delete /v1/sops/", &[OF_ADMINISTRATION]),
    ("post /v1/policies/", &[OF_ADMINISTRATION, OF_ENTRIES]),
    ("post /v1/regulations/", &[OF_ADMINISTRATION, OF_ENTRIES]),
    ("post /v1/systems", &[OF_ADMINISTRATION, OF_ENTRIES, &["unknown_system"]]),
    ("post /v1/systems/", &[OF_ADMINISTRATION, OF_ENTRIES, &["unknown_system"]]),
    ("post /v1/imports", &[&["sop_retired"]]),
    ("post /v1/incidents", &[OF_ADMINISTRATION, OF_INCIDENTS]),
    ("post /v1/incidents/", &[OF_ADMINISTRATION, OF_INCIDENTS]),
    ("post /v1/concerns/", &[OF_ADMINISTRATION, &["concern_closed"]]),
    ("post /v1/batches/", &[OF_ADMINISTRATION, &["batch_not_running", "batch_not_held", "batch_reverted"]]),
    ("put /v1/automation", &[OF_ADMINISTRATION, &["already_halted", "not_halted", "reason_required", "unknown_job"]]),
    ("post /v1/jobs/", &[OF_ADMINISTRATION, &["unknown_job", "reason_required"]]),
    ("post /v1/jobs/{name}/run", &[&["always_running"]]),
    ("post /v1/jobs/{name}/pause", &[&["already_halted"]]),
    ("post /v1/jobs/{name}/resume", &[&["not_halted"]]),
    ("post /v1/reload", &[OF_ADMINISTRATION, &["not_reloadable", "settings_fixed", "settings_wrong"]]),
    ("post /v1/outbox/", &[OF_ADMINISTRATION, &["letter_settled"]]),
    ("post /v1/webhooks", &[OF_ADMINISTRATION, OF_ACCOUNTS, OF_ENDPOINTS]),
    ("post /v1/webhooks/", &[OF_ADMINISTRATION, OF_ACCOUNTS]),
    ("patch /v1/webhooks/", &[OF_ADMINISTRATION, OF_ACCOUNTS, OF_ENDPOINTS, &["nothing_changed"]]),
    ("delete /v1/webhooks/", &[OF_ADMINISTRATION]),
    ("post /v1/webhooks/{id}/rotate", &[&["overlap_too_long", "webhook_unsigned"]]),
    ("post /v1/webhooks/{id}/enable", &[&["webhook_enabled"]]),
    ("post /v1/webhooks/{id}/disable", &[&["webhook_disabled"]]),
    ("post /v1/webhooks/{id}/test", &[&["webhook_disabled"]]),
    ("post /v1/webhooks/{id}/replay", &[&["webhook_disabled", "replay_out_of_range", "unknown_delivery"]]),
    ("get /v1/ledger/", &[&["not_found"]]),
    ("get /v1/intake/", &[&["signature_invalid", "required"]]),
    (
        "post /v1/intake/",
        &[OF_CONTENT, &["signature_invalid", "signature_stale", "delivery_replayed", "unknown_sender", "sop_retired"]],
    ),
];
/// What an absence may be refused for.
const ABSENCES: &[&str] = &[
    "not_yours",
    "needs_person",
    "no_active_human",
    "back_dated",
    "ends_before_start",
    "absence_too_long",
    "stands_in_for_themself",
    "service_is_never_away",
    "not_away",
];

impl Form<'_> {
    /// Every problem that it may answer with, in the order of their page.
    pub(super) fn codes(self) -> Vec<&'static Code> {
        let named = self.of_form().into_iter().chain(self.of_what_it_asks());
        let named: Vec<&str> = named.collect();
        codes::ALL.iter().filter(|known| named.contains(&known.code)).collect()
    }

    fn of_form(self) -> Vec<&'static str> {
        let writes = self.method != "get";
        let command = self.method == "post" && !self.open;
        let parts: [(bool, &[&'static str]); 12] = [
            (true, &["internal", "busy", "unavailable"]),
            (writes, &["outcome_unknown"]),
            (!self.open, &["unauthenticated", "forbidden", "scope_missing", "password_temporary"]),
            (!self.open && writes, &["cross_origin"]),
            (self.in_person, &["needs_person"]),
            (self.path.contains('{'), &["not_found"]),
            (self.body, &["bad_request", "malformed_json", "duplicate_key", "missing_body", "too_large"]),
            (self.body, &["unsupported_media_type", "unknown_field", "required", "invalid_type", "invalid_value"]),
            (self.query, &["bad_request", "unknown_parameter", "invalid_value"]),
            (self.paged, &["invalid_cursor"]),
            (
                command,
                &["invalid_idempotency_key", "idempotency_key_reused", "invalid_precondition", "version_changed"],
            ),
            (self.method == "patch", &["invalid_precondition", "precondition_required", "version_changed"]),
        ];
        let limited = (!limits::is_exempt(self.path)).then_some("too_many_requests");
        let met = parts.into_iter().filter(|(met, _)| *met).flat_map(|(_, named)| named.iter().copied());
        met.chain(limited).collect()
    }

    fn of_what_it_asks(self) -> impl Iterator<Item = &'static str> {
        let operation = format!("{} {}", self.method, self.path);
        let asked = ASKED.iter().filter(move |(beginning, _)| is_within(&operation, beginning));
        asked.flat_map(|(_, groups)| groups.iter().flat_map(|group| group.iter().copied()))
    }
}

/// Is an operation this one, or below it where the beginning ends with a slash?
fn is_within(operation: &str, beginning: &str) -> bool {
    operation == beginning || (beginning.ends_with('/') && operation.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// What a source says in quotation marks that could be a code: two words or more.
    fn quoted(text: &str) -> impl Iterator<Item = &str> {
        let is_code = |word: &&str| word.contains('_') && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        text.split('"').skip(1).step_by(2).filter(is_code)
    }

    /// The codes by which the sources below `folder` refuse a field.
    fn refused_below(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                refused_below(&entry, found);
            } else if entry.extension().is_some_and(|ending| ending == "rs") && !entry.ends_with("refusal.rs") {
                let source = fs::read_to_string(&entry).unwrap();
                let source = source.split("#[cfg(test)]").next().unwrap();
                let refusals = source.split("invalid(").skip(1).chain(source.split("Invalid {").skip(1));
                let codes = refusals.filter_map(|rest| quoted(rest.split(';').next().unwrap()).next());
                found.extend(codes.map(str::to_owned));
            }
        }
    }

    #[test]
    fn every_code_by_which_a_field_is_refused_is_explained() {
        let mut found = Vec::new();
        for part in ["src/domain", "src/desk"] {
            refused_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join(part), &mut found);
        }
        found.retain(|code| codes::find(code).is_none());
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn every_code_that_is_named_is_explained() {
        let named = ASKED.iter().flat_map(|(_, groups)| groups.iter().flat_map(|group| group.iter()));
        let unknown: Vec<&&str> = named.filter(|code| codes::find(code).is_none()).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
