//! The record as it stood at an instant: every exception that may be seen now, folded until then, in a passing
//! database that is asked by the same queries. What is confidential by now is so then too.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};

use super::follow::{life, write};
use crate::{
    access::Visibility,
    domain::{exception::Exception, request::Time},
    store::{
        backend::Conn,
        error::StoreError,
        exceptions::put,
        facets::facets,
        listing::{self, Filter},
        migrate,
        rows::{OnConflict, Rows},
        sql::Sql,
    },
    words::ExceptionId,
};

/// Exceptions that are read together.
const PAGE: i64 = 200;

#[derive(QueryableByName)]
struct Begun {
    #[diesel(sql_type = BigInt)]
    serial: i64,
    #[diesel(sql_type = Text)]
    id: String,
}

/// The record as it stood at `at`, as far as `visibility` lets see it now. It takes as long as folding all of it.
pub fn stood(conn: &mut Conn, visibility: &Visibility, at: Time) -> Result<Conn, StoreError> {
    let mut then = migrate::scratch()?;
    then.begin_write()?;
    let mut after = -1;
    loop {
        let page = begun(conn, visibility, (at, after))?;
        let Some(last) = page.last() else { break };
        after = last.serial;
        for one in &page {
            let broken = || StoreError::Corrupt(format!("the events of exception {}", one.id));
            let id: ExceptionId = one.id.parse().map_err(|_| broken())?;
            let lived = life(conn, id, Some(at))?.ok_or_else(broken)?;
            put(&mut then, one.serial, &lived.is)?;
            put_facets(&mut then, one.serial, &lived.is)?;
            write(&mut then, 1, &[(one.serial, lived)])?;
        }
    }
    then.commit()?;
    Ok(then)
}

fn begun(conn: &mut Conn, visibility: &Visibility, (at, after): (Time, i64)) -> Result<Vec<Begun>, StoreError> {
    let mut sql = Sql::new("SELECT i.serial AS serial, i.id AS id FROM exceptions i WHERE i.serial > ");
    sql.bind(after).push(" AND i.drafted_at <= ").bind(at.timestamp_micros());
    listing::narrow(&mut sql, Some(visibility), &Filter::default());
    sql.push(&format!(" ORDER BY i.serial LIMIT {PAGE}"));
    Ok(sql.query().load(conn)?)
}

fn put_facets(then: &mut Conn, serial: i64, is: &Exception) -> Result<(), StoreError> {
    let mut rows = Rows::new("exception_facets", &["facet", "value", "serial", "exception"]);
    let mut counts =
        Rows::new("facet_counts", &["facet", "value", "held"]).on_conflict(OnConflict::Add("facet, value", "held"));
    let id = is.id.to_string();
    for (facet, value) in facets(is) {
        counts.push([facet.as_str().into(), value.as_str().into(), 1_i64.into()]);
        rows.push([facet.as_str().into(), value.into(), serial.into(), id.as_str().into()]);
    }
    rows.insert(then)?;
    counts.insert(then)?;
    Ok(())
}
