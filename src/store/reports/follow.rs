//! The facts follow the ledger: a part of it is looked at, the lives of the exceptions in it are folded anew, and
//! both are written with the place that was come to. An exception whose fold is ahead of a leaf is not folded
//! again for it, so that building everything anew folds each exception once.

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, Text},
};

use crate::{
    domain::{
        event::Event,
        life::{Life, Outcome, month},
        request::Time,
    },
    store::{
        backend::Conn,
        error::StoreError,
        rows::{Cell, Rows},
        sql::Sql,
        timeline::{Span, What, events},
        tx::Tx,
    },
    words::ExceptionId,
};

/// A part of the ledger with what came of it.
#[derive(Debug)]
pub struct Part {
    /// Where it begins.
    from: Place,
    /// The first leaf after it.
    next: i64,
    /// The lives that it changed, each with its place in the order of all.
    lives: Vec<(i64, Life)>,
}

impl Part {
    /// How many lives it changed.
    pub fn len(&self) -> usize {
        self.lives.len()
    }

    /// Did it change none?
    pub fn is_empty(&self) -> bool {
        self.lives.is_empty()
    }
}

/// How far the facts have come, and how often they were begun anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
struct Place {
    #[diesel(sql_type = BigInt)]
    leaf: i64,
    #[diesel(sql_type = BigInt)]
    build: i64,
    #[diesel(sql_type = BigInt)]
    size: i64,
}

#[derive(QueryableByName)]
struct Changed {
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = BigInt)]
    serial: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    known: Option<i64>,
}

#[derive(QueryableByName)]
struct Last {
    #[diesel(sql_type = BigInt)]
    last: i64,
}

fn place(conn: &mut Conn) -> Result<Place, StoreError> {
    let sql = "SELECT p.leaf AS leaf, p.build AS build, h.size AS size FROM report_place p, ledger_head h \
               WHERE p.id = 1 AND h.id = 1";
    Ok(Sql::new(sql).kept().get_result(conn)?)
}

/// How many leaves the facts have yet to follow.
pub fn behind(conn: &mut Conn) -> Result<i64, StoreError> {
    let place = place(conn)?;
    Ok(place.size - place.leaf)
}

/// The next part of the ledger, at most so many leaves, with the lives that it changed; `None` at its end.
pub fn lives(conn: &mut Conn, leaves: i64) -> Result<Option<Part>, StoreError> {
    let from = place(conn)?;
    if from.leaf >= from.size {
        return Ok(None);
    }
    let next = from.size.min(from.leaf.saturating_add(leaves));
    let changed = "SELECT l.subject AS subject, l.seq AS seq, e.serial AS serial, r.seq AS known FROM leaves l \
                   JOIN exceptions e ON e.id = l.subject \
                   LEFT JOIN report_cases r ON r.serial = e.serial AND r.build = $1 \
                   WHERE l.idx >= $2 AND l.idx < $3 AND l.subject_kind = 'exception'";
    let rows: Vec<Changed> = Sql::of(changed, [from.build.into(), from.leaf.into(), next.into()]).kept().load(conn)?;
    let news = rows.into_iter().filter(|row| row.known.is_none_or(|known| known < row.seq));
    let stale: BTreeMap<i64, String> = news.map(|row| (row.serial, row.subject)).collect();
    let mut lives = Vec::with_capacity(stale.len());
    for (serial, subject) in stale {
        let broken = || StoreError::Corrupt(format!("the events of exception {subject}"));
        let id: ExceptionId = subject.parse().map_err(|_| broken())?;
        lives.push((serial, life(conn, id, None)?.ok_or_else(broken)?));
    }
    Ok(Some(Part { from, next, lives }))
}

/// The life of an exception until an instant, or until now.
pub(super) fn life(conn: &mut Conn, id: ExceptionId, until: Option<Time>) -> Result<Option<Life>, StoreError> {
    let every = Span { after: 0, limit: i64::MAX, what: What::Everything };
    let told = events(conn, id, every)?.into_iter().map(|entry| entry.event);
    let told: Vec<Event> = told.take_while(|event| until.is_none_or(|until| event.at <= until)).collect();
    Ok(Life::folded(id, &told))
}

impl Tx<'_, '_> {
    /// Writes what came of a part of the ledger, unless somebody else did; how many lives were written.
    pub fn follow(&mut self, part: &Part) -> Result<usize, StoreError> {
        let Place { leaf, build, .. } = part.from;
        let moved = "UPDATE report_place SET leaf = $1 WHERE id = 1 AND leaf = $2 AND build = $3";
        let moved = Sql::of(moved, [part.next.into(), leaf.into(), build.into()]).kept().execute(self.conn())?;
        if moved == 0 {
            return Ok(0);
        }
        forget(self.conn(), &part.lives)?;
        write(self.conn(), build, &part.lives)?;
        Ok(part.lives.len())
    }

    /// Has all facts built anew; until that is done, those of before are counted. How many leaves will be followed.
    pub fn rebuild_reports(&mut self) -> Result<u64, StoreError> {
        Sql::new("UPDATE report_place SET leaf = 0, build = build + 1 WHERE id = 1").kept().execute(self.conn())?;
        let size: Last =
            Sql::new("SELECT size AS last FROM ledger_head WHERE id = 1").kept().get_result(self.conn())?;
        Ok(u64::try_from(size.last).unwrap_or(0))
    }
}

fn forget(conn: &mut Conn, lives: &[(i64, Life)]) -> Result<(), StoreError> {
    let serials: Vec<String> = lives.iter().map(|(serial, _)| serial.to_string()).collect();
    for some in serials.chunks(200) {
        for table in ["report_cases", "report_stays", "report_work", "report_votes"] {
            Sql::new(&format!("DELETE FROM {table} WHERE serial IN ({})", some.join(", "))).query().execute(conn)?;
        }
    }
    Ok(())
}

/// Writes lives that have no rows.
pub(super) fn write(conn: &mut Conn, build: i64, lives: &[(i64, Life)]) -> Result<(), StoreError> {
    let mut cases = Rows::new("report_cases", &CASE);
    let mut stays = Rows::new("report_stays", &STAY);
    let mut work = Rows::new("report_work", &WORK);
    let mut votes = Rows::new("report_votes", &VOTE);
    for (serial, life) in lives {
        cases.push(case(*serial, build, life));
        stay_rows(*serial, life).for_each(|row| stays.push(row));
        work_rows(*serial, life).for_each(|row| work.push(row));
        vote_rows(*serial, life).for_each(|row| votes.push(row));
    }
    for rows in [cases, stays, work, votes] {
        rows.insert(conn)?;
    }
    Ok(())
}

const CASE: [&str; 27] = [
    "serial",
    "exception",
    "seq",
    "build",
    "confidential",
    "state",
    "outcome",
    "tier",
    "kind",
    "business_unit",
    "sop",
    "submitted_at",
    "submitted_month",
    "decided_at",
    "decided_month",
    "granted",
    "resolved_at",
    "resolved_month",
    "ended_at",
    "ended_month",
    "review_due",
    "first_pass",
    "submissions",
    "failed_gates",
    "returns",
    "escalations",
    "reopenings",
];
const STAY: [&str; 10] =
    ["serial", "place", "confidential", "state", "step", "tier", "effective", "entered_at", "left_at", "until_at"];
const WORK: [&str; 12] = [
    "serial",
    "task",
    "confidential",
    "step",
    "work",
    "role",
    "assignee",
    "opened_at",
    "due_at",
    "closed_at",
    "closed_month",
    "closed_by",
];
const VOTE: [&str; 11] = [
    "serial",
    "place",
    "confidential",
    "round",
    "human",
    "principal",
    "at",
    "month",
    "seconds",
    "delegated",
    "counted",
];

fn at(time: Time) -> Cell {
    time.timestamp_micros().into()
}

fn maybe(time: Option<Time>) -> Cell {
    time.map(|time| time.timestamp_micros()).into()
}

fn in_month(time: Option<Time>) -> Cell {
    time.map(month).into()
}

fn count(number: u32) -> Cell {
    i32::try_from(number).unwrap_or(i32::MAX).into()
}

fn text(word: Option<&str>) -> Cell {
    word.into()
}

fn case(serial: i64, build: i64, life: &Life) -> Vec<Cell> {
    let is = &life.is;
    let review = is.effective_until().and(is.state.authority()).map(|authority| authority.review_due);
    vec![
        serial.into(),
        is.id.to_string().into(),
        i64::try_from(is.seq).unwrap_or(i64::MAX).into(),
        build.into(),
        is.request.confidential.into(),
        is.state.name().as_str().into(),
        Outcome::of(is).as_str().into(),
        text(is.tier().map(crate::words::Tier::as_str)),
        text(is.request.kind.map(crate::words::Kind::as_str)),
        text(is.request.scope.business_unit.as_deref()),
        is.sop.to_string().into(),
        maybe(life.submitted),
        in_month(life.submitted),
        maybe(life.decided),
        in_month(life.decided),
        life.granted.into(),
        maybe(life.resolved),
        in_month(life.resolved),
        maybe(life.ended),
        in_month(life.ended),
        maybe(review),
        life.first_pass.into(),
        count(life.submissions),
        count(life.failed_gates),
        count(is.counts.returns),
        count(is.counts.escalations),
        count(is.counts.reopenings),
    ]
}

fn stay_rows(serial: i64, life: &Life) -> impl Iterator<Item = Vec<Cell>> + '_ {
    (0_i32..).zip(&life.stays).map(move |(place, stay)| {
        vec![
            serial.into(),
            place.into(),
            life.is.request.confidential.into(),
            stay.state.into(),
            text(stay.step.map(crate::words::Step::as_str)),
            text(stay.tier.map(crate::words::Tier::as_str)),
            stay.effective.into(),
            at(stay.entered),
            maybe(stay.left),
            maybe(stay.until),
        ]
    })
}

fn work_rows(serial: i64, life: &Life) -> impl Iterator<Item = Vec<Cell>> + '_ {
    life.work.iter().map(move |done| {
        let task = &done.task;
        vec![
            serial.into(),
            task.id.to_string().into(),
            life.is.request.confidential.into(),
            task.step.as_str().into(),
            task.work.as_str().into(),
            text(task.roles.first().map(|role| role.as_str())),
            task.assignee.map(|person| person.to_string()).into(),
            at(task.opened_at),
            at(task.due_at),
            maybe(done.closed),
            in_month(done.closed),
            done.by.map(|person| person.to_string()).into(),
        ]
    })
}

fn vote_rows(serial: i64, life: &Life) -> impl Iterator<Item = Vec<Cell>> + '_ {
    (0_i32..).zip(&life.votes).map(move |(place, vote)| {
        vec![
            serial.into(),
            place.into(),
            life.is.request.confidential.into(),
            count(vote.round),
            vote.human.to_string().into(),
            vote.principal.to_string().into(),
            at(vote.at),
            month(vote.at).into(),
            vote.seconds.into(),
            (vote.human != vote.principal).into(),
            vote.counted.into(),
        ]
    })
}
