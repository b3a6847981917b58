//! One change each to the standard procedure, and the finding it must give.

use crate::sop::{
    Sop,
    samples::{STANDARD, standard_with, with_gate},
};

/// Each line: what is replaced | by what | where the error stands | a word of its message or hint.
fn refused(cases: &str) {
    for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
        let parts: Vec<String> = case.split('|').map(|part| part.trim().replace("\\n", "\n")).collect();
        let [from, to, pointer, word] = parts.as_slice() else {
            panic!("not a case: {case}");
        };
        let error = standard_with(from, to).expect_err(case);
        assert_eq!(error.pointer, *pointer, "{case}: {error}");
        let told = error.message.contains(word) || error.hint.contains(word);
        assert!(told && !error.hint.is_empty(), "{case}: {error}");
        let line = STANDARD.lines().position(|line| line.contains(from));
        let line = u64::try_from(line.expect("one line")).expect("small") + 1;
        let near = error.line + 12 > line && error.line < line + 12;
        // What stands in the fragment has its lines there.
        assert!((near || error.fragment.is_some()) && error.column > 0, "{case}: {error}");
    }
}

#[test]
fn what_cannot_be_read() {
    refused(
        "audience: | audiences: | | audience
         draft_lapse_days: 30 | draft_lapse: 30 | | draft_lapse_days
         version: 1 | version: one | | compare
         version: 1 | version: 1\\nversion: 2 | | once
         low: | lowest: | | critical
         mail_link: code | mail_link: sms | | session
         [completeness_reviewer, governance, cro] | [reviewer] | | governance
         may_lapse: true | may_lapse: yes | | compare
         title: AI policy exception | title: [AI | | compare",
    );
}

#[test]
fn a_missing_key_is_named() {
    let error = standard_with("    draft_lapse_days: 30\n", "").expect_err("missing");
    assert!(error.hint.contains("draft_lapse_days"), "{error}");
    assert!(error.line > 0, "{error}");
}

#[test]
fn what_a_document_says_of_itself() {
    refused(
        "id: standard | id: Standard SOP | /id | name
         version: 1 | version: 0 | /version | 1 to
         title: AI policy exception | title: ' ' | /title | characters
         owner: governance | owner: service | /owner | service
         review_every_days: 365 | review_every_days: 0 | /review_every_days | 3660
         escalation: [completeness_reviewer, governance, cro] | escalation: [] | /escalation | nobody
         [public, internal] | [credentials] | /permitted_inputs/0 | prohibited
         returns: 5 | returns: 0 | /limits/returns | 1 to 100
         reopenings: 10 | reopenings: 0 | /limits/reopenings | 1 to 100
         reminders: 24 | reminders: 0 | /limits/reminders | 1 to 100
         escalations: 12 | escalations: 0 | /limits/escalations | 1 to 100
         mass_action: 25 | mass_action: 10001 | /limits/mass_action | 0 to 10000
         mass_action: 25} | mass_action: 25, batch: {refused_percent: 101, after: 20}} | /limits/batch/refused_percent | 0 to 100
         mass_action: 25} | mass_action: 25, batch: {refused_percent: 5, after: 0}} | /limits/batch/after | 1 to 10000
         mass_action: 25} | mass_action: 25, batch: {refused_percent: 5}} | | after
         days_total: 365 | days_total: 100 | /extensions/days_total | at least 180
         [30, 14, 7, 1] | [7, 14] | /notifications/before_end_days | highest first
         before_lapse_days: [7, 1] | before_lapse_days: [1, 7] | /notifications/before_lapse_days | highest first
         fix_lapse_days: 60 | fix_lapse_days: 0 | /steps/completeness/fix_lapse_days | 1 to
         warn_hours: 12 | warn_hours: 0 | /punctuality/warn_hours | 1 to
         escalate_hours: 24 | escalate_hours: 9000 | /punctuality/escalate_hours | 1 to
         urgent_tiers: [critical] | urgent_tiers: [critical, critical] | /punctuality/urgent_tiers/1 | twice",
    );
}

#[test]
fn whom_a_re_review_asks() {
    refused(
        "attestation: {due_hours: 96} | attestation: {due_hours: 0} | /steps/monitoring/re_review/attestation/due_hours | 1 to
         attestation: {due_hours: 96} | attestation: {due_hours: 96, of: [{}]} | /steps/monitoring/re_review/attestation/of/0 | every re-review
         attestation: {due_hours: 96} | attestation: {due_hours: 96, of: [{causes: [Not a code]}]} | /steps/monitoring/re_review/attestation/of/0/causes/0 | no code
         attestation: {due_hours: 96} | attestation: {due_hours: 96, of: [{tiers: [extreme]}]} | | critical
         attestation: {due_hours: 96} | attestation: {due_hours: 300} | /steps/monitoring/open_before_days | at least 17
         attestation: {due_hours: 96} | attested: {due_hours: 96} | | attestation",
    );
    let error = standard_with("    re_review:\n", "    re_review: {}\n    unasked:\n").expect_err("unknown");
    assert!(error.hint.contains("re_review"), "{error}");
}

#[test]
fn budgets_and_the_procedures_own_figures() {
    refused(
        "mass_action: 25} | mass_action: 25}\\nbudgets: [{clause: AIP-1}] | /budgets/0 | bounds nothing
         mass_action: 25} | mass_action: 25}\\nbudgets: [{clause: ' ', days: 1}] | /budgets/0/clause | 1 to 120
         mass_action: 25} | mass_action: 25}\\nbudgets: [{days: 1000001}] | /budgets/0/days | 0 to
         mass_action: 25} | mass_action: 25}\\nbudgets: [{days: 1}, {days: 2}] | /budgets/1 | twice
         mass_action: 25} | mass_action: 25}\\nbudgets: [{unit: retail, days: 1}] | | business_unit
         mass_action: 25} | mass_action: 25}\\nown_figures: {days: 90} | /own_figures | failed_gates
         mass_action: 25} | mass_action: 25}\\nown_figures: {days: 0, returns: {more_than: 1, percent: 1}} | /own_figures/days | 1 to
         mass_action: 25} | mass_action: 25}\\nown_figures: {days: 9, returns: {more_than: 1, percent: 0}} | /own_figures/returns/percent | 1 to
         mass_action: 25} | mass_action: 25}\\nsplit_limits: {after: 0, failed_gates: 1, escalations: 1} | /split_limits/after | 1 to
         mass_action: 25} | mass_action: 25}\\nsplit_limits: {after: 9, failed_gates: 101, escalations: 1} | /split_limits/failed_gates | 0 to",
    );
    let bounded = "mass_action: 25}\nbudgets: [{clause: AIP-1, exceptions: 0}, {exceptions: 9, days: 900}]\n\
                   own_figures: {days: 90, breaches: {more_than: 10, percent: 50}}\n\
                   split_limits: {after: 10, failed_gates: 0, escalations: 5}";
    assert!(standard_with("mass_action: 25}", bounded).is_ok());
}

#[test]
fn tiers_and_quorums() {
    refused(
        "min: 2, any_of: [business_owner, ciso, legal] | min: 2 | /tiers/low/quorum | nobody may approve
         any_of: [business_owner, ciso, legal] | any_of: [adviser] | /tiers/low/quorum/any_of/0 | does not approve
         all_of: [ciso, cro]} | all_of: [ciso, auditor]} | /tiers/high/quorum/all_of/1 | does not approve
         all_of: [ciso, cro]} | all_of: [ciso, ciso]} | /tiers/high/quorum/all_of/1 | twice
         min: 2, all_of: [ciso, cro]} | min: 4, all_of: [ciso, cro]} | /tiers/critical/quorum/min | at least 4
         min: 3 | min: 30 | /tiers/critical/quorum/min | 0 to 20
         max_days: 90 | max_days: 200 | /tiers/critical/max_days | at most 180
         max_days: 90 | max_days: 0 | /tiers/critical/max_days | 1 to
         max_days: 90 | max_days: 90\\n    permanent_days: 30 | /tiers/critical/permanent_days | cannot be permanent
         permanent_days: 183 | permanent_days: 184 | /tiers/high/permanent_days | 1 to 183
         permanent_days: 365 | permanent_days: 366 | /tiers/low/permanent_days | 1 to 365
         stakeholders: [adviser, stakeholder] | stakeholders: [service] | /tiers/high/stakeholders/0 | service",
    );
}

#[test]
fn mail_links_by_code_or_session_are_both_allowed() {
    assert!(standard_with("mail_link: code", "mail_link: session").is_ok());
}

#[test]
fn the_steps() {
    refused(
        "[/scope/actions] | [/scope/action] | /steps/submission/required/13 | no field
         [/scope/actions] | [/extra/ticket] | /steps/submission/required/13 | extra schema
         /sponsor, /affected_teams | /boss | /steps/submission/required_by_kind/model_deployment/2 | no field
         due_hours: 48 | due_hours: 0 | /steps/completeness/due_hours | 8784
         role: completeness_reviewer | role: requester | /steps/completeness/role | requester
         sponsor_not_confirmed: | Sponsor: | /steps/completeness/reasons/Sponsor | no code
         grace_days: 14 | grace_days: 0 | /steps/monitoring/grace_days | 1 to
         approval_days: 14 | approval_days: 0 | /steps/decision/approval_days | 1 to
         dimension: security | dimension: privacy | /steps/assessment/dimensions/1/dimension | twice
         - id: volume | - id: sensitivity | /steps/assessment/dimensions/0/criteria/1/id | twice
         - id: sensitivity | - id: Sensitivity | /steps/assessment/dimensions/0/criteria/0/id | no code
         max: 5 | max: 11 | /steps/assessment/dimensions/0/criteria/0/max | 1 to 10
         max: 5 | max: 0 | /steps/assessment/dimensions/0/criteria/0/max | 1 to 10
         weight: 2 | weight: 0 | /steps/assessment/dimensions/0/criteria/0/weight | 1 to 100",
    );
}

#[test]
fn reasons_and_dimensions_must_be_there() {
    let (head, tail) = STANDARD.split_once("include:").expect("an include");
    let (_, tail) = tail.split_once("\n\n").expect("tiers follow");
    let (before, after) = tail.split_once("    reasons:").expect("reasons");
    let (_, after) = after.split_once("    fix_due").expect("more follows");
    let (assessment, after) = after.split_once("    dimensions:").expect("dimensions");
    let (_, after) = after.split_once("    scoring:").expect("scoring follows");
    let bare = format!("{head}{before}    fix_due{assessment}    scoring:{after}");
    let errors = Sop::errors(&bare, &Sop::builtin_fragments());
    let pointers: Vec<&str> = errors.iter().map(|e| e.pointer.as_str()).collect();
    assert_eq!(pointers, ["/steps/completeness/reasons", "/steps/assessment/dimensions"]);
}

#[test]
fn ids_and_words_of_gates() {
    refused(
        "id: \"1.11\" | id: \"2.11\" | /steps/submission/gates/10/id | step 1
         id: \"1.11\" | id: \"1.x\" | /steps/submission/gates/10/id | number
         id: \"1.11\" | id: \"1.01\" | /steps/submission/gates/10/id | number
         id: \"1.11\" | id: \"1\" | /steps/submission/gates/10/id | number
         id: \"1.11\" | id: \"1.1\" | /steps/submission/gates/10/id | twice
         id: \"3.4\" | id: \"3.3\" | /steps/assessment/scoring/rules/3/id | twice
         id: \"3.4\" | id: \"4.4\" | /steps/assessment/scoring/rules/3/id | step 3
         code: nobody_named | code: nobody named | /steps/submission/gates/10/code | no code
         The request says who may use the exception. | '' | /steps/submission/gates/10/text | characters
         pointer: /scope/people | pointer: /people | /steps/submission/gates/10/pointer | no field
         waivable_by: governance | waivable_by: service | /steps/submission/gates/12/waivable_by | service",
    );
}

#[test]
fn the_schema_of_own_fields() {
    let array = "{type: object, additionalProperties: false, properties: {a: {type: array}}}";
    for (schema, below, word) in [
        ("{type: array}", "/type", "object"),
        ("{type: object, properties: {a: {type: string}}}", "/additionalProperties", "false"),
        (array, "/properties/a/type", "string"),
    ] {
        let to = format!("draft_lapse_days: 30\n    extra: {schema}");
        let error = standard_with("draft_lapse_days: 30", &to).expect_err(schema);
        assert_eq!(error.pointer, format!("/steps/submission/extra{below}"));
        assert!(error.hint.contains(word) && error.line > 80, "{error}");
    }
}

fn gate_is_refused(when: &str, word: &str) {
    let error = with_gate(when).expect_err(when);
    assert_eq!(error.pointer, "/steps/submission/gates/10/when", "{error}");
    let told = error.message.contains(word) || error.hint.contains(word);
    assert!(told, "{when}: {error}");
    assert_eq!((error.line, error.column), (61, 15), "{error}");
}

#[test]
fn expressions_that_speak_of_what_is_not_there() {
    for (when, word) in [
        ("request.controls >", "not a CEL expression"),
        ("", "not a CEL expression"),
        ("requests.controls > 0", "unknown variable `requests`"),
        ("request.control > 0", "no fact `request.control`"),
        ("request.title > 3", "request.title.chars"),
        ("size(request) > 0", "alone is no fact"),
        ("request == request", "alone is no fact"),
        ("true", "no fact"),
        ("request.extra.ticket == 'a'", "no field `ticket`"),
        ("scores.max > 3", "not known before step 3"),
        ("request.controls", "yields a int"),
        ("request.controls > 'a'", "can never be evaluated"),
        ("request.permanent || request.controls + 'a' == 'b'", "can never be evaluated"),
        ("request.kind.startsWith(1)", "can never be evaluated"),
    ] {
        gate_is_refused(when, word);
    }
}

#[test]
fn expressions_that_are_not_bounded_or_not_pure() {
    for (when, word) in [
        ("now() > 3", "`now` is not available"),
        ("timestamp(request.kind) == timestamp(request.kind)", "not available"),
        ("request.kind.matches('a')", "not available"),
        ("{'a': request.kind}.a == 'a'", "object"),
        ("size(request.clauses.map(c, c + c)) > 0", "`map` is not available"),
        ("request.clauses.all(c, request.regions.all(r, r == c))", "inside another"),
        ("request.clauses.all(request, request == 'a')", "hides a fact"),
    ] {
        gate_is_refused(when, word);
    }
    gate_is_refused(&format!("request.controls > 0{}", " ".repeat(1_000)), "too long");
    let lists = ["request.clauses"; 12].join(" + ");
    gate_is_refused(&format!("({lists}).all(c, c in ({lists}))"), "steps");
    let deep = format!("{}request.permanent{}", "!(".repeat(60), ")".repeat(60));
    gate_is_refused(&deep, "");
}

#[test]
fn scores_are_known_where_they_are_used() {
    let dimension = "request.kind == \"model_deployment\" || size(request.regulations) > 0";
    let error = standard_with(dimension, "scores.privacy > 3").expect_err("too early");
    assert_eq!(error.pointer, "/steps/assessment/dimensions/3/when");
    assert!(standard_with("scores.max >= 80", "scores.ethics >= 80").is_ok());
}
