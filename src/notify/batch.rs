//! The letter that says that an automatic change of many exceptions was stopped: what was counted, and what is left.

use super::{
    letter::{Block, Rendered, noted},
    plain, wording,
};
use crate::{
    domain::roster::Hold,
    tongue::{Said, Tongue},
    words::{BatchId, Language, Role, Zone},
};

/// Writes that a batch of which so much is left was stopped, to governance.
pub fn batch_held((batch, left): (&BatchId, u64), why: &Hold, public_url: &str, language: Language) -> Rendered {
    let tongue = Tongue { language, zone: Zone::UTC };
    let said = about(batch, why, language).count("left", left);
    let part = |part: &str| said.part(part).to_string();
    let subject = part("about");
    let mut blocks = vec![Block::Title(subject.clone()), Block::Said(part("happened")), Block::Said(part("means"))];
    blocks.push(Block::Said(tongue.say("letter-to-do").with("next", said.part("next")).to_string()));
    blocks.push(Block::Link(tongue.say("letter-batch-open").to_string(), format!("{public_url}/batches/{batch}")));
    let role = wording::role_words(Role::Governance, tongue);
    let because = tongue.say("letter-concern-because").with("role", role).to_string();
    blocks.push(Block::Said(format!("{because} {}", tongue.say("letter-automatic"))));
    noted(subject, language, &blocks)
}

/// What it says, by why the batch was stopped.
fn about(batch: &BatchId, why: &Hold, language: Language) -> Said {
    let named =
        |name: &str| wording::named(language, name).with("batch", plain::line(&batch.to_string(), plain::TITLE));
    match why {
        Hold::Refusals(refusals) => {
            let said = named("batch-refused").count("dealt", refusals.dealt).count("refused", refusals.refused);
            said.count("percent", u64::from(refusals.limits.refused_percent))
        }
        Hold::Written(_) => named("batch-held"),
    }
}
