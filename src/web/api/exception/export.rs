//! The list of exceptions as CSV (RFC 4180), for people's spreadsheets: every row that whoever asks may see, read
//! page by page while it is sent, so that memory does not grow with rows. The columns are part of the interface.

use actix_web::{HttpRequest, HttpResponse, get, http::header, web::Bytes};
use csv::{QuoteStyle, Terminator, WriterBuilder};
use futures_util::stream;

use super::{
    filter::ListQuery,
    list::{Found, SummaryView, read, summary},
};
use crate::{
    domain::request::Time,
    store::listing::{Filter, Page, Place, Sort},
    web::{
        call::Call,
        page,
        problem::{Problem, codes},
        query::Query,
    },
};

/// The columns, in this order for good; a new one comes last.
const COLUMNS: [&str; 15] = [
    "number",
    "id",
    "version",
    "state",
    "tier",
    "kind",
    "title",
    "clauses",
    "business_unit",
    "regions",
    "requester",
    "effective",
    "effective_until",
    "due_at",
    "changed_at",
];

/// Export exceptions as CSV
#[utoipa::path(
    tag = "Exceptions",
    summary = "Export exceptions as CSV",
    description = "The list with the same filters and sorts, whole, as CSV (RFC 4180) with a header row. Several values of a field are separated by blanks. A cell that a spreadsheet would take for a formula begins with an apostrophe.",
    params(ListQuery),
    responses((status = 200, description = "The rows.", body = String, content_type = "text/csv")),
)]
#[get("/v1/exceptions.csv")]
pub async fn export_exceptions(call: Call<Query<ListQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    answer(call, asked).await
}

/// Does the client ask for CSV rather than JSON?
pub(super) fn is_wanted(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kinds = accepted.split(',').filter_map(|kind| kind.split(';').next()).map(str::trim);
    kinds.into_iter().find(|kind| matches!(*kind, "text/csv" | "application/json" | "*/*")) == Some("text/csv")
}

/// All rows. The first page is read before anything is answered, so that a refusal is a problem.
pub(super) async fn answer(call: Call, asked: ListQuery) -> Result<HttpResponse, Problem> {
    for (name, given) in [("/cursor", asked.cursor.is_some()), ("/limit", asked.limit.is_some())] {
        if given {
            return Err(Problem::field(
                codes::UNKNOWN_PARAMETER,
                name,
                "a CSV has all rows and no pages; leave it out",
            ));
        }
    }
    let (me, now) = (call.person()?, call.web.desk.clock().now());
    let mut export =
        Export { filter: asked.filter(me, now), sort: asked.sorted().sort, after: None, ended: false, now, call };
    let first = export.next(true).await?;
    let rows = stream::unfold((Some(first), export), |(ready, mut export)| async move {
        let bytes = match ready {
            Some(bytes) => Ok(bytes),
            None if export.ended => return None,
            None => export.next(false).await,
        };
        // The connection is cut, so that half a file does not look like a whole one.
        export.ended |= bytes.is_err();
        Some((bytes, (None, export)))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8; header=present")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"exceptions.csv\""))
        .streaming(rows))
}

/// A list on its way.
struct Export {
    call: Call,
    filter: Filter,
    sort: Sort,
    after: Option<Place>,
    ended: bool,
    now: Time,
}

impl Export {
    /// The rows of the next page.
    async fn next(&mut self, header: bool) -> Result<Bytes, Problem> {
        let page = Page { sort: self.sort, after: self.after, limit: page::MAX_LIMIT };
        let found = read(&self.call, self.filter.clone(), page).await?;
        self.after = found.what.last().map(|(_, place)| *place);
        self.ended = i64::try_from(found.what.len()).is_ok_and(|rows| rows < page::MAX_LIMIT);
        written(header, &found, self.now).map(Bytes::from).map_err(Problem::internal)
    }
}

fn written(header: bool, found: &Found, now: Time) -> Result<Vec<u8>, csv::Error> {
    let mut writer =
        WriterBuilder::new().terminator(Terminator::CRLF).quote_style(QuoteStyle::Necessary).from_writer(Vec::new());
    if header {
        writer.write_record(COLUMNS)?;
    }
    for (one, _) in &found.what {
        writer.write_record(cells(&summary(one, &found.texts, now)).map(inert))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn cells(row: &SummaryView) -> [String; COLUMNS.len()] {
    let instant =
        |instant: Option<crate::web::api::text::Instant>| instant.map(|at| at.to_string()).unwrap_or_default();
    [
        row.number.clone(),
        row.id.to_string(),
        row.version.to_string(),
        row.state.to_string(),
        row.tier.map(|tier| tier.to_string()).unwrap_or_default(),
        row.kind.map(|kind| kind.to_string()).unwrap_or_default(),
        row.title.clone().unwrap_or_default(),
        row.clauses.join(" "),
        row.business_unit.clone().unwrap_or_default(),
        row.regions.join(" "),
        row.requester.to_string(),
        row.effective.to_string(),
        instant(row.effective_until),
        instant(row.due_at),
        instant(Some(row.changed_at)),
    ]
}

/// A cell that no spreadsheet takes for a formula (OWASP, CSV injection).
fn inert(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn what_looks_like_a_formula_is_inert() {
        for hostile in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=x", "=HYPERLINK(\"http://a\")"] {
            assert_eq!(inert(hostile.to_owned()), format!("'{hostile}"));
        }
        assert_eq!(inert("a=b".to_owned()), "a=b");
        assert_eq!(inert(String::new()), "");
    }

    #[test]
    fn the_first_kind_that_is_known_counts() {
        for (accept, csv) in [
            ("text/csv", true),
            ("text/csv; header=present, */*", true),
            ("application/json, text/csv", false),
            ("*/*", false),
            ("text/html, text/csv;q=0.9", true),
            ("", false),
        ] {
            let request = TestRequest::default().insert_header((header::ACCEPT, accept)).to_http_request();
            assert_eq!(is_wanted(&request), csv, "{accept}");
        }
    }
}
