//! What a preview shows of the texts of others that would go: where each stands, how long it is, and how it begins
//! where whoever asks reads it anyway.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    desk::{Laws, ground::Caller},
    domain::{
        exception::Exception,
        lifecycle::reads_internal,
        person::{People, Person},
    },
    store::{
        Conn, StoreError,
        erasure::{self, Found, NamingText},
        exceptions::exception,
        roster::people,
    },
    words::{ExceptionId, Hash},
};

/// How many texts of others a preview shows.
const SHOWN: usize = 200;
/// How many characters of each.
const EXCERPT: usize = 160;

/// A text of others that would go, since it names them.
#[derive(Debug, Clone)]
pub struct WouldGo {
    /// The number of the exception that it is about, if it is about one.
    pub exception: Option<String>,
    /// What it is in it.
    pub field: String,
    /// How many characters it has.
    pub length: usize,
    /// How it begins, where whoever asks reads it where it stands.
    pub excerpt: Option<String>,
}

/// An exception with such texts, as far as whoever asks may read it.
struct Seen {
    number: String,
    /// What was said among those who work on it, where whoever asks is none of them.
    closed: BTreeSet<Hash>,
}

/// The texts of others that name them, as far as `reader` may see their exceptions, and how many more there are. What
/// is confidential is read where its reading is an event, and not here. Of what was said outside exceptions, or among
/// those alone who work on one, the place and the length are told.
pub(super) fn shown(
    conn: &mut Conn,
    found: &Found,
    (laws, reader): (&Laws, &Person),
) -> Result<(Vec<WouldGo>, usize), StoreError> {
    let (mut shown, mut unseen) = (Vec::new(), 0);
    let mut known: BTreeMap<ExceptionId, Option<Seen>> = BTreeMap::new();
    for text in erasure::naming_texts(conn, found)? {
        if shown.len() >= SHOWN {
            unseen += 1;
            continue;
        }
        if let Some(id) = text.exception
            && !known.contains_key(&id)
        {
            known.insert(id, seen(conn, id, (laws, reader))?);
        }
        match text.exception.and_then(|id| known.get(&id)) {
            Some(None) => unseen += 1,
            Some(Some(seen)) => {
                let open = !seen.closed.contains(&text.text);
                shown.push(told(text, Some(seen.number.clone()), open));
            }
            None => shown.push(told(text, None, false)),
        }
    }
    Ok((shown, unseen))
}

fn told(text: NamingText, exception: Option<String>, open: bool) -> WouldGo {
    let excerpt = open.then(|| text.value.chars().take(EXCERPT).collect());
    WouldGo { exception, field: text.field, length: text.value.chars().count(), excerpt }
}

fn seen(conn: &mut Conn, id: ExceptionId, (laws, reader): (&Laws, &Person)) -> Result<Option<Seen>, StoreError> {
    let sees = |case: &Exception| !case.request.confidential && Caller::of(reader, &laws.matrix).sees(case);
    let Some(case) = exception(conn, id)?.filter(sees) else { return Ok(None) };
    let parties = [Some(case.requester), case.request.beneficiary].into_iter().flatten().collect();
    let people = People::new(people(conn, &parties)?, Vec::new());
    let closed =
        if reads_internal(reader, &case, &people) { BTreeSet::new() } else { erasure::internal_texts(conn, id)? };
    Ok(Some(Seen { number: case.number, closed }))
}
