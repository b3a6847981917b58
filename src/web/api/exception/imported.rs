//! Where an exception was kept before, as it is shown.

use serde::Serialize;
use utoipa::ToSchema;

use super::show::{Opened, Texts};
use crate::{
    domain::import::Imported,
    web::api::text::{Instant, Reference, Slug},
    words::{PersonId, Standing, Tier},
};

/// Where an exception was kept before, and how it stood there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Imported)]
pub struct ImportedView {
    /// The register that it comes from.
    pub source: Slug,
    /// What it is called there.
    pub reference: Reference,
    /// How it stood there.
    pub standing: Standing,
    /// When it ended there, where it has and the register says so.
    pub ended_at: Option<Instant>,
    /// The tier that it has there.
    pub tier: Option<Tier>,
    /// Did the register name nobody as its owner who is known and active here?
    pub ownerless: bool,
    /// Who brought it here.
    pub by: Option<PersonId>,
    /// Was more of it changed here than its files?
    pub changed: bool,
    /// The row as it was, as JSON.
    pub row: Opened,
}

impl ImportedView {
    /// Shows it.
    pub fn of(imported: &Imported, texts: Texts<'_>) -> Self {
        let from = &imported.from;
        Self {
            source: Slug::known(&from.source),
            reference: Reference::known(&from.reference),
            standing: from.standing,
            ended_at: from.ended_at.map(Into::into),
            tier: from.tier,
            ownerless: from.ownerless,
            by: imported.by,
            changed: imported.changed,
            row: texts.open(&from.row),
        }
    }
}
