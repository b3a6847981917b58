//! Endpoints as somebody with a shell sees them, and what they do about them: as the service itself, through
//! the door.

use super::{App, StartError};
use crate::{
    domain::roster::{LetterState, OutwardAction, WebhookAction},
    store::webhooks::{self, Delivery, Webhook},
    words::WebhookId,
};

/// More endpoints than anybody has.
const ALL: i64 = 10_000;

impl App {
    /// The endpoints.
    pub fn webhooks(&self) -> Result<Vec<Webhook>, StartError> {
        Ok(self.desk().store().read(|conn| webhooks::webhooks(conn, None, ALL))?)
    }

    /// One endpoint.
    pub fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, StartError> {
        Ok(self.desk().store().read(|conn| webhooks::webhook(conn, id))?)
    }

    /// What was sent to one, the newest first.
    pub fn deliveries(
        &self,
        webhook: WebhookId,
        standing: Option<LetterState>,
        limit: i64,
    ) -> Result<Vec<Delivery>, StartError> {
        Ok(self.desk().store().read(|conn| webhooks::deliveries(conn, (webhook, standing), None, limit))?)
    }

    /// Something to be done about one.
    pub fn change_webhook(&self, action: WebhookAction) -> Result<(), StartError> {
        self.operate(OutwardAction::Webhook(action), Vec::new())
    }
}
