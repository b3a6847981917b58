//! The roster in its tables: people, grants, delegations, tokens, sessions and changes. It writes what an
//! event says and finds what the rules ask for; whether something may happen is decided in the domain.

pub mod absences;
mod apply;
mod entry;
mod ground;
mod look;
mod people;
mod present;
mod rows;
mod schema;

#[cfg(test)]
mod tests;

pub use apply::{Secrets, apply};
pub use entry::{
    HeldToken, NewSession, Session, begin_session, end_session, end_sessions_of, session_by_hash, token_by_hash,
    tokens_of, touch_token,
};
pub use ground::{change, changes, governance, ground, roster};
pub use look::{list_present, records, services_of, sign_in_of, version_of};
pub use people::{
    After, SignIn, Stage, delegations_at, delegations_from, delegations_of, delegations_to, grants_of, holders,
    is_empty, list_people, people, person_by_email_key, sides, sign_in_by_email_key, voters,
};
pub use present::Present;
