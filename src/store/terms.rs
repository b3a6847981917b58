//! The words that exceptions are searched by: folded, and kept beside the record as long as the texts that
//! they come from. Who may search whose texts is not known here.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{prelude::*, sql_types::Text};
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

use super::{backend::Conn, error::StoreError, rows::Rows, schema::openings, sql::Sql, tx::Tx};
use crate::{
    domain::{exception::Exception, request::Request},
    words::{ExceptionId, Hash, Opening, Sealed},
};

/// Of longer words these many characters count.
const MOST_CHARACTERS: usize = 40;

/// A text as it is searched: NFKC, lower case, without the diacritical marks of Unicode's combining blocks.
pub(crate) fn folded(text: &str) -> String {
    let apart = DecomposingNormalizerBorrowed::new_nfkd().normalize(&text.to_lowercase()).into_owned();
    let bare: String = apart.chars().filter(|letter| !is_mark(*letter)).flat_map(char::to_lowercase).collect();
    ComposingNormalizerBorrowed::new_nfkc().normalize(&bare).into_owned()
}

const fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

/// The words of a text, each once: runs of letters and digits, folded.
pub(crate) fn words(text: &str) -> BTreeSet<String> {
    let folded = folded(text);
    let runs = folded.split(|letter: char| !letter.is_alphanumeric()).filter(|run| !run.is_empty());
    runs.map(|run| run.chars().take(MOST_CHARACTERS).collect()).collect()
}

/// The name of a system as one term, which no word can be: it has a colon.
pub(crate) fn system(name: &str) -> String {
    let folded = folded(name);
    let runs: Vec<&str> =
        folded.split(|letter: char| !letter.is_alphanumeric()).filter(|run| !run.is_empty()).collect();
    format!("system:{}", runs.join(" ").chars().take(MOST_CHARACTERS * 2).collect::<String>())
}

/// The least text that sorts after everything that begins with `prefix`, in the order of code points.
pub(super) fn after_all(prefix: &str) -> Option<String> {
    let mut letters: Vec<char> = prefix.chars().collect();
    while let Some(last) = letters.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

/// The texts that are searched: title, justification, purpose and the names of systems.
fn searched(request: &Request) -> impl Iterator<Item = &Sealed> {
    let texts = [&request.title, &request.justification, &request.scope.purpose];
    texts.into_iter().flatten().chain(request.scope.systems.iter().map(|system| &system.name))
}

/// What decides the terms of an exception, so that they are written again only when it changes.
fn sources(request: &Request) -> (Vec<Hash>, &BTreeSet<String>) {
    (searched(request).map(|sealed| sealed.commitment).collect(), &request.clauses)
}

/// The terms of an exception, of its texts as far as they can be opened.
fn terms(exception: &Exception, texts: &BTreeMap<Hash, String>) -> BTreeSet<String> {
    let request = &exception.request;
    let mut found = words(&exception.number);
    found.extend(request.clauses.iter().flat_map(|clause| words(clause)));
    let opened = |sealed: &Sealed| texts.get(&sealed.commitment);
    found.extend(searched(request).filter_map(opened).flat_map(|text| words(text)));
    found.extend(request.scope.systems.iter().filter_map(|named| opened(&named.name)).map(|name| system(name)));
    found
}

#[derive(QueryableByName)]
struct Term {
    #[diesel(sql_type = Text)]
    term: String,
}

fn kept(conn: &mut Conn, serial: i64) -> Result<BTreeSet<String>, StoreError> {
    let mut sql = Sql::new("SELECT term FROM exception_terms WHERE serial = ");
    let rows: Vec<Term> = sql.bind(serial).kept().load(conn)?;
    Ok(rows.into_iter().map(|row| row.term).collect())
}

impl Tx<'_, '_> {
    /// Writes the terms of an exception, where what they come from has changed.
    pub(super) fn write_terms(
        &mut self,
        serial: i64,
        (before, after): (Option<&Exception>, &Exception),
        fresh: &[Opening],
    ) -> Result<(), StoreError> {
        if before.is_some_and(|before| sources(&before.request) == sources(&after.request)) {
            return Ok(());
        }
        let fresh = fresh.iter().map(|opening| (opening.commitment, opening.value.clone()));
        let mut texts: BTreeMap<Hash, String> = fresh.collect();
        let wanted: Vec<Hash> = searched(&after.request).map(|sealed| sealed.commitment).collect();
        for hash in wanted.iter().filter(|hash| !texts.contains_key(hash)).copied().collect::<Vec<_>>() {
            if let Some(text) = self.opening(hash)? {
                texts.insert(hash, text);
            }
        }
        self.replace_terms(serial, &terms(after, &texts))
    }

    /// Deletes every term of an exception, as erasure does before it writes those that are left.
    pub fn forget_terms(&mut self, id: ExceptionId) -> Result<(), StoreError> {
        let serial = self.serial(id)?;
        self.replace_terms(serial, &BTreeSet::new())
    }

    /// Writes the terms of an exception anew, from the texts that can still be opened.
    pub fn rewrite_terms(&mut self, id: ExceptionId) -> Result<(), StoreError> {
        let (serial, exception) = (self.serial(id)?, self.exception(id)?);
        exception.map_or(Ok(()), |exception| self.write_terms(serial, (None, &exception), &[]))
    }

    /// The text of an opening: of this batch, or stored.
    fn opening(&mut self, hash: Hash) -> Result<Option<String>, StoreError> {
        let key = hash.to_string();
        if let Some(fresh) = self.batch().fresh_opening(&key) {
            return Ok(Some(fresh));
        }
        Ok(openings::table.find(key).select(openings::value).first(self.conn()).optional()?)
    }

    fn replace_terms(&mut self, serial: i64, wanted: &BTreeSet<String>) -> Result<(), StoreError> {
        let before = kept(self.conn(), serial)?;
        let gone: Vec<String> = before.difference(wanted).cloned().collect();
        for some in gone.chunks(500) {
            let mut sql = Sql::new("DELETE FROM exception_terms WHERE serial = ");
            sql.bind(serial).push(" AND ").one_of("term", some);
            sql.query().execute(self.conn())?;
        }
        let new: Vec<&String> = wanted.difference(&before).collect();
        self.move_terms(serial, (&gone, &new))?;
        let mut rows = Rows::new("exception_terms", &["term", "serial"]);
        for term in new {
            rows.push([term.as_str().into(), serial.into()]);
            self.batch().tally.term(term, 1);
        }
        for term in &gone {
            self.batch().tally.term(term, -1);
        }
        rows.insert(self.conn())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        words(text).into_iter().collect()
    }

    #[test]
    fn words_are_folded_and_split_at_what_is_no_letter_or_digit() {
        assert_eq!(all("Café-Résumé, ÉTÉ; 3rd!"), ["3rd", "cafe", "ete", "resume"]);
        assert_eq!(all("ﬁle №４２ Ｇｐｔ"), ["file", "gpt", "no42"]);
        assert_eq!(all("Größe 東京 İstanbul"), ["große", "istanbul", "東京"]);
        assert_eq!(all("EX-2026-000042"), ["000042", "2026", "ex"]);
        assert!(all(" -– …").is_empty());
    }

    #[test]
    fn a_long_word_counts_by_its_beginning() {
        assert_eq!(all(&"a".repeat(10_000)), ["a".repeat(40)]);
    }

    #[test]
    fn a_systems_name_is_one_term() {
        assert_eq!(system("Example  LLM (v2)"), "system:example llm v2");
        assert!(words("system:example").iter().all(|word| !word.contains(':')));
    }

    #[test]
    fn a_range_holds_what_begins_with_its_prefix() {
        for prefix in ["abc", "a", "z", "é", "\u{D7FF}", "a\u{10FFFF}"] {
            let end = after_all(prefix).expect("an end");
            assert!(prefix < end.as_str() && format!("{prefix}\u{10FFFF}zz") < end, "{prefix}");
        }
        assert_eq!(after_all("abc").as_deref(), Some("abd"));
        assert_eq!(after_all("\u{10FFFF}"), None);
    }
}
