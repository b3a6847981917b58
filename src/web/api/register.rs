//! The register over REST: what policies, regulations and systems have in common. Reading is for everybody
//! signed in; publishing goes through the door like everything else.

pub mod diff;
pub mod policies;
pub mod regulations;
pub mod systems;
pub(in crate::web) mod view;

use actix_web::{HttpResponse, http::header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    administer::{Outcome, Question, ask, done, look, noted},
    text::Line,
};
use crate::{
    domain::roster::{RosterAction, RosterDeed},
    register::Entry,
    store::{
        register::{Published, newest_entries, versions_of},
        roster::Secrets,
    },
    web::{
        call::Call,
        conditional,
        json::checked,
        page::{self, Page},
        problem::{Problem, codes},
        query::{number, word},
    },
    words::{EntryKind, EntryRef, Hash, Weight},
};

pub use view::{Publication, VersionView, Versions};
use view::{Read, read};

/// The order of the lists.
const SORT: &str = "id";

/// The entry that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; the handler reads it")]
pub struct EntryPath {
    /// The entry's id.
    #[param(example = "AIP-2")]
    id: String,
}

/// The version of an entry that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; the handler reads it")]
pub struct EntryVersionPath {
    /// The entry's id.
    #[param(example = "AIP-2")]
    id: String,
    /// The version, from 1.
    #[param(minimum = 1, example = 1)]
    version: u32,
}

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RegisterQuery {
    /// Only those that contain all of these words, in any case: in the id, the title or the text.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<Line>)]
    q: Option<Line>,
    /// Rows of a page.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before.
    #[serde(deserialize_with = "word")]
    cursor: Option<String>,
}

/// The entries of a list: all that are wanted, in the order of their ids, a page of them.
struct Wanted {
    kind: EntryKind,
    words: Vec<String>,
    after: Option<String>,
    limit: i64,
}

impl Wanted {
    fn of(kind: EntryKind, asked: &RegisterQuery) -> Result<Self, Problem> {
        let words = asked.q.iter().flat_map(|q| q.as_str().split_whitespace()).map(str::to_lowercase).collect();
        let after = asked.cursor.as_deref().map(|cursor| page::opened_name(SORT, cursor)).transpose()?;
        Ok(Self { kind, words, after, limit: page::limit(asked.limit)? })
    }

    fn fits(&self, entry: &Entry) -> bool {
        let text = all_of(entry).to_lowercase();
        self.after.as_deref().is_none_or(|after| entry.id() > after)
            && self.words.iter().all(|word| text.contains(word))
    }

    /// A page of those for which `also` holds.
    async fn page<V: Serialize + ToSchema + Send + 'static>(
        self,
        call: &Call,
        also: impl Fn(&Entry) -> bool + Send + 'static,
        show: fn(Read) -> V,
    ) -> Result<HttpResponse, Problem> {
        let limit = self.limit;
        let found = self.found(call, also).await?;
        let (found, next_cursor) = page::part(found, limit, |one| page::sealed_name(SORT, one.entry.id()));
        let page = Page { items: found.into_iter().map(show).collect(), next_cursor };
        Ok(page::answer(&call.request, &page))
    }

    /// All for which `also` holds.
    async fn found(self, call: &Call, also: impl Fn(&Entry) -> bool) -> Result<Vec<Read>, Problem> {
        let kind = self.kind;
        let found = look(call, move |desk| {
            let rows = desk.store().read(|conn| newest_entries(conn, Some(kind)))?;
            rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()
        });
        Ok(found.await?.into_iter().filter(|one| self.fits(&one.entry) && also(&one.entry)).collect())
    }
}

/// The entries of a kind in their newest versions that contain all of these words, and the cursor of the next page.
pub(in crate::web) async fn searched(
    call: &Call,
    kind: EntryKind,
    asked: &RegisterQuery,
) -> Result<(Vec<Read>, Option<String>), Problem> {
    let wanted = Wanted::of(kind, asked)?;
    let limit = wanted.limit;
    let found = wanted.found(call, |_| true).await?;
    Ok(page::part(found, limit, |one| page::sealed_name(SORT, one.entry.id())))
}

/// Every version of the entry that the path names, the first first.
pub(in crate::web) async fn history(call: &Call, kind: EntryKind) -> Result<Vec<Read>, Problem> {
    let found = versions(call, kind).await?;
    Ok(found.into_iter().map(read).collect::<Result<_, _>>()?)
}

/// All that a search looks at.
fn all_of(entry: &Entry) -> String {
    let clauses = entry.clauses().iter().map(|clause| format!("{} {} {}", clause.id, clause.title, clause.text));
    let more = match entry {
        Entry::Policy(_) => None,
        Entry::Regulation(law) => law.reference.clone(),
        Entry::System(system) => system.vendor.clone(),
    };
    let head = [entry.id().to_owned(), entry.title().to_owned()];
    head.into_iter().chain(more).chain(clauses).collect::<Vec<_>>().join("\n")
}

/// Every version of the entry that the path names.
async fn versions(call: &Call, kind: EntryKind) -> Result<Vec<Published>, Problem> {
    let id = call.request.match_info().query("id").to_owned();
    let found = look(call, move |desk| Ok(desk.store().read(|conn| versions_of(conn, kind, &id))?)).await?;
    if found.is_empty() { Err(Problem::not_found(kind.as_str())) } else { Ok(found) }
}

/// Answers with the newest version, or the one that the path names.
async fn show_one<V: Serialize>(call: &Call, kind: EntryKind, show: fn(Read) -> V) -> Result<HttpResponse, Problem> {
    let mut found = versions(call, kind).await?;
    let wanted = match call.request.match_info().get("version") {
        None => found.pop(),
        Some(text) => found.into_iter().find(|one| Ok(one.entry.version) == text.parse()),
    };
    let found = wanted.ok_or_else(|| Problem::not_found("version"))?;
    let etag = format!("\"{}\"", found.entry.hash);
    Ok(conditional::answer(&call.request, &etag, &show(read(found)?)))
}

async fn show_versions(call: &Call, kind: EntryKind) -> Result<HttpResponse, Problem> {
    let found = versions(call, kind).await?;
    let items: Result<Vec<VersionView>, Problem> =
        found.into_iter().map(|one| Ok(VersionView::of(read(one)?))).collect();
    Ok(HttpResponse::Ok().json(Versions { items: items? }))
}

/// Publishes this version, or proposes to: answers with it, or with the change that waits.
async fn publish<V: Serialize>(
    call: &Call,
    (entry, weight): (Entry, Weight),
    hash: Hash,
    show: fn(Read) -> V,
) -> Result<HttpResponse, Problem> {
    done(call, publishing(call, (entry, weight), hash)?, async |events| {
        let EntryRef { kind, id, version, .. } = noted(&events, made)?;
        let location = format!("/v1/{}/{id}/versions/{version}", plural(kind));
        let made = look(call, move |desk| Ok(desk.store().read(|conn| versions_of(conn, kind, &id))?)).await?;
        let made = made.into_iter().find(|one| one.entry.version == version);
        let made = made.ok_or_else(|| Problem::internal("a version without a row"))?;
        Ok(HttpResponse::Created().insert_header((header::LOCATION, location)).json(show(read(made)?)))
    })
    .await
}

fn publishing(call: &Call, (entry, weight): (Entry, Weight), hash: Hash) -> Result<Question, Problem> {
    let text = entry.canonical().map_err(Problem::internal)?;
    let (reference, retires) = (entry.reference(&text), entry.is_retired());
    let action = RosterAction::PublishEntry { entry: reference, weight, retires };
    let secrets = Secrets { document: Some(text), ..Secrets::default() };
    Ok(Question::plain(call, action, hash)?.with(secrets))
}

/// Publishes the next version of the entry that the path names as a page asks for it, or retires a system.
pub(in crate::web) async fn published(
    call: &Call,
    (kind, retires): (EntryKind, bool),
    (body, hash): (serde_json::Value, Hash),
) -> Result<Outcome, Problem> {
    let entry = match kind {
        EntryKind::System if retires => (systems::retired(call).await?, Weight::Material),
        EntryKind::Policy => policies::entry(call, checked(body)?)?,
        EntryKind::Regulation => regulations::entry(call, checked(body)?)?,
        EntryKind::System => systems::entry(call, checked(body)?).await?,
    };
    ask(call, publishing(call, entry, hash)?).await
}

/// What was published; for a repeated request that is what it published before.
#[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
fn made(deed: &RosterDeed) -> Option<EntryRef> {
    match deed {
        RosterDeed::EntryPublished { entry, .. } => Some(entry.clone()),
        _ => None,
    }
}

const fn plural(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Policy => "policies",
        EntryKind::Regulation => "regulations",
        EntryKind::System => "systems",
    }
}

/// The id in the path, for a new entry as for an old one.
fn named<T: std::str::FromStr<Err = String>>(call: &Call) -> Result<T, Problem> {
    let text = call.request.match_info().query("id");
    text.parse().map_err(|error: String| Problem::field(codes::INVALID_VALUE, "/id", error))
}
