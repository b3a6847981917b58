//! The service on its address: the rim's workers, the jobs beside them, and an orderly end that answers
//! what was accepted.

use std::{net::SocketAddr, sync::Arc};

use actix_web::{HttpServer, web::Data};

use super::{App, StartError};
use crate::{
    desk::{Desk, Error},
    domain::person::{By, Door},
    jobs::Jobs,
    store::roster::{session_by_hash, token_by_hash},
    web::{self, Settings, Web, actor::Credential},
};

/// How many seconds a request under way may take once the service is told to stop.
const LAST_SECONDS: u64 = 20;

impl App {
    /// The service as the rim sees it.
    pub fn web(&self) -> Web {
        Web {
            desk: self.desk().clone(),
            attachments: self.attachments().clone(),
            settings: Settings::of(self.config()),
            identify: Arc::new(whose),
        }
    }

    /// Listens until it is told to stop.
    pub fn serve(&self) -> Result<(), StartError> {
        self.serve_then(|_| {})
    }

    /// The same, and says where once it listens.
    pub fn serve_then(&self, listening: impl FnOnce(SocketAddr)) -> Result<(), StartError> {
        let service = Data::new(self.web());
        let mut server = HttpServer::new(move || web::app(service.clone())).shutdown_timeout(LAST_SECONDS);
        if let Some(workers) = self.config().server.workers {
            server = server.workers(workers);
        }
        let server = server.bind(self.config().server.bind)?;
        let address = server.addrs().first().copied().unwrap_or(self.config().server.bind);
        let jobs = Jobs::start(self.jobs())?;
        tracing::info!(%address, "listening");
        listening(address);
        let ended = actix_web::rt::System::new().block_on(server.run());
        jobs.stop();
        self.desk().store().shutdown();
        Ok(ended?)
    }
}

/// Whose a credential is, if it may still be used.
fn whose(desk: &Desk, credential: &Credential) -> Result<Option<By>, Error> {
    let now = desk.clock().now();
    desk.store().read(|conn| {
        Ok(match credential {
            Credential::Session(secret) => session_by_hash(conn, &secret.hash(), now)?
                .map(|session| By::Person { id: session.person, door: Door::Session(session.signed_in_at) }),
            Credential::Token(text) => token_by_hash(conn, &text.hash())?
                .filter(|held| held.record.holds_at(now))
                .map(|held| By::Person { id: held.record.person, door: Door::Token(held.id) }),
        })
    })
}
