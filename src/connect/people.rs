//! What another system calls our people, and whom it means: one mapping for both directions. It knows
//! addresses alone; whose account an address is, is the door's to say.

use std::collections::BTreeMap;

use crate::identity::email::EmailAddress;

/// Mail addresses by the names that another system knows people by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping(BTreeMap<String, EmailAddress>);

impl Mapping {
    /// Adds a name; the same name means the one that was added last.
    pub fn insert(&mut self, external: String, address: EmailAddress) {
        self.0.insert(external, address);
    }

    /// The address behind a name.
    pub fn address(&self, external: &str) -> Option<&EmailAddress> {
        self.0.get(external)
    }

    /// The name behind an address; of several the first.
    pub fn external(&self, address: &str) -> Option<&str> {
        let address: EmailAddress = address.parse().ok()?;
        self.0.iter().find(|(_, known)| known.key() == address.key()).map(|(external, _)| external.as_str())
    }

    /// Every name with its address.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &EmailAddress)> {
        self.0.iter().map(|(external, address)| (external.as_str(), address))
    }

    /// Is nobody in it?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, EmailAddress)> for Mapping {
    fn from_iter<I: IntoIterator<Item = (String, EmailAddress)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}
