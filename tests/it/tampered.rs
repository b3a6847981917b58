//! Ten thousand ways to change an export, by somebody from outside, by somebody with the database, and by
//! somebody with the key: each is found with one checkpoint from elsewhere.

use std::collections::BTreeMap;

use proviso::{
    app::Texts,
    audit::{
        Verifier,
        export::{Digested, Line},
    },
    ledger::{Checkpoint, Frontier, Keys, SigningKey, leaf_hash},
};
use serde_json::{Value, json};

use crate::{proof::key, world::World};

const TAMPERINGS: usize = 10_000;
/// How often what takes long is done.
const RARELY: usize = 100;

type Way = fn(&mut Forger, &mut Vec<String>);

/// Each way to change an export, with whether whoever does it has it sealed again.
const WAYS: [(&str, Way, Means); 12] = [
    ("a bit is flipped", |forger, lines| flip(forger, lines), Means::Outside),
    ("two lines change places", |forger, lines| swap(forger, lines), Means::Outside),
    ("a line is left out", leave_out, Means::Outside),
    ("a line stands twice", repeat, Means::Outside),
    ("the end is cut off", cut, Means::Outside),
    ("a row is edited beside the ledger", |forger, lines| edit_row(forger, lines), Means::Database),
    ("a row is deleted", delete_row, Means::Database),
    ("a leaf is edited", |forger, lines| edit_leaf(forger, lines), Means::Database),
    ("leaves change places", |forger, lines| swap_leaves(forger, lines), Means::Database),
    ("an old checkpoint is replayed", replay, Means::Database),
    ("history is rewritten and signed again", |forger, lines| edit_leaf(forger, lines), Means::Key),
    ("history is cut off and signed again", forget, Means::Key),
];

/// What a forger has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Means {
    /// A copy of the export.
    Outside,
    /// The database: the service seals what it finds there.
    Database,
    /// The key too.
    Key,
}

/// Chooses by itself, and always the same.
struct Forger(u64);

impl Forger {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound).unwrap()).unwrap()
    }

    /// The place of some line that begins so.
    fn line(&mut self, lines: &[String], begins: &str) -> usize {
        let fit: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].starts_with(begins)).collect();
        fit[self.below(fit.len())]
    }
}

fn flip(forger: &mut Forger, lines: &mut [String]) {
    let at = forger.below(lines.len());
    let mut bytes = lines[at].clone().into_bytes();
    let byte = forger.below(bytes.len());
    bytes[byte] ^= 1 << forger.below(8);
    lines[at] = String::from_utf8_lossy(&bytes).into_owned();
}

fn swap(forger: &mut Forger, lines: &mut [String]) {
    let (one, other) = (forger.below(lines.len()), forger.below(lines.len()));
    lines.swap(one, other);
}

fn leave_out(forger: &mut Forger, lines: &mut Vec<String>) {
    lines.remove(forger.below(lines.len()));
}

fn repeat(forger: &mut Forger, lines: &mut Vec<String>) {
    let at = forger.below(lines.len());
    lines.insert(at, lines[at].clone());
}

fn cut(forger: &mut Forger, lines: &mut Vec<String>) {
    lines.truncate(forger.below(lines.len()));
}

fn edit_row(forger: &mut Forger, lines: &mut [String]) {
    let at = forger.line(lines, "{\"row\"");
    let mut row: Value = serde_json::from_str(&lines[at]).unwrap();
    let columns = row["row"]["columns"].as_object_mut().unwrap();
    let (_, value) = columns.iter_mut().nth(forger.below(14) % 6).unwrap();
    *value = match &*value {
        Value::Bool(is) => json!(!is),
        Value::Number(number) => json!(number.as_i64().unwrap() + 1),
        Value::String(text) => json!(format!("{text}0")),
        Value::Null | Value::Array(_) | Value::Object(_) => json!(1),
    };
    lines[at] = row.to_string();
}

fn delete_row(forger: &mut Forger, lines: &mut Vec<String>) {
    let at = forger.line(lines, "{\"row\"");
    lines.remove(at);
}

/// Another digit, in a leaf.
fn edit_leaf(forger: &mut Forger, lines: &mut [String]) {
    let at = forger.line(lines, "{\"leaf\"");
    let body = lines[at].find("\"body\"").unwrap();
    let digits: Vec<usize> =
        (body..lines[at].len()).filter(|at2| lines[at].as_bytes()[*at2].is_ascii_digit()).collect();
    let digit = digits[forger.below(digits.len())];
    let mut bytes = lines[at].clone().into_bytes();
    bytes[digit] = if bytes[digit] == b'9' { b'0' } else { bytes[digit] + 1 };
    lines[at] = String::from_utf8(bytes).unwrap();
}

fn swap_leaves(forger: &mut Forger, lines: &mut [String]) {
    let (one, other) = (forger.line(lines, "{\"leaf\""), forger.line(lines, "{\"leaf\""));
    let body = |line: &str| line[line.find("\"body\"").unwrap()..].to_owned();
    let [first, second] = [one, other].map(|at| body(&lines[at]));
    for (at, with) in [(one, second), (other, first)] {
        let number = lines[at][..lines[at].find("\"body\"").unwrap()].to_owned();
        lines[at] = format!("{number}{with}");
    }
}

fn replay(forger: &mut Forger, lines: &mut Vec<String>) {
    let old = lines[lines.iter().position(|line| line.starts_with("{\"checkpoint\"")).unwrap()].clone();
    let at = forger.line(lines, "{\"checkpoint\"");
    let behind = forger.line(lines, "{\"leaf\"");
    lines[at].clone_from(&old);
    lines.insert(behind + 1, old);
}

/// The last leaves are gone, with the rows as they may be.
fn forget(forger: &mut Forger, lines: &mut Vec<String>) {
    let last = lines.iter().rposition(|line| line.starts_with("{\"leaf\"")).unwrap();
    lines.drain(last - forger.below(5)..=last);
}

/// The seal over these lines, as the service makes it of whatever it finds.
fn seal(lines: &[String], key: &SigningKey) -> String {
    let mut digested = Digested::default();
    for line in lines {
        digested.take(line);
    }
    digested.seal(key).unwrap().written().unwrap()
}

fn unsealed(mut lines: Vec<String>) -> Vec<String> {
    lines.retain(|line| !line.starts_with("{\"seal\""));
    lines
}

/// Every checkpoint signed anew for the leaves as they are, and the heading with their number.
fn signed_again(lines: Vec<String>, key: &SigningKey) -> Vec<String> {
    let mut tree = Frontier::empty();
    let mut again: Vec<String> = Vec::new();
    for line in lines {
        match Line::read(&line) {
            Some(Line::Leaf(_, body)) => {
                let place = tree.size();
                tree.append(leaf_hash(body.as_bytes()));
                again.push(Line::Leaf(place, body).written().unwrap());
            }
            Some(Line::Checkpoint(_)) => {
                let note = Checkpoint::sign(tree.head(), key).unwrap();
                again.push(Line::Checkpoint(note).written().unwrap());
            }
            _ => again.push(line),
        }
    }
    let mut heading: Value = serde_json::from_str(&again[0]).unwrap();
    if heading["export"]["leaves"] != json!(tree.size()) {
        heading["export"]["leaves"] = json!(tree.size());
        again[0] = heading.to_string();
    }
    unsealed(again)
}

/// An honest export with the verifier as it stood before each of its lines.
fn honest(lines: &[String], external: &[String]) -> Vec<Verifier> {
    let mut verifier = Verifier::new(Keys(vec![key(1).verifier().clone()]), external).unwrap();
    let mut before = Vec::new();
    for line in lines {
        before.push(verifier.clone());
        verifier.take(line).unwrap();
    }
    before.push(verifier.clone());
    verifier.finish().unwrap();
    before
}

#[test]
fn each_of_ten_thousand_tamperings_is_found_with_one_checkpoint_from_elsewhere() {
    let signing = key(1);
    let world = World::with(&[("ledger.key", signing.reveal())]);
    for _ in 0..2 {
        world.active();
        world.app.jobs().unwrap().run_due(world.now());
        world.minutes(1);
    }
    let mut out = Vec::new();
    world.app.export(&mut out, Texts::Opened, &mut |_, _| {}).unwrap();
    let lines: Vec<String> = String::from_utf8(out).unwrap().lines().map(str::to_owned).collect();
    let external = [world.app.desk().checkpoint().unwrap().note];
    let (before, bare) = (honest(&lines, &external), unsealed(lines.clone()));
    let (mut forger, mut found) = (Forger(0x5eed_2026), BTreeMap::new());
    for number in 0..TAMPERINGS {
        // What is signed again from its heading on has to be verified whole, which takes its time.
        let whole = number % RARELY == 0;
        let (name, way, means) = if whole { WAYS[WAYS.len() - 1] } else { WAYS[number % (WAYS.len() - 1)] };
        let mut told = lines.clone();
        way(&mut forger, &mut told);
        let told = match means {
            Means::Outside => told,
            Means::Database => unsealed(told),
            Means::Key => signed_again(told, &signing),
        };
        let same = lines.iter().zip(&told).take_while(|(one, other)| one == other).count();
        if told == lines || (means != Means::Outside && told == bare) {
            // Chance changed nothing.
            continue;
        }
        let mut verifier = before[same].clone();
        let taken = told[same..].iter().try_for_each(|line| verifier.take(line));
        let taken = match (taken, means) {
            // Whoever has the database has the service seal it; that is done only where nothing was found before.
            (Ok(()), Means::Database | Means::Key) => verifier.take(&seal(&told, &signing)),
            (taken, _) => taken,
        };
        assert!(taken.and_then(|()| verifier.finish()).is_err(), "{name} ({number}) was not found");
        *found.entry(name).or_insert(0) += 1;
    }
    assert_eq!(found.len(), WAYS.len());
    assert!(found.values().sum::<usize>() > TAMPERINGS - 200, "{found:?}");
}
