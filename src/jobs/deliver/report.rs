//! What the calendar says that somebody is told, put together as they may see it when it leaves: in the letter the
//! figures or the first of a list, and the whole as a file, unless something in it is confidential.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{
    Outcome,
    house::{House, Manner, Waited},
};
use crate::{
    desk::Counting,
    domain::{
        exception::Exception,
        figures::{By, Span},
        letters::{LetterKind, Periodic},
        request::Time,
        roster::List,
    },
    jobs::{JobError, Jobs},
    notify::{self, Attached, Carried, Reported, Risk, Scheduled},
    reports::{self, Cell, Column, Form, Name, Question, Rest, Sheet, Table, Unit, column},
    store::{
        StoreError,
        listing::{Direction, Facet, Filter, Page, Sort, SortBy},
        outbox::{Claimed, Told},
    },
    words::{PersonId, StateName, Tier},
};

/// Exceptions of a list at most; the link leads to all.
const MOST: usize = 2_000;
/// How many are read at once.
const PAGE: i64 = 200;

/// The columns of the list as a file.
const COLUMNS: [Column; 5] = [
    column("number", Unit::Text),
    column("title", Unit::Text),
    column("tier", Unit::Text),
    column("state", Unit::Text),
    column("effective_until", Unit::Instant),
];

/// One issue on its way to one reader.
pub(super) struct Issued {
    pub(super) report: Periodic,
    pub(super) span: (Time, Time),
    pub(super) reader: PersonId,
    pub(super) held: Option<(Uuid, PersonId)>,
}

/// What it tells its reader.
enum Found {
    Figures(Table),
    Risks(Vec<Risk>),
}

impl Jobs {
    /// Tells one reader; nothing, where they left.
    pub(super) fn report(&self, letter: &Claimed, issued: &Issued, now: Time) -> Result<Outcome, JobError> {
        let Issued { report, span, reader, held } = *issued;
        if !self.desk.is_active(reader)? {
            return Ok(Outcome::default());
        }
        let found = match report {
            Periodic::MonthlyPack => Found::Figures(self.figures(reader, span)?),
            Periodic::RiskList => Found::Risks(self.risks(reader)?),
        };
        let attached = self.attached(report, (reader, &found))?;
        let told = match &found {
            Found::Figures(table) => Reported::Figures(table),
            Found::Risks(risks) => Reported::Risks(risks),
        };
        let whole = attached.as_ref().map_or(Carried::Linked, Carried::Attached);
        let scheduled = Scheduled { span, told, whole, public_url: &self.outward.public_url };
        let house = House {
            kind: LetterKind::ScheduledReport,
            manner: Manner::Regular,
            meant: BTreeSet::from([reader]),
            waited: held,
            told: &|held: Waited| Told::Report { report, from: span.0, to: span.1, reader, held },
            written: &|said| notify::scheduled(&scheduled, (said.language, said.zone)),
        };
        self.house(letter, &house, now)
    }

    /// The key figures of what the reader may see, beside those of the span before.
    fn figures(&self, reader: PersonId, (from, to): (Time, Time)) -> Result<Table, JobError> {
        let before = Some(Span { from: from - (to - from), to: from });
        let question = Question { name: Name::Kpi, by: By::Nothing, span: Span { from, to }, before };
        let wanted = reports::plan(&question).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let counting = Counting { wanted, filter: Filter::default(), as_of: None };
        Ok(reports::assembled(&question, &self.desk.counted_for(reader, &counting)?))
    }

    /// What is open at the two highest tiers, the highest first, as far as the reader sees it.
    fn risks(&self, reader: PersonId) -> Result<Vec<Risk>, JobError> {
        let tiers = [Tier::High, Tier::Critical].map(|tier| tier.to_string()).to_vec();
        let open = StateName::ALL.iter().filter(|state| !state.is_final() && **state != StateName::Draft);
        let states = open.map(ToString::to_string).collect();
        let filter = Filter { any_of: vec![(Facet::Tier, tiers), (Facet::State, states)], ..Filter::default() };
        let (mut found, mut after) = (Vec::new(), None);
        while found.len() < MOST {
            let sort = Sort { by: SortBy::Tier, direction: Direction::Descending };
            let read = self.desk.listed_for(reader, &filter, &Page { sort, after, limit: PAGE })?;
            after = read.what.last().map(|(_, place)| *place);
            let title =
                |one: &Exception| one.request.title.as_ref().and_then(|title| read.texts.get(&title.commitment));
            found.extend(read.what.iter().filter_map(|(one, _)| {
                let title = (!one.request.confidential).then(|| title(one).cloned().unwrap_or_default());
                let (number, until) = (one.number.clone(), one.effective_until());
                Some(Risk { number, title, state: one.state.name(), tier: one.tier()?, until })
            }));
            if i64::try_from(read.what.len()).map_or(true, |rows| rows < PAGE) {
                break;
            }
        }
        Ok(found)
    }

    /// The file that goes with it; none where something confidential is in it. A list that is taken is noted.
    fn attached(&self, report: Periodic, (reader, found): (PersonId, &Found)) -> Result<Option<Attached>, JobError> {
        let confidential = match found {
            Found::Figures(_) => self.desk.sees_confidential(reader)?,
            Found::Risks(risks) => risks.iter().any(|risk| risk.title.is_none()),
        };
        if confidential {
            return Ok(None);
        }
        let table = match found {
            Found::Figures(table) => table.clone(),
            Found::Risks(risks) => {
                self.desk.note_mailed(report.as_str(), List::Exceptions)?;
                Table { columns: COLUMNS.to_vec(), rows: risks.iter().map(row).collect() }
            }
        };
        let bytes = csv(&table).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let name = format!("{}.csv", report.as_str().replace('_', "-"));
        Ok(Some(Attached { name, media_type: "text/csv; charset=utf-8", bytes }))
    }
}

fn row(risk: &Risk) -> Vec<Cell> {
    vec![
        Cell::Text(risk.number.clone()),
        Cell::maybe(risk.title.clone()),
        Cell::Text(risk.tier.to_string()),
        Cell::Text(risk.state.to_string()),
        Cell::at(risk.until),
    ]
}

fn csv(table: &Table) -> Result<Vec<u8>, reports::Failed> {
    let mut sheet = Sheet::new(Form::Csv, &table.columns)?;
    table.rows.iter().try_for_each(|row| sheet.push(row))?;
    match sheet.end()? {
        Rest::Bytes(bytes) => Ok(bytes),
        Rest::File(_) => Ok(Vec::new()),
    }
}
