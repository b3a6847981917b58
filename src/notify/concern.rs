//! The letter that asks what the figures of a procedure mean: what was counted, against what is tolerated.

use super::{
    letter::{Block, Rendered, heading, noted},
    plain, wording,
};
use crate::{
    domain::roster::{Concern, Topic},
    tongue::{Said, Tongue},
    words::{Language, Zone},
};

/// Writes that a concern was raised, to whoever is asked.
pub fn concern_raised(concern: &Concern, public_url: &str, language: Language) -> Rendered {
    let tongue = Tongue { language, zone: Zone::UTC };
    let said = about(concern, tongue);
    let part = |part: &str| said.part(part).to_string();
    let subject = part("about");
    let figures = concern.figures.iter().filter(|figure| figure.is_exceeded());
    let mut blocks = vec![Block::Title(subject.clone()), Block::Said(part("happened")), Block::Said(part("means"))];
    let points = figures.map(|figure| {
        let share = figure.share.map(|share| [share.of, share.before, share.before_of, share.percent]);
        tongue.measured(figure.measure, (figure.count, figure.limit), share)
    });
    let points = points.collect();
    blocks.push(Block::List(heading("figures", tongue), points));
    let next = said.part("next");
    blocks.push(Block::Said(tongue.say("letter-to-do").with("next", next).to_string()));
    let link = format!("{public_url}/concerns/{}", concern.id);
    blocks.push(Block::Link(tongue.say("letter-concern-open").to_string(), link));
    let role = wording::role_words(concern.asks, tongue);
    let because = tongue.say("letter-concern-because").with("role", role).to_string();
    blocks.push(Block::Said(format!("{because} {}", tongue.say("letter-automatic"))));
    noted(subject, language, &blocks)
}

/// What it is about, as far as a letter says it.
fn about(concern: &Concern, tongue: Tongue) -> Said {
    let name = |text: &str| plain::line(text, plain::TITLE);
    let procedure = format!("{} v{}", name(&concern.sop.id), concern.sop.version);
    match &concern.topic {
        Topic::OverBudget { clause, business_unit, .. } => {
            let unit = business_unit.as_deref().map_or_else(|| tongue.say("concern-no-unit").to_string(), name);
            let said = wording::named(tongue.language, "over-budget").with("clause", name(clause));
            said.with("unit", unit).with("sop", procedure)
        }
        Topic::SopReview { .. } => wording::named(tongue.language, "sop-review").with("sop", procedure),
        Topic::SplitHeld { .. } => wording::named(tongue.language, "split-held").with("sop", procedure),
    }
}
