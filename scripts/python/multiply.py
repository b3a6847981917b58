"""Multiplies the exceptions of a database by statements: other ids and numbers, other times, the same texts.

What comes of it has the size, the spread and every row that lists, reports and exports read. Hashes of copied leaves
are those of the originals, and the tree above them has its peaks alone: nothing of it is to be verified.
"""

import sqlite3
import subprocess
import time

SPREAD = 3 * 365 * 86_400_000_000  # microseconds before the original's times that the last copy lies
STILL_OPEN = 60 * 86_400_000_000  # what was copied to longer ago has no open task
SECRET = 50  # one in so many is confidential

TIMES = {
    "exceptions": ["drafted_at", "changed_at", "due_at", "starts_at", "effective_until", "ends_at"],
    "leaves": ["at"],
    "approvals": ["at"],
    "report_cases": ["submitted_at", "decided_at", "resolved_at", "ended_at", "review_due"],
    "report_stays": ["entered_at", "left_at", "until_at"],
    "report_work": ["opened_at", "due_at", "closed_at"],
    "report_votes": ["at"],
}
MONTHS = {
    "report_cases": {name: name.replace("month", "at") for name in
                     ("submitted_month", "decided_month", "resolved_month", "ended_month")},
    "report_votes": {"month": "at"},
}
TABLES = ["exceptions", "exception_facets", "approvals", "report_cases", "report_stays", "report_work", "report_votes",
          "leaves"]


class Database:
    """What both databases do alike; each says how it counts up and tells times."""

    def multiply(self, exceptions, events):
        """Until there are so many exceptions and so many events; how many of what there are."""
        self.begin()
        have = self.one("SELECT COUNT(*) FROM exceptions")
        told = self.one("SELECT COUNT(*) FROM leaves WHERE subject_kind = 'exception'")
        base = self.one("SELECT size FROM ledger_head")
        shape = {"copies": max(exceptions // have - 1, 0), "lived": max((events - base) // told, 0), "base": base, "have": have,
                 "told": told, "step": SPREAD // max(exceptions // have - 1, 1)}
        shape["lived"] = min(shape["lived"], shape["copies"])
        self.ordered()
        for table in TABLES:
            begun = time.monotonic()
            self.run(self.statement(table, shape))
            self.say(table, time.monotonic() - begun)
        size = base + shape["lived"] * told
        self.run(head(size))
        self.run("DELETE FROM facet_counts; INSERT INTO facet_counts (facet, value, held) "
                 "SELECT facet, value, COUNT(*) FROM exception_facets GROUP BY facet, value")
        self.end()
        rows = {table: self.one(f"SELECT COUNT(*) FROM {table}") for table in TABLES}
        return ", ".join(f"{count:,} {table}" for table, count in rows.items())

    def statement(self, table, shape):
        """The copies of one table, as one statement."""
        back = f"n.k * {shape['step']}"
        secret = f"(n.k % {SECRET} = 0)"
        ident = lambda column: f"{self.hex('n.k')} || substr({column}, 9)"
        number = "substr(t.number, 1, 8) || CAST(n.k * 1000 + CAST(substr(t.number, 9) AS INTEGER) AS TEXT)"
        place = "rank" if table.startswith("report_") else "place"  # some facts have a place of their own
        serial = f"{shape['base']} + (n.k - 1) * {shape['have']} + t.{place}"
        values = {name: f"t.{name} - {back}" for name in TIMES.get(table, [])}
        values |= {month: self.month(f"t.{at} - {back}") for month, at in MONTHS.get(table, {}).items()}
        source = table
        match table:
            case "exceptions":
                values |= {"id": ident("t.id"), "number": number, "serial": serial, "confidential": secret,
                           "wake_at": "NULL",
                           "body": f"replace(replace(t.body, t.id, {ident('t.id')}), t.number, {number})"}
            case "exception_facets":
                values |= {"serial": serial, "exception": ident("t.exception"),
                           "facet": f"CASE WHEN t.facet = 'open' AND {secret} THEN 'closed' ELSE t.facet END",
                           "value": f"CASE WHEN t.facet = 'confidential' AND {secret} THEN 'true' ELSE t.value END"}
            case "approvals":
                values |= {"exception": ident("t.exception"), "leaf": f"t.leaf + n.k * {shape['base']}"}
            case "leaves":
                source = "in_order"
                values |= {"idx": f"{shape['base']} + (n.k - 1) * {shape['told']} + t.place", "subject": ident("t.subject"),
                           "body": f"replace(t.body, t.subject, {ident('t.subject')})"}
            case "report_work":
                closed = f"CASE WHEN {back} > {STILL_OPEN} THEN COALESCE(t.closed_at, t.due_at) ELSE t.closed_at END - {back}"
                values |= {"serial": serial, "task": ident("t.task"), "confidential": secret, "closed_at": closed,
                           "closed_month": self.month(closed)}
            case _:
                values |= {"serial": serial, "confidential": secret}
                if table == "report_cases":
                    values["exception"] = ident("t.exception")
        columns = self.columns(table)
        chosen = ", ".join(values.get(column, f"t.{column}") for column in columns)
        many = shape["lived"] if table == "leaves" else shape["copies"]
        return (f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {self.up_to(many)} "
                f"CROSS JOIN {self.frozen(source)} t")

    def ordered(self):
        """The leaves and the rows of exceptions as they were, each with its place among its kind."""
        self.run("CREATE TABLE in_order AS SELECT l.*, ROW_NUMBER() OVER (ORDER BY l.idx) - 1 AS place FROM leaves l "
                 "WHERE l.subject_kind = 'exception'")
        self.run("CREATE TABLE was_placed AS SELECT serial AS of, id, ROW_NUMBER() OVER (ORDER BY serial) - 1 AS place "
                 "FROM exceptions")
        for table in TABLES[:-1]:
            key = "o.id = t.exception" if table == "approvals" else "o.of = t.serial"
            self.run(f"CREATE TABLE {self.frozen(table)} AS SELECT t.*, o.place FROM {table} t JOIN was_placed o ON {key}"
                     .replace("o.place FROM report", "o.place AS rank FROM report"))

    def thawed(self):
        for table in ["in_order", "was_placed", *map(self.frozen, TABLES[:-1])]:
            self.run(f"DROP TABLE {table}")

    @staticmethod
    def frozen(table):
        return table if table == "in_order" else f"was_{table}"

    @staticmethod
    def say(table, seconds):
        print(f"* {table}: {seconds:.0f} s", flush=True)


def head(size):
    """Makes the ledger that long: the peaks of a tree of that size stand for whatever is below them."""
    peaks, first = [], 0
    for level in range(63, -1, -1):
        if size >> level & 1:
            peaks.append((level, first >> level))
            first += 1 << level
    some = "ab" * 32
    nodes = "".join(f"INSERT INTO nodes (level, idx, hash) VALUES ({level}, {idx}, '{some}') ON CONFLICT DO NOTHING; "
                    for level, idx in peaks if level)
    frontier = ":".join([str(size), *[some] * len(peaks)])
    return (f"{nodes}DELETE FROM checkpoints; UPDATE report_place SET leaf = {size}; "
            f"UPDATE ledger_head SET size = {size}, frontier = '{frontier}'")


class Sqlite(Database):
    """A file, whose triggers are put away meanwhile."""

    def __init__(self, path):
        self.path = path
        self.database = sqlite3.connect(path, isolation_level=None)

    def begin(self):
        self.run("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; PRAGMA foreign_keys = 0")
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('exceptions', 'checkpoints')"
        self.triggers = self.database.execute(query).fetchall()
        self.run("".join(f"DROP TRIGGER {name}; " for name, _ in self.triggers))

    def end(self):
        self.thawed()
        self.run("".join(f"{sql}; " for _, sql in self.triggers) + "PRAGMA wal_checkpoint(TRUNCATE); ANALYZE")

    def run(self, statements):
        self.database.executescript(statements) if ";" in statements else self.database.execute(statements)

    def one(self, query):
        return self.database.execute(query).fetchone()[0]

    def columns(self, table):
        return [row[1] for row in self.database.execute(f"PRAGMA table_info({table})")]

    def up_to(self, many):
        return f"(WITH RECURSIVE c (k) AS (SELECT 1 WHERE {many} > 0 UNION ALL SELECT k + 1 FROM c WHERE k < {many}) SELECT k FROM c) n"

    def hex(self, number):
        return f"printf('%08x', {number})"

    def month(self, at):
        return f"CAST(strftime('%Y%m', ({at}) / 1000000, 'unixepoch') AS INTEGER)"

    def raw(self):
        """Rows, bytes and seconds of all rows, read in their order and told as text by one loop in this process."""
        return {table: self.read(table, order) for table, order in (("exceptions", "serial"), ("leaves", "idx"))}

    def read(self, table, order):
        begun, rows, size = time.monotonic(), 0, 0
        for row in self.database.execute(f"SELECT * FROM {table} ORDER BY {order}"):
            rows, size = rows + 1, size + sum(len(value) if isinstance(value, str) else 8 for value in row)
        return rows, size, time.monotonic() - begun


class Postgres(Database):
    """A database of a cluster of its own, as its owner."""

    def __init__(self, url):
        self.url = url

    def begin(self):
        self.run("ALTER SYSTEM SET max_wal_size = '8GB'; SELECT pg_reload_conf()")
        for table in ("leaves", "report_cases", "report_stays", "report_work", "report_votes", "exception_facets"):
            self.run(f"ALTER TABLE {table} SET UNLOGGED")

    def end(self):
        self.thawed()
        self.run("VACUUM ANALYZE")

    def run(self, statements):
        for statement in statements.split("; "):
            self.psql("-c", "SET session_replication_role = replica", "-c", statement)

    def one(self, query):
        return int(self.psql("-c", query))

    def psql(self, *arguments):
        command = ["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-d", self.url, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def columns(self, table):
        query = (f"SELECT string_agg(column_name, ',' ORDER BY ordinal_position) FROM information_schema.columns "
                 f"WHERE table_name = '{table}'")
        return self.psql("-c", query).split(",")

    def up_to(self, many):
        return f"generate_series(1, {many}) n (k)"

    def hex(self, number):
        return f"lpad(to_hex({number}), 8, '0')"

    def month(self, at):
        return f"CAST(to_char(to_timestamp(({at}) / 1000000) AT TIME ZONE 'UTC', 'YYYYMM') AS INTEGER)"

    def raw(self):
        """Rows, bytes and seconds of COPY TO STDOUT of all rows in their order."""
        return {table: self.copied(table) for table in ("exceptions", "leaves")}

    def copied(self, table):
        begun = time.monotonic()
        size = 0
        copy = subprocess.Popen(["psql", "-qX", "-d", self.url, "-c", f"COPY {table} TO STDOUT"], stdout=subprocess.PIPE)
        while chunk := copy.stdout.read(1 << 18):
            size += len(chunk)
        assert copy.wait() == 0
        seconds = time.monotonic() - begun
        return self.one(f"SELECT COUNT(*) FROM {table}"), size, seconds
