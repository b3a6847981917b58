//! The ledger to those who verify it: what was signed, by which keys, the tree in tiles, and the receipt of
//! one event. The first three say how many events there are and nothing of any of them, so they are open to
//! everybody, as witnesses and monitors expect.

use std::io::{BufWriter, Seek, Write};

use actix_web::{HttpRequest, HttpResponse, get, http::header, web::Data};
use serde::Deserialize;
use utoipa::IntoParams;

use super::exception::path::ExceptionPath;
use crate::{
    desk::{Desk, ExportError},
    ledger::Tile,
    web::{
        Web,
        call::Call,
        export, hand_over,
        problem::Problem,
        query::{Query, number},
    },
};

/// What never changes is kept for a year.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// A text of the standards, which are UTF-8.
const TEXT: &str = "text/plain; charset=utf-8";

/// Read the newest checkpoint
#[utoipa::path(
    tag = "Ledger",
    summary = "Read the newest checkpoint",
    description = "How far the ledger had come, and its root, as a signed note (C2SP tlog-checkpoint). One is signed within ten seconds of any change. Below the ledger's own signature stand those of its witnesses (C2SP tlog-cosignature), as they come in. Whoever keeps one can hold the whole record to it: `proviso audit verify`.",
    security(()),
    responses((status = 200, description = "The signed note.", body = String, content_type = "text/plain", example = json!("proviso.example.org/ledger\n4711\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— proviso.example.org/ledger Az3grlgt…\n"))),
)]
#[get("/v1/ledger/checkpoint")]
pub async fn get_checkpoint(web: Data<Web>) -> Result<HttpResponse, Problem> {
    let note = hand_over::read(&web.desk, Desk::witnessed_checkpoint).await?;
    Ok(HttpResponse::Ok().content_type(TEXT).insert_header((header::CACHE_CONTROL, "no-store")).body(note))
}

/// Read the keys of checkpoints
#[utoipa::path(
    tag = "Ledger",
    summary = "Read the keys of checkpoints",
    description = "The verifier keys (C2SP signed-note), one a line: the present one first, then those before a rotation, under which older checkpoints verify. Get them once over a way that you trust, and keep them.",
    security(()),
    responses((status = 200, description = "The keys.", body = String, content_type = "text/plain", example = json!("proviso.example.org/ledger+1f2e3d4c+AXcb…\n"))),
)]
#[get("/v1/ledger/key")]
pub async fn get_ledger_key(web: Data<Web>) -> Result<HttpResponse, Problem> {
    let keys = web.desk.notary().keys();
    if keys.is_empty() {
        return Err(Problem::not_found("key: nothing is signed here"));
    }
    let lines = keys.0.iter().map(|key| format!("{key}\n")).collect::<Vec<_>>().concat();
    Ok(HttpResponse::Ok().content_type(TEXT).body(lines))
}

/// Which tile.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path")]
pub struct TilePath {
    /// The tile: level, index in groups of three digits, and of a partial one its width.
    #[param(example = "0/x001/234.p/7")]
    tile: String,
}

/// Read a tile of the tree
#[utoipa::path(
    tag = "Ledger",
    summary = "Read a tile of the tree",
    description = "Up to 256 hashes of one level (C2SP tlog-tiles), 32 bytes each, as far as they were signed. A tile never changes. Bundles of entries are not served: leaves tell who did what, and are in exports for those who may read them.",
    params(TilePath),
    security(()),
    responses((status = 200, description = "The hashes.", body = Vec<u8>, content_type = "application/octet-stream")),
)]
#[get("/v1/ledger/tile/{tile:.*}")]
pub async fn get_tile(web: Data<Web>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let tile = Tile::read(request.match_info().query("tile")).ok_or_else(|| Problem::not_found("tile"))?;
    let hashes = hand_over::read(&web.desk, move |desk| desk.tile(tile)).await?;
    let mut answer = HttpResponse::Ok();
    answer.content_type("application/octet-stream").insert_header((header::CACHE_CONTROL, FOR_EVER));
    Ok(answer.body(hashes))
}

/// Of which event.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProofQuery {
    /// The event's number within the exception; the last one, if it is left out.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 1)]
    event: Option<u64>,
}

/// Prove an event
#[utoipa::path(
    tag = "Ledger",
    summary = "Prove an event",
    description = "The receipt of one event (C2SP tlog-proof): its place in the ledger, the way to the root, the signed checkpoint, and as `extra` the leaf's exact bytes. `proviso audit verify-proof` verifies it offline with nothing but the key.",
    params(ExceptionPath, ProofQuery),
    responses((status = 200, description = "The receipt.", body = String, content_type = "text/plain")),
)]
#[get("/v1/exceptions/{id}/proof")]
pub async fn get_proof(call: Call<Query<ProofQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let (find, by) = (call.target()?, call.by.clone());
    let prove = move |desk: &Desk| desk.receipt(desk.place_of(&by, &find, asked.event)?);
    let receipt = hand_over::read(&call.web.desk, prove).await?;
    let disposition = (header::CONTENT_DISPOSITION, "attachment; filename=\"event.tlog-proof\"");
    Ok(HttpResponse::Ok().content_type(TEXT).insert_header(disposition).body(receipt.to_string()))
}

/// Take the evidence on an exception
#[utoipa::path(
    tag = "Ledger",
    summary = "Take the evidence on an exception",
    description = "A zip that opens without this service: a printable page, every event that one may see as exact bytes and as a table, the receipt of each, the tiles they hang in, the procedures in force, what opens the texts, and a signed manifest. Taking it is an event of the exception.",
    params(ExceptionPath),
    responses((status = 200, description = "The pack.", body = Vec<u8>, content_type = "application/zip")),
)]
#[get("/v1/exceptions/{id}/pack")]
pub async fn get_pack(call: Call) -> Result<HttpResponse, Problem> {
    let (find, by) = (call.target()?, call.by.clone());
    let key = call.web.desk.notary().key.clone().ok_or_else(|| Problem::not_found("key: nothing is signed here"))?;
    let evidence = hand_over::read(&call.web.desk, move |desk| desk.evidence(&by, &find)).await?;
    let name = format!("attachment; filename=\"{}.zip\"", evidence.exception.number);
    let zipped = hand_over::block(move || evidence.zipped(&key).map_err(Problem::internal)).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/zip")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(zipped))
}

/// Export the record
#[utoipa::path(
    tag = "Ledger",
    summary = "Export the record",
    description = "The whole ledger as of now as JSON Lines: every event as its exact bytes, every checkpoint, the published procedures, the rows that events determine, and a seal over all of it. `proviso audit verify` verifies it offline with nothing but the key. It has commitments in place of names and texts. For those who may read the ledger and see every exception, wherever it is; taking it is an event. One at a time is put together.",
    responses((status = 200, description = "The record.", body = String, content_type = "application/jsonl")),
)]
#[get("/v1/ledger/export")]
pub async fn export_record(call: Call) -> Result<HttpResponse, Problem> {
    let by = call.by.clone();
    let desk = call.web.desk.clone();
    let file = hand_over::block(move || {
        let mut file = tempfile::tempfile()?;
        let mut out = BufWriter::new(&mut file);
        desk.export_for(&by, &mut out)?;
        out.flush()?;
        drop(out);
        file.rewind()?;
        Ok::<_, ExportError>(file)
    });
    let file = file.await?;
    let mut answer = HttpResponse::Ok();
    answer.content_type("application/jsonl").insert_header(export::attachment("record", "jsonl"));
    Ok(answer.streaming(export::contents(file)))
}
