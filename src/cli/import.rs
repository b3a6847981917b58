//! `proviso import`: another register's rows, through a running service. Each row is imported once, so that an
//! import that broke off is simply run again; what is wrong with a row is told and keeps no other back.

mod evidence;
mod map;
mod rows;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use self::{
    map::{ColumnMap, Misread},
    rows::Cells,
};
use super::{
    Code, Failure,
    client::{Asking, Service, Who},
    output::{Column, Output, bar},
};
use crate::config::Config;

/// Rows that are sent at once, and the bytes that they may have.
const MOST_ROWS: usize = 50;
const MOST_BYTES: usize = 400_000;

#[derive(Debug, Args)]
pub(super) struct Import {
    #[command(flatten)]
    pub(super) asking: Asking,
    /// The register's file.
    file: PathBuf,
    /// What the register is called; with a row's reference it makes the row one and the same.
    #[arg(long, value_name = "NAME")]
    source: String,
    /// What its columns mean (YAML); without one they have the names of our fields.
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// How the file is written; by the ending of its name unless it is said.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The procedure; that of new requests unless it is said.
    #[arg(long, value_name = "NAME")]
    sop: Option<String>,
    /// Tells row by row what would happen, and writes nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Xlsx,
    Jsonl,
    /// CSV with the columns of CISO Assistant's exception register.
    CisoAssistant,
}

const COLUMNS: [Column; 6] = [
    ("ROW", "/row"),
    ("REFERENCE", "/reference"),
    ("OUTCOME", "/outcome"),
    ("NUMBER", "/number"),
    ("STATE", "/state"),
    ("WHY", "/why"),
];

/// A row on its way: where it stands in the file, what is asked for it, and the files that belong to it.
struct Sending {
    row: usize,
    body: Value,
    evidence: Vec<PathBuf>,
}

impl Import {
    pub(super) fn run(&self, config: &Config, output: Output) -> Result<(), Failure> {
        let (map, rows) = self.read()?;
        let mut told: BTreeMap<usize, Value> = BTreeMap::new();
        let mut waiting: Vec<Sending> = Vec::new();
        for (row, cells) in (1..).zip(&rows) {
            match self.understood(&map, cells) {
                Ok((body, evidence)) => waiting.push(Sending { row, body, evidence }),
                Err(wrong) => _ = told.insert(row, misread(&map, cells, &wrong)),
            }
        }
        let mut service = Service::of(config);
        let bar = bar(u64::try_from(waiting.len()).unwrap_or(0));
        for some in parts(&waiting) {
            for (sent, answer) in some.iter().zip(self.send(&mut service, some)?) {
                let answer =
                    if self.dry_run { answer } else { evidence::attach(&mut service, &sent.evidence, answer)? };
                told.insert(sent.row, answer);
                bar.inc(1);
            }
        }
        bar.finish_and_clear();
        self.tell(told, output)
    }

    fn read(&self) -> Result<(ColumnMap, Vec<Cells>), Failure> {
        let map = match &self.map {
            None => ColumnMap::default(),
            Some(path) => {
                let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
                let told = |error| Failure::told(Code::Usage, format!("{}: {error}", path.display()));
                ColumnMap::read(&text).map_err(told)?
            }
        };
        let format = self.format()?;
        let map = if format == Format::CisoAssistant { map.of_ciso_assistant() } else { map };
        let read = match format {
            Format::Csv | Format::CisoAssistant => rows::csv(&self.file),
            Format::Xlsx => rows::xlsx(&self.file),
            Format::Jsonl => rows::jsonl(&self.file),
        };
        let found = read.with_context(|| self.file.display().to_string())?;
        if let Some(column) = map.missing(&found) {
            let told = format!("{}: there is no column `{column}`, which the map names", self.file.display());
            return Err(Failure::told(Code::Usage, told));
        }
        if map.means_nothing(&found) && !found.is_empty() {
            let told = "no column has the name of a field; say in a map which column holds what (--map)";
            return Err(Failure::told(Code::Usage, format!("{}: {told}", self.file.display())));
        }
        Ok((map, found))
    }

    fn format(&self) -> Result<Format, Failure> {
        let ending = self.file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
        let known = self.format.or(match ending.as_str() {
            "csv" => Some(Format::Csv),
            "xlsx" => Some(Format::Xlsx),
            "jsonl" | "ndjson" => Some(Format::Jsonl),
            _ => None,
        });
        let unknown = || format!("{}: say how it is written, with --format", self.file.display());
        known.ok_or_else(|| Failure::told(Code::Usage, unknown()))
    }

    /// What a row asks for, and its files where they are.
    fn understood(&self, map: &ColumnMap, cells: &Cells) -> Result<(Value, Vec<PathBuf>), Vec<Misread>> {
        let map::Understood { mut body, evidence } = map.understand(cells)?;
        let folder = self.file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let files: Result<Vec<PathBuf>, Vec<Misread>> = evidence
            .iter()
            .map(|name| evidence::within(folder, name).map_err(|told| vec![map.evidence_misread(name, &told)]))
            .collect();
        let files = files?;
        if !files.is_empty()
            && let Value::Object(members) = &mut body
        {
            members.insert("stays_draft".to_owned(), Value::Bool(true));
        }
        Ok((body, files))
    }

    /// Sends some rows: what became of each.
    fn send(&self, service: &mut Service, some: &[Sending]) -> Result<Vec<Value>, Failure> {
        let rows: Vec<&Value> = some.iter().map(|sent| &sent.body).collect();
        let body = json!({ "source": self.source, "dry_run": self.dry_run, "sop": self.sop, "rows": rows });
        let mut answer = service.post(Who::Anybody, "/v1/imports", &body)?;
        let told = answer.get_mut("rows").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
        if told.len() == some.len() {
            return Ok(told);
        }
        Err(Failure::told(Code::Failed, "the service did not answer for every row"))
    }

    /// Prints what became of each row. Those that cannot be imported make it a failure.
    fn tell(&self, told: BTreeMap<usize, Value>, output: Output) -> Result<(), Failure> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut lines = Vec::with_capacity(told.len());
        for (row, mut answer) in told {
            let outcome = answer.get("outcome").and_then(Value::as_str).unwrap_or_default().to_owned();
            *counts.entry(outcome).or_default() += 1;
            let why = why(&answer);
            if let Value::Object(members) = &mut answer {
                members.insert("row".to_owned(), row.into());
                members.extend((output == Output::Table).then(|| ("why".to_owned(), why.into())));
            }
            lines.push(answer);
        }
        output.rows(&COLUMNS, &lines)?;
        let counted: Vec<String> = counts.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
        let first = if self.dry_run { "nothing was written; it would be: " } else { "" };
        eprintln!("{first}{}", if counted.is_empty() { "no rows".to_owned() } else { counted.join(", ") });
        match counts.get("refused") {
            Some(count) => {
                Err(Failure::told(Code::Failed, format!("rows that cannot be imported as they are: {count}")))
            }
            None => Ok(()),
        }
    }
}

/// Rows as many at a time as the service takes.
fn parts(rows: &[Sending]) -> Vec<&[Sending]> {
    let (mut found, mut begins, mut bytes) = (Vec::new(), 0, 0);
    for (at, row) in rows.iter().enumerate() {
        let length = row.body.to_string().len();
        if at > begins && (at - begins >= MOST_ROWS || bytes + length > MOST_BYTES) {
            found.extend(rows.get(begins..at));
            (begins, bytes) = (at, 0);
        }
        bytes += length;
    }
    found.extend(rows.get(begins..).filter(|last| !last.is_empty()));
    found
}

/// A row of which not everything was understood, as the service would tell it.
fn misread(map: &ColumnMap, cells: &Cells, wrong: &[Misread]) -> Value {
    let reason = |one: &Misread| json!({ "code": "invalid_value", "pointer": one.column, "text": one.text, "remedy": one.remedy });
    let reasons: Vec<Value> = wrong.iter().map(reason).collect();
    json!({
        "reference": map.reference(cells), "outcome": "refused", "exception": null, "number": null, "state": null,
        "reasons": reasons,
    })
}

/// What a row lacks, or what is wrong with it, in one line.
fn why(answer: &Value) -> String {
    let reasons = answer.get("reasons").and_then(Value::as_array).into_iter().flatten();
    let said = reasons.map(|reason| {
        let part = |name: &str| reason.get(name).and_then(Value::as_str).unwrap_or_default();
        let place = [" at ", part("pointer")].concat();
        format!("{}{}", part("code"), if part("pointer").is_empty() { "" } else { &place })
    });
    said.collect::<Vec<_>>().join("; ")
}
