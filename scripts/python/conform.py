"""Holds the answers of a demonstration against its OpenAPI document, as every role and as nobody.

Usage: scripts/demo PYTHON scripts/python/conform.py

Schemathesis makes the requests, from a fixed seed: the boundaries of every member, then drawn ones. No
operation is left out; `conform_hooks.py` says who sends what, and what keeps the accounts alive. A server
error, or an answer whose status, type, headers, body or problem code the document does not know, is a failure.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
import schemathesis
from caller import AT, PASSWORD, Caller, in_days
from schemathesis import checks

HERE = Path(__file__).parent
ROLES = HERE.parents[1] / "policies/access/roles.csv"
LEAST = 10_000
DRAWN = 64  # of each operation; everybody takes their turn
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]
# The demonstration's; Rita has no role but that of every requester. Audrey and the service come beside them.
PEOPLE = [
    "rita", "rosa", "priya", "sam", "elena", "edith", "dana", "boris", "carla", "konrad", "lena", "oskar", "gita", "adam",
]
# Two runs beside each other, about as long.
RUNS = [["--include-path-regex", "^/v1/exceptions"], ["--exclude-path-regex", "^/v1/exceptions"]]
SPARE_SESSIONS = 3


def stay_inside(adam):
    """Whatever address is drawn for an endpoint, nothing is sent there."""
    stop = {"scope": "channel:webhooks", "state": "halted", "reason": "Drawn addresses are not asked."}
    adam.put("/v1/automation", json=stop)


def expendable(adam, boris):
    """Accounts that nobody works with, and what hangs on them."""
    found = {"person": [], "grant": [], "delegation": [], "change": []}
    for number in range(12):
        body = {"name": f"Expendable {number}", "email": f"expendable.{number}@example.com"}
        person = adam.post("/v1/people", json=body)["id"]
        found["person"].append(person)
        for role in ("adviser", "control_owner"):
            found["grant"].append([person, adam.post(f"/v1/people/{person}/roles", json={"role": role})["id"]])
        found["change"].append(adam.post(f"/v1/people/{person}/roles", json={"role": "ciso"})["id"])
    path = f"/v1/people/{boris.get('/v1/me')['person']['id']}/delegations"
    for person in found["person"][:4]:
        found["delegation"].append([path.split("/")[3], boris.post(path, json={"to": person, "ends": in_days(20)})["id"]])
    return found


def attached(rita):
    """Files at drafts."""
    found = []
    for one in rita.get("/v1/exceptions?state=draft&limit=5")["items"]:
        for kind, content in [("text/plain", b"A note.\n"), ("image/png", b"\x89PNG\r\n\x1a\n" + bytes(32))]:
            path = f"/v1/exceptions/{one['id']}/attachments"
            found.append([one["id"], rita.post(path, files={"file": ("a", content, kind)})["id"]])
    return found


def there(callers):
    """What is there to be aimed at, in every state."""
    adam, gita = callers["adam"], callers["gita"]
    stay_inside(adam)
    found = expendable(adam, callers["boris"])
    exceptions = gita.pages("/v1/exceptions")
    # Both ways of naming one, far from each other: turns of one caller meet different ones.
    found["exception"] = [one["id"] for one in exceptions] + [one["number"] for one in exceptions]
    found["dossier"] = {}
    for one in exceptions:
        if one["state"] == "decision":
            dossier = gita.get(f"/v1/exceptions/{one['id']}/dossier")["hash"]
            found["dossier"] |= {one["id"]: dossier, one["number"]: dossier}
    found["attachment"] = attached(callers["rita"])
    found["task"] = [task["id"] for task in gita.pages("/v1/tasks")]
    found["letter"] = [letter["id"] for letter in adam.get("/v1/outbox?limit=50")["items"]]
    for name in ("policies", "regulations", "systems"):
        found[name] = [entry["id"] for entry in gita.pages(f"/v1/{name}")]
    found["sops"] = [entry["id"] for entry in gita.get("/v1/sops")["items"]]
    found["job"] = [job["name"] for job in gita.get("/v1/jobs")["items"]]
    found["problem"] = [kind["code"] for kind in gita.get("/problems")["items"]]
    found["source"] = ["helpdesk", "chat"]
    found["token"] = [caller.token(name)["issued"]["id"] for name, caller in callers.items()]
    return found


def auditor(adam):
    """Somebody who audits and does nothing else."""
    person = adam.post("/v1/people", json={"name": "Audrey Auditor", "email": "audrey@example.com"})["id"]
    adam.post(f"/v1/people/{person}/roles", json={"role": "auditor"})
    drawn = adam.post(f"/v1/people/{person}/password", json={})["password"]
    Caller("audrey", drawn).put("/v1/me/password", json={"current": drawn, "new": PASSWORD})
    return Caller("audrey")


def service(adam):
    """The token of a service account, which has the role of services and no other."""
    answers = {"responsible": adam.get("/v1/me")["person"]["id"]}
    body = {"name": "Pipeline", "email": "pipeline@example.com", "service": answers}
    person = adam.post("/v1/people", json=body)["id"]
    adam.post(f"/v1/people/{person}/roles", json={"role": "service"})
    return adam.token("pipeline", person=person)["token"]


def credentials(callers):
    """The headers of everybody who asks: nobody, each person's session, a person's token and a service's."""
    sessions = {name: {"Cookie": caller.cookie, "Origin": AT} for name, caller in callers.items()}
    tokens = {"token": callers["gita"].token("conformance")["token"], "service": service(callers["adam"])}
    return {"nobody": {}} | sessions | {who: {"Authorization": f"Bearer {text}"} for who, text in tokens.items()}


def holders(everybody):
    """Who asks in which role; every signed-in person is a requester."""
    found = {}
    for who, headers in everybody.items():
        if headers:
            answer = requests.get(f"{AT}/v1/me", headers=headers)
            held = [grant["role"] for grant in answer.json()["person"]["details"]["roles"]]
            found[who] = {"requester", *held}
    return found


def unasked(held, sent):
    """The roles of the access matrix in which nobody asked anything."""
    lines = [line.split(", ") for line in ROLES.read_text().splitlines() if line.startswith("p, ")]
    return {line[1] for line in lines} - set().union(*(roles for who, roles in held.items() if sent[who]))


def drawn(place, folder):
    """One run of schemathesis: how many cases, how many bad, and who sent how many."""
    report, sent = folder / f"{place}.json", folder / f"{place}.sent.json"
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{AT}/openapi.json", *RUNS[place],
        "--generation-deterministic", "--phases", "coverage,fuzzing", "--max-examples", str(DRAWN),
        "--checks", ",".join([*CHECKS, "documented_problem"]), "--continue-on-failure", "--no-shrink", "--suppress-health-check", "all",
        "--request-timeout", "60", "--no-color", "--warnings", "off",
        "--report", "json", "--report-json-path", str(report),
    ]
    ours = {"SCHEMATHESIS_HOOKS": "conform_hooks", "PYTHONPATH": str(HERE),
            "PROVISO_POOLS": str(folder / "pools.json"), "PROVISO_SENT": str(sent)}
    ended = subprocess.run(command, cwd=folder, env=os.environ | ours, text=True, capture_output=True)
    if not report.exists():
        raise SystemExit(f"schemathesis left no report\n{ended.stdout}{ended.stderr}")
    told = json.loads(report.read_text())
    cases, operations = told["test_cases"], told["operations"]
    bad = cases["with_failures"] + cases["errored"] + len(told["errors"])
    if bad or ended.returncode or operations["tested"] != operations["selected"]:
        print(ended.stdout, ended.stderr)
        bad = max(bad, 1)
    return operations["selected"], cases["generated"], bad, Counter(json.loads(sent.read_text()))


def plain(callers):
    """What needs no parameter has nothing to be drawn: once as everybody."""
    chosen = [getattr(checks, name) for name in CHECKS] if hasattr(checks, CHECKS[0]) else None
    sent, bad = 0, 0
    for result in schemathesis.openapi.from_url(f"{AT}/openapi.json").get_all_operations():
        operation = result.ok()
        if operation.method != "get" or "{" in operation.path:
            continue
        for who, headers in callers.items():
            sent += 1
            try:
                operation.Case(headers=headers).call_and_validate(checks=chosen)
            except Exception as error:  # one bad answer must not hide the others
                bad += 1
                print(f"{who}: {error}")
    return sent, bad


def main():
    callers = {name: Caller(name) for name in PEOPLE}
    callers["audrey"] = auditor(callers["adam"])
    everybody = credentials(callers)
    held = holders(everybody)
    spare = {name: [Caller(name).cookie for _ in range(SPARE_SESSIONS)] for name in callers}
    pools = there(callers) | {"callers": everybody, "spare": spare}
    cases, bad = plain(everybody)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "pools.json").write_text(json.dumps(pools))
        with ThreadPoolExecutor(len(RUNS)) as pool:
            ended = list(pool.map(lambda place: drawn(place, folder), range(len(RUNS))))
    sent = sum((counted for *_, counted in ended), Counter())
    print(", ".join(f"{who} {count}" for who, count in sorted(sent.items())))
    print(f"{sum(operations for operations, *_ in ended)} operations")
    silent = unasked(held, sent)
    if silent:
        print(f"nobody asked as {', '.join(sorted(silent))}")
    cases += sum(generated for _, generated, *_ in ended)
    bad += sum(found for *_, found, _ in ended) + (cases < LEAST) + len(silent)
    print(f"{cases - bad} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
