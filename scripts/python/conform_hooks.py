"""Who sends each request of a conformance run, and at what it is aimed.

Everybody takes their turn at every operation. Two of three rounds are aimed at things that are there,
so that they come further than 404; the third stays as it was drawn. What ends accounts, grants, tokens or
sessions is aimed at those that nobody works with; a drawn id hits nobody.
"""

import atexit
import json
import os
import re
import uuid
from collections import Counter
from pathlib import Path

import schemathesis

POOLS = json.loads(Path(os.environ["PROVISO_POOLS"]).read_text())
CALLERS = list(POOLS["callers"].items())
SPARE = POOLS["spare"]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
turns = Counter()
sent = Counter()

# Which pool fills which parameters, by the beginning of the path; the longer one first.
PATHS = [
    ("/v1/exceptions/{id}/attachments/{attachment}", ("id", "attachment"), "attachment"),
    ("/v1/exceptions/{id}", ("id",), "exception"),
    ("/v1/people/{id}/roles/{grant}", ("id", "grant"), "grant"),
    ("/v1/people/{id}/delegations/{delegation}", ("id", "delegation"), "delegation"),
    ("/v1/people/{id}", ("id",), "person"),
    ("/v1/tasks/{id}", ("id",), "task"),
    ("/v1/tokens/{id}", ("id",), "token"),
    ("/v1/changes/{id}", ("id",), "change"),
    ("/v1/outbox/{id}", ("id",), "letter"),
    ("/v1/jobs/{name}", ("name",), "job"),
    ("/v1/policies/{id}", ("id",), "policies"),
    ("/v1/regulations/{id}", ("id",), "regulations"),
    ("/v1/systems/{id}", ("id",), "systems"),
    ("/v1/sops/{id}", ("id",), "sops"),
    ("/v1/intake/{source}", ("source",), "source"),
    ("/problems/{code}", ("code",), "problem"),
]


def sign(case, who, credentials):
    """In this caller's name. Who ends a session ends one made for it, then none."""
    if case.operation.label == "DELETE /v1/session" and "Cookie" in credentials:
        spare = SPARE[who].pop() if SPARE[who] else f"proviso={uuid.uuid4()}"
        credentials = credentials | {"Cookie": spare}
    case.headers.update(credentials)
    # Shown with every failure (RFC 9110 §10.1.2); the service does not read it.
    case.headers["From"] = who
    sent[who] += 1


def aim_path(case, turn):
    for beginning, names, pool in PATHS:
        if case.path.startswith(beginning) and POOLS[pool]:
            chosen = POOLS[pool][turn % len(POOLS[pool])]
            case.path_parameters.update(zip(names, chosen if isinstance(chosen, list) else [chosen]))
            break
    if "version" in case.path_parameters:
        case.path_parameters["version"] = 1
    if "source" in case.path_parameters:
        case.headers["X-Proviso-Secret"] = os.environ["PROVISO_INTAKE_SECRET"]
    if case.method == "PATCH":
        case.headers["If-Match"] = '"1"'


def aimed(value, turn):
    """The same body with people who are there."""
    if isinstance(value, dict):
        return {name: aimed(member, turn + len(name)) for name, member in value.items()}
    if isinstance(value, list):
        return [aimed(member, turn) for member in value]
    if isinstance(value, str) and UUID.fullmatch(value):
        return POOLS["person"][turn % len(POOLS["person"])]
    return value


@schemathesis.hook
def before_call(context, case, kwargs):
    turn = turns[case.operation.label]
    turns[case.operation.label] += 1
    around, place = divmod(turn, len(CALLERS))
    sign(case, *CALLERS[place])
    if around % 3 == 2:
        return
    if case.path_parameters:
        aim_path(case, turn)
    if isinstance(case.body, (dict, list)):
        case.body = aimed(case.body, turn)
        dossier = POOLS["dossier"].get((case.path_parameters or {}).get("id"))
        if dossier and "dossier" in case.body:
            case.body["dossier"] = dossier


@schemathesis.check
def documented_problem(ctx, response, case):
    """A problem's code is one that the operation's documentation names."""
    kinds = response.headers.get("content-type", [""])
    if not kinds or not kinds[0].startswith("application/problem+json"):
        return
    told = case.operation.definition.raw["responses"].get(str(response.status_code), {})
    if "$ref" in told:
        told = case.operation.schema.raw_schema["components"]["responses"][told["$ref"].rsplit("/", 1)[-1]]
    told = told.get("x-problem-codes")
    code = response.json().get("code")
    if told is not None and code not in told:
        raise AssertionError(f"{case.operation.label} answered {response.status_code} {code}, which is not documented")


@atexit.register
def tell():
    Path(os.environ["PROVISO_SENT"]).write_text(json.dumps(sent))
