//! Which witnesses there are, and which of them together are enough (C2SP tlog-policy).

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use super::WitnessKey;

/// A witness of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Its name in the policy.
    pub name: String,
    /// Its key.
    pub key: WitnessKey,
    /// The prefix of the addresses under which it takes checkpoints; without one it is not asked.
    pub url: Option<String>,
}

/// Witnesses, and the rule by which a checkpoint counts as witnessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The witnesses, in the order of the text.
    pub witnesses: Vec<Witness>,
    groups: BTreeMap<String, Group>,
    quorum: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    least: usize,
    members: Vec<String>,
}

/// Why a text is no policy: the line, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct BadPolicy {
    line: usize,
    why: String,
}

/// What is said where no witness need have seen anything.
const NONE: &str = "none";

impl Policy {
    /// Have enough of them signed, if those with these key names have?
    pub fn is_met(&self, signed: &BTreeSet<String>) -> bool {
        self.quorum == NONE || self.holds(&self.quorum, signed)
    }

    fn holds(&self, name: &str, signed: &BTreeSet<String>) -> bool {
        if let Some(group) = self.groups.get(name) {
            return group.members.iter().filter(|member| self.holds(member, signed)).count() >= group.least;
        }
        self.witnesses.iter().any(|witness| witness.name == name && signed.contains(witness.key.name()))
    }

    /// The keys.
    pub fn keys(&self) -> Vec<WitnessKey> {
        self.witnesses.iter().map(|witness| witness.key.clone()).collect()
    }

    fn knows(&self, name: &str) -> bool {
        self.groups.contains_key(name) || self.witnesses.iter().any(|witness| witness.name == name)
    }

    fn take(&mut self, words: &[&str]) -> Result<(), String> {
        match *words {
            // The log is this one, whose key stands in the settings.
            ["log", _] | ["log", _, _] => Ok(()),
            ["witness", name, key] => self.witness((name, key), None),
            ["witness", name, key, url] => self.witness((name, key), Some(url.to_owned())),
            ["group", name, least, ref members @ ..] => self.group((name, least), members),
            ["quorum", name] if !self.quorum.is_empty() => Err(format!("a second quorum, {name}; write one")),
            ["quorum", name] if name == NONE || self.knows(name) => {
                name.clone_into(&mut self.quorum);
                Ok(())
            }
            ["quorum", name] => Err(format!("{name} is defined nowhere above; name a witness or a group")),
            _ => Err("write `witness NAME KEY URL`, `group NAME all|any|K MEMBER…` or `quorum NAME`".to_owned()),
        }
    }

    fn name(&self, name: &str) -> Result<String, String> {
        if name == NONE || self.knows(name) {
            return Err(format!("{name} is taken; choose another name"));
        }
        Ok(name.to_owned())
    }

    fn witness(&mut self, (name, key): (&str, &str), url: Option<String>) -> Result<(), String> {
        let (name, key) = (self.name(name)?, key.parse::<WitnessKey>().map_err(|error| error.to_string())?);
        let alike = |known: &&Witness| known.key.public() == key.public() || known.key.name() == key.name();
        if let Some(known) = self.witnesses.iter().find(alike) {
            return Err(format!("it has the key, or the key's name, of {}; each witness has its own", known.name));
        }
        self.witnesses.push(Witness { name, key, url });
        Ok(())
    }

    fn group(&mut self, (name, least): (&str, &str), members: &[&str]) -> Result<(), String> {
        let name = self.name(name)?;
        if let Some(strange) = members.iter().find(|member| !self.knows(member)) {
            return Err(format!("{strange} is defined nowhere above; name witnesses or groups"));
        }
        let different: BTreeSet<&str> = members.iter().copied().collect();
        let least = match least {
            "all" => Some(members.len()),
            "any" => Some(1),
            text => text.parse().ok().filter(|least: &usize| least.to_string() == text),
        };
        let least = least.filter(|least| (1..=members.len()).contains(least) && different.len() == members.len());
        let least =
            least.ok_or_else(|| "write `all`, `any` or a number of its members, and each member once".to_owned())?;
        self.groups.insert(name, Group { least, members: members.iter().map(|member| (*member).to_owned()).collect() });
        Ok(())
    }
}

impl FromStr for Policy {
    type Err = BadPolicy;

    fn from_str(text: &str) -> Result<Self, BadPolicy> {
        let mut policy = Self { witnesses: Vec::new(), groups: BTreeMap::new(), quorum: String::new() };
        for (at, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
            if words.first().is_none_or(|first| first.starts_with('#')) {
                continue;
            }
            policy.take(&words).map_err(|why| BadPolicy { line: at + 1, why })?;
        }
        if policy.quorum.is_empty() {
            let why = "there is no `quorum NAME`; write `quorum none` where no witness has to sign".to_owned();
            return Err(BadPolicy { line: text.lines().count().max(1), why });
        }
        Ok(policy)
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;

    fn key(seed: u8) -> String {
        let public = SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes();
        WitnessKey::of(&format!("w{seed}.example"), public).unwrap().as_str().to_owned()
    }

    fn signed(by: &[u8]) -> BTreeSet<String> {
        by.iter().map(|seed| format!("w{seed}.example")).collect()
    }

    #[test]
    fn groups_of_groups_are_met_by_enough_of_each() {
        let [a, b, c, d] = [1, 2, 3, 4].map(key);
        let text = format!(
            "# who looks\nwitness X1 {a} https://w1.example/\nwitness X2 {b}\n\twitness X3 {c}\ngroup X 2 X1 X2 X3\n\
             witness Y1 {d}\ngroup Y any Y1\ngroup both all X Y\nquorum both\n"
        );
        let policy: Policy = text.parse().unwrap();
        assert_eq!(policy.witnesses[0].url.as_deref(), Some("https://w1.example/"));
        let met = [&[1, 2, 4][..], &[1, 2, 3, 4], &[1, 2, 3], &[1, 4], &[]].map(|by| policy.is_met(&signed(by)));
        assert_eq!(met, [true, true, false, false, false]);
        assert!("quorum none".parse::<Policy>().unwrap().is_met(&signed(&[])));
    }

    #[test]
    fn what_is_no_policy_is_refused_with_its_line() {
        let a = key(1);
        for (text, line) in [
            (String::new(), 1),
            (format!("witness A {a}\n"), 1),
            (format!("witness A {a}\nwitness B {a}\nquorum A"), 2),
            ("witness A key\nquorum A".to_owned(), 1),
            (format!("quorum A\nwitness A {a}"), 1),
            (format!("witness A {a}\ngroup g 2 A\nquorum g"), 2),
            (format!("witness A {a}\ngroup g 0 A\nquorum g"), 2),
            (format!("witness A {a}\ngroup g 2 A A\nquorum g"), 2),
            (format!("witness none {a}\nquorum none"), 1),
            ("quorum none\nquorum none".to_owned(), 2),
            ("wittness A".to_owned(), 1),
        ] {
            assert_eq!(text.parse::<Policy>().unwrap_err().line, line, "{text}");
        }
    }
}
