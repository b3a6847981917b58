//! What lists select exceptions by: each value of each filter, and who sees an exception, as rows in the order
//! of the record; with how many exceptions have it. Derived from the record, so it can be written anew.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, Text},
};

use super::{
    backend::Conn,
    error::StoreError,
    exceptions::parse,
    rows::{OnConflict, Rows},
    schema::exceptions,
    sql::Sql,
    tx::{Store, Tx},
};
use crate::{
    domain::{exception::Exception, request::Time, roster::Lot},
    words::{DomainPath, ExceptionId, words},
};

words! {
    /// What lists select by.
    Facet, "facet" {
        State = "state", Tier = "tier", Kind = "kind", Policy = "policy", Clause = "clause",
        PendingClause = "pending_clause",
        BusinessUnit = "business_unit", Region = "region", Regulation = "regulation", Requester = "requester",
        Assignee = "assignee", Confidential = "confidential", Screened = "screened", System = "system",
        Domain = "domain", Arm = "arm",
        Imported = "imported",
        Party = "party", Open = "open", Closed = "closed", DueDay = "due_day", EndDay = "end_day",
    }
}

/// One value of one facet.
pub(super) type Entry = (Facet, String);

/// The value of `imported` that everything has which was imported, wherever it comes from: the name of no source.
pub const ANYWHERE: &str = "*";

/// The day of an instant, as `due_day` and `end_day` have it.
pub(super) fn day(time: Time) -> String {
    time.format("%Y-%m-%d").to_string()
}

/// Everything that an exception is selected by.
pub(super) fn facets(exception: &Exception) -> BTreeSet<Entry> {
    let request = &exception.request;
    let mut found: BTreeSet<Entry> = parties(exception).map(|person| (Facet::Party, person)).collect();
    let mut add = |facet: Facet, value: &str| found.insert((facet, value.to_owned()));
    add(Facet::State, exception.state.name().as_str());
    add(Facet::Requester, &exception.requester.to_string());
    add(Facet::Confidential, if request.confidential { "true" } else { "false" });
    exception.split.map(|lot| add(Facet::Arm, &arm(lot)));
    exception.tier().map(|tier| add(Facet::Tier, tier.as_str()));
    if let Some(imported) = &exception.imported {
        add(Facet::Imported, &imported.from.source);
        add(Facet::Imported, ANYWHERE);
    }
    request.kind.map(|kind| add(Facet::Kind, kind.as_str()));
    request.scope.business_unit.as_deref().map(|unit| add(Facet::BusinessUnit, unit));
    request.scope.regions.iter().for_each(|region| _ = add(Facet::Region, region));
    request.regulations.iter().for_each(|regulation| _ = add(Facet::Regulation, regulation));
    for clause in &exception.pending_clauses {
        add(Facet::PendingClause, clause);
    }
    // What nobody has decided on yet is not what it covers.
    for clause in request.clauses.difference(&exception.pending_clauses) {
        add(Facet::Clause, clause);
        add(Facet::Policy, clause.split('.').next().unwrap_or(clause));
    }
    request.screening.iter().filter(|(_, yes)| **yes).for_each(|(code, _)| _ = add(Facet::Screened, code));
    request.scope.systems.iter().filter_map(|system| system.id.as_deref()).for_each(|id| _ = add(Facet::System, id));
    for domain in request.domains() {
        add(Facet::Domain, domain.as_str());
    }
    // Who holds a role in a domain or above it sees what is there: equality instead of a search for what lies below.
    let sight = if request.confidential { Facet::Closed } else { Facet::Open };
    for domain in request.domains().iter().flat_map(DomainPath::ancestors) {
        add(sight, domain.as_str());
    }
    for task in &exception.tasks {
        task.assignee.map(|person| add(Facet::Assignee, &person.to_string()));
    }
    exception.tasks.iter().map(|task| task.due_at).min().map(|due| add(Facet::DueDay, &day(due)));
    exception.effective_until().map(|end| add(Facet::EndDay, &day(end)));
    found
}

/// One side of one split, as `arm` has it.
pub(super) fn arm(lot: Lot) -> String {
    format!("{} {}", lot.split, lot.arm)
}

/// Everyone who has to do with it, and so sees it whatever their roles.
fn parties(exception: &Exception) -> impl Iterator<Item = String> {
    let request = &exception.request;
    let named = [Some(exception.requester), request.beneficiary, request.sponsor, request.monitoring_owner];
    let votes = exception.state.round().into_iter().flat_map(|round| &round.approvals).map(|given| given.by);
    let owners = exception.controls.iter().filter_map(|control| control.owner);
    named
        .into_iter()
        .flatten()
        .chain(request.readers.iter().copied())
        .chain(exception.watchers.iter().copied())
        .chain(exception.tasks.iter().filter_map(|task| task.assignee))
        .chain(votes)
        .chain(owners)
        .map(|person| person.to_string())
}

/// How many more or fewer exceptions have a value: written once for a whole batch.
#[derive(Debug, Default)]
pub(super) struct Tally(Vec<(Option<Facet>, String, i64)>);

impl Tally {
    pub(super) fn facet(&mut self, (facet, value): &Entry, change: i64) {
        self.0.push((Some(*facet), value.clone(), change));
    }

    pub(super) fn term(&mut self, term: &str, change: i64) {
        self.0.push((None, term.to_owned(), change));
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Forgets what came after the first `len`.
    pub(super) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    /// Writes the sums; in one order, and a term that no text has any more is forgotten. Whether one of those had a
    /// list of its own.
    pub(super) fn write(self, conn: &mut Conn) -> Result<bool, StoreError> {
        let mut sums: BTreeMap<(Option<Facet>, String), i64> = BTreeMap::new();
        for (facet, value, change) in self.0 {
            *sums.entry((facet, value)).or_default() += change;
        }
        sums.retain(|_, change| *change != 0);
        let lost = sums.iter().any(|((facet, _), change)| facet.is_none() && *change < 0);
        let mut facets =
            Rows::new("facet_counts", &["facet", "value", "held"]).on_conflict(OnConflict::Add("facet, value", "held"));
        let mut terms = Rows::new("term_counts", &["term", "held"]).on_conflict(OnConflict::Add("term", "held"));
        for ((facet, value), change) in sums {
            match facet {
                Some(facet) => facets.push([facet.as_str().into(), value.into(), change.into()]),
                None => terms.push([value.into(), change.into()]),
            }
        }
        facets.insert(conn)?;
        terms.insert(conn)?;
        if !lost {
            return Ok(false);
        }
        let forgotten = Sql::new("DELETE FROM term_counts WHERE held <= 0 RETURNING ordered AS list");
        let lists: Vec<Listless> = forgotten.kept().load(conn)?;
        Ok(lists.iter().any(|gone| gone.list.is_some()))
    }
}

impl Tx<'_, '_> {
    pub(super) fn write_facets(
        &mut self,
        serial: i64,
        (before, after): (Option<&Exception>, &Exception),
    ) -> Result<(), StoreError> {
        let (had, has) = (before.map(facets).unwrap_or_default(), facets(after));
        let gone: Vec<&Entry> = had.difference(&has).collect();
        self.delete_facets(serial, &gone)?;
        let new: Vec<&Entry> = has.difference(&had).collect();
        self.move_facets((serial, after), (&gone, &new))?;
        let mut rows = Rows::new("exception_facets", &["facet", "value", "serial", "exception"]);
        let id = after.id.to_string();
        for entry @ (facet, value) in new {
            rows.push([facet.as_str().into(), value.as_str().into(), serial.into(), id.as_str().into()]);
            self.batch().tally.facet(entry, 1);
        }
        rows.insert(self.conn())?;
        Ok(())
    }

    fn delete_facets(&mut self, serial: i64, gone: &[&Entry]) -> Result<(), StoreError> {
        for some in gone.chunks(100) {
            let mut sql = Sql::new("DELETE FROM exception_facets WHERE serial = ");
            sql.bind(serial).push(" AND (facet, value) IN (VALUES ");
            for (at, (facet, value)) in some.iter().enumerate() {
                sql.push(if at > 0 { ", (" } else { "(" }).bind(facet.as_str()).push(", ").bind(value.as_str());
                sql.push(")");
            }
            sql.push(")").kept().execute(self.conn())?;
        }
        for entry in gone {
            self.batch().tally.facet(entry, -1);
        }
        Ok(())
    }

    /// Where an exception stands in the order of all.
    pub(super) fn serial(&mut self, id: ExceptionId) -> Result<i64, StoreError> {
        if let Some(read) = self.batch().serials.get(&id) {
            return Ok(*read);
        }
        let found = exceptions::table.find(id.to_string()).select(exceptions::serial).first(self.conn()).optional()?;
        found.ok_or_else(|| StoreError::Corrupt(format!("exception {id} is gone")))
    }

    /// Writes what is derived of the next exceptions after the id `after` that have nothing of it; the last of them.
    fn derive_some(&mut self, after: &str) -> Result<Option<String>, StoreError> {
        let mut sql = Sql::new("SELECT e.id AS id, e.serial AS serial, e.body AS body FROM exceptions e WHERE e.id > ");
        sql.bind(after).push(
            " AND NOT EXISTS (SELECT 1 FROM exception_facets f WHERE f.exception = e.id) ORDER BY e.id LIMIT 200",
        );
        let rows: Vec<Underived> = sql.query().load(self.conn())?;
        for row in &rows {
            let exception = parse(&row.id, &row.body)?;
            self.write_facets(row.serial, (None, &exception))?;
            self.write_terms(row.serial, (None, &exception), &[])?;
            exception.tasks.iter().try_for_each(|task| self.write_seats(task))?;
        }
        Ok(rows.into_iter().last().map(|row| row.id))
    }
}

#[derive(QueryableByName)]
struct Listless {
    #[diesel(sql_type = Nullable<BigInt>)]
    list: Option<i64>,
}

#[derive(QueryableByName)]
struct Underived {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = BigInt)]
    serial: i64,
    #[diesel(sql_type = Text)]
    body: String,
}

impl Store {
    /// Writes what lists read from (facets, terms, seats) of every exception that has no facet: after an upgrade
    /// that emptied them. It blocks; never inside an async task.
    pub fn derive_missing(&self) -> Result<(), StoreError> {
        let mut after = String::new();
        loop {
            let from = after.clone();
            let last = self.write::<_, StoreError>(move |tx| tx.derive_some(&from))?;
            match last.blocking_recv().map_err(StoreError::from)?? {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
    }
}
