//! Scheduled reports to write about: figures and risks, with a file and without.

use crate::{
    domain::request::Time,
    notify::{Attached, Carried, Rendered, Reported, Risk, Scheduled, scheduled},
    reports::{Cell, Table},
    words::{Language, StateName, Tier, Zone},
};

/// One of each kind, with everything that may stand in it.
pub(super) fn of_each_kind(language: Language) -> Vec<Rendered> {
    let row = |name: &str, unit: &str, value, before| {
        vec![Cell::Text(name.to_owned()), Cell::Text(unit.to_owned()), value, before, Cell::Nothing]
    };
    let rows = vec![
        row("submitted", "count", Cell::Count(3), Cell::Count(2)),
        row("sla_adherence", "percent", Cell::Number(97.25), Cell::Hidden),
        row("active", "count", Cell::Nothing, Cell::Nothing),
    ];
    let table = Table { columns: Vec::new(), rows };
    let risk = |title: Option<&str>, until| Risk {
        number: "EX-2026-000007".to_owned(),
        title: title.map(ToOwned::to_owned),
        state: StateName::Active,
        tier: Tier::Critical,
        until,
    };
    let risks = [risk(Some("Drafts of answers"), Some(Time::UNIX_EPOCH)), risk(None, None)];
    let file = Attached { name: "risk-list.csv".to_owned(), media_type: "text/csv", bytes: b"number".to_vec() };
    let told = [
        (Reported::Figures(&table), Carried::Linked),
        (Reported::Risks(&risks), Carried::Attached(&file)),
        (Reported::Risks(&[]), Carried::Linked),
    ];
    let written = told.map(|(told, whole)| {
        let span = (Time::UNIX_EPOCH, Time::UNIX_EPOCH);
        let public_url = "https://proviso.example.org";
        scheduled(&Scheduled { span, told, whole, public_url }, (language, Zone::UTC))
    });
    written.to_vec()
}
