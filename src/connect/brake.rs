//! What stops the calls of connectors: asked before every single one. It knows nothing of who pulls it.

use std::{fmt, sync::Arc};

/// Tells whether calls are stopped.
#[derive(Clone)]
pub struct Brake(Arc<dyn Fn() -> bool + Send + Sync>);

impl Brake {
    /// One that stops calls while `stopped` says so.
    pub fn new(stopped: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(stopped))
    }

    /// One that stops none: for a call that a person asks for by hand.
    pub fn none() -> Self {
        Self::new(|| false)
    }

    /// Are calls stopped?
    pub fn holds(&self) -> bool {
        (self.0)()
    }
}

impl fmt::Debug for Brake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Brake")
    }
}
