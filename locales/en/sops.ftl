# the procedures
nav-sops = Procedures
sop-why = What runs, word for word. A published version never changes; who asked under one is judged by it and by the newest.
sop-title = Procedure
sop-version = Version
sop-owner = Owner
sop-since = Since
sop-review = Next review
sop-late = Its review is overdue.
sop-retired = Retired
sop-retired-said = This procedure was retired: nothing new begins under it, and exceptions under it go on.
sop-scope = Covers
sop-audience = For
sop-tools = Need no exception
sop-inputs = May be put in
sop-prohibited = Never put in
sop-excluded = Never covered
sop-escalation = Told when it stalls, in order
sop-records = Records
sop-hash = SHA-256
sop-versions = Versions
sop-drawn = The steps
sop-drawn-said = Seven steps from top to bottom, each with who acts and how many rules it has. They are told below.
sop-mermaid = The same for Mermaid
sop-rules = { $count ->
    [one] { $count } rule
   *[other] { $count } rules
}
sop-tiers = Tiers
sop-tier = Tier
sop-quorum = Who decides
sop-longest = Longest, in days
sop-reviewed = Reviewed every, in days
sop-people = { $count } different people
sop-each = one as each of { $roles }
sop-rest = the others from { $roles }
sop-heard = Stakeholders heard
sop-approvers = Approvers by tier
sop-monitor = Monitoring owner
sop-hours = { $hours ->
    [one] Due within { $hours } hour
   *[other] Due within { $hours } hours
}
sop-lapse = An untouched draft lapses after { $days } days.
sop-approval = An approval counts for { $days } days while the round is open.
sop-opens = A re-review opens { $days } days before it is due.
sop-grace = One that is { $days } days late suspends it.
sop-revoked = What was suspended for { $days } days is revoked.
sop-remedy = To mend it:
sop-waivable = May be waived by { $role }.
sop-budgets = Tolerated exceptions in effect
sop-budget = { $clause } in { $unit }: { $most }
sop-budget-each-clause = each clause
sop-budget-each-unit = each business unit
sop-budget-exceptions = exceptions: { $count }
sop-budget-days = days together: { $count }
split-title = Split: two versions side by side
split-begun = Since { $day } { $percent } of a hundred new exceptions run on version { $variant }, the others on version { $published }.
split-over = It ended on { $day }: { $how }. What was submitted under its version stays there.
split-held = Held since { $moment }: what is submitted runs on the published version alone.
split-few = Fewer than { $after } requests on a side say little.
split-figure = Figure
split-submitted = Requests submitted
split-in-time = Tasks done in time
split-errors = Requests with an error
split-failed-gates = … with a gate that did not hold
split-returns = … that were returned
split-escalations = Requests that were escalated
split-median = Hours to the decision, median
split-p90 = Hours to the decision, nine of ten
split-ended = by hand
split-published = a version was published
split-retired = the procedure was retired
held-split_failed_gates = Requests with a gate that did not hold: { $variant } of { $of }, on the published version { $published } of { $published-of }.
held-split_escalations = Requests that were escalated: { $variant } of { $of }, on the published version { $published } of { $published-of }.
arm-published = the published version
arm-variant = the version that is split off
