"""Records answers of a demonstration as the examples of the API document.

Usage: scripts/demo PYTHON scripts/python/examples.py

Writes `openapi/examples.json`: for each schema that an answer has, one answer, shortened. What is secret is
written over. `web::tests::document` holds each of them against its schema, and lists what is missing.
"""

import json
import re
from pathlib import Path

from caller import AT, Caller, in_days

DOCUMENT = Path(__file__).parents[2] / "openapi/openapi.json"
EXAMPLES = DOCUMENT.with_name("examples.json")
MOST_ITEMS = 2
MOST_TEXT = 240
SECRETS = [(re.compile(r"\bpv_[A-Za-z0-9_-]+"), "pv_" + "x" * 43), (re.compile(r"\bwhsec_[A-Za-z0-9+/=]+"), "whsec_" + "x" * 43 + "=")]


# What the figures of a demonstration, whose procedures have no budgets, do not say.
CONCERN = {
    "id": "01977d3c-7a10-7000-8000-000000000004",
    "kind": "over_budget",
    "state": "open",
    "sop": {"id": "standard", "version": 2, "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    "clause": "AIP-2.1",
    "business_unit": "retail",
    "asks": "governance",
    "figures": [{"measure": "exceptions", "count": 6, "limit": 5, "share": None, "exceeded": True}],
    "ended_with": None,
    "raised_at": "2026-03-01T12:47:00Z",
    "again": None,
    "ended_at": None,
    "ended_by": None,
    "answer": None,
    "answered_by": None,
}

# A batch that stopped by itself, which a demonstration has not.
BATCH = {
    "id": "policy:AIP-2:3",
    "kind": "policy",
    "cause": "AIP-2",
    "version": 3,
    "state": "held",
    "begun_at": "2026-03-01T12:00:00Z",
    "begun_by": "01977d3c-7a10-7000-8000-000000000006",
    "touched": 61,
    "left": 40,
    "reopened": 18,
    "refused": 3,
    "suspended": 0,
    "noted": 0,
    "untouched": 0,
    "held": {
        "at": "2026-03-01T12:00:05Z",
        "by": None,
        "reason": None,
        "refusals": {
            "dealt": 21,
            "refused": 3,
            "refused_percent": 5,
            "after": 20,
            "sop": {"id": "standard", "version": 2, "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
        },
    },
    "reverted": None,
}

ERASURE = {
    "person": "01977d3c-7a10-7000-8000-000000000001",
    "erased": {
        "at": "2026-03-01T12:00:00Z",
        "leaf": 4711,
        "accounts": ["01977d3c-7a10-7000-8000-000000000001"],
        "texts": 31,
        "again": False,
        "swept_at": "2026-03-01T12:00:01Z",
        "receipts": [
            {"channel": "webhook", "name": "01977d3c-7a10-7000-8000-000000000009", "state": "delivered", "at": "2026-03-01T12:00:02Z", "status": 204},
            {"channel": "connector", "name": "servicenow", "state": "by_hand", "at": None, "status": None},
        ],
    },
}

# What a demonstration has no answer for: signed messages, the first person of all, endpoints that are asked.
ALONE = {
    "Batch": BATCH,
    "BatchDetail": {
        "batch": BATCH,
        "exceptions": [
            {"id": "01977d3c-7a10-7000-8000-000000000005", "number": "EX-2026-000042", "before": "active", "state": "re_review", "outcome": "reopened", "reversal": None},
        ],
    },
    "BatchPreview": {
        "state": "held",
        "touched": 40,
        "looked_at": 40,
        "would": {"refused": 4, "reopened": 36},
        "stops": True,
        "exceptions": [
            {
                "outcome": "reopened",
                "foreseen": {
                    "exception": "01977d3c-7a10-7000-8000-000000000007",
                    "number": "EX-2026-000043",
                    "from": "active",
                    "to": "re_review",
                    "events": [{"kind": "reopened", "effective_at": None, "citation": "SOP standard v2, step 7: policy_changed: policy AIP-2 has the material version 3"}],
                },
            },
        ],
    },
    "Concern": CONCERN,
    "ConcernDetail": {
        "concern": CONCERN,
        "now": [{"measure": "exceptions", "count": 7, "limit": 5, "share": None, "exceeded": True}],
        "exceptions": [{"id": "01977d3c-7a10-7000-8000-000000000005", "number": "EX-2026-000042"}],
    },
    "Erasure": ERASURE,
    "UsedUpBudget": {"clause": "AIP-2.1", "business_unit": "retail", "exceptions": 5, "days": None},
    "Acknowledgement": {
        "source": "helpdesk",
        "id": "01977d3c-7a10-7000-8000-000000000001",
        "number": "EX-2026-000042",
        "state": "draft",
        "known": False,
        "missing": [{"gate": "1.1", "code": "no_clause", "text": "No clause is named.", "remedy": "Name one.", "looked_at": {}}],
        "link": "https://proviso.example.org/exceptions/EX-2026-000042",
    },
    "SopVersion": {
        "id": "standard",
        "version": 2,
        "title": "AI policy exception",
        "purpose": "Lets a team deviate from an AI policy for a stated purpose and a limited time.",
        "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "published_at": "2026-03-01T12:00:00Z",
        "retired": False,
    },
    "FirstAdministrator": {"person": "01977d3c-7a10-7000-8000-000000000002"},
    "Delivery": {
        "id": "01977d3c-7a10-7000-8000-000000000003",
        "position": 4711,
        "event": "exception.approved",
        "state": "delivered",
        "due_at": "2026-03-01T12:00:00Z",
        "attempts": [{"number": 1, "at": "2026-03-01T12:00:00Z", "milliseconds": 40, "status": 204}],
    },
}


def short(value, name=""):
    """The same with fewer rows and no secret."""
    if isinstance(value, dict):
        return {key: short(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [short(inner) for inner in value[:MOST_ITEMS]]
    if isinstance(value, str):
        for pattern, instead in SECRETS:
            value = pattern.sub(instead, value)
        if name in ("cursor", "next_cursor"):
            return "x" * 16
        return value if len(value) <= MOST_TEXT or "\n" not in value and " " not in value else value[: MOST_TEXT - 2] + " …"
    return value


def fullest(rows):
    """The row that shows most."""
    return max(rows, key=lambda row: len(json.dumps(row)))


def of_exceptions(gita, found):
    living = gita.get("/v1/exceptions?state=active,re_review&limit=50")["items"]
    one = fullest([gita.get(f"/v1/exceptions/{row['id']}") for row in living])
    path = f"/v1/exceptions/{one['id']}"
    found["ExceptionSummary"] = next(row for row in living if row["id"] == one["id"])
    found["Exception"] = one
    asked = gita.get("/v1/exceptions?state=decision&limit=1")["items"][0]
    found["Dossier"] = gita.get(f"/v1/exceptions/{asked['id']}/dossier")
    for schema, below in [("Task", "tasks"), ("Event", "timeline"), ("Version", "versions")]:
        found[schema] = fullest(gita.pages(f"{path}/{below}"))
    gita.post(f"{path}/comment", json={"text": "The vendor has **confirmed** it.", "visibility": "internal"})
    found["CommentShown"] = fullest(gita.pages(f"{path}/comments"))
    alike = (gita.get(f"/v1/exceptions/{row['id']}/prior")["items"] for row in living)
    found["EarlierException"] = fullest([row for rows in alike for row in rows])


def of_a_draft(rita, found):
    draft = rita.get("/v1/exceptions?state=draft&limit=1")["items"][0]
    note = ("note.txt", b"A note.\n", "text/plain")
    found["Attachment"] = rita.post(f"/v1/exceptions/{draft['id']}/attachments", files={"file": note})


def of_people(people, found):
    adam, boris, gita = people["adam"], people["boris"], people["gita"]
    found["Me"], found["Session"] = boris.get("/v1/me"), boris.session
    me = found["Me"]["person"]["id"]
    letter = boris.get("/v1/me/mailbox?limit=1")["items"][0]
    found["MailboxLetter"] = boris.get(f"/v1/me/mailbox/{letter['id']}")
    person = adam.post("/v1/people", json={"name": "Nora New", "email": "nora@example.com"})
    found["TemporaryPassword"] = adam.post(f"/v1/people/{person['id']}/password", json={}) | {"password": "x" * 20}
    found["Person"] = adam.get(f"/v1/people/{me}")
    found["Grant"] = adam.post(f"/v1/people/{person['id']}/roles", json={"role": "adviser"})
    found["Grants"] = adam.get(f"/v1/people/{me}/roles")
    body = {"to": person["id"], "ends": in_days(20)}
    found["Delegation"] = boris.post(f"/v1/people/{me}/delegations", json=body)
    found["Absence"] = boris.put("/v1/me/absence", json={"ends": body["ends"], "stand_in": person["id"]})
    found["IssuedToken"] = boris.token("pipeline")
    found["Token"] = boris.get("/v1/tokens")["items"][0]
    found["Change"] = adam.post(f"/v1/people/{person['id']}/roles", json={"role": "ciso"})
    found["ConfirmedChange"] = gita.post(f"/v1/changes/{found['Change']['id']}/confirm", json={"hash": found["Change"]["hash"]})


def of_the_register(gita, found):
    policies = gita.pages("/v1/policies")
    policy = found["Policy"] = gita.get(f"/v1/policies/{policies[0]['id']}")
    found["Regulation"] = gita.pages("/v1/regulations")[0]
    found["RegisteredSystem"] = fullest(gita.pages("/v1/systems"))
    path = f"/v1/policies/{policy['id']}/versions"
    found["RegisterVersions"] = gita.get(path)
    newest = max(row["version"] for row in found["RegisterVersions"]["items"])
    found["PolicyDiff"] = gita.get(f"{path}/{newest}/diff")
    found["EntryDiff"] = gita.get(f"/v1/regulations/{found['Regulation']['id']}/versions/1/diff")
    found["SopVersions"] = gita.get("/v1/sops")
    sop = found["SopVersions"]["items"][0]
    found["SopDocument"] = gita.get(f"/v1/sops/{sop['id']}/versions/{sop['version']}")


def of_incidents(gita, found):
    for system in gita.pages("/v1/systems"):
        body = {"summary": "The vendor lost prompts of its customers", "happened_at": in_days(-1), "severity": "high",
                "effect": "reopen", "systems": [system["id"]]}
        seen = found["IncidentPreview"] = gita.post("/v1/incidents/preview", json=body)
        if seen["touched"] and not seen["second_person"]:
            break
    found["IncidentAftermath"] = gita.post("/v1/incidents", json=body)
    found["Incident"] = found["IncidentAftermath"]["incident"]


def of_the_service(adam, found):
    for schema, path in [
        ("Live", "/livez"), ("Ready", "/readyz"), ("Automation", "/v1/automation"), ("FlowMap", "/v1/data-flows"),
        ("AutomationPreview", "/v1/automation/preview"), ("EventFeed", "/v1/events?limit=2"), ("Jobs", "/v1/jobs"),
        ("Connectors", "/v1/connectors"),
    ]:
        found[schema] = adam.get(path)
    found["Report"] = adam.get("/v1/reports/kpi")
    found["ProblemKind"] = next(kind for kind in adam.get("/problems")["items"] if kind["code"] == "wrong_state")
    found["JobRun"] = adam.post("/v1/jobs/forget/run")
    found["JobWithRuns"] = adam.get("/v1/jobs/forget")
    found["Letter"] = adam.get("/v1/outbox?limit=1")["items"][0]
    hook = {"description": "The gateway", "url": "https://hooks.example.org/proviso", "events": ["exception.*"]}
    found["WebhookSecret"] = adam.post("/v1/webhooks", json=hook)
    found["Webhook"] = found["WebhookSecret"]["webhook"]
    found["DeskTask"] = fullest(adam.get("/v1/tasks?limit=50")["items"] or [{}])


def main():
    people = {name: Caller(name) for name in ("adam", "boris", "gita", "rita")}
    found = dict(ALONE)
    of_exceptions(people["gita"], found)
    of_a_draft(people["rita"], found)
    of_people(people, found)
    of_the_register(people["gita"], found)
    of_incidents(people["gita"], found)
    of_the_service(people["adam"], found)
    found["DeskTask"] = fullest(people["gita"].get("/v1/tasks?limit=50")["items"])
    told = json.dumps({name: short(found[name]) for name in sorted(found)}, indent=1, ensure_ascii=False)
    EXAMPLES.write_text(told.replace(AT, "https://proviso.example.org") + "\n")
    print(f"{len(found)} examples in {EXAMPLES.name}")


if __name__ == "__main__":
    main()
