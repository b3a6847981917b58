//! Telling other systems: each connector has a lane of its own, and what fails in one waits there alone.

use std::sync::Arc;

use super::{Line, Outcome, after_failure};
use crate::{
    connect::{
        Connector,
        send::{Done, Fault, Passes},
    },
    desk::Elsewhere,
    domain::request::Time,
    jobs::{
        CONNECTORS, JobError, Jobs, Worked,
        errand::{About, look},
    },
    sop::Verdict,
    store::outbox::{Claimed, Failure, Fence, Then, errands::KeptTicket},
    words::{Channel, ExceptionId},
};

/// What was done of an errand.
#[derive(Debug, Clone)]
pub(super) struct Ran {
    connector: String,
    exception: ExceptionId,
    /// The ticket there is now.
    ticket: Option<KeptTicket>,
    /// Was the other system asked at all?
    asked: bool,
}

impl Jobs {
    /// Runs what waits for each connector; how much was handled. Nothing leaves for other systems but through
    /// here, so that this is where the channel is stopped.
    #[expect(clippy::unnecessary_wraps, reason = "the table's jobs may fail")]
    pub(in crate::jobs) fn connect(&mut self, _: Time) -> Result<Worked, JobError> {
        let (mut handled, mut whole) = (0, true);
        let connectors = Arc::clone(&self.outward.connectors);
        for connector in connectors.values() {
            match self.empty(Line { lane: &connector.system(), channel: Channel::Connectors, job: CONNECTORS }) {
                Ok(worked) => {
                    handled += worked.done;
                    whole &= worked.whole;
                }
                Err(error) => {
                    tracing::error!(channel = CONNECTORS, connector = %connector.name, %error, "it is tried again");
                }
            }
        }
        Ok(Worked { done: handled, whole })
    }

    /// Tells another system of an event.
    pub(super) fn errand(
        &self,
        letter: &Claimed,
        (name, exception, event): (&str, ExceptionId, u64),
        now: Time,
    ) -> Result<Outcome, JobError> {
        let Some(connector) = self.outward.connectors.get(name) else {
            return Ok(Outcome::failed(dead("no connector of this name is configured any more")));
        };
        let ran = |asked| Ran { connector: name.to_owned(), exception, ticket: None, asked };
        let failed = |failure| Outcome { errand: Some(ran(true)), ..Outcome::failed(failure) };
        let delivery = letter.id.to_string();
        let about = About { exception, event, delivery: &delivery, public_url: &self.outward.public_url };
        let looked = self.desk.store().read(|conn| look(conn, connector, about))?;
        match connector.when.as_ref().map(|rule| rule.judge(&looked.facts)) {
            None | Some(Verdict::Holds) => {}
            Some(Verdict::Fails) => return Ok(Outcome { errand: Some(ran(false)), ..Outcome::default() }),
            Some(Verdict::NotEvaluable(why)) => {
                return Ok(failed(dead(format!("its condition could not be evaluated: {why}"))));
            }
        }
        Ok(match self.outward.sender.run(connector, &looked.errand, now) {
            Ok(Done::Nothing(_)) => Outcome { errand: Some(ran(false)), ..Outcome::default() },
            Ok(Done::Updated) => Outcome { errand: Some(ran(true)), ..Outcome::default() },
            Ok(Done::Created(ticket)) => {
                let ticket = ticket.map(|ticket| KeptTicket { ticket: ticket.id, url: ticket.url });
                Outcome { errand: Some(Ran { ticket, ..ran(true) }), ..Outcome::default() }
            }
            Err(fault) => failed(failure(letter, connector, (fault, now))),
        })
    }

    /// Marks an errand, and keeps what came of it, in one transaction.
    pub(super) fn mark_errand(&self, letter: Claimed, ran: Ran, failure: Option<Failure>) -> Result<Fence, JobError> {
        let Ran { connector, exception, ticket, asked } = ran;
        let Some(failure) = failure else {
            let told = Elsewhere { letter, connector, exception, ticket, asked };
            return Ok(self.desk.told_elsewhere(told)?.wait()?);
        };
        let (error, then) = (failure.error.as_str(), failure.then);
        tracing::warn!(errand = %letter.id, connector, attempt = letter.attempt, ?then, error, "it was not told");
        Ok(self.write(move |tx| {
            let failure = tx.tellable(&letter, failure.clone())?;
            let fence = tx.failed(&letter, &failure)?;
            if fence == Fence::Held {
                tx.note_use(&format!("connector.{connector}"), Some(&failure.error))?;
            }
            Ok(fence)
        })?)
    }
}

fn dead(error: impl Into<String>) -> Failure {
    Failure { error: error.into(), then: Then::Dead }
}

/// What becomes of it: as of a letter, but not before the other system wants to hear of us again.
fn failure(letter: &Claimed, connector: &Connector, (fault, now): (Fault, Time)) -> Failure {
    let error = connector.without_secrets(&fault.error);
    let then = match (fault.passes, after_failure(letter, now)) {
        (Passes::Never, _) => Then::Dead,
        (Passes::After(wait), Then::Retry(at)) => Then::Retry(at.max(now + wait)),
        (Passes::Perhaps | Passes::After(_), then) => then,
    };
    Failure { error, then }
}
