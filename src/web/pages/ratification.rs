//! What came from another register and waits for its quorum: each with where it was, how far its decision is, and
//! the way to it. It judges nothing.

use actix_web::HttpResponse;
use askama::Template;

use super::{
    due::weight,
    layout::{escaped, page},
    shell::Shell,
    text::Tongue,
    visit::Visit,
};
use crate::{
    desk::Record,
    domain::{
        exception::{Exception, Round},
        quorum::slots,
        request::Term,
    },
    store::listing::{ANYWHERE, Direction, Facet, Filter, Page, Place, Sort, SortBy},
    web::{
        api::exception::list::{cursor, place},
        page as paging,
        problem::Problem,
    },
    words::{StateName, Verb},
};

/// Rows of a page.
const ROWS: i64 = 25;
/// What a cursor of this list belongs to.
const BINDING: &str = "ratification";

#[derive(Template)]
#[template(path = "ratification.html")]
struct List {
    shell: Shell,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
}

struct Row {
    number: String,
    title: String,
    from: String,
    tier: Option<(String, &'static str)>,
    until: String,
    quorum: String,
    decides: bool,
}

/// Shows those that whoever looks may see, the oldest first.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let typed = visit.parameter("cursor");
    let after = typed.as_deref().and_then(|text| paging::opened(BINDING, text).ok());
    let after: Option<Place> = after.map(|cursor| place(&cursor)).transpose()?;
    let sort = Sort { by: SortBy::Number, direction: Direction::Ascending };
    let wanted = Page { sort, after, limit: ROWS + 1 };
    let read = visit.read(move |desk, by| {
        let mut found = desk.list(by, &waiting(), &wanted)?;
        let (rows, last) = paging::of(std::mem::take(&mut found.what), ROWS);
        let every: Vec<&Exception> = rows.iter().map(|(one, _)| one).collect();
        let offers = desk.offers_of(by, &every, &[Verb::Approve])?;
        let decides: Vec<bool> = offers.iter().map(|offered| !offered.is_empty()).collect();
        Ok((Record { what: rows, texts: found.texts }, decides, last))
    });
    let (found, decides, last) = read.await?;
    let t = visit.tongue();
    let rows = found.what.iter().zip(decides).map(|((one, _), decides)| row(t, (one, &found), decides));
    let with = |last: &Place| {
        let sealed = paging::sealed(BINDING, &cursor(*last));
        format!("/ratification?cursor={}", escaped(&sealed, b""))
    };
    let shown = List {
        rows: rows.collect(),
        first: typed.map(|_| "/ratification".to_owned()),
        next: last.as_ref().map(with),
        shell: visit.shell,
    };
    page(HttpResponse::Ok(), &shown)
}

/// What was imported, and is decided on.
fn waiting() -> Filter {
    let deciding = (Facet::State, vec![StateName::Decision.to_string()]);
    Filter { any_of: vec![deciding, (Facet::Imported, vec![ANYWHERE.to_owned()])], ..Filter::default() }
}

fn row(t: Tongue, (one, found): (&Exception, &Record<Vec<(Exception, Place)>>), decides: bool) -> Row {
    let title = one.request.title.as_ref().and_then(|title| found.texts.get(&title.commitment));
    let from = one.imported.as_ref().map(|imported| &imported.from);
    Row {
        number: one.number.clone(),
        title: title.cloned().unwrap_or_else(|| t.say("untitled").to_string()),
        from: from.map(|from| format!("{}: {}", from.source, from.reference)).unwrap_or_default(),
        tier: one.tier().map(|tier| (t.name("tier", tier).to_string(), weight(tier))),
        until: until(t, one),
        quorum: one.state.round().map(|round| quorum(t, round)).unwrap_or_default(),
        decides,
    }
}

fn until(t: Tongue, one: &Exception) -> String {
    match &one.request.term {
        Some(Term::Until(end)) => t.day(end),
        Some(Term::Days(days)) => t.say("term-days").count("days", days).to_string(),
        Some(Term::Permanent(_)) => t.say("ratification-permanent").to_string(),
        None => String::new(),
    }
}

fn quorum(t: Tongue, round: &Round) -> String {
    let needed = round.quorums.iter().map(|quorum| slots(quorum).len()).max().unwrap_or(0);
    t.say("ratification-quorum").count("given", round.approvals.len()).count("needed", needed).to_string()
}
