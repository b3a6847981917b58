//! Identifiers as types of their own, so that a person's id is never taken for an exception's.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// Declares a newtype over a UUID.
macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::try_parse(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// An exception (UUIDv7).
    ExceptionId,
    /// A person or a service account; a pseudonym that may stand in the ledger.
    PersonId,
    /// One task: derived from its exception, the event that opened it and what it asks for.
    TaskId,
    /// A proposed change that waits for a second person.
    ChangeId,
    /// A compensating control of one exception.
    ControlId,
    /// One role granted to one person in one domain.
    GrantId,
    /// A delegation from one approver to another.
    DelegationId,
    /// An attachment of one exception.
    AttachmentId,
    /// An API token.
    TokenId,
    /// A signed-in session.
    SessionId,
    /// A ledger event.
    EventId,
    /// An incident that was reported.
    IncidentId,
    /// A concern: what the figures say of a procedure, and somebody has to answer.
    ConcernId,
    /// A split of a procedure: a version of it that a share of what is submitted runs on.
    SplitId,
    /// A letter in the outbox.
    LetterId,
    /// A link by which an approver decides.
    LinkId,
    /// An endpoint that events are sent to.
    WebhookId,
    /// One event on its way to one endpoint.
    DeliveryId,
}

impl TaskId {
    /// The id of the task that event `seq` of `exception` opened under `key`: the same on every replay.
    pub fn derive(exception: ExceptionId, seq: u64, key: &str) -> Self {
        Self(Uuid::new_v5(&exception.0, format!("task/{seq}/{key}").as_bytes()))
    }
}

impl DeliveryId {
    /// The id of what leaf `leaf` is to `webhook`: the same on every try and on every replay.
    pub fn derive(webhook: WebhookId, leaf: u64) -> Self {
        Self(Uuid::new_v5(&webhook.0, format!("delivery/{leaf}").as_bytes()))
    }
}

/// A path of regions and units, such as `eu/retail`; the root is empty. A role held in a path is
/// held in everything below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct DomainPath(String);

/// A text that is no domain path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a domain path is segments of lower-case letters, digits, `-` and `_` joined by `/`, at most 120 characters; the root is `/`"
)]
pub struct BadDomainPath;

impl DomainPath {
    /// The domain above all others.
    pub const fn root() -> Self {
        Self(String::new())
    }

    /// Does a role held here hold in `other` too?
    pub fn covers(&self, other: &Self) -> bool {
        self.0.is_empty()
            || other.0 == self.0
            || other.0.strip_prefix(&self.0).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The path as text; the root is `/`.
    pub fn as_str(&self) -> &str {
        if self.0.is_empty() { "/" } else { &self.0 }
    }

    /// Every path that covers this one, from itself up to the root.
    pub fn ancestors(&self) -> Vec<Self> {
        let mut paths = vec![self.clone()];
        let mut rest = self.0.as_str();
        while let Some((head, _)) = rest.rsplit_once('/') {
            paths.push(Self(head.to_owned()));
            rest = head;
        }
        if !self.0.is_empty() {
            paths.push(Self::root());
        }
        paths
    }
}

impl fmt::Display for DomainPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for DomainPath {
    type Err = BadDomainPath;

    fn from_str(text: &str) -> Result<Self, BadDomainPath> {
        if text == "/" {
            return Ok(Self::root());
        }
        let segment =
            |s: &str| !s.is_empty() && s.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
        if text.len() > 120 || !text.split('/').all(segment) {
            return Err(BadDomainPath);
        }
        Ok(Self(text.to_owned()))
    }
}

impl Serialize for DomainPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for DomainPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Which procedure, in which immutable version, with which content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SopRef {
    /// The procedure's name, such as `standard`.
    pub id: String,
    /// Its version, from 1.
    pub version: u32,
    /// The content's SHA-256.
    pub hash: super::Hash,
}

impl fmt::Display for SopRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SOP {} v{}", self.id, self.version)
    }
}

/// Which entry of the register, in which immutable version, with which content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntryRef {
    /// What it is.
    pub kind: super::EntryKind,
    /// Its id, such as `AIP-2`.
    pub id: String,
    /// Its version, from 1.
    pub version: u32,
    /// SHA-256 of its content in canonical JSON (RFC 8785).
    pub hash: super::Hash,
}

impl fmt::Display for EntryRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} v{}", self.kind, self.id, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> DomainPath {
        text.parse().expect(text)
    }

    #[test]
    fn a_role_holds_below_and_not_beside() {
        assert!(path("/").covers(&path("eu/retail")));
        assert!(path("eu").covers(&path("eu/retail")));
        assert!(!path("eu").covers(&path("europe/retail")));
        assert!(!path("eu/retail").covers(&path("eu")));
    }

    #[test]
    fn ancestors_end_at_the_root() {
        let names: Vec<_> = path("eu/retail/cards").ancestors().iter().map(ToString::to_string).collect();
        assert_eq!(names, ["eu/retail/cards", "eu/retail", "eu", "/"]);
    }

    #[test]
    fn odd_paths_are_refused() {
        for text in ["", "eu/", "/eu", "EU", "eu//x", "e u", "é"] {
            assert!(text.parse::<DomainPath>().is_err(), "{text}");
        }
    }
}
