//! The job that has checkpoints witnessed: asks those that have not signed the newest, all at once. What they are
//! asked and what is believed of their answers, the door knows.

use std::thread;

use super::{JobError, Jobs, Worked};
use crate::{
    desk::{WitnessAsk, WitnessSaid},
    domain::request::Time,
    outbound::{Address, Client, Method, Request},
};

/// What a request to a witness is.
const CONTENT_TYPE: &str = "text/plain; charset=utf-8";

impl Jobs {
    /// Asks every witness whose turn it is, and counts those that signed.
    pub(super) fn witness(&mut self, now: Time) -> Result<Worked, JobError> {
        let mut asks = self.desk.witness_asks(now)?;
        let mut asked = 0;
        // Once more those that know another size than was thought.
        for _ in 0..2 {
            let mut again = Vec::new();
            for (ask, said) in self.all_at_once(asks) {
                asked += 1;
                again.extend(self.desk.take_witness(&ask, said, now)?);
            }
            if again.is_empty() {
                break;
            }
            asks = again;
        }
        Ok(Worked::whole(asked))
    }

    /// One that is slow keeps no other waiting.
    fn all_at_once(&self, asks: Vec<WitnessAsk>) -> Vec<(WitnessAsk, WitnessSaid)> {
        let client = &self.outward.client;
        thread::scope(|scope| {
            let threads: Vec<_> = asks
                .into_iter()
                .map(|ask| {
                    scope.spawn(move || {
                        let said = send(client, &ask);
                        (ask, said)
                    })
                })
                .collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
        })
    }
}

fn send(client: &Client, ask: &WitnessAsk) -> WitnessSaid {
    let prefix = ask.witness.url.as_deref().unwrap_or_default().trim_end_matches('/');
    let to =
        Address::read(&format!("{prefix}/add-checkpoint"), client.permitted()).map_err(|error| error.to_string())?;
    let headers = [("content-type", CONTENT_TYPE)];
    let request = Request { method: Method::Post, to: &to, headers: &headers, body: ask.body.as_bytes() };
    let answer = client.send(&request).map_err(|error| error.to_string())?;
    Ok((answer.status, answer.body))
}
