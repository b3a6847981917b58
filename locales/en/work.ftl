# assessing and deciding
decision-title = Decide
decision-changes = What changed from version to version
decision-void = The approval of { $who } ({ $at }) was for another dossier and does not count any more.
ballot-heading = Your decision
ballot-about = It is about exactly what stands above: dossier
ballot-about-only = If anything of it changes first, nothing is decided.
ballot-for-whom = For whom you decide
ballot-myself = myself
ballot-in-place = You decide in the place of { $name }, who delegated it to you. You may approve; to deny it or to have it changed is theirs.
ballot-findings = Findings that weigh most
ballot-findings-hint = Tick each one that you have read. Nobody approves without.
ballot-unread = Tick each finding that you have read.
ballot-departure = Why you depart from advice
ballot-departure-hint = Needed to approve what an adviser objects to.
ballot-approve = Approve
ballot-conditions = Conditions
ballot-conditions-hint = One on each line. They make a new dossier, which you approve with them.
ballot-no-condition = Write at least one condition.
ballot-approve-bound = Approve with conditions
ballot-reason = Reason
ballot-reason-hint = Needed to ask for changes and to reject; the requester reads it.
ballot-own = To deny it or to have it changed is theirs for whom you act: choose yourself, or approve.
ballot-no-reason = Say why: the requester reads it.
ballot-changes = Ask for changes
ballot-reject = Reject
assess-title = Assess
assess-dimensions = What is to be assessed
assess-points = Points
assess-weight = { $weight ->
    [one] Counts once.
   *[other] Counts { $weight } times.
}
assess-findings = What you found
assess-findings-hint = Approvers read each finding, and acknowledge those of high and critical severity.
assess-finding-text = Finding { $number }
assess-finding-severity = How bad is finding { $number }?
assess-finding-mitigation = What is done about finding { $number }?
assess-tier = Another tier
assess-tier-hint = Only where the computed tier would mislead. The reason stands in the record.
assess-override = The tier that should count
assess-override-reason = Why the computed tier does not fit
assess-button = Give this assessment
assess-how = How points become a tier
assess-how-text = A dimension's score is its weighted points in percent of the most it could have. The first rule that holds gives the tier, from the highest down:
