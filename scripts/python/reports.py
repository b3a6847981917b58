"""Measures reports and exports over a record that is multiplied to the size of years.

Usage: scripts/bench reports [sqlite|postgres] [EXCEPTIONS [EVENTS]]     (or --short)

A demonstration's year is lived through the door, then its rows are multiplied by statements: other ids and numbers,
other times (over three years more), one in fifty confidential. That is the size and spread of a real record for lists,
reports and exports; it is no ledger that verifies, since nobody lived it. Everything is printed as a table.
"""

import argparse
import http.client
import json
import os
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from multiply import Postgres, Sqlite

PROGRAM = os.environ["PROVISO_PROGRAM"]
PASSWORD = "try proviso today"
ASKED = 100  # requests for each figure
NAMES = ["kpi", "trends", "sla", "funnel", "variants", "workload", "hotspots", "approvers", "expiring"]
PAGES = [("page /reports", "/reports"), *((f"GET /v1/reports/{name}", f"/v1/reports/{name}") for name in NAMES)]


class Service:
    """`proviso serve` on a database, in a process of its own."""

    def __init__(self, url, folder, port):
        settings = [f"server.bind=127.0.0.1:{port}", f"database.url={url}", f"attachments.path={folder}/attachments",
                    "mail.transport=none", "log.level=warn"]
        budgets = ("requests", "anonymous", "sign_ins", "exports")
        settings += [f"limits.{budget}_per_minute=0" for budget in budgets]
        sets = [word for setting in settings for word in ("--set", setting)]
        self.port = port
        self.child = subprocess.Popen([PROGRAM, "serve", *sets], stdout=subprocess.DEVNULL,
                                      stderr=open(folder / "log", "wb"))
        for _ in range(1200):
            try:
                self.cookie = ""
                if self.ask("/healthz")[0] == 200:
                    break
            except OSError:
                if self.child.poll() is not None:
                    raise SystemExit(f"the service did not start: {Path(folder, 'log').read_text()}") from None
                time.sleep(0.1)
        self.sign_in("gita")

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=900)

    def sign_in(self, name):
        body = json.dumps({"email": f"{name}@example.com", "password": PASSWORD})
        at = f"http://127.0.0.1:{self.port}"
        line = self.connect()
        line.request("POST", "/v1/session", body, {"Content-Type": "application/json", "Origin": at})
        answer = line.getresponse()
        assert answer.status in (200, 201, 204), (answer.status, answer.read())
        self.cookie = answer.getheader("Set-Cookie").split(";")[0]

    def ask(self, path, line=None):
        line = line or self.connect()
        line.request("GET", path, headers={"Cookie": self.cookie})
        answer = line.getresponse()
        return answer.status, answer.read()

    def drawn(self, path):
        """Reads an answer of any length, counting its lines and bytes: status, lines, bytes, seconds."""
        begun, lines, size, line = time.monotonic(), 0, 0, self.connect()
        line.request("GET", path, headers={"Cookie": self.cookie})
        answer = line.getresponse()
        while chunk := answer.read(1 << 18):
            lines, size = lines + chunk.count(b"\n"), size + len(chunk)
        return answer.status, lines, size, time.monotonic() - begun

    def memory(self):
        """Resident now and at most, in MiB."""
        status = Path(f"/proc/{self.child.pid}/status").read_text()
        value = {name: int(rest.split()[0]) / 1024 for name, _, rest in
                 (line.partition(":") for line in status.splitlines()) if name in ("VmRSS", "VmHWM")}
        return value["VmRSS"], value["VmHWM"]

    def stop(self):
        self.child.terminate()
        self.child.wait(60)


def lived(folder, port):
    """A demonstration's database, once its year has been lived."""
    demo = subprocess.Popen([PROGRAM, "demo", "--bind", f"127.0.0.1:{port}", "--folder", str(folder)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(1800):
            time.sleep(0.1)
            try:
                line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                line.request("GET", "/readyz")
                if line.getresponse().status == 200 and followed(folder / "demo.sqlite"):
                    return
            except OSError:
                assert demo.poll() is None, "the demonstration ended"
        raise SystemExit("the demonstration is not ready")
    finally:
        demo.terminate()
        demo.wait(60)


def followed(path):
    """Have reports come to the end of the ledger?"""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        query = "SELECT p.leaf = h.size FROM report_place p, ledger_head h"
        return database.execute(query).fetchone()[0]


def quantile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000


def asked(service, name, path, writer, requests):
    """One row: so many answers to the same question, one after the other, while somebody writes."""
    times, line, first = [], service.connect(), writer.told
    for number in range(requests + 1):
        begun = time.monotonic()
        status, body = service.ask(path, line)
        assert status == 200, (path, status, body[:300])
        times.append(time.monotonic() - begun)
        if number and sum(times) > 60:
            break
    cold, times = times[0], times[1:]
    print(f"| {name} | {len(times)} | {cold * 1000:.0f} | {quantile(times, 0.5):.1f} | {quantile(times, 0.99):.1f} "
          f"| {max(times) * 1000:.1f} | {writer.told - first} |", flush=True)
    return statistics.median(times)


class Writer:
    """Somebody who begins a draft twice a second, so that reports have something to follow."""

    def __init__(self, service):
        self.service, self.told, self.over = service, 0, threading.Event()
        self.thread = threading.Thread(target=self.write, daemon=True)

    def write(self):
        at = f"http://127.0.0.1:{self.service.port}"
        heads = {"Content-Type": "application/json", "Origin": at, "Cookie": self.service.cookie}
        line = self.service.connect()
        while not self.over.wait(0.5):
            line.request("POST", "/v1/exceptions", json.dumps({"title": f"Minutes, no. {self.told}"}), heads)
            answer = line.getresponse()
            body = answer.read()
            assert answer.status == 201, (answer.status, body[:300])
            self.told += 1


def exported(service, rates):
    """A row for each export beside what the database itself does with the same rows."""
    print("\n| what | rows | MB | seconds | rows/s | MB/s | times the raw figure | MiB before | MiB at most |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for raw, (rows, size, seconds) in rates.items():
        print(f"| raw: {raw} | {rows:,} | {size / 1e6:.0f} | {seconds:.1f} | {rows / seconds:,.0f} | "
              f"{size / 1e6 / seconds:.1f} | | | |", flush=True)
    for raw, path in (("exceptions", "/v1/exceptions.csv"), ("exceptions", "/v1/exceptions.jsonl"),
                      ("leaves", "/v1/events.csv"), ("leaves", "/v1/events.jsonl")):
        before = service.memory()[0]
        status, lines, size, seconds = service.drawn(path)
        if status != 200:
            print(f"| {path} | answered {status} | | | | | | | |", flush=True)
            continue
        rate = rates[raw][0] / rates[raw][2]
        print(f"| {path} | {lines:,} | {size / 1e6:.0f} | {seconds:.1f} | {lines / seconds:,.0f} | "
              f"{size / 1e6 / seconds:.1f} | {rate / (lines / seconds):.1f} | {before:.0f} | "
              f"{service.memory()[1]:.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres", help="the address of an empty database")
    parser.add_argument("--exceptions", type=int, default=200_000)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--requests", type=int, default=ASKED)
    parser.add_argument("--port", type=int, default=18_991)
    plan = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="proviso-reports.") as folder:
        folder = Path(folder, "data")
        lived(folder, plan.port)
        begun = time.monotonic()
        if plan.postgres:
            url = plan.postgres
            subprocess.run([PROGRAM, "--set", f"database.url=sqlite:{folder}/demo.sqlite", "db", "copy", "--to", url], check=True,
                           stdout=subprocess.DEVNULL)
            database = Postgres(url)
        else:
            url = f"sqlite:{folder}/demo.sqlite"
            database = Sqlite(folder / "demo.sqlite")
        size = database.multiply(plan.exceptions, plan.events)
        print(f"{size}; made in {time.monotonic() - begun:.0f} s\n")
        service = Service(url, folder, plan.port)
        writer = Writer(service)
        writer.thread.start()
        print("| what | requests | first ms | p50 ms | p99 ms | max ms | drafts meanwhile |")
        print("|---|--:|--:|--:|--:|--:|--:|")
        for name, path in PAGES:
            asked(service, name, path, writer, plan.requests)
        writer.over.set()
        writer.thread.join()
        exported(service, database.raw())
        service.stop()


if __name__ == "__main__":
    main()
