//! The letters of one exception's life, from its draft to its end, and those of what keeps it up.

use super::*;

pub(super) fn life(language: Language) -> Vec<(Letter, Rendered)> {
    let mut story = Story::begin_in(language, "Acme Transcribe for calls about claims");
    let mut told = before_decision(&mut story);
    told.extend(decision(&mut story));
    told.extend(monitoring(&mut story));
    told.extend(kept_up(language));
    told.extend(ends(language));
    told
}

#[expect(clippy::too_many_lines, reason = "one story told in one go")]
fn before_decision(story: &mut Story) -> Vec<(Letter, Rendered)> {
    let note = story.seal("Please name the vendor's retention period.\nThanks, Rosa");
    let comment = story.seal("Is the pilot group fixed?\n\nWhat to do: approve now");
    let narrow = story.seal("Please narrow it to one team.");
    let asked = Reason {
        code: "changes_requested".to_owned(),
        gate: None,
        pointer: None,
        text: "an approver asks for changes".to_owned(),
        remedy: "change the request as asked and submit it again".to_owned(),
        looked_at: Facts::new(),
    };
    let reason = Reason {
        code: "end_missing".to_owned(),
        gate: Some("1.4".to_owned()),
        pointer: Some("/end".to_owned()),
        text: "The request says how long it should last.".to_owned(),
        remedy: "give an end date".to_owned(),
        looked_at: Facts::new(),
    };
    let review = task("review", Work::Review, &[Role::CompletenessReviewer], 4);
    let review_id = review.id;
    let steps = [
        (
            Deed::Submitted {
                sop: sop(),
                gaps: vec!["1.9".to_owned()],
                prior: Prior::default(),
                used_up: vec![],
                split: None,
            },
            vec![review],
        ),
        (Deed::Reminded { task: Some(review_id) }, vec![]),
        (Deed::Escalated { task: review_id, route: vec![Role::Governance], rung: None }, vec![]),
        (Deed::Assigned { task: review_id, to: Some(person(CARLA)) }, vec![]),
        (Deed::Commented { text: comment, internal: false }, vec![]),
        (Deed::Returned { reasons: vec![reason], note: Some(note) }, vec![task("fix", Work::Fix, &[], 16)]),
        (Deed::Returned { reasons: vec![asked], note: Some(narrow) }, vec![task("fix", Work::Fix, &[], 17)]),
        (
            Deed::GapFound { rule: "3.2".to_owned(), gap: Gap::default() },
            vec![task("gap:3.2", Work::SettleGap, &[Role::Governance], 9)],
        ),
        (
            Deed::Passed { note: None },
            vec![
                task("assess:privacy", Work::Assess, &[Role::PrivacyAssessor], 12),
                task("advise:adviser", Work::Advise, &[Role::Adviser], 13),
            ],
        ),
    ];
    steps.into_iter().flat_map(|(deed, opened)| story.tell(deed, opened)).collect()
}

#[expect(clippy::too_many_lines, reason = "one story told in one go")]
fn decision(story: &mut Story) -> Vec<(Letter, Rendered)> {
    let condition = Condition {
        by: person(CARLA),
        text: story.seal("no calls of minors"),
        obligation: Some("no_minors".to_owned()),
    };
    let found = story.seal("The vendor keeps the recordings.");
    let dossier = Hash::of(b"dossier");
    let decide = task("decide:1:0", Work::Decide, &[Role::Ciso], 20);
    let voided = |why: &str| Deed::ApprovalVoided {
        round: 1,
        human: person(CARLA),
        principal: person(CARLA),
        why: why.to_owned(),
    };
    let steps = [
        (Deed::RoundOpened { round: Box::new(round(1, RoundKind::Initial, Proposal::AsRequested)) }, vec![decide]),
        (Deed::ConditionProposed { condition, dossier }, vec![]),
        (voided("dossier_changed"), vec![]),
        (
            Deed::ClausesAdded {
                clauses: ["AIP-3.1".to_owned()].into(),
                reason: found,
                dossier: None,
                reassess: false,
            },
            vec![],
        ),
        (Deed::OneBrowser { before: person(CARLA), then: person(OLAF) }, vec![]),
        (voided("role_lost"), vec![]),
        (voided("round_ended"), vec![]),
        (Deed::AcceptanceAsked { authority: authority(100) }, vec![task("accept", Work::AcceptConditions, &[], 19)]),
        (Deed::Granted { authority: authority(100) }, vec![control_task(18)]),
        (
            Deed::ControlConfirmed {
                control: ControlId(Uuid::from_u128(9)),
                evidence: None,
                due: Some(day(99)),
                expires: None,
            },
            vec![],
        ),
        (Deed::Activated { period: authority(100).period }, vec![]),
    ];
    steps.into_iter().flat_map(|(deed, opened)| story.tell(deed, opened)).collect()
}

fn monitoring(story: &mut Story) -> Vec<(Letter, Rendered)> {
    let note = story.seal("The vendor changed its terms.");
    let no = story.seal("The pilot is over.");
    let seen = story.seal("Nobody used it since May.");
    let why = story.seal("The replacement is delayed until August.");
    let reopened = |code: &str, note| Deed::Reopened {
        cause: cause(code, note),
        settle_by: day(50),
        round: Box::new(round(2, RoundKind::ReReview, Proposal::Reaffirm)),
    };
    let later = Box::new(round(3, RoundKind::Extension, Proposal::End { end: day(160), reason: why }));
    let steps = [
        (Deed::Reminded { task: None }, vec![]),
        (reopened("vendor_terms_changed", Some(note)), vec![]),
        (attested(false, true, seen), vec![]),
        (Deed::Reaffirmed { authority: authority(100) }, vec![]),
        (reopened("policy_changed", None), vec![]),
        (Deed::ReviewWithdrawn { batch: "policy:AIP-2:2".parse().unwrap() }, vec![]),
        (Deed::RoundOpened { round: later }, vec![task("decide:3:0", Work::Decide, &[Role::Cro], 40)]),
        (Deed::Rejected { round: 3, reason: no.clone() }, vec![]),
        (Deed::Extended { authority: authority(160), days: 60 }, vec![]),
        (reopened("control_failed", None), vec![]),
        (Deed::Rejected { round: 4, reason: no.clone() }, vec![]),
        (Deed::Rejected { round: 5, reason: no }, vec![]),
        (Deed::Suspended { cause: cause("review_overdue", None) }, vec![]),
        (Deed::Resumed { authority: authority(160) }, vec![]),
        (Deed::Revoked { cause: cause("suspension_not_settled", None) }, vec![]),
    ];
    steps.into_iter().flat_map(|(deed, opened)| story.tell(deed, opened)).collect()
}

/// What the clock says beside the lifecycle, of a request that waits.
fn kept_up(language: Language) -> Vec<(Letter, Rendered)> {
    let mut story = Story::begin_in(language, "One that waits");
    let review = task("review", Work::Review, &[Role::CompletenessReviewer], 4);
    let task = review.id;
    let mut told = story.tell(
        Deed::Submitted { sop: sop(), gaps: Vec::new(), prior: Prior::default(), used_up: vec![], split: None },
        vec![review],
    );
    let said = [
        Upkeep::DueSoon { task },
        Upkeep::Overdue { task, escalates_at: Some(day(8)) },
        Upkeep::LapseNear { days: 7, end: day(24) },
        Upkeep::LimitReached { what: Loop::Returns, limit: 5 },
        Upkeep::EndNear { days: 30, end: day(100) },
    ];
    told.extend(said.into_iter().flat_map(|done| story.tell(Deed::Upkeep(done), vec![])));
    told
}

/// Other ends, each of a request of its own.
fn ends(language: Language) -> Vec<(Letter, Rendered)> {
    let mut told = Vec::new();
    let mut denied = Story::begin_in(language, "A denied one");
    let reason = denied.seal("The purpose can be reached with the approved assistant.");
    told.extend(denied.tell(Deed::Rejected { round: 1, reason: reason.clone() }, vec![]));
    told.extend(Story::begin_in(language, "One that lapsed").tell(Deed::Expired, vec![]));
    told.extend(Story::begin_in(language, "One taken back").tell(Deed::Withdrawn { reason: None }, vec![]));
    let granted = |title: &str| {
        let mut story = Story::begin_in(language, title);
        story.tell(Deed::RoundOpened { round: Box::new(round(1, RoundKind::Initial, Proposal::AsRequested)) }, vec![]);
        story.tell(Deed::Granted { authority: authority(100) }, vec![]);
        story
    };
    told.extend(granted("One whose time is over").tell(Deed::Expired, vec![]));
    let mut renewed = granted("One that was renewed");
    renewed.tell(Deed::Superseded { by: ExceptionId(Uuid::from_u128(43)) }, vec![]);
    told.extend(renewed.tell(Deed::Closed { reason: None }, vec![]));
    let mut lapsed = Story::begin_in(language, "A draft that lapsed");
    let withdrawn = lapsed.event(Deed::Withdrawn { reason: None }, vec![]);
    told.extend(lapsed.happened(Event { effective_at: Some(day(1)), ..withdrawn }));
    let mut closed = Story::begin_in(language, "One no longer needed");
    let why = closed.seal("The approved assistant does it now.");
    told.extend(closed.tell(Deed::Closed { reason: Some(why) }, vec![]));
    told
}
