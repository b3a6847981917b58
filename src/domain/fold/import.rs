//! What an exception is once it came from another register. It judges nothing.

use crate::domain::{
    event::Event,
    exception::Exception,
    import::{Brought, Imported},
    request::Request,
};

impl Exception {
    pub(super) fn bring(&mut self, came: &Brought, event: &Event) {
        match came {
            Brought::Imported { from } => {
                self.imported = Some(Imported { from: (**from).clone(), by: event.by.person(), changed: false });
            }
            Brought::Archived => {
                let end = self.imported.as_ref().and_then(|imported| imported.from.end(event.at));
                self.state = end.unwrap_or_else(|| self.state.clone());
            }
        }
    }

    /// Another content than the one that was imported, but for its files, is no longer what was kept elsewhere.
    pub(super) fn note_departure(&mut self, request: &Request) {
        let Some(imported) = &mut self.imported else { return };
        let same = Request { attachments: self.request.attachments.clone(), ..request.clone() } == self.request;
        imported.changed |= !same;
    }
}
