//! What somebody is called, and where it stands in a text: whole, in words of its own, however it is written.

use std::collections::BTreeSet;

use diesel::{prelude::*, sql_query, sql_types::Text};

use crate::{
    store::{backend::Conn, error::StoreError, sql::Sql, terms::folded},
    words::Hash,
};

/// How many values one statement asks for.
const MOST: usize = 400;
/// What is shorter names nobody.
const FEWEST: usize = 5;

/// What somebody is called, folded as texts are that are searched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named(String);

/// Why something that they are called is not looked for in the texts of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unfit {
    /// One word alone names nobody, and neither do signs that no space parts.
    OneWord,
    /// It is too short.
    Short,
    /// It stands in what somebody is called who stays.
    Shared,
}

/// What somebody is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Called {
    /// What is looked for.
    pub sought: BTreeSet<Named>,
    /// What is not, and why.
    pub unsought: BTreeSet<(String, Unfit)>,
}

impl Unfit {
    /// Its code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OneWord => "one_word",
            Self::Short => "short",
            Self::Shared => "shared",
        }
    }
}

/// A letter that an address or a double name goes on with.
const fn joins(letter: char) -> bool {
    matches!(letter, '.' | '_' | '%' | '+' | '-' | '@')
}

/// Does no word go on with these letters, the nearest first?
fn ends(mut letters: impl Iterator<Item = char>) -> bool {
    match letters.next() {
        Some(letter) if joins(letter) => !letters.find(|next| !joins(*next)).is_some_and(char::is_alphanumeric),
        Some(letter) => !letter.is_alphanumeric(),
        None => true,
    }
}

/// A text as it is compared: folded as those are that are searched, each run of white space a single space.
pub(super) fn plain(text: &str) -> String {
    let folded = folded(text);
    let mut words = folded.split_whitespace();
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |line, word| line + " " + word)
}

/// Does `sought` stand in a text as words of their own, where both are [`plain`]?
pub(super) fn stands_alone(sought: &str, text: &str) -> bool {
    !sought.is_empty()
        && text.match_indices(sought).any(|(at, found)| {
            let before = text.get(..at).unwrap_or_default().chars().rev();
            ends(before) && ends(text.get(at + found.len()..).unwrap_or_default().chars())
        })
}

impl Named {
    /// A name or an address that can be looked for.
    pub(super) fn of(field: &str, value: &str) -> Result<Self, Unfit> {
        let name = plain(value);
        if field != "email" && name.split_whitespace().nth(1).is_none() {
            return Err(Unfit::OneWord);
        }
        if name.chars().count() < FEWEST { Err(Unfit::Short) } else { Ok(Self(name)) }
    }

    /// Does it stand in a text that is [`plain`], as words of their own?
    pub(super) fn stands_in(&self, text: &str) -> bool {
        stands_alone(&self.0, text)
    }
}

impl Called {
    /// Does anything of it stand in this text?
    pub fn stands_in(&self, text: &str) -> bool {
        if self.sought.is_empty() {
            return false;
        }
        let text = plain(text);
        self.sought.iter().any(|named| named.stands_in(&text))
    }

    /// What is looked for, one in each line, for whoever looks later.
    pub(super) fn kept(&self) -> String {
        self.sought.iter().map(|named| named.0.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// The same from what was kept.
    pub(super) fn read(kept: &str) -> Self {
        let sought = kept.lines().filter(|line| !line.is_empty()).map(|line| Named(line.to_owned())).collect();
        Self { sought, unsought: BTreeSet::new() }
    }

    fn of<'t>(theirs: impl Iterator<Item = (&'t str, &'t str)>, others: &[String]) -> Self {
        let mut called = Self::default();
        for (field, value) in theirs {
            match Named::of(field, value) {
                Ok(named) if others.iter().any(|other| named.stands_in(other)) => {
                    called.unsought.insert((value.to_owned(), Unfit::Shared));
                }
                Ok(named) => {
                    called.sought.insert(named);
                }
                Err(unfit) => {
                    called.unsought.insert((value.to_owned(), unfit));
                }
            }
        }
        called
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    field: String,
    #[diesel(sql_type = Text)]
    value: String,
}

/// What they are called by these commitments. What stands in a name or an address of anybody who stays is not looked
/// for: it would be that one's too.
pub(super) fn called(conn: &mut Conn, identity: &BTreeSet<Hash>, ids: &[String]) -> Result<Called, StoreError> {
    let commitments: Vec<String> = identity.iter().map(Hash::to_string).collect();
    if commitments.is_empty() || ids.is_empty() {
        return Ok(Called::default());
    }
    let mut theirs: Vec<Row> = Vec::new();
    for some in commitments.chunks(MOST) {
        let mut sql = Sql::new("SELECT field, value FROM openings WHERE ");
        theirs.extend(sql.one_of("commitment", some).query().load::<Row>(conn)?);
    }
    let mut others: Vec<String> = Vec::new();
    for column in ["name_c", "email_c"] {
        let mut sql = Sql::new(&format!(
            "SELECT o.field AS field, o.value AS value FROM people p JOIN openings o ON o.commitment = p.{column} \
             WHERE p.erased_at IS NULL AND NOT ",
        ));
        let rows: Vec<Row> = sql.one_of("p.id", ids).query().load(conn)?;
        others.extend(rows.iter().map(|row| plain(&row.value)));
    }
    Ok(Called::of(theirs.iter().map(|row| (row.field.as_str(), row.value.as_str())), &others))
}

/// Those of these accounts that are a human's: what a service is called is a phrase.
pub(super) fn humans(conn: &mut Conn, ids: &[String]) -> Result<BTreeSet<String>, StoreError> {
    #[derive(QueryableByName)]
    struct Id {
        #[diesel(sql_type = Text)]
        id: String,
    }
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut sql = Sql::new("SELECT id FROM people WHERE responsible IS NULL AND ");
    let rows: Vec<Id> = sql.one_of("id", ids).query().load(conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// One page of all texts, in the order of their commitments.
#[derive(Debug, QueryableByName)]
pub(super) struct OpeningRow {
    #[diesel(sql_type = Text)]
    pub(super) commitment: String,
    #[diesel(sql_type = Text)]
    pub(super) field: String,
    #[diesel(sql_type = Text)]
    pub(super) value: String,
    #[diesel(sql_type = Text)]
    pub(super) subject_kind: String,
    #[diesel(sql_type = Text)]
    pub(super) subject: String,
}

impl OpeningRow {
    /// The name or the address of an account: another who is called the same keeps it.
    pub(super) fn is_of_account(&self) -> bool {
        self.subject_kind == "roster" && matches!(self.field.as_str(), "name" | "email")
    }

    /// Its commitment.
    pub(super) fn hash(&self) -> Result<Hash, StoreError> {
        self.commitment.parse().map_err(|_| StoreError::Corrupt(format!("the opening of {}", self.commitment)))
    }
}

const TEXTS: &str = "SELECT commitment, field, value, subject_kind, subject FROM openings WHERE ";

/// The next of all texts after this commitment.
pub(super) fn texts_after(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<OpeningRow>, StoreError> {
    let page = sql_query(format!("{TEXTS} commitment > $1 ORDER BY commitment LIMIT $2"));
    Ok(page.bind::<Text, _>(after).bind::<diesel::sql_types::BigInt, _>(limit).load(conn)?)
}

/// The texts behind these commitments.
pub(super) fn texts(conn: &mut Conn, commitments: &BTreeSet<Hash>) -> Result<Vec<OpeningRow>, StoreError> {
    let commitments: Vec<String> = commitments.iter().map(Hash::to_string).collect();
    let mut found = Vec::new();
    for some in commitments.chunks(MOST) {
        found.extend(Sql::new(TEXTS).one_of("commitment", some).query().load::<OpeningRow>(conn)?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(field: &str, name: &str, text: &str) -> bool {
        Named::of(field, name).is_ok_and(|named| named.stands_in(&plain(text)))
    }

    #[test]
    fn an_address_stands_alone_and_is_no_part_of_another() {
        for text in
            ["Write to rita@example.com.", "<RITA@Example.COM>, please", "rita@example.com - now", "rita@example.com"]
        {
            assert!(finds("email", "rita@example.com", text), "{text}");
        }
        for text in [
            "rita@example.com.au",
            "my.rita@example.com",
            "rita@example.common",
            "x-rita@example.com",
            "rita@example.com-x",
        ] {
            assert!(!finds("email", "rita@example.com", text), "{text}");
        }
        assert!(!finds("email", "lee@corp.com", "bruce.lee@corp.com said so"));
    }

    #[test]
    fn a_name_is_found_however_it_is_written() {
        for text in [
            "Özlem Åberg asked",
            "ÖZLEM ÅBERG's",
            "(ozlem aberg)",
            "O\u{308}zlem A\u{30a}berg",
            "Özlem\u{a0}  Åberg",
            "Özlem\nÅberg",
        ] {
            assert!(finds("name", "Özlem Åberg", text), "{text}");
        }
        assert!(!finds("name", "Ann Lee", "Ann Lee-Smith") && !finds("name", "Ann Lee", "Joann Leeds"));
    }

    #[test]
    fn what_names_nobody_alone_is_not_looked_for() {
        assert_eq!(Named::of("name", "Cher"), Err(Unfit::OneWord));
        assert_eq!(Named::of("name", "王小明"), Err(Unfit::OneWord));
        assert_eq!(Named::of("name", "A B"), Err(Unfit::Short));
        let others = [plain("Mary Ann Lee"), plain("bruce.lee@corp.com")];
        let theirs = [("name", "Ann Lee"), ("email", "lee@corp.com"), ("name", "Ann Leeward")];
        let called = Called::of(theirs.into_iter(), &others);
        assert_eq!(called.unsought, [("Ann Lee".to_owned(), Unfit::Shared)].into());
        assert_eq!(called.sought.len(), 2, "{called:?}");
    }
}
