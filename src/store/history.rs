//! Earlier exceptions that resemble one: found among the newest of its requester, its business unit and its
//! kind, so that a search reads a bounded number of rows however long the history is.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    prelude::*,
    sql_types::{Bool, Text},
};

use super::{backend::Conn, error::StoreError, schema::exceptions, sql::Sql};
use crate::{
    domain::{exception::Exception, facts::Prior},
    words::{ExceptionId, StateName, words},
};

/// How many of the newest are looked at in each of the three.
const NEWEST: i64 = 200;

words! {
    /// In what an earlier exception resembles another.
    Likeness, "likeness" {
        Clause = "clause", System = "system", Kind = "kind", BusinessUnit = "business_unit", Requester = "requester",
    }
}

/// An earlier exception that shares a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Which.
    pub id: ExceptionId,
    /// Where it is.
    pub state: StateName,
    /// When it last changed, in microseconds since the epoch.
    pub changed_at: i64,
    /// In what it resembles; a clause always.
    pub alike: BTreeSet<Likeness>,
    /// Is it confidential?
    pub confidential: bool,
    /// The clauses that both deviate from.
    pub clauses: BTreeSet<String>,
}

type Row = (String, String, i64, String, Option<String>, Option<String>, bool);

/// Among whose newest exceptions is looked.
#[derive(Debug, Clone, Copy)]
enum Among<'v> {
    Requester(&'v str),
    Unit(&'v str),
    Kind(&'v str),
}

/// The earlier exceptions that share a clause with `of` and its requester, its business unit or its kind, the
/// newest first. Drafts are nobody's history.
pub fn past(conn: &mut Conn, of: &Exception) -> Result<Vec<Past>, StoreError> {
    let kind = of.request.kind.map(|kind| kind.to_string());
    let (requester, unit) = (of.requester.to_string(), of.request.scope.business_unit.as_deref());
    let asked = [Some(Among::Requester(&requester)), unit.map(Among::Unit), kind.as_deref().map(Among::Kind)];
    found(conn, of, asked.into_iter().flatten())
}

/// How many there are, for the gates: the requester's own, and the business unit's of the same kind.
pub fn earlier(conn: &mut Conn, of: &Exception) -> Result<Prior, StoreError> {
    let (requester, unit) = (of.requester.to_string(), of.request.scope.business_unit.as_deref());
    let asked = [Some(Among::Requester(&requester)), unit.map(Among::Unit)];
    let rows = found(conn, of, asked.into_iter().flatten())?;
    let own: Vec<&Past> = rows.iter().filter(|row| row.alike.contains(&Likeness::Requester)).collect();
    let unit: Vec<&Past> = rows.iter().filter(|row| is_units(row)).collect();
    let effective = [StateName::Active, StateName::ReReview];
    Ok(Prior {
        similar: count(&own, StateName::ALL),
        rejected: count(&own, &[StateName::Rejected]),
        revoked: count(&own, &[StateName::Revoked]),
        active: count(&own, &effective),
        unit_similar: count(&unit, StateName::ALL),
        unit_rejected: count(&unit, &[StateName::Rejected]),
        unit_revoked: count(&unit, &[StateName::Revoked]),
        unit_active: count(&unit, &effective),
    })
}

fn is_units(past: &Past) -> bool {
    let alike = [Likeness::BusinessUnit, Likeness::Kind];
    !past.confidential && alike.iter().all(|likeness| past.alike.contains(likeness))
}

fn count(past: &[&Past], states: &[StateName]) -> u32 {
    u32::try_from(past.iter().filter(|one| states.contains(&one.state)).count()).unwrap_or(u32::MAX)
}

fn found<'v>(conn: &mut Conn, of: &Exception, among: impl Iterator<Item = Among<'v>>) -> Result<Vec<Past>, StoreError> {
    if of.request.clauses.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for among in among {
        rows.extend(newest(conn, of, among)?.into_iter().map(|row| (row.0.clone(), row)));
    }
    let ids: Vec<String> = rows.keys().cloned().collect();
    let mut clauses = shared(conn, of, &ids)?;
    let mut past = Vec::new();
    for (id, row) in rows {
        if let Some(clauses) = clauses.remove(&id) {
            past.push(read(of, row, clauses)?);
        }
    }
    past.sort_by_key(|one| std::cmp::Reverse((one.changed_at, one.id)));
    Ok(past)
}

/// The newest of one of the three, each in one range of its index.
fn newest(conn: &mut Conn, of: &Exception, among: Among<'_>) -> Result<Vec<Row>, StoreError> {
    let query = exceptions::table
        .filter(exceptions::id.ne(of.id.to_string()))
        // In these words, since the indexes are of just these rows.
        .filter(diesel::dsl::sql::<Bool>("state <> 'draft'"))
        .order((exceptions::changed_at.desc(), exceptions::id.desc()))
        .select((
            exceptions::id,
            exceptions::state,
            exceptions::changed_at,
            exceptions::requester,
            exceptions::business_unit,
            exceptions::kind,
            exceptions::confidential,
        ))
        .limit(NEWEST)
        .into_boxed();
    let query = match among {
        Among::Requester(value) => query.filter(exceptions::requester.eq(value.to_owned())),
        Among::Unit(value) => query.filter(exceptions::business_unit.eq(value.to_owned())),
        Among::Kind(value) => query.filter(exceptions::kind.eq(value.to_owned())),
    };
    Ok(query.load(conn)?)
}

/// A clause of an exception.
#[derive(diesel::QueryableByName)]
struct Clause {
    #[diesel(sql_type = Text)]
    exception: String,
    #[diesel(sql_type = Text)]
    value: String,
}

/// The clauses of these. It does not ask for some clauses alone: SQLite would rather read every exception that
/// ever deviated from one of them.
fn clauses_of(some: &[String]) -> Sql {
    let mut sql = Sql::new("SELECT exception, value FROM exception_facets WHERE facet = 'clause' AND ");
    sql.one_of("exception", some);
    sql
}

/// Which clauses of `of` each of these deviates from too.
fn shared(conn: &mut Conn, of: &Exception, ids: &[String]) -> Result<BTreeMap<String, BTreeSet<String>>, StoreError> {
    let mut shared: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for some in ids.chunks(500) {
        let rows: Vec<Clause> = clauses_of(some).query().load(conn)?;
        for row in rows.into_iter().filter(|row| of.request.clauses.contains(row.value.as_str())) {
            shared.entry(row.exception).or_default().insert(row.value);
        }
    }
    Ok(shared)
}

fn read(of: &Exception, row: Row, clauses: BTreeSet<String>) -> Result<Past, StoreError> {
    let (id, state, changed_at, requester, unit, kind, confidential) = row;
    let broken = || StoreError::Corrupt(format!("the row of exception {id}"));
    let same = [
        (true, Likeness::Clause),
        (requester == of.requester.to_string(), Likeness::Requester),
        (unit.is_some() && unit == of.request.scope.business_unit, Likeness::BusinessUnit),
        (kind.is_some() && kind == of.request.kind.map(|kind| kind.to_string()), Likeness::Kind),
    ];
    Ok(Past {
        id: id.parse().map_err(|_| broken())?,
        state: state.parse().map_err(|_| broken())?,
        changed_at,
        alike: same.into_iter().filter(|(same, _)| *same).map(|(_, likeness)| likeness).collect(),
        confidential,
        clauses,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testbed;

    #[derive(diesel::QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }

    #[test]
    fn clauses_are_found_by_the_exceptions_and_not_the_other_way_round() {
        for bed in testbed::beds().into_iter().filter(|bed| bed.url.file().is_some()) {
            let mut conn = bed.open();
            let asked = clauses_of(&["one".to_owned(), "another".to_owned()]).led_by("EXPLAIN QUERY PLAN ");
            let steps: Vec<Step> = asked.query().load(&mut conn).unwrap();
            let told: Vec<&str> = steps.iter().map(|step| step.detail.as_str()).collect();
            let wanted = "SEARCH exception_facets USING INDEX exception_facets_by_exception (exception=? AND facet=?)";
            assert_eq!(told, [wanted]);
        }
    }
}
