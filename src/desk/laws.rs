//! What holds: the access matrix, the policy register and the published procedures.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use crate::{access::Matrix, register::Register, sop::Sop, words::SopRef};

/// The laws, read at every command.
#[derive(Debug)]
pub struct Laws {
    /// Who may ask for what.
    pub matrix: Matrix,
    /// The policy register.
    pub register: Register,
    /// The published procedures.
    pub sops: Sops,
}

/// The published procedures by name and version; published versions never change.
#[derive(Debug, Default)]
pub struct Sops(RwLock<BTreeMap<(String, u32), Arc<Sop>>>);

impl Sops {
    /// These procedures.
    pub fn new(sops: impl IntoIterator<Item = Sop>) -> Self {
        let keyed = sops.into_iter().map(|sop| ((sop.document().id.clone(), sop.document().version), Arc::new(sop)));
        Self(RwLock::new(keyed.collect()))
    }

    /// One version.
    pub fn version(&self, id: &str, version: u32) -> Option<Arc<Sop>> {
        let sops = self.0.read().unwrap_or_else(PoisonError::into_inner);
        sops.get(&(id.to_owned(), version)).cloned()
    }

    /// The version that a record refers to, if its content is that very one.
    pub fn exactly(&self, wanted: &SopRef) -> Option<Arc<Sop>> {
        self.version(&wanted.id, wanted.version).filter(|sop| sop.reference().hash == wanted.hash)
    }

    /// The newest version of a procedure.
    pub fn newest(&self, id: &str) -> Option<Arc<Sop>> {
        let sops = self.0.read().unwrap_or_else(PoisonError::into_inner);
        sops.range((id.to_owned(), 0)..=(id.to_owned(), u32::MAX)).next_back().map(|(_, sop)| Arc::clone(sop))
    }

    /// All of them, by name and version.
    pub fn all(&self) -> Vec<Arc<Sop>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

impl Sops {
    /// One more published version.
    pub fn add(&self, sop: Sop) {
        let key = (sop.document().id.clone(), sop.document().version);
        self.0.write().unwrap_or_else(PoisonError::into_inner).entry(key).or_insert_with(|| Arc::new(sop));
    }
}
