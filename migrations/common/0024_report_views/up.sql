-- For other tools, to be read and never written: the facts of reports by name, without what is confidential.
-- Times are microseconds since the epoch (UTC), months numbers such as 202603. README.md tells the columns.
CREATE VIEW report_exceptions AS
SELECT e.number AS number, c.exception AS exception, c.state AS state, c.outcome AS outcome, c.tier AS tier,
    c.kind AS kind, c.business_unit AS business_unit, c.sop AS sop, c.submitted_at AS submitted_at,
    c.submitted_month AS submitted_month, c.decided_at AS decided_at, c.decided_month AS decided_month,
    c.granted AS granted, c.resolved_at AS resolved_at, c.resolved_month AS resolved_month, c.ended_at AS ended_at,
    c.ended_month AS ended_month, e.effective_until AS effective_until, c.review_due AS review_due,
    c.first_pass AS first_pass, c.submissions AS submissions, c.failed_gates AS failed_gates, c.returns AS returns,
    c.escalations AS escalations, c.reopenings AS reopenings
FROM report_cases c JOIN exceptions e ON e.serial = c.serial WHERE NOT c.confidential AND NOT e.confidential;

CREATE VIEW report_dimensions AS
SELECT e.number AS number, f.facet AS dimension, f.value AS value
FROM exception_facets f JOIN exceptions e ON e.serial = f.serial
WHERE NOT e.confidential AND f.facet IN ('policy', 'clause', 'region', 'regulation', 'system');

CREATE VIEW report_steps AS
SELECT e.number AS number, s.place AS place, s.state AS state, s.step AS step, s.tier AS tier,
    s.effective AS effective, s.entered_at AS entered_at, s.left_at AS left_at, s.until_at AS effect_ends_at
FROM report_stays s JOIN exceptions e ON e.serial = s.serial WHERE NOT e.confidential;

CREATE VIEW report_tasks AS
SELECT e.number AS number, w.task AS task, w.step AS step, w.work AS work, w.role AS role, w.opened_at AS opened_at,
    w.due_at AS due_at, w.closed_at AS closed_at, w.closed_month AS closed_month,
    COALESCE(w.closed_at <= w.due_at, FALSE) AS on_time
FROM report_work w JOIN exceptions e ON e.serial = w.serial WHERE NOT e.confidential;

CREATE VIEW report_approvals AS
SELECT e.number AS number, v.round AS round, v.at AS approved_at, v.month AS approved_month,
    v.seconds AS seconds_after_opening, v.delegated AS delegated, v.counted AS in_quorum
FROM report_votes v JOIN exceptions e ON e.serial = v.serial WHERE NOT e.confidential;
