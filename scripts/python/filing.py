"""Requests from draft to active, filed at the demonstration that `scripts/demo` runs, and its record."""

import os

from caller import Caller

PROGRAM = os.environ["PROVISO_PROGRAM"]
DATA = os.environ["PROVISO_DATA"]
# The environment in which the demonstration's record is signed.
SIGNING = os.environ | {"PROVISO__LEDGER__KEY_FILE": f"{DATA}/ledger.key"}

# Who has a hand in a request of the procedure `standard`, and the points that assessors give for each criterion.
PEOPLE = ["rita", "rosa", "priya", "sam", "boris", "carla"]
ASSESSORS = {
    "privacy": ("priya", ["sensitivity", "volume", "legal_basis", "transfer"]),
    "security": ("sam", ["exposure", "data_loss", "integration", "vendor_assurance"]),
}
SCREENING = ["harmful_manipulation", "emotion_inference", "social_scoring", "biometric_categorisation"]


def company(names):
    """These people, signed in."""
    return {name: Caller(name) for name in names}


def request(text):
    """A complete request, with this text wherever one is free."""
    return {
        "title": text,
        "kind": "ai_usage",
        "clauses": ["AIP-2.1"],
        "justification": f"{text}\n{text}\nAgents read four hundred tickets a day in nine languages; summaries halve "
        "the time to the first answer, which is eleven hours today.",
        "alternatives": f"{text}\nThe approved assistant was tried for two weeks; it lacks two of our languages.",
        "scope": {
            "systems": [{"name": text, "vendor": text}],
            "purpose": f"{text}\nSummaries for the agent who answers the ticket",
            "data_classes": ["internal"],
            "groups": ["support-agents"],
            "actions": ["summarise"],
            "business_unit": "service",
            "regions": ["eu"],
        },
        "duration_days": 90,
        "impact_if_denied": f"{text}\nAnswers stay slow; customers wait a day longer.",
        "affected_teams": ["support"],
        "screening": {question: False for question in SCREENING},
    }


def grant(people, number):
    """Brings a draft into effect."""
    path = f"/v1/exceptions/{number}"
    people["rita"].post(f"{path}/submit", json={})
    people["rosa"].post(f"{path}/pass", json={})
    for task in people["rosa"].get(f"{path}/tasks")["items"]:
        dimension = task["key"].removeprefix("assess:")
        who, criteria = ASSESSORS[dimension]
        people[who].post(f"{path}/assess", json={"dimension": dimension, "points": {one: 1 for one in criteria}})
    dossier = people["boris"].get(f"{path}/dossier")["hash"]
    for who in ("boris", "carla"):
        told = people[who].post(f"{path}/approve", json={"dossier": dossier})
    assert told["state"] == "active", told["state"]


def on_record(*verb):
    """`proviso audit` of the demonstration's record, as a command for `SIGNING`."""
    settings = [f"database.url=sqlite:{DATA}/demo.sqlite", f"attachments.path={DATA}/attachments", "log.level=warn"]
    return [PROGRAM, *(word for setting in settings for word in ("--set", setting)), "audit", *verb]
