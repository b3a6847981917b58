//! A published version as it is shown: its content, and who published it when. It knows no route.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    desk::Error,
    register::Entry,
    store::{StoreError, register::Published},
    web::api::text::Instant,
    words::{Hash, PersonId, Weight},
};

/// A version with its content read.
#[derive(Debug)]
pub struct Read {
    /// Its content.
    pub(in crate::web) entry: Entry,
    /// Who published it, when, and how.
    pub(in crate::web) publication: Publication,
}

/// Who published a version, when, and how.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Publication {
    /// How much it changed; only a material version makes exceptions stale.
    pub weight: Weight,
    /// SHA-256 of its content in canonical JSON (RFC 8785).
    pub hash: Hash,
    /// When.
    pub at: Instant,
    /// Who published or confirmed it; `null` for what the service put in place itself.
    pub by: Option<PersonId>,
    /// The ledger's leaf that published it.
    pub leaf: u64,
}

/// A version of an entry, without its content.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegisterVersion)]
pub struct VersionView {
    /// The version, from 1; published versions never change.
    pub version: u32,
    /// Its title.
    pub title: String,
    /// Who published it, when, and how.
    pub published: Publication,
}

/// The versions of an entry.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegisterVersions)]
pub struct Versions {
    /// The first first.
    pub items: Vec<VersionView>,
}

impl VersionView {
    /// Of this version.
    pub fn of(read: Read) -> Self {
        Self { version: read.entry.version(), title: read.entry.title().to_owned(), published: read.publication }
    }
}

/// Reads what was published.
pub fn read(found: Published) -> Result<Read, Error> {
    let broken = |error| Error::Store(StoreError::Corrupt(format!("{}: {error}", found.entry)));
    let entry = Entry::read(found.entry.kind, &found.text).map_err(broken)?;
    let Published { entry: reference, weight, leaf, at, by, .. } = found;
    Ok(Read { entry, publication: Publication { weight, hash: reference.hash, at: at.into(), by, leaf } })
}
