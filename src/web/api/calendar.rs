//! A person's dates as a feed that calendars look at by themselves. Its address is its secret: an API token that is
//! good for this alone, so that it is issued, shown, revoked and recorded as any other.

use actix_web::{HttpResponse, get};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    reports::calendar::{calendar, dates},
    store::listing::{Direction, Facet, Filter, Page, Place, Sort, SortBy},
    web::{call::Call, hand_over, page, problem::Problem},
    words::StateName,
};

/// Exceptions at most, the newest first.
const MOST: usize = 2_000;

/// The secret in a path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; whoever it belongs to is found before the handler runs")]
pub struct CalendarPath {
    /// An API token with the scope `calendar`.
    #[param(pattern = "^pv_")]
    secret: String,
}

/// Read one's calendar
#[utoipa::path(
    tag = "Tasks",
    summary = "Read one's calendar",
    description = "The dates of every exception that the token's person has to do with and that has not ended, as iCalendar (RFC 5545): re-reviews, ends and due work, by number alone. Issue a token with the scope `calendar`, and give `/calendar/<token>.ics` to a calendar; it opens nothing else.",
    params(CalendarPath),
    responses((status = 200, description = "The calendar.", body = String, content_type = "text/calendar")),
)]
#[get("/calendar/{secret}.ics")]
pub async fn get_calendar(call: Call) -> Result<HttpResponse, Problem> {
    let me = call.person()?;
    let living = StateName::ALL.iter().filter(|state| !state.is_final()).map(ToString::to_string).collect();
    let any_of = vec![(Facet::Party, vec![me.to_string()]), (Facet::State, living)];
    let filter = Filter { any_of, ..Filter::default() };
    let sort = Sort { by: SortBy::Number, direction: Direction::Descending };
    let (mut found, mut after): (Vec<_>, Option<Place>) = (Vec::new(), None);
    loop {
        let (by, filter, wanted) = (call.by.clone(), filter.clone(), Page { sort, after, limit: page::MAX_LIMIT });
        let part = hand_over::read(&call.web.desk, move |desk| desk.list(&by, &filter, &wanted)).await?;
        let full = part.what.len() >= usize::try_from(page::MAX_LIMIT).unwrap_or(usize::MAX);
        after = part.what.last().map(|(_, place)| *place);
        found.extend(part.what.iter().flat_map(|(one, _)| dates(one, &call.web.settings.origin)));
        if !full || found.len() >= MOST {
            return Ok(HttpResponse::Ok().content_type("text/calendar; charset=utf-8").body(calendar(&found)));
        }
    }
}
