//! What the lifecycle names by a code has its words in letters.

use std::fs;

use super::turns::{WHYS, causes};
use crate::tongue::testkit;

/// The codes that stand in the lifecycle after these words.
fn named_after(words: &str) -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain/lifecycle");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let found = files.flat_map(|path| {
        let text = fs::read_to_string(path).unwrap();
        text.split(words).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect::<Vec<_>>()
    });
    found.collect()
}

#[test]
fn what_the_lifecycle_names_has_its_words() {
    let (named, voided) = (named_after("Cause::of(\""), named_after("void_all(p, \""));
    assert!(named.len() > 3 && voided.len() > 3, "{named:?} {voided:?}");
    let own = ["vendor_terms_changed"];
    let causes = causes().into_iter().filter(|code| !own.contains(code)).map(str::to_owned);
    let causes = causes.chain(named).map(|code| format!("letter-cause-{code}"));
    let voided = WHYS.map(str::to_owned).into_iter().chain(voided);
    let voided = voided.map(|code| format!("letter-approval-voided-because-{code}"));
    let known = testkit::of_letters();
    let wordless: Vec<_> = causes.chain(voided).filter(|key| !known.contains(key)).collect();
    assert!(wordless.is_empty(), "{wordless:?}");
}
