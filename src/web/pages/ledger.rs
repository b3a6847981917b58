//! The ledger as a page: the newest checkpoint with the keys that signed it, and one exception's last event led from
//! its exact bytes to the signed root. Whoever trusts no page verifies the receipt offline.

use actix_web::HttpResponse;
use askama::Template;

use super::{layout::page, sheet::Sheet, shell::Shell, visit::Visit};
use crate::{
    desk::{Desk, Error, Find},
    domain::person::By,
    store::checkpoints::Signed,
    web::{call::named, problem::Problem},
};

#[derive(Template)]
#[template(path = "ledger.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
    signed: Option<Shown>,
    witnessed: Option<Seen>,
    keys: Vec<String>,
    sought: String,
    proved: Option<Proved>,
    /// May whoever looks take the whole record?
    exports: bool,
}

struct Shown {
    size: u64,
    root: String,
    at: String,
    note: String,
}

/// How far it is witnessed.
struct Seen {
    /// By whom the newest checkpoint is.
    by: String,
    all: usize,
    /// The size of the newest checkpoint that enough have signed.
    enough: Option<u64>,
}

/// What became of the proof of an event.
struct Proved {
    number: String,
    id: String,
    leaf: u64,
    size: u64,
    root: String,
    holds: bool,
}

/// Shows it.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let sought = visit.parameter("number").unwrap_or_default().trim().to_owned();
    let now = visit.web.desk.clock().now();
    let look = move |desk: &Desk, by: &By| Ok((newest(desk)?, desk.witnessed(now)?, desk.exports(by)?));
    let (signed, witnessed, exports) = visit.read(look).await?;
    let sheet = visit.sheet()?;
    let (proved, sheet) = match prove(&visit, &sought).await {
        Ok(proved) => (proved, sheet),
        Err(problem) if problem.inside().is_none() => {
            (None, sheet.wrong("number", visit.tongue().say("ledger-unknown").to_string()))
        }
        Err(problem) => return Err(problem),
    };
    let tongue = visit.tongue();
    let status = if sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    let shown = Page {
        exports: exports && signed.is_some(),
        signed: signed.map(|signed| Shown {
            size: signed.head.size,
            root: signed.head.root.to_string(),
            at: tongue.moment(&signed.at),
            note: signed.note,
        }),
        witnessed: witnessed.map(|witnessed| Seen {
            by: if witnessed.by.is_empty() {
                tongue.say("ledger-witnesses-none").to_string()
            } else {
                witnessed.by.join(", ")
            },
            all: witnessed.all,
            enough: witnessed.enough,
        }),
        keys: visit.web.desk.notary().keys().0.iter().map(ToString::to_string).collect(),
        sought,
        proved,
        sheet,
        shell: visit.shell,
    };
    page(status, &shown)
}

/// The newest checkpoint; none where nothing is signed.
fn newest(desk: &Desk) -> Result<Option<Signed>, Error> {
    match desk.checkpoint() {
        Ok(signed) => Ok(Some(signed)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(
            error @ (Error::Refused(_)
            | Error::Forbidden(_)
            | Error::KeyReused
            | Error::Replayed
            | Error::Store(_)
            | Error::Random(_)),
        ) => Err(error),
    }
}

async fn prove(visit: &Visit, sought: &str) -> Result<Option<Proved>, Problem> {
    if sought.is_empty() {
        return Ok(None);
    }
    let find = named(sought).ok_or_else(|| Problem::not_found("exception"))?;
    visit.read(move |desk, by| proved(desk, by, &find).map(Some)).await
}

fn proved(desk: &Desk, by: &By, find: &Find) -> Result<Proved, Error> {
    let found = desk.find(by, find)?.what;
    let receipt = desk.receipt(desk.place_of(by, find, None)?)?;
    let leaf = receipt.extra.clone().unwrap_or_default();
    let signed = receipt.verify(&leaf, &desk.notary().keys());
    Ok(Proved {
        number: found.number,
        id: found.id.to_string(),
        leaf: receipt.index,
        size: signed.as_ref().map(|signed| signed.head.size).unwrap_or_default(),
        root: signed.as_ref().map(|signed| signed.head.root.to_string()).unwrap_or_default(),
        holds: signed.is_ok(),
    })
}
