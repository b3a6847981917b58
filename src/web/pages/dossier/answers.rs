//! What a re-review asked before anybody confirms it, as facts of the dossier.

use super::{super::ballot::awaited, Fact, Texts, fact};
use crate::domain::review::Review;

/// What a re-review asked, who answered what, and what it still waits for.
pub(super) fn answers(review: &Review, texts: Texts<'_>) -> Vec<Fact> {
    let yes = |answer: bool| texts.say(if answer { "yes" } else { "no" });
    let attested = review.attested().flat_map(|given| {
        let said = texts.say("dossier-attested-by").with("who", texts.name(given.by)).with("at", texts.when(given.at));
        let said = said.with("needed", yes(given.needed)).with("kept", yes(given.kept)).to_string();
        [said, texts.of(&given.statement)]
    });
    let looked = review.looked.iter().map(|(dimension, given)| {
        let key = if given.rescored { "dossier-rescored" } else { "dossier-confirmed" };
        let said = texts.say("dossier-confirmed-by").with("who", texts.name(given.by));
        let said = (!given.rescored).then(|| said.with("at", texts.when(given.at)).to_string());
        let anew = given.rescored.then(|| format!("{}, {}", texts.name(given.by), texts.when(given.at)));
        let of = texts.say(key).with("dimension", texts.word("dimension", dimension.as_str()));
        fact(of, said.into_iter().chain(anew).chain(texts.maybe(given.note.as_ref())))
    });
    let awaited = texts.fact("awaited", awaited(review, texts.tongue));
    std::iter::once(texts.fact("attested", attested)).chain(looked).chain([awaited]).collect()
}
