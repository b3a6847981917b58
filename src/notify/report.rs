//! Letters that the calendar sends: the key figures of a month, and the open exceptions of high risk. What goes with
//! them as a file, or is only led to, whoever asks has decided.

use super::{
    letter::{Attached, Block, Rendered, fitting, noted},
    plain, wording,
};
use crate::{
    domain::{letters::Periodic, request::Time},
    reports::{Cell, Table},
    tongue::{Said, Tongue},
    words::{Language, StateName, Tier, Zone},
};

/// A report about to be told.
#[derive(Debug, Clone, Copy)]
pub struct Scheduled<'s> {
    /// From when on, until before when.
    pub span: (Time, Time),
    /// What it tells.
    pub told: Told<'s>,
    /// The whole of it.
    pub whole: Carried<'s>,
    /// Where people reach the service, without a slash at the end.
    pub public_url: &'s str,
}

/// What a report tells.
#[derive(Debug, Clone, Copy)]
pub enum Told<'s> {
    /// Key figures: rows of `figure`, `unit`, `value` and `before`.
    Figures(&'s Table),
    /// Open exceptions.
    Risks(&'s [Risk]),
}

/// How the whole of it is had.
#[derive(Debug, Clone, Copy)]
pub enum Carried<'s> {
    /// As a file that goes with it.
    Attached(&'s Attached),
    /// Behind a sign-in only, since something confidential is in it.
    Linked,
}

/// An open exception of high risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Risk {
    /// Its number.
    pub number: String,
    /// What it is about; absent where that is confidential.
    pub title: Option<String>,
    /// Where it is.
    pub state: StateName,
    /// How grave.
    pub tier: Tier,
    /// Until when it has effect, where it has.
    pub until: Option<Time>,
}

/// Writes it.
pub fn scheduled(report: &Scheduled<'_>, (language, zone): (Language, Zone)) -> Rendered {
    let tongue = Tongue { language, zone };
    let name = match report.told {
        Told::Figures(_) => Periodic::MonthlyPack,
        Told::Risks(_) => Periodic::RiskList,
    };
    let said = named(name, tongue).with("from", tongue.day(&report.span.0)).with("to", tongue.day(&report.span.1));
    let (subject, points) = (said.part("about").to_string(), points(&report.told, tongue));
    let mut blocks = vec![Block::Title(subject.clone()), Block::Said(said.part("means").to_string())];
    let list = |points| Block::List(said.part("list").to_string(), fitting(points, tongue));
    let none = || Block::Said(tongue.say("letter-report-none").to_string());
    blocks.push(if points.is_empty() { none() } else { list(points) });
    let how = match report.whole {
        Carried::Attached(_) => tongue.say("letter-report-attached"),
        Carried::Linked => tongue.say("letter-report-linked"),
    };
    blocks.push(Block::Said(how.to_string()));
    let link = format!("{}{}", report.public_url, place(name));
    blocks.push(Block::Link(tongue.say("letter-report-open").to_string(), link));
    let because = tongue.say("letter-report-because").with("roles", tongue.any_of(name.roles().iter().copied()));
    blocks.push(Block::Said(format!("{because} {}", tongue.say("letter-automatic"))));
    let attached = match report.whole {
        Carried::Attached(file) => Some(file.clone()),
        Carried::Linked => None,
    };
    Rendered { attached, ..noted(subject, language, &blocks) }
}

fn named(report: Periodic, tongue: Tongue) -> Said {
    match report {
        Periodic::MonthlyPack => wording::named(tongue.language, "monthly-pack"),
        Periodic::RiskList => wording::named(tongue.language, "risk-list"),
    }
}

/// Where the whole of it stands.
const fn place(report: Periodic) -> &'static str {
    match report {
        Periodic::MonthlyPack => "/reports/kpi",
        Periodic::RiskList => "/exceptions?tier=high,critical",
    }
}

fn points(told: &Told<'_>, tongue: Tongue) -> Vec<String> {
    match told {
        Told::Figures(table) => table.rows.iter().filter_map(|row| figure(row, tongue)).collect(),
        Told::Risks(risks) => risks.iter().map(|risk| line(risk, tongue)).collect(),
    }
}

/// A figure with what it was in the span before, where there is anything to tell.
fn figure(row: &[Cell], tongue: Tongue) -> Option<String> {
    let [Cell::Text(name), Cell::Text(unit), value, before, ..] = row else { return None };
    let percent = if unit == "percent" { " %" } else { "" };
    let told = |cell: &Cell| match cell {
        Cell::Count(count) => Some(format!("{count}{percent}")),
        Cell::Number(number) => Some(format!("{number:.1}{percent}")),
        Cell::Hidden => Some(tongue.say("report-hidden").to_string()),
        Cell::Text(_) | Cell::Instant(_) | Cell::Flag(_) | Cell::Nothing => None,
    };
    let name = tongue.name("figure", name);
    let unit = tongue.name("unit", unit);
    let value = told(value).unwrap_or_else(|| "–".to_owned());
    let said = match told(before) {
        Some(before) => tongue.say("letter-report-figure").with("before", before),
        None => tongue.say("letter-report-figure-alone"),
    };
    Some(said.with("figure", name).with("unit", unit).with("value", value).to_string())
}

fn line(risk: &Risk, tongue: Tongue) -> String {
    let title = risk.title.as_deref().map(|title| plain::line(title, plain::TITLE));
    let title = title.unwrap_or_else(|| tongue.say("letter-report-confidential").to_string());
    let until = risk.until.map(|until| tongue.say("letter-report-until").with("at", tongue.moment(&until)).to_string());
    let said = tongue.say("letter-report-risk").with("number", &risk.number).with("title", title);
    let said = said.with("tier", tongue.name("tier", risk.tier)).with("state", tongue.name("state", risk.state));
    said.with("until", until.unwrap_or_default()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_of_risks_stays_a_small_mail() {
        let risk = |n: usize| Risk {
            number: format!("EX-2026-{n:06}"),
            title: Some("<b>=cmd|' /C calc'!A0</b> ".repeat(40)),
            state: StateName::Active,
            tier: Tier::Critical,
            until: Some(Time::UNIX_EPOCH),
        };
        let risks: Vec<Risk> = (0..5_000).map(risk).collect();
        for language in Language::ALL {
            let report = Scheduled {
                span: (Time::UNIX_EPOCH, Time::UNIX_EPOCH),
                told: Told::Risks(&risks),
                whole: Carried::Linked,
                public_url: "https://proviso.example.org",
            };
            let made = scheduled(&report, (*language, Zone::UTC));
            assert!(made.text.len() + made.html.len() < 30_000, "{} and {}", made.text.len(), made.html.len());
            assert!(!made.html.contains("<b>=cmd") && made.attached.is_none());
        }
    }
}
