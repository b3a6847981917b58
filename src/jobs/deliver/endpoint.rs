//! The letter to who answers for an endpoint that failed for good; to governance, where nobody does any more.

use std::collections::BTreeSet;

use super::{
    Outcome,
    house::{House, Manner, Waited},
};
use crate::{
    domain::{letters::LetterKind, request::Time, roster::WebhookEnd},
    jobs::{JobError, Jobs},
    notify,
    store::{
        Conn, StoreError,
        outbox::{Claimed, Told},
        roster::holders,
        webhooks::{Webhook, webhook},
    },
    words::{PersonId, Role, WebhookId},
};

/// Which endpoint, why, and of a letter that waited for one reader the letter and the reader.
type Ended = (WebhookId, WebhookEnd, Waited);

impl Jobs {
    /// Tells who answers for an endpoint that it gets nothing more.
    pub(super) fn endpoint(&self, letter: &Claimed, (id, why, waited): Ended, now: Time) -> Result<Outcome, JobError> {
        let Some((webhook, meant)) = self.desk.store().read(|conn| find(conn, (id, why)))? else {
            return Ok(Outcome::default());
        };
        let house = House {
            kind: LetterKind::EndpointFailed,
            manner: Manner::Asks,
            meant,
            waited,
            told: &|held| Told::Webhook { webhook: id, why, held },
            written: &|reader| notify::endpoint_failed(&webhook.host, why, reader.language),
        };
        self.house(letter, &house, now)
    }
}

fn find(
    conn: &mut Conn,
    (id, why): (WebhookId, WebhookEnd),
) -> Result<Option<(Webhook, BTreeSet<PersonId>)>, StoreError> {
    let Some(webhook) = webhook(conn, id)? else { return Ok(None) };
    let meant = match why {
        WebhookEnd::OwnerLeft => holders(conn, &[Role::Governance])?.into_iter().map(|person| person.id).collect(),
        WebhookEnd::Asked | WebhookEnd::Gone | WebhookEnd::Exhausted | WebhookEnd::Silent => [webhook.owner].into(),
    };
    Ok(Some((webhook, meant)))
}
