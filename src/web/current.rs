//! The service that requests come to, in whose place another can step while they come: whoever is being answered
//! gets their answer from the one they came to, and whoever comes meanwhile waits for the next.

use std::{fmt, rc::Rc, sync::Arc, time::Duration};

use actix_web::{
    HttpMessage as _,
    body::{BoxBody, MessageBody},
    dev::{Extensions, Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    middleware::Next,
    web::Data,
};
use futures_util::{StreamExt, stream};
use tokio::{
    sync::{OwnedRwLockWriteGuard, RwLock},
    time::{Instant, timeout, timeout_at},
};

use super::{Web, problem::Problem};

/// How long a request's body may take to arrive, from its head on.
const BODY: Duration = Duration::from_mins(5);

/// The service that requests come to now.
#[derive(Clone)]
pub struct Current {
    served: Arc<RwLock<Served>>,
    pub(super) demonstration: bool,
}

/// A service, and a lock that everybody shares whom it is answering.
struct Served {
    web: Data<Web>,
    answering: Arc<RwLock<()>>,
}

/// The place of a service that nobody new comes to: they wait until it is dropped.
pub struct Vacated(OwnedRwLockWriteGuard<Served>);

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Current").field("demonstration", &self.demonstration).finish_non_exhaustive()
    }
}

impl fmt::Debug for Vacated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vacated").finish_non_exhaustive()
    }
}

impl From<Data<Web>> for Served {
    fn from(web: Data<Web>) -> Self {
        Self { web, answering: Arc::default() }
    }
}

impl Current {
    /// This service, until another follows.
    pub fn new(web: Data<Web>) -> Self {
        let demonstration = web.settings.demonstration;
        Self { served: Arc::new(RwLock::new(web.into())), demonstration }
    }

    /// Lets nobody new come to the service, and waits for whoever is being answered, but no longer than `patience`:
    /// somebody who sends slowly, or nothing, keeps no other service from following. They may be refused then.
    pub async fn vacate(&self, patience: Duration) -> Vacated {
        let served = Arc::clone(&self.served).write_owned().await;
        if timeout(patience, served.answering.write()).await.is_err() {
            tracing::warn!("somebody is still being answered; what they ask to be written may be refused");
        }
        Vacated(served)
    }
}

impl Vacated {
    /// Lets `web` follow.
    pub fn take(mut self, web: Data<Web>) {
        *self.0 = web.into();
    }
}

/// Gives a request the service of this moment, which stays until it is answered, and its body a time to arrive.
pub(super) async fn enter(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let current = request.app_data::<Current>().cloned();
    let current = current.ok_or_else(|| Problem::internal("an application without its service"))?;
    let (web, answering) = {
        let served = current.served.read().await;
        (Data::clone(&served.web), Arc::clone(&served.answering).read_owned().await)
    };
    let mut data = Extensions::new();
    data.insert(web);
    request.add_data_container(Rc::new(data));
    let body = in_time(request.take_payload());
    request.set_payload(body);
    let answer = next.call(request).await?.map_into_boxed_body();
    drop(answering);
    Ok(answer)
}

/// The same body, which breaks off where it takes too long.
fn in_time(body: Payload) -> Payload {
    let until = Instant::now() + BODY;
    let late = || PayloadError::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "it took more than five minutes"));
    let parts = stream::unfold(Some(body), move |body| async move {
        let mut body = body?;
        match timeout_at(until, body.next()).await {
            Ok(part) => part.map(|part| (part, Some(body))),
            Err(_) => Some((Err(late()), None)),
        }
    });
    // Whoever reads forms asks once more after the end.
    Payload::Stream { payload: Box::pin(parts.fuse()) }
}
