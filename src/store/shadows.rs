//! The versions of procedures that are tried on what happens, one of each procedure at most. It keeps them; what they
//! say is told elsewhere.

use diesel::prelude::*;

use super::{backend::Conn, error::StoreError, register, schema::sop_shadows};
use crate::{
    domain::request::Time,
    words::{Hash, SopRef},
};

/// A version of a procedure that is tried on what happens, without effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadow {
    /// Which.
    pub sop: SopRef,
    /// Its canonical text.
    pub text: String,
    /// Since when.
    pub begun_at: Time,
}

/// The version of this procedure that is tried, if one is.
pub fn shadow(conn: &mut Conn, id: &str) -> Result<Option<Shadow>, StoreError> {
    let row: Option<(i32, String, String, i64)> = sop_shadows::table
        .find(id)
        .select((sop_shadows::version, sop_shadows::hash, sop_shadows::document, sop_shadows::begun_at))
        .first(conn)
        .optional()?;
    let Some((version, hash, text, begun_at)) = row else { return Ok(None) };
    let broken = || StoreError::Corrupt(format!("the version of {id} that is tried"));
    let text = register::document(conn, text.parse().map_err(|_| broken())?)?.ok_or_else(broken)?;
    let version = u32::try_from(version).map_err(|_| broken())?;
    let sop = SopRef { id: id.to_owned(), version, hash: hash.parse().map_err(|_| broken())? };
    Ok(Some(Shadow { sop, text, begun_at: Time::from_timestamp_micros(begun_at).ok_or_else(broken)? }))
}

/// Notes that this version is tried from now on, in the place of any other of its procedure.
pub(super) fn begin(conn: &mut Conn, (sop, text): (&SopRef, Hash), (leaf, at): (u64, Time)) -> Result<(), StoreError> {
    end(conn, &sop.id)?;
    diesel::insert_into(sop_shadows::table)
        .values((
            sop_shadows::id.eq(&sop.id),
            sop_shadows::version.eq(i32::try_from(sop.version).unwrap_or(i32::MAX)),
            sop_shadows::hash.eq(sop.hash.to_string()),
            sop_shadows::document.eq(text.to_string()),
            sop_shadows::leaf.eq(i64::try_from(leaf).unwrap_or(i64::MAX)),
            sop_shadows::begun_at.eq(at.timestamp_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes that no version of this procedure is tried any more.
pub(super) fn end(conn: &mut Conn, id: &str) -> Result<(), StoreError> {
    diesel::delete(sop_shadows::table.find(id)).execute(conn)?;
    Ok(())
}
