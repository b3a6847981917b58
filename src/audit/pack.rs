//! The evidence pack of one exception: a zip that opens without us. A printable page, the events as exact bytes
//! and as a table, the receipt of each, the tiles they hang in, the procedures, the openings that the reader may
//! have, and a signed manifest. It knows no database, and judges nothing.

use std::io::{Cursor, Write};

use serde_json::{Value, json};
use zip::{ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::export::{Line, Opened};
use crate::{
    domain::{event::Event, exception::Exception},
    ledger::{Hash, Keys, Receipt, SigningKey, Tile},
    words::{Opening, SopRef},
};

/// How the pack is verified, for whoever opens it.
const READ_ME: &str = "What is here\n\n\
    record.html     the record, to be read and printed\n\
    events.jsonl    every event, as its exact bytes stand in the ledger\n\
    events.csv      the same as a table\n\
    proofs/         the receipt of each event (C2SP tlog-proof): proviso audit verify-proof FILE --key key\n\
    checkpoint      how far the ledger had come, signed (C2SP tlog-checkpoint)\n\
    key             the keys; compare them with those that you were given another way\n\
    tile/           the part of the tree that the events hang in (C2SP tlog-tiles)\n\
    procedures/     the procedures that were in force\n\
    openings.jsonl  the texts that the events commit to: HMAC-SHA256(salt, \"proviso/v1\" 00 field 00 value)\n\
    manifest        the SHA-256 of every other file, as a signed note (C2SP signed-note)\n";

/// One event with its place and its exact bytes.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its leaf.
    pub leaf: u64,
    /// Its number within the exception.
    pub seq: u64,
    /// What happened.
    pub event: Event,
    /// Its receipt, which carries the leaf's exact bytes.
    pub receipt: Receipt,
}

/// What is known of one exception.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The exception as it is.
    pub exception: Exception,
    /// When this was put together (RFC 3339).
    pub at: String,
    /// What happened, in order.
    pub events: Vec<Told>,
    /// The checkpoint.
    pub checkpoint: String,
    /// The keys under which it verifies.
    pub keys: Keys,
    /// The tiles that the events hang in.
    pub tiles: Vec<(Tile, Vec<u8>)>,
    /// The texts of the procedures that it ran through.
    pub procedures: Vec<(SopRef, String)>,
    /// What opens the commitments.
    pub openings: Vec<Opening>,
}

/// Why there is no pack.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A file of it could not be written.
    #[error(transparent)]
    Zip(#[from] ZipError),
    /// The same.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The same.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The same.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// The manifest could not be signed.
    #[error("the manifest cannot be signed")]
    Unsigned,
}

impl Evidence {
    /// The pack, with its manifest signed.
    pub fn zipped(&self, key: &SigningKey) -> Result<Vec<u8>, PackError> {
        let files = self.files()?;
        let manifest = self.manifest(&files, key).ok_or(PackError::Unsigned)?;
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files.iter().chain([&("manifest".to_owned(), manifest.into_bytes())]) {
            zip.start_file(name.as_str(), SimpleFileOptions::default())?;
            zip.write_all(content)?;
        }
        Ok(zip.finish()?.into_inner())
    }

    fn manifest(&self, files: &[(String, Vec<u8>)], key: &SigningKey) -> Option<String> {
        let line = |(name, content): &(String, Vec<u8>)| format!("{}  {name}\n", Hash::of(content));
        let lines = files.iter().map(line).collect::<Vec<_>>().concat();
        let (origin, number) = (key.verifier().name(), &self.exception.number);
        key.sign(&format!("{origin} pack\n{number}\n{}\n{lines}", self.at))
    }

    fn files(&self) -> Result<Vec<(String, Vec<u8>)>, PackError> {
        let file = |name: &str, content: String| (name.to_owned(), content.into_bytes());
        let keys = self.keys.0.iter().map(|key| format!("{key}\n")).collect::<Vec<_>>().concat();
        let mut files = vec![
            file("README", READ_ME.to_owned()),
            file("record.html", self.page()),
            file("events.jsonl", self.lines()?),
            file("events.csv", self.table()?),
            file("checkpoint", self.checkpoint.clone()),
            file("key", keys),
            file("openings.jsonl", self.opened()?),
        ];
        let proof = |told: &Told| file(&format!("proofs/{}.tlog-proof", told.seq), told.receipt.to_string());
        files.extend(self.events.iter().map(proof));
        files.extend(self.tiles.iter().map(|(tile, hashes)| (format!("tile/{}", tile.path()), hashes.clone())));
        let procedure =
            |(sop, text): &(SopRef, String)| file(&format!("procedures/{}-{}.json", sop.id, sop.version), text.clone());
        files.extend(self.procedures.iter().map(procedure));
        Ok(files)
    }

    fn lines(&self) -> Result<String, PackError> {
        let line = |told: &Told| Line::Leaf(told.leaf, body(told)).written();
        let lines = self.events.iter().map(line).collect::<Result<Vec<_>, _>>()?;
        Ok(lines.into_iter().map(|line| line + "\n").collect())
    }

    fn opened(&self) -> Result<String, PackError> {
        let line = |opening: &Opening| Line::Opening(Opened::of(opening)).written();
        let lines = self.openings.iter().map(line).collect::<Result<Vec<_>, _>>()?;
        Ok(lines.into_iter().map(|line| line + "\n").collect())
    }

    fn table(&self) -> Result<String, PackError> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        writer.write_record(["leaf", "event", "at", "kind", "by", "citation"])?;
        for told in &self.events {
            writer.write_record(row(told).map(inert))?;
        }
        let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The record as a page without script, style sheet or any request.
    fn page(&self) -> String {
        let of = &self.exception;
        let title = format!("{} as of {}", of.number, self.at);
        let facts = [
            ("State", of.state.name().to_string()),
            ("Tier", of.tier().map(|tier| tier.to_string()).unwrap_or_default()),
            ("Procedure", format!("{} version {}", of.sop.id, of.sop.version)),
            ("Clauses", of.request.clauses.iter().cloned().collect::<Vec<_>>().join(", ")),
            ("In effect until", of.effective_until().map(|until| until.to_rfc3339()).unwrap_or_default()),
        ];
        let facts =
            facts.map(|(name, value)| format!("<tr><th scope=\"row\">{name}</th><td>{}</td></tr>\n", escaped(&value)));
        let texts = self
            .openings
            .iter()
            .map(|one| format!("<dt>{}</dt><dd>{}</dd>\n", escaped(&one.field), escaped(&one.value)))
            .collect::<Vec<_>>()
            .concat();
        let cells = |told: &Told| row(told).map(|cell| format!("<td>{}</td>", escaped(&cell))).concat();
        let events = self.events.iter().map(|told| format!("<tr>{}</tr>\n", cells(told))).collect::<Vec<_>>().concat();
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n<body>\n\
             <h1>{title}</h1>\n<table>\n{}</table>\n<h2>What happened</h2>\n<table>\n\
             <tr><th>Leaf</th><th>Event</th><th>At</th><th>Kind</th><th>By</th><th>Citation</th></tr>\n{events}</table>\n\
             <h2>What was written</h2>\n<dl>\n{texts}</dl>\n</body>\n</html>\n",
            facts.concat()
        )
    }
}

fn body(told: &Told) -> String {
    String::from_utf8_lossy(told.receipt.extra.as_deref().unwrap_or_default()).into_owned()
}

fn row(told: &Told) -> [String; 6] {
    let by = json!(told.event.by);
    let by = by.pointer("/person/id").or_else(|| by.pointer("/system/job")).and_then(Value::as_str).map(str::to_owned);
    [
        told.leaf.to_string(),
        told.seq.to_string(),
        told.event.at.to_rfc3339(),
        told.event.deed.code().to_owned(),
        by.unwrap_or_default(),
        told.event.citation.as_ref().map(|citation| citation.text.clone()).unwrap_or_default(),
    ]
}

/// No cell is a formula.
fn inert(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Every commitment that a leaf's body names.
pub fn commitments(body: &str) -> Vec<Hash> {
    fn walk(value: &Value, found: &mut Vec<Hash>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("c").and_then(Value::as_str).and_then(|text| text.parse::<Hash>().ok()));
                members.values().for_each(|member| walk(member, found));
            }
            Value::Array(members) => members.iter().for_each(|member| walk(member, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    walk(&serde_json::from_str(body).unwrap_or_default(), &mut found);
    found
}
