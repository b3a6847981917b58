//! Every problem's code with its status, its title and what to do about it: the text of the page at
//! `/problems/<code>`. A code never changes its meaning.

/// One kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The stable code.
    pub code: &'static str,
    /// The HTTP status (RFC 9110 §15).
    pub status: u16,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What it means and how to mend it.
    pub text: &'static str,
}

macro_rules! codes {
    ($($name:ident $code:literal $status:literal $title:literal $text:literal;)+) => {
        $(
            #[doc = concat!("`", $code, "`: ", $title, ".")]
            pub const $name: Code = Code { code: $code, status: $status, title: $title, text: $text };
        )+
        /// All of them.
        pub const ALL: &[Code] = &[$($name),+];
    };
}

codes! {
    // What the request itself may have wrong.
    BAD_REQUEST "bad_request" 400 "The request cannot be read" "The request is not valid HTTP for this service. The detail says what could not be read.";
    MALFORMED_JSON "malformed_json" 400 "The body is not JSON" "Send one JSON value (RFC 8259) in UTF-8. The pointer names the last place that could be read.";
    DUPLICATE_KEY "duplicate_key" 400 "A key is given twice" "An object names the same key twice, so that readers would disagree about its value. Send it once.";
    MISSING_BODY "missing_body" 400 "The body is missing" "This request needs a JSON body with the fields that its schema requires.";
    INVALID_IDEMPOTENCY_KEY "invalid_idempotency_key" 400 "The Idempotency-Key is not usable" "Send one Idempotency-Key of 1 to 255 visible ASCII characters, such as a UUID.";
    INVALID_PRECONDITION "invalid_precondition" 400 "The precondition is not usable" "Send If-Match with the one strong ETag that the record was read with, such as \"7\".";
    UNAUTHENTICATED "unauthenticated" 401 "Nobody is signed in" "Sign in, or send an API token as `Authorization: Bearer pv_…`. The session or token may have ended.";
    SIGNATURE_INVALID "signature_invalid" 401 "The signature does not fit" "Sign exactly the bytes that are sent, with the secret and in the way that the configuration of this source says.";
    SIGNATURE_STALE "signature_stale" 401 "The signature is too old or too new" "Sign again with the present time; it may differ by five minutes.";
    SIGN_IN_FAILED "sign_in_failed" 401 "The address or the password is wrong" "Which of the two is not told. After a few failures the account and the network address wait for a while.";
    PASSWORD_TEMPORARY "password_temporary" 403 "Choose your own password first" "Somebody else set the present password. Choose another with PUT /v1/me/password.";
    SCOPE_MISSING "scope_missing" 403 "The token's scopes do not reach this" "Use a token with the scope that the detail names, or a session.";
    CROSS_ORIGIN "cross_origin" 403 "The request comes from elsewhere" "A session's cookie changes something only from this service's own pages: send `Origin` or `Sec-Fetch-Site`, or use an API token.";
    FORBIDDEN "forbidden" 403 "Your roles do not allow this" "Ask somebody whose role allows it, or an administrator for the role.";
    NOT_FOUND "not_found" 404 "There is nothing here" "There is no such thing, or it is not for you to see.";
    METHOD_NOT_ALLOWED "method_not_allowed" 405 "The method is not possible here" "The header `Allow` lists the methods of this address.";
    PRECONDITION_REQUIRED "precondition_required" 428 "If-Match is missing" "Read the record, and send the ETag of what you read as If-Match, so that nobody's change is lost.";
    TOO_LARGE "too_large" 413 "The body is too large" "Send less. The limits are `server.max_body_bytes` and `attachments.max_bytes`.";
    UNSUPPORTED_MEDIA_TYPE "unsupported_media_type" 415 "The content type is not accepted" "Send `Content-Type: application/json`; attachments as `multipart/form-data`.";
    UNKNOWN_FIELD "unknown_field" 422 "A field is not known" "The body has a field that this request does not have. The detail names the nearest one.";
    REQUIRED "required" 422 "A field is missing" "The body lacks a field that this request needs.";
    INVALID_TYPE "invalid_type" 422 "A field has another type" "The value is not of the type that the schema gives.";
    INVALID_VALUE "invalid_value" 422 "A field has a value that cannot be" "The value is outside the bounds or the set that the schema gives.";
    UNKNOWN_PARAMETER "unknown_parameter" 422 "A query parameter is not known" "The query has a parameter that this address does not have, or has one twice.";
    INVALID_CURSOR "invalid_cursor" 422 "The cursor is not usable" "Use the `next_cursor` of the page before, unchanged, with the same sort.";
    KEY_REUSED "idempotency_key_reused" 422 "The Idempotency-Key was used for another request" "The same key came with another body. Use a new key for a new request.";
    TOO_MANY_ATTEMPTS "too_many_attempts" 429 "Too many sign-ins failed" "Wait as long as `Retry-After` says; whether the account exists is not told.";
    TOO_MANY_REQUESTS "too_many_requests" 429 "Too many requests" "Wait as long as `Retry-After` says.";
    INTERNAL "internal" 500 "Something failed inside" "It was recorded under the request's id. Tell whoever runs the service that id.";
    BUSY "busy" 503 "The service is busy" "Nothing was begun. Repeat after the seconds of `Retry-After`, with the same Idempotency-Key.";
    UNAVAILABLE "unavailable" 503 "The database is not available" "Nothing was written. Repeat after the seconds of `Retry-After`, with the same Idempotency-Key.";
    OUTCOME_UNKNOWN "outcome_unknown" 503 "It is not known whether it was done" "The connection was lost during the commit: it was done in full or not at all. Repeat with the same Idempotency-Key to learn which.";
    // What the rules refuse.
    WRONG_STATE "wrong_state" 409 "Not possible in this state" "The command does not exist in the state that the exception is in.";
    NON_WAIVABLE "non_waivable" 422 "Nobody can waive these clauses" "The request deviates from clauses that law or policy lets nobody waive.";
    UNKNOWN_CLAUSE "unknown_clause" 422 "The register has no such clause" "Use the ids of clauses in the policy register.";
    QUORUM_INFEASIBLE "quorum_infeasible" 422 "Nobody could approve it" "No two eligible people hold the roles that the procedure asks for. `missing` names the roles and domains.";
    TIER_NOT_ALLOWED "tier_not_allowed" 422 "The procedure has no such tier" "The procedure does not allow exceptions at this tier.";
    GATE_FAILED "gate_failed" 422 "The procedure's gates do not hold" "`reasons` says for each gate what is wrong and how to mend it.";
    SOP_GAP "sop_gap" 409 "Rules wait for governance" "Rules of the procedure could not be evaluated; governance settles them with waive-gate.";
    DOSSIER_CHANGED "dossier_changed" 409 "The dossier has changed" "Read the dossier again and decide on its present hash, `current_dossier`. `changes` says what differs from the one that was named.";
    VERSION_CHANGED "version_changed" 412 "The record has changed" "Read it again and repeat with its present ETag. `changed` names what differs.";
    EXCLUDED "excluded" 403 "The two-person rule excludes you" "Requester, editors and beneficiary do not take part in the decision; another person must.";
    ALREADY_APPROVED "already_approved" 403 "You have approved already" "One human has one vote in a round.";
    NEEDS_PERSON "needs_person" 403 "This needs a person" "What gives effect needs the interactive session of a person; an API token cannot do it.";
    ROLE_MISSING "role_missing" 403 "A role is missing" "The procedure asks for a role in a domain that covers the exception.";
    STEP_UP_REQUIRED "step_up_required" 403 "Sign in again" "Decisions at this tier need a recent sign-in.";
    ROUND_OPEN "round_open" 409 "Another round is open" "Settle the open round of decision first.";
    NO_DELEGATION "no_delegation" 403 "No delegation is in force" "Acting for somebody needs their delegation, in force now.";
    FINDINGS_UNREAD "findings_unread" 422 "Findings are not acknowledged" "Read each high and critical finding of the record, and name their ids in `acknowledged`.";
    DEPARTURE_UNEXPLAINED "departure_unexplained" 422 "The departure is not explained" "An adviser objected, or the monitoring owner attested a no: say in `departure` why you approve all the same.";
    REVIEW_INCOMPLETE "review_incomplete" 409 "The re-review waits for answers" "Let the monitoring owner attest and the assessors confirm or score anew what `awaits` names; then read the dossier again and decide on it.";
    REVIEW_NOT_ASKED "review_not_asked" 409 "The re-review does not ask for this" "Look at `review` of the exception: it says what is asked, and what has been answered.";
    UNKNOWN_REASON "unknown_reason" 422 "The procedure has no such reason code" "Use the reason codes of the procedure; the detail lists them.";
    NOT_WAIVABLE "not_waivable" 422 "This gate cannot be waived" "The procedure lets nobody waive it, or does not have it.";
    LIMIT_REACHED "limit_reached" 409 "A limit of the procedure is reached" "The procedure bounds how often this may happen.";
    PERIOD_NOT_ALLOWED "period_not_allowed" 422 "The procedure does not allow this period" "Ask for a shorter or a later period, as the detail says.";
    NOT_DUE "not_due" 409 "Nothing is due" "What this command settles is not due yet.";
    NO_ROUND "no_round" 409 "No round of decision is open" "There is nothing to decide now; perhaps somebody else has just ended the round.";
    NO_SUCH "no_such" 422 "It names something that is not there" "The exception has no such task, control or version.";
    REVERT_ENLARGES "revert_enlarges" 422 "That version covers more" "A revert may narrow and never widen. File a new request.";
    NOT_YOURS "not_yours" 403 "It belongs to somebody else" "Only the person it belongs to may do this.";
    PAYLOAD_CHANGED "payload_changed" 409 "The change is another one" "Read the change again and decide on its present hash, `current_payload`.";
    CHANGE_CLOSED "change_closed" 409 "The change is settled" "It no longer waits for anybody. Propose it again if it is still wanted.";
    // What a message from outside may have wrong.
    DELIVERY_REPLAYED "delivery_replayed" 409 "This delivery was taken before" "Send each message once; a message that is sent anew needs an id of its own.";
    UNKNOWN_SENDER "unknown_sender" 422 "The sender is not known" "Only people who have an account here, and have not left, can file by this way.";
    // What a field of a command may have wrong.
    LINKS_TO_ITSELF "links_to_itself" 422 "It would point to itself" "Name another exception.";
    FIELD_INVALID "field_invalid" 422 "A field of the procedure's own does not fit" "The remedy says what the procedure asks of it.";
    UNKNOWN_PERSON "unknown_person" 422 "There is no such person" "Use an id from /v1/people.";
    UNKNOWN_EXCEPTION "unknown_exception" 422 "There is no such exception" "Name an exception that you can see.";
    UNKNOWN_CONTROL "unknown_control" 422 "The request has no such control" "Leave `id` out for a new control; repeat it to keep one.";
    END_BEFORE_START "end_before_start" 422 "It would end before it starts" "The end must come after the start.";
    TERM_AMBIGUOUS "term_ambiguous" 422 "More than one term is given" "Give at most one of `end`, `duration_days` and `permanent_reason`.";
    MONITORING_OWNER_IS_PARTY "monitoring_owner_is_party" 422 "The monitoring owner is a party" "Name somebody who neither asks for it nor profits from it.";
    OWNER_MISSING "owner_missing" 422 "Nobody owns what was imported" "Name the person who owns it as the beneficiary.";
    TIER_MISSING "tier_missing" 422 "What was imported has no tier" "Submit it: it is assessed as every request is.";
    FIELD_MISSING "field_missing" 422 "The procedure asks for more" "Fill in the fields that the procedure requires of this kind.";
    REASON_REQUIRED "reason_required" 422 "A reason is missing" "Say why.";
    TIER_REQUIRED "tier_required" 422 "A tier is missing" "Name the tier that counts, since it could not be computed.";
    TIER_NOT_EXPECTED "tier_not_expected" 422 "A tier is not expected" "Leave `tier` out: it is not the scoring that is waived.";
    OVERRIDE_LOWERS "override_lowers" 422 "An override may not lower the tier" "An assessor may raise the computed tier and never lower it.";
    POINTS_INVALID "points_invalid" 422 "The points do not fit" "Give points within the bounds of each criterion of the procedure.";
    ROLE_NOT_ASKED "role_not_asked" 422 "The procedure does not ask this role" "Answer in a role that the procedure asks.";
    DIMENSION_NOT_ASSESSED "dimension_not_assessed" 422 "The request is not assessed for this" "Assess one of the dimensions that the procedure asks of this request; the detail lists them.";
    ASSESSMENT_OUTDATED "assessment_outdated" 422 "The score cannot be confirmed" "By today's criteria there is no such score: assess the dimension.";
    OVERRIDE_TOO_EARLY "override_too_early" 422 "The tier is not computed yet" "Assess the other dimensions first: the tier is overridden with the last assessment.";
    OVERRIDE_OF_GAP "override_of_gap" 422 "There is no tier to override" "The scoring could not be evaluated: governance names the tier with waive-gate.";
    CAUSE_NOT_A_CODE "cause_not_a_code" 422 "The cause is not a code" "Write lower-case letters, digits and `_`, at most 60, such as incident; say the rest in `note`.";
    EVIDENCE_EXPIRED "evidence_expired" 422 "The evidence no longer holds" "Give a later end, or newer evidence.";
    NOTHING_TO_REVERT "nothing_to_revert" 422 "Nothing would change" "That version has the present content; choose another.";
    NUMBER_TOO_LARGE "number_too_large" 422 "The number is too large" "Give a number that lies between -9007199254740991 and 9007199254740991.";
    CONCERN_CLOSED "concern_closed" 422 "Nobody waits for an answer" "It was answered, or its figures are tolerated again.";
    // What a command on people, roles, delegations and tokens may have wrong.
    PERSON_EXISTS "person_exists" 422 "There is an account with this id" "Repeat the request, so that another id is drawn.";
    EMAIL_TAKEN "email_taken" 422 "The address is taken" "One address is one account for ever: take its person back, or merge the two accounts.";
    NOTHING_CHANGED "nothing_changed" 422 "Nothing would change" "Give a new name or a new address.";
    ALREADY_LEFT "already_left" 422 "This person has already left" "There is nothing to do.";
    NOT_ERASABLE "not_erasable" 409 "This person cannot be erased yet" "`in_the_way` names what stands in the way; GET /v1/people/{id}/erasure says how to mend it.";
    PERSON_ERASED "person_erased" 422 "This person was erased" "There is nobody left to do it to.";
    FOUND_CHANGED "found_changed" 422 "Other texts would go by now" "Read the preview of the erasure again, and propose it with what it shows now.";
    ALREADY_HELD "already_held" 422 "A legal hold is on them already" "There is nothing to do.";
    NOT_HELD "not_held" 422 "No legal hold is on them" "There is nothing to lift.";
    NOT_LEFT "not_left" 422 "This person has not left" "There is nothing to do.";
    PERSON_LEFT "person_left" 422 "This person has left" "Take them back first.";
    SERVICE_IS_NOBODY "service_is_nobody" 422 "A service belongs to no human" "Only accounts of humans are merged.";
    ALREADY_ONE "already_one" 422 "They are one human already" "There is nothing to merge.";
    NO_ACTIVE_HUMAN "no_active_human" 422 "This is not an active human" "Name a human who has not left.";
    SERVICE_HAS_NO_PASSWORD "service_has_no_password" 422 "A service has no password" "Issue an API token for it.";
    ALREADY_GRANTED "already_granted" 422 "The role is held already" "This person holds the role there, or above it.";
    ROLE_IMPLICIT "role_implicit" 422 "Everybody is a requester" "This role is not granted.";
    ROLE_FOR_SERVICES "role_for_services" 422 "The role is for services" "Grant a human another role.";
    ROLE_FOR_HUMANS "role_for_humans" 422 "The role is for humans" "A service never approves, assesses or administers.";
    BACK_DATED "back_dated" 422 "It would begin in the past" "A delegation or an absence begins now or later.";
    ENDS_BEFORE_START "ends_before_start" 422 "It would end before it begins" "A delegation or an absence ends after it begins.";
    DELEGATION_TOO_LONG "delegation_too_long" 422 "The delegation is too long" "A delegation holds for at most 90 days.";
    SERVICE_IS_NOWHERE "service_is_nowhere" 422 "A service works in no unit" "Say it of the human who answers for it.";
    ALREADY_THERE "already_there" 422 "They work there already" "There is nothing to do.";
    ABSENCE_TOO_LONG "absence_too_long" 422 "The absence is too long" "An absence lasts for at most 366 days.";
    STANDS_IN_FOR_THEMSELF "stands_in_for_themself" 422 "Nobody stands in for themself" "Name somebody else, or nobody.";
    SERVICE_IS_NEVER_AWAY "service_is_never_away" 422 "A service is never away" "Revoke its tokens instead.";
    NOT_AWAY "not_away" 422 "Nobody is away" "There is nothing to end.";
    ALREADY_ENDED "already_ended" 422 "The delegation has ended" "There is nothing to do.";
    NO_SCOPE "no_scope" 422 "A scope is missing" "A token needs at least one scope.";
    EXPIRY_OUT_OF_RANGE "expiry_out_of_range" 422 "The expiry is out of range" "A token expires later than now and within 366 days.";
    ALREADY_REVOKED "already_revoked" 422 "The token is revoked already" "There is nothing to do.";
    CALENDAR_NOT_ALONE "calendar_not_alone" 422 "The scope calendar stands alone" "Issue a token with no other scope for a calendar: its address is handed to others.";
    VERSION_NOT_NEWER "version_not_newer" 422 "The version is not newer" "Published versions never change; give the text a higher version.";
    VERSION_NOT_NEWEST "version_not_newest" 422 "There is a newer version" "What was proposed is about a version that is no longer the newest. Look at it, and propose it anew.";
    SOP_UNSOUND "sop_unsound" 422 "The procedure is not sound" "Mend every finding that is an error; `POST /v1/sops/lint` and `proviso sop lint` tell the same.";
    SOP_RETIRED "sop_retired" 422 "The procedure is retired" "Nothing new begins under it. Choose another one of GET /v1/sops.";
    VARIANT_UNLIKE "variant_unlike" 422 "The version differs in too much" "A version that runs beside the published one differs in gates, wording, due times and routing alone. `differs` names everything else; publish the version, or say it as the published one does.";
    SPLIT_IS_OPEN "split_is_open" 422 "A version is split off already" "A procedure has one split at a time. End it first.";
    SPLIT_IS_HELD "split_is_held" 422 "The split is held already" "There is nothing to do.";
    SPLIT_NOT_HELD "split_not_held" 422 "The split is not held" "There is nothing to release.";
    LIMITS_TOO_WIDE "limits_too_wide" 422 "The limits are wider than the procedure's" "The procedure's own `split_limits` hold a split sooner. Name the same, or less.";
    SOP_IN_SETTINGS "sop_in_settings" 422 "The settings name the procedure" "Name another procedure in `sop.default`, or in the intake, before this one is retired.";
    // What has to do with the register.
    CLAUSES_NAMED_ALREADY "clauses_named_already" 422 "The request names these clauses already" "Only clauses that the request does not name yet can be added.";
    ADDED_CLAUSE_MISSING "added_clause_missing" 422 "An added clause is missing" "Clauses that a reviewer or an assessor added stay in the request; name them, or withdraw.";
    SCREENING_UNANSWERED "screening_unanswered" 422 "A screening question is not answered" "Answer every question of the register in `screening`, with true or false; see GET /v1/policies.";
    UNKNOWN_REGULATION "unknown_regulation" 422 "The register has no such regulation" "Use the ids of GET /v1/regulations.";
    UNKNOWN_SYSTEM "unknown_system" 422 "The register has no such system" "Use the ids of GET /v1/systems, or leave the id out.";
    SYSTEM_RETIRED "system_retired" 422 "The system is retired" "Name a system that is still in use.";
    DUPLICATE_ID "duplicate_id" 422 "An id or a code is taken" "Ids of policies, clauses, regulations and systems, and codes of questions, stand once in the register.";
    FOREIGN_CLAUSE "foreign_clause" 422 "The clause is not the policy's" "A clause's id is the policy's, a dot, and a number, such as AIP-2.1.";
    VERSION_NOT_NEXT "version_not_next" 422 "The version is not the next one" "Published versions never change. The detail names the next one.";
    NOT_EDITORIAL "not_editorial" 422 "More than words would change" "An editorial version leaves clauses, questions and sources as they are. Publish a material one.";
    ALREADY_RETIRED "already_retired" 422 "It is retired already" "There is nothing to do.";
    LETTER_SETTLED "letter_settled" 422 "The letter is settled" "It was delivered or discarded; there is nothing to do.";
    // What has to do with what runs by itself.
    UNKNOWN_JOB "unknown_job" 422 "There is no such job" "Use the names of GET /v1/jobs.";
    ALWAYS_RUNNING "always_running" 422 "Every process does this all the time" "It is not run by hand; it can be paused.";
    ALREADY_HALTED "already_halted" 422 "It is stopped already" "There is nothing to do. GET /v1/automation says since when and why.";
    IN_THE_FUTURE "in_the_future" 422 "It lies in the future" "An incident is reported once it has happened.";
    NAMES_NOTHING "names_nothing" 422 "An incident names nothing" "Name at least one system or one clause.";
    NOT_HALTED "not_halted" 422 "It is not stopped" "There is nothing to release. GET /v1/automation says what is stopped.";
    BATCH_NOT_RUNNING "batch_not_running" 422 "Nothing of the batch goes on" "There is nothing to stop. GET /v1/batches/{id} says how it stands.";
    BATCH_NOT_HELD "batch_not_held" 422 "The batch is not held" "There is nothing to release.";
    BATCH_REVERTED "batch_reverted" 422 "The batch was taken back before" "There is nothing to do. GET /v1/batches/{id} says what came of it.";
    NOT_RELOADABLE "not_reloadable" 422 "There are no settings to reload" "A process that `proviso serve` started reads its settings anew; start another one again.";
    SETTINGS_FIXED "settings_fixed" 422 "These settings need a restart" "Addresses, the database, the place of attachments, metrics, the log and traces hold for the life of a process. Start it again, or set them as they were.";
    SETTINGS_WRONG "settings_wrong" 422 "The settings are wrong" "Mend what is named; `proviso config check` tells the same. The service goes on with the settings that it has.";
    // What has to do with endpoints.
    URL_INVALID "url_invalid" 422 "The address cannot be read" "Write scheme, host and path in their usual form: no user name, no fragment, no numbers in place of a name but four decimal ones.";
    URL_NOT_HTTPS "url_not_https" 422 "The address is not https" "Events leave under TLS. Plain http is for hosts that `outbound.private_hosts` names.";
    URL_PRIVATE "url_private" 422 "The address leads into a private network" "Name the host in `outbound.private_hosts` if it is meant. Link-local, multicast and metadata addresses are never asked.";
    UNKNOWN_DELIVERY "unknown_delivery" 422 "There is no such delivery" "Use an id from the endpoint's deliveries.";
    TOO_MANY_FILTERS "too_many_filters" 422 "Too many filters" "An endpoint has at most 50. Write the beginning of several events, such as exception.*.";
    OVERLAP_TOO_LONG "overlap_too_long" 422 "The overlap is too long" "Two secrets are valid at once for at most 168 hours.";
    REPLAY_OUT_OF_RANGE "replay_out_of_range" 422 "The range cannot be replayed" "A replay goes forward, over at most 10,000 events of the ledger.";
    WEBHOOK_UNSIGNED "webhook_unsigned" 422 "A chat has no secret" "Its address is its secret: give it a new address.";
    WEBHOOK_ENABLED "webhook_enabled" 422 "The endpoint is enabled already" "There is nothing to do.";
    WEBHOOK_DISABLED "webhook_disabled" 422 "The endpoint is not enabled" "Enable it first.";
    // What a file may have wrong.
    FILE_EMPTY "file_empty" 422 "The file is empty" "Choose a file with content.";
    FILE_TYPE_REFUSED "file_type_refused" 415 "The file's type is not accepted" "Its content decides, not its name. The detail lists what is accepted.";
    STORAGE_FULL "storage_full" 507 "No room for attachments" "The limit `attachments.max_total` is reached; tell whoever runs the service.";
}

/// The kind with this code.
pub fn find(code: &str) -> Option<&'static Code> {
    ALL.iter().find(|known| known.code == code)
}
