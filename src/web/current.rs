//! The service that requests come to, in whose place another can step while they come: whoever is being answered
//! gets their answer from the one they came to, and whoever comes meanwhile waits for the next.

use std::{fmt, rc::Rc, sync::Arc, time::Duration};

use actix_web::{
    body::{BoxBody, MessageBody},
    dev::{Extensions, ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Data,
};
use tokio::{
    sync::{OwnedRwLockWriteGuard, RwLock},
    time::{error::Elapsed, timeout},
};

use super::{Web, problem::Problem};

/// The service that requests come to now.
#[derive(Clone)]
pub struct Current {
    service: Arc<RwLock<Data<Web>>>,
    pub(super) demonstration: bool,
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Current").field("demonstration", &self.demonstration).finish_non_exhaustive()
    }
}

impl Current {
    /// This service, until another follows.
    pub fn new(web: Data<Web>) -> Self {
        let demonstration = web.settings.demonstration;
        Self { service: Arc::new(RwLock::new(web)), demonstration }
    }

    /// The service once nobody is being answered by it; whoever comes waits until what this gives is dropped.
    ///
    /// # Errors
    /// Somebody was still being answered after `patience`; nobody waits then.
    pub async fn pause(&self, patience: Duration) -> Result<OwnedRwLockWriteGuard<Data<Web>>, Elapsed> {
        timeout(patience, Arc::clone(&self.service).write_owned()).await
    }
}

/// Gives a request the service of this moment, which stays until it is answered.
pub(super) async fn enter(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let current = request.app_data::<Current>().cloned();
    let current = current.ok_or_else(|| Problem::internal("an application without its service"))?;
    let service = current.service.read_owned().await;
    let mut data = Extensions::new();
    data.insert(Data::clone(&service));
    request.add_data_container(Rc::new(data));
    Ok(next.call(request).await?.map_into_boxed_body())
}
