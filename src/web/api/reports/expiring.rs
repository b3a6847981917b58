//! What ends soon: each exception that loses its effect within so many days, the next first.

use chrono::Duration;

use super::ReportQuery;
use crate::{
    domain::{exception::Exception, request::Time},
    reports::{Cell, Column, Table, Unit, column},
    store::listing::{Direction, Effect, Page, Place, Sort, SortBy},
    web::{
        call::Call,
        hand_over, page,
        problem::{Problem, codes},
    },
};

/// Rows at most; the list has all of them.
const MOST: usize = 10_000;

const COLUMNS: [Column; 9] = [
    column("number", Unit::Text),
    column("title", Unit::Text),
    column("state", Unit::Text),
    column("tier", Unit::Text),
    column("business_unit", Unit::Text),
    column("requester", Unit::Text),
    column("monitoring_owner", Unit::Text),
    column("effective_until", Unit::Instant),
    column("days_left", Unit::Count),
];

/// The table.
pub(super) async fn table(call: &Call, asked: &ReportQuery, now: Time) -> Result<Table, Problem> {
    let days = asked.days.unwrap_or(90);
    if !(1..=3650).contains(&days) {
        return Err(Problem::field(codes::INVALID_VALUE, "/days", "between 1 and 3650"));
    }
    if asked.as_of.is_some() {
        let remedy = "this report tells what lies ahead; `kpi` with `as_of` counts what was active then";
        return Err(Problem::field(codes::INVALID_VALUE, "/as_of", remedy));
    }
    let mut filter = asked.filter();
    filter.effect = Some(Effect::InForce(now));
    filter.expires_before = now.checked_add_signed(Duration::days(days));
    let sort = Sort { by: SortBy::ExpiresAt, direction: Direction::Ascending };
    let (mut rows, mut after): (Vec<Vec<Cell>>, Option<Place>) = (Vec::new(), None);
    loop {
        let (by, filter, wanted) = (call.by.clone(), filter.clone(), Page { sort, after, limit: page::MAX_LIMIT });
        let found = hand_over::read(&call.web.desk, move |desk| desk.list(&by, &filter, &wanted)).await?;
        for (one, place) in &found.what {
            let title = one.request.title.as_ref().and_then(|title| found.texts.get(&title.commitment));
            rows.push(row(one, title.cloned(), now));
            after = Some(*place);
        }
        if found.what.len() < usize::try_from(page::MAX_LIMIT).unwrap_or(usize::MAX) || rows.len() >= MOST {
            return Ok(Table { columns: COLUMNS.to_vec(), rows });
        }
    }
}

fn row(of: &Exception, title: Option<String>, now: Time) -> Vec<Cell> {
    let until = of.effective_until();
    vec![
        Cell::Text(of.number.clone()),
        Cell::maybe(title),
        Cell::Text(of.state.name().to_string()),
        Cell::maybe(of.tier().map(|tier| tier.to_string())),
        Cell::maybe(of.request.scope.business_unit.clone()),
        Cell::Text(of.requester.to_string()),
        Cell::maybe(of.request.monitoring_owner.map(|owner| owner.to_string())),
        Cell::at(until),
        until.map_or(Cell::Nothing, |until| Cell::Count((until - now).num_days())),
    ]
}
