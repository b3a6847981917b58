//! The rows of another register's file: comma-separated, a workbook's first sheet, or JSON Lines. A row is its cells
//! by the names of their columns; what the columns mean is not known here.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

use anyhow::{Context, anyhow, bail};
use calamine::{Data, Reader, Xlsx};
use serde_json::{Map, Value};

/// The most rows that are read of one file.
const MOST: usize = 200_000;

/// The cells of a row by the names of their columns.
pub(super) type Cells = Map<String, Value>;

/// Comma-separated values (RFC 4180) in UTF-8, separated by semicolons where the headings are.
pub(super) fn csv(path: &Path) -> anyhow::Result<Vec<Cells>> {
    let mut text = String::new();
    File::open(path)?.read_to_string(&mut text).context("the file is not in UTF-8")?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let first = text.lines().next().unwrap_or_default();
    let many = |separator: char| first.matches(separator).count();
    let separator = if many(';') > many(',') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
    let headings: Vec<String> = reader.headers()?.iter().map(ToOwned::to_owned).collect();
    let names = named(&headings)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        let cells = record.iter().map(Value::from);
        push(&mut rows, names.iter().cloned().zip(cells))?;
    }
    Ok(rows)
}

/// The first sheet of a workbook: its first row has the names of the columns.
pub(super) fn xlsx(path: &Path) -> anyhow::Result<Vec<Cells>> {
    let mut book: Xlsx<_> = calamine::open_workbook(path).context("the file is no workbook (.xlsx)")?;
    let sheet = book.worksheet_range_at(0).ok_or_else(|| anyhow!("the workbook has no sheet"))??;
    let mut lines = sheet.rows();
    let headings: Vec<String> = lines.next().unwrap_or_default().iter().map(cell).collect();
    let names = named(&headings)?;
    let mut rows = Vec::new();
    for line in lines {
        push(&mut rows, names.iter().cloned().zip(line.iter().map(|one| Value::from(cell(one)))))?;
    }
    Ok(rows)
}

/// JSON Lines: an object a line.
pub(super) fn jsonl(path: &Path) -> anyhow::Result<Vec<Cells>> {
    let mut rows = Vec::new();
    for (number, line) in (1..).zip(BufReader::new(File::open(path)?).lines()) {
        let line = line.context("the file is not in UTF-8")?;
        if line.trim().is_empty() {
            continue;
        }
        let number: u32 = number;
        let cells: Cells = serde_json::from_str(&line).with_context(|| format!("line {number} is no JSON object"))?;
        push(&mut rows, cells.into_iter())?;
    }
    Ok(rows)
}

/// The names of the columns: each is said once.
fn named(headings: &[String]) -> anyhow::Result<Vec<String>> {
    let names: Vec<String> = headings.iter().map(|heading| heading.trim().to_owned()).collect();
    if names.iter().all(String::is_empty) {
        bail!("the first row has the names of the columns, and there is none");
    }
    let twice =
        names.iter().enumerate().find(|(at, name)| !name.is_empty() && names.iter().take(*at).any(|one| one == *name));
    match twice {
        Some((_, name)) => bail!("the column `{name}` is there twice"),
        None => Ok(names),
    }
}

/// Takes a row, unless nothing stands in it.
fn push(rows: &mut Vec<Cells>, cells: impl Iterator<Item = (String, Value)>) -> anyhow::Result<()> {
    let row: Cells = cells.filter(|(name, _)| !name.is_empty()).collect();
    let says = |value: &Value| !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty());
    if row.values().any(says) {
        if rows.len() >= MOST {
            bail!("at most {MOST} rows are imported at once; divide the file");
        }
        rows.push(row);
    }
    Ok(())
}

/// A cell as text; a date as ISO 8601 has it.
fn cell(data: &Data) -> String {
    match data {
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::Bool(flag) => flag.to_string(),
        Data::DateTime(at) if at.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            let begins = format!("{year:04}-{month:02}-{day:02}");
            if (hour, minute, second) == (0, 0, 0) {
                begins
            } else {
                format!("{begins}T{hour:02}:{minute:02}:{second:02}Z")
            }
        }
        Data::DateTime(length) => length.as_f64().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    fn file(name: &str, text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn cells_have_the_names_of_their_columns() {
        let (_folder, path) = file("a.csv", "\u{feff}ref_id;name\n1;\"a; b\"\n;\n2;c;left over\n");
        let rows = csv(&path).unwrap();
        assert_eq!(json!(rows), json!([{ "ref_id": "1", "name": "a; b" }, { "ref_id": "2", "name": "c" }]));
        let (_folder, path) = file("a.jsonl", "{\"a\": [1]}\n\n{\"a\": null}\n");
        assert_eq!(json!(jsonl(&path).unwrap()), json!([{ "a": [1] }]), "what says nothing is no row");
    }

    #[test]
    fn what_cannot_be_read_says_where() {
        let (_folder, path) = file("a.csv", "a,a\n1,2\n");
        assert_eq!(csv(&path).unwrap_err().to_string(), "the column `a` is there twice");
        let (_folder, path) = file("a.jsonl", "{}\n[1]\n");
        assert_eq!(jsonl(&path).unwrap_err().to_string(), "line 2 is no JSON object");
        let (_folder, path) = file("a.xlsx", "no workbook");
        assert_eq!(xlsx(&path).unwrap_err().to_string(), "the file is no workbook (.xlsx)");
    }
}
