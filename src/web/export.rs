//! Rows on their way to whoever asked for them, in the form that they asked for: page by page while they are sent,
//! so that memory does not grow with them. It knows nothing of what the rows are.

use std::{collections::BTreeMap, fs::File, io::Read, pin::Pin};

use actix_web::{HttpRequest, HttpResponse, http::header, web::Bytes};
use futures_util::{Stream, StreamExt, stream};
use utoipa::{
    IntoResponses, PartialSchema,
    openapi::{Content, RefOr, Response, ResponseBuilder},
};

use super::{
    hand_over,
    problem::{Problem, codes},
};
use crate::reports::{Cell, Column, Failed, Form, Rest, Sheet, Table};

/// Bytes of a file that are read at once.
const CHUNK: usize = 1 << 16;

/// A page of rows.
pub type Rows = Vec<Vec<Cell>>;

/// What the rows are, and how they are wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The form.
    pub form: Form,
    /// The file's name without its ending.
    pub name: String,
    /// The columns.
    pub columns: Vec<Column>,
}

/// The answer of an export in the API document: the rows in any of the forms.
#[derive(Debug)]
pub struct RowsAsFile;

impl IntoResponses for RowsAsFile {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let begun = ResponseBuilder::new().description("The rows.");
        let told = Form::ALL.iter().fold(begun, |told, form| {
            // The document names types without their parameters.
            let kind = form.media_type().split(';').next().unwrap_or_default();
            told.content(kind, Content::new(Some(String::schema())))
        });
        BTreeMap::from([("200".to_owned(), told.build().into())])
    }
}

impl From<Failed> for Problem {
    fn from(error: Failed) -> Self {
        Self::internal(error)
    }
}

/// The form that the header `Accept` asks for rather than JSON: the first kind that is known counts.
pub fn accepted(request: &HttpRequest) -> Option<Form> {
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kinds = accepted.split(',').filter_map(|kind| kind.split(';').next()).map(str::trim);
    let known = |kind: &str| match kind {
        "application/json" | "*/*" => Some(None),
        "text/csv" => Some(Some(Form::Csv)),
        "application/jsonl" | "application/x-ndjson" => Some(Some(Form::Jsonl)),
        kind if kind == Form::Xlsx.media_type() => Some(Some(Form::Xlsx)),
        _ => None,
    };
    kinds.into_iter().find_map(known).flatten()
}

/// Refuses what belongs to pages, where there are none.
pub fn refuse_pages(cursor: bool, limit: bool) -> Result<(), Problem> {
    for (name, given) in [("/cursor", cursor), ("/limit", limit)] {
        if given {
            let remedy = "an export has all rows and no pages; leave it out";
            return Err(Problem::field(codes::UNKNOWN_PARAMETER, name, remedy));
        }
    }
    Ok(())
}

/// A table that is there already.
pub async fn table(form: Form, name: &str, table: Table) -> Result<HttpResponse, Problem> {
    let wanted = Wanted { form, name: name.to_owned(), columns: table.columns };
    answer(wanted, stream::iter([Ok(table.rows)])).await
}

/// All rows. The first page is awaited before anything is answered, so that a refusal is a problem.
pub async fn answer(
    wanted: Wanted,
    pages: impl Stream<Item = Result<Rows, Problem>> + 'static,
) -> Result<HttpResponse, Problem> {
    let mut sheet = Sheet::new(wanted.form, &wanted.columns)?;
    let mut pages: Pages = Box::pin(pages);
    let first = filled(&mut sheet, pages.next().await)?;
    let mut response = HttpResponse::Ok();
    response.content_type(wanted.form.media_type()).insert_header(attachment(&wanted.name, wanted.form.as_str()));
    match wanted.form {
        Form::Csv | Form::Jsonl => {
            let sending = Sending { sheet: Some(sheet), pages, first: Some(first.0) };
            Ok(response.streaming(stream::unfold(sending, Sending::next)))
        }
        Form::Xlsx => {
            while !filled(&mut sheet, pages.next().await)?.1 {}
            match hand_over::block(move || sheet.end()).await? {
                Rest::File(file) => Ok(response.streaming(contents(file))),
                Rest::Bytes(bytes) => Ok(response.body(bytes)),
            }
        }
    }
}

/// The header that names a file.
pub fn attachment(name: &str, ending: &str) -> (header::HeaderName, String) {
    (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{ending}\""))
}

type Pages = Pin<Box<dyn Stream<Item = Result<Rows, Problem>>>>;

/// What a page brought that can be sent, and whether it was the end.
fn filled(sheet: &mut Sheet, page: Option<Result<Rows, Problem>>) -> Result<(Bytes, bool), Problem> {
    let (rows, ended) = match page.transpose()? {
        Some(rows) => (rows, false),
        None => (Rows::new(), true),
    };
    for row in &rows {
        sheet.push(row)?;
    }
    Ok((sheet.take()?.into(), ended))
}

/// Rows that are sent as they come.
struct Sending {
    sheet: Option<Sheet>,
    pages: Pages,
    first: Option<Bytes>,
}

impl Sending {
    /// The connection is cut where a page fails, so that half a file does not look like a whole one.
    async fn next(mut self) -> Option<(Result<Bytes, Problem>, Self)> {
        if let Some(first) = self.first.take() {
            return Some((Ok(first), self));
        }
        let sheet = self.sheet.as_mut()?;
        let page = filled(sheet, self.pages.next().await);
        let sent = match page {
            Ok((_, true)) => {
                self.sheet = None;
                return None;
            }
            Ok((bytes, false)) => Ok(bytes),
            Err(problem) => {
                self.sheet = None;
                Err(problem)
            }
        };
        Some((sent, self))
    }
}

/// A file from where it stands to its end.
pub fn contents(file: File) -> impl Stream<Item = Result<Bytes, Problem>> {
    stream::unfold(Some(file), |file| async move {
        let mut file = file?;
        let read = hand_over::block(move || {
            let mut chunk = Vec::with_capacity(CHUNK);
            let most = u64::try_from(CHUNK).unwrap_or(u64::MAX);
            (&mut file).take(most).read_to_end(&mut chunk).map_err(Failed::from)?;
            Ok::<_, Failed>((chunk, file))
        });
        match read.await {
            Ok((chunk, _)) if chunk.is_empty() => None,
            Ok((chunk, file)) => Some((Ok(chunk.into()), Some(file))),
            Err(problem) => Some((Err(problem), None)),
        }
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_first_kind_that_is_known_counts() {
        for (accept, form) in [
            ("text/csv", Some(Form::Csv)),
            ("text/csv; header=present, */*", Some(Form::Csv)),
            ("application/json, text/csv", None),
            ("*/*", None),
            ("text/html, text/csv;q=0.9", Some(Form::Csv)),
            ("application/jsonl", Some(Form::Jsonl)),
            ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Some(Form::Xlsx)),
            ("", None),
        ] {
            let request = TestRequest::default().insert_header((header::ACCEPT, accept)).to_http_request();
            assert_eq!(accepted(&request), form, "{accept}");
        }
    }
}
