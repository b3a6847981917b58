//! Whatever random lives and rosters record and refuse is told in the reader's language.

use std::{collections::BTreeSet, fs, path::Path};

use crate::{
    domain::{
        lifecycle::properties::lived,
        refusal::Refused,
        roster::play::{World, some_moves},
    },
    tongue::Tongue,
    words::{Citation, Language, Zone},
};

/// What the shipped procedures and the register say themselves, in one line.
fn written_by_procedures() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let folders = ["sop", "sop/fragments", "register"].map(|folder| root.join(folder));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap()).map(|file| file.unwrap().path());
    let texts = files.filter(|file| file.is_file()).map(|file| fs::read_to_string(file).unwrap());
    texts.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn of_refusal(refused: &Refused) -> impl Iterator<Item = String> {
    let cited = refused.citation.as_ref().map(|citation| citation.text.clone());
    cited.into_iter().chain([refused.refusal.to_string()])
}

fn require_words(texts: &BTreeSet<String>, least: usize) {
    let (german, own) = (Tongue { language: Language::De, zone: Zone::UTC }, written_by_procedures());
    let wordless: Vec<_> =
        texts.iter().filter(|text| german.retold(text).is_none() && !own.contains(text.as_str())).collect();
    assert!(texts.len() > least && wordless.is_empty(), "of {} without words: {wordless:#?}", texts.len());
}

#[test]
fn whatever_happens_in_random_lives_has_its_words() {
    let mut texts = BTreeSet::new();
    for seed in 0..150 {
        let (events, refused) = lived(seed, 60);
        texts.extend(events.iter().filter_map(|event| Some(event.citation.as_ref()?.text.clone())));
        texts.extend(refused.iter().flat_map(of_refusal));
    }
    require_words(&texts, 100);
}

#[test]
fn whatever_happens_in_random_rosters_has_its_words() {
    let mut texts = BTreeSet::new();
    for (seed, begun) in (0..60).flat_map(|seed| [World::set_up, World::busy].map(|begun| (seed, begun))) {
        let mut world = begun();
        for made in some_moves(seed, 150) {
            let asked = world.read(made);
            match world.take(&asked) {
                Ok(events) => {
                    let cited = events.iter().filter_map(|event| event.citation.as_ref());
                    texts.extend(cited.map(|citation: &Citation| citation.text.clone()));
                }
                Err(refused) => texts.extend(of_refusal(&refused)),
            }
        }
    }
    require_words(&texts, 40);
}
