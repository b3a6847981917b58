"""Measures how long each verifier takes for the record of a demonstration, and how much memory.

Usage: scripts/demo --release PYTHON scripts/python/verifiers.py [EVENTS]

Requests are filed and brought into effect until the record has so many events (100,000 unless told). Then it is
exported and verified: by the program, by Python and by Go, each in a process of its own.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from caller import Caller
from filing import PEOPLE, PROGRAM, SIGNING, company, grant, on_record, request

HERE = Path(__file__).parent
HANDS = 8  # who file at once
STEP = 200  # requests between two looks at the ledger


def leaves(caller):
    """How far the ledger has come by its newest checkpoint."""
    return int(caller.file("/v1/ledger/checkpoint").decode().splitlines()[1])


def live(events):
    """Files until the record has so many events."""
    hand, watching, filed, begun = threading.local(), Caller("gita"), 0, time.monotonic()

    def one(number):
        if not hasattr(hand, "people"):
            hand.people = company(PEOPLE)
        draft = hand.people["rita"].post("/v1/exceptions", json=request(f"Summaries of support tickets, no. {number}"))
        grant(hand.people, draft["number"])

    with ThreadPoolExecutor(HANDS) as hands:
        while leaves(watching) < events:
            list(hands.map(one, range(filed, filed + STEP)))
            filed += STEP
    return filed, time.monotonic() - begun


def most_memory(pid):
    """The most that a process has held so far, in KiB, or 0 once it has ended. What wait4 tells would begin with ours."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


def measured(what, command, **more):
    """Runs it and prints a row: its time, that of the processor, and the most memory, looked at every 5 ms."""
    begun, most, ended = time.monotonic(), 0, 0
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, **more)
    while not ended:
        time.sleep(0.005)
        most = max(most, most_memory(child.pid))
        ended, status, used = os.wait4(child.pid, os.WNOHANG)
    seconds = time.monotonic() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{what}: ended with {child.returncode}")
    print(f"| {what} | {seconds:.2f} | {used.ru_utime + used.ru_stime:.2f} | {most / 1024:.0f} |")


def main(events=100_000):
    filed, seconds = live(int(events))
    with tempfile.TemporaryDirectory() as folder:
        record, key, verify = (Path(folder, name) for name in ("record.jsonl", "key", "verify"))
        key.write_bytes(Caller("gita").file("/v1/ledger/key"))
        subprocess.run([HERE.parent / "go/offline", "build", "-o", verify, "."], check=True)
        print("| what | seconds | of processor | MiB at most |\n|---|--:|--:|--:|")
        measured("`audit export`", on_record("export", record), env=SIGNING)
        measured("`audit verify`", [PROGRAM, "audit", "verify", record, "--key", key])
        measured("Python: pymerkle, cryptography", [sys.executable, HERE / "verify.py", record, key])
        measured("Go: x/mod/sumdb", [verify, "-keys", key, record])
        with open(record, "rb") as lines:
            kinds = [line.split(b'"', 2)[1] for line in lines]
        size = record.stat().st_size / 1e6
        print(f"\n{kinds.count(b'leaf'):,} events, {kinds.count(b'checkpoint'):,} checkpoints, {size:.1f} MB: the "
              f"demonstration's year and {filed:,} requests more, filed in {seconds:.0f} s.")


if __name__ == "__main__":
    main(*sys.argv[1:])
