//! The forms of a table: CSV (RFC 4180), XLSX (ISO/IEC 29500) and JSON Lines. Rows are taken one by one, so that
//! memory does not grow with them: what is written is handed on, and a workbook is kept in a file until its end.
//! No cell is ever a formula (CWE-1236).

use std::{
    fs::File,
    io::{BufWriter, Seek, Write},
};

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::table::{Cell, Column, Table};
use crate::words::words;

words! {
    /// A form to be written in.
    Form, "form" { Csv = "csv", Xlsx = "xlsx", Jsonl = "jsonl" }
}

/// Rows of a sheet at most, its heading included; then the next sheet begins.
const SHEET_ROWS: u32 = 1_048_576;
/// Characters of a cell at most.
const CELL_CHARACTERS: usize = 32_767;

/// Why a row could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// As CSV.
    #[error("CSV: {0}")]
    Csv(#[from] csv::Error),
    /// As a workbook.
    #[error("XLSX: {0}")]
    Xlsx(#[from] XlsxError),
    /// To a file on the way.
    #[error("a temporary file: {0}")]
    File(#[from] std::io::Error),
}

impl Form {
    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Jsonl => "application/jsonl",
        }
    }
}

/// A table on its way into a form.
pub struct Sheet {
    columns: Vec<Column>,
    medium: Medium,
}

impl std::fmt::Debug for Sheet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sheet").field("columns", &self.columns).finish_non_exhaustive()
    }
}

enum Medium {
    Csv(Box<Writer<Vec<u8>>>),
    Jsonl(Vec<u8>),
    Xlsx(Box<Book>),
}

/// What is left at the end.
#[derive(Debug)]
pub enum Rest {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Everything, from the beginning of this file, which is gone when it is closed.
    File(File),
}

impl Sheet {
    /// An empty table with these columns.
    pub fn new(form: Form, columns: &[Column]) -> Result<Self, Failed> {
        let columns = columns.to_vec();
        let medium = match form {
            Form::Csv => Medium::Csv(Box::new(headed(&columns)?)),
            Form::Jsonl => Medium::Jsonl(Vec::new()),
            Form::Xlsx => Medium::Xlsx(Box::new(Book::new(&columns)?)),
        };
        Ok(Self { columns, medium })
    }

    /// Adds a row.
    pub fn push(&mut self, row: &[Cell]) -> Result<(), Failed> {
        match &mut self.medium {
            Medium::Csv(writer) => writer.write_record(row.iter().map(inert))?,
            Medium::Jsonl(bytes) => writeln!(bytes, "{}", Table::object(&self.columns, row))?,
            Medium::Xlsx(book) => book.push(&self.columns, row)?,
        }
        Ok(())
    }

    /// What can be handed on by now.
    pub fn take(&mut self) -> Result<Vec<u8>, Failed> {
        match &mut self.medium {
            Medium::Csv(writer) => {
                let next = plain();
                let full = std::mem::replace(writer, Box::new(next));
                Ok(full.into_inner().map_err(csv::IntoInnerError::into_error)?)
            }
            Medium::Jsonl(bytes) => Ok(std::mem::take(bytes)),
            Medium::Xlsx(_) => Ok(Vec::new()),
        }
    }

    /// The rest. For a workbook this is where the work is.
    pub fn end(mut self) -> Result<Rest, Failed> {
        match &mut self.medium {
            Medium::Csv(_) | Medium::Jsonl(_) => self.take().map(Rest::Bytes),
            Medium::Xlsx(book) => {
                let mut file = tempfile::tempfile()?;
                book.whole.save_to_writer(BufWriter::new(&mut file))?;
                file.rewind()?;
                Ok(Rest::File(file))
            }
        }
    }
}

fn plain() -> Writer<Vec<u8>> {
    WriterBuilder::new().terminator(Terminator::CRLF).quote_style(QuoteStyle::Necessary).from_writer(Vec::new())
}

fn headed(columns: &[Column]) -> Result<Writer<Vec<u8>>, Failed> {
    let mut writer = plain();
    writer.write_record(columns.iter().map(|column| column.name))?;
    Ok(writer)
}

/// A cell that no spreadsheet takes for a formula (OWASP, CSV injection). A number is none.
fn inert(cell: &Cell) -> String {
    let text = cell.text();
    let hostile = matches!(cell, Cell::Text(_)) && text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if hostile { format!("'{text}") } else { text }
}

/// A workbook and where the next row goes.
struct Book {
    whole: Workbook,
    sheet: usize,
    row: u32,
    instant: Format,
}

impl Book {
    fn new(columns: &[Column]) -> Result<Self, Failed> {
        let instant = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
        let mut book = Self { whole: Workbook::new(), sheet: 0, row: 0, instant };
        book.begin(columns)?;
        Ok(book)
    }

    fn begin(&mut self, columns: &[Column]) -> Result<(), Failed> {
        let heading = Format::new().set_bold();
        let sheet = self.whole.add_worksheet_with_constant_memory()?;
        for (at, column) in (0..).zip(columns) {
            sheet.write_string_with_format(0, at, column.name, &heading)?;
        }
        self.row = 1;
        Ok(())
    }

    fn push(&mut self, columns: &[Column], row: &[Cell]) -> Result<(), Failed> {
        if self.row >= SHEET_ROWS {
            self.begin(columns)?;
            self.sheet += 1;
        }
        let sheet = self.whole.worksheet_from_index(self.sheet)?;
        for (at, cell) in (0..).zip(row) {
            write(sheet, (self.row, at), cell, &self.instant)?;
        }
        self.row += 1;
        Ok(())
    }
}

/// A text is written as a text, so that no reader computes it.
fn write(sheet: &mut Worksheet, (row, at): (u32, u16), cell: &Cell, instant: &Format) -> Result<(), Failed> {
    match cell {
        Cell::Nothing => return Ok(()),
        Cell::Count(count) => match i32::try_from(*count) {
            Ok(count) => sheet.write_number(row, at, count)?,
            Err(_) => sheet.write_string(row, at, count.to_string())?,
        },
        Cell::Number(number) => sheet.write_number(row, at, *number)?,
        Cell::Flag(yes) => sheet.write_boolean(row, at, *yes)?,
        Cell::Instant(time) => {
            sheet.write_datetime_with_format(row, at, ExcelDateTime::from_timestamp(time.timestamp())?, instant)?
        }
        Cell::Text(_) | Cell::Hidden => {
            sheet.write_string(row, at, cell.text().chars().take(CELL_CHARACTERS).collect::<String>())?
        }
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use calamine::{Data, Reader, Xlsx};

    use super::*;
    use crate::reports::{Unit, table::column};

    const HOSTILE: [&str; 7] = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=x", "=HYPERLINK(\"http://a\")"];

    fn columns() -> Vec<Column> {
        vec![column("text", Unit::Text), column("count", Unit::Count), column("at", Unit::Instant)]
    }

    fn rows() -> Vec<Vec<Cell>> {
        let at = "2026-03-02T09:00:00Z".parse().unwrap();
        let mut rows: Vec<Vec<Cell>> = HOSTILE
            .iter()
            .map(|text| vec![Cell::Text((*text).to_owned()), Cell::Count(-3), Cell::Instant(at)])
            .collect();
        rows.push(vec![Cell::Text("two\nlines, \"quoted\"".to_owned()), Cell::Hidden, Cell::Nothing]);
        rows
    }

    fn written(form: Form) -> Vec<u8> {
        let mut sheet = Sheet::new(form, &columns()).unwrap();
        let mut bytes = Vec::new();
        for row in rows() {
            sheet.push(&row).unwrap();
            bytes.extend(sheet.take().unwrap());
        }
        match sheet.end().unwrap() {
            Rest::Bytes(rest) => bytes.extend(rest),
            Rest::File(mut file) => _ = file.read_to_end(&mut bytes).unwrap(),
        }
        bytes
    }

    #[test]
    fn in_csv_what_looks_like_a_formula_is_inert_and_a_number_stays_one() {
        let bytes = written(Form::Csv);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
        let read: Vec<Vec<String>> =
            reader.records().map(|record| record.unwrap().iter().map(ToOwned::to_owned).collect()).collect();
        assert_eq!(read[0], ["text", "count", "at"]);
        for (row, hostile) in read[1..].iter().zip(HOSTILE) {
            assert_eq!(*row, [format!("'{hostile}"), "-3".to_owned(), "2026-03-02T09:00:00Z".to_owned()]);
        }
        assert_eq!(read[8], ["two\nlines, \"quoted\"", "(hidden)", ""]);
    }

    #[test]
    fn in_a_workbook_cells_have_types_and_none_is_a_formula() {
        let bytes = written(Form::Xlsx);
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
        let name = book.sheet_names()[0].clone();
        let formulas = book.worksheet_formula(&name).unwrap();
        assert!(formulas.used_cells().all(|(_, _, formula)| formula.is_empty()));
        let sheet = book.worksheet_range(&name).unwrap();
        assert_eq!(sheet.height(), 9);
        assert_eq!(sheet.get((1, 0)), Some(&Data::String("=1+1".to_owned())));
        assert_eq!(sheet.get((1, 1)), Some(&Data::Float(-3.0)));
        assert!(matches!(sheet.get((1, 2)), Some(Data::DateTime(_))));
    }

    #[test]
    fn json_lines_name_what_is_hidden() {
        let text = String::from_utf8(written(Form::Jsonl)).unwrap();
        let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!(last["hidden"], serde_json::json!(["count"]));
        assert_eq!(text.lines().count(), 8);
    }
}
