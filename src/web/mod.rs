//! The rim: HTTP. It turns requests into questions at the one door, and its answers into responses.
//! It knows no SQL, no mail and no rule; `problem.rs` alone names the status of an error.

pub mod actor;
pub mod admission;
pub mod api;
mod browser;
mod call;
mod conditional;
pub mod current;
pub mod deprecation;
mod described;
mod dev;
mod export;
pub mod flows;
mod hand_over;
mod idempotency;
mod json;
pub mod limits;
pub mod metrics;
mod observe;
mod page;
mod pages;
pub mod problem;
mod query;
pub mod reload;

use std::{collections::BTreeMap, fmt, sync::Arc};

use actix_web::{
    App, HttpRequest, HttpResponse,
    body::BoxBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::from_fn,
    web::Data,
};

pub use self::described::{TEXT as OPENAPI, openapi};
use self::{
    admission::Identify,
    current::Current,
    limits::Limits,
    metrics::Metrics,
    problem::{Problem, codes},
    reload::Reloader,
};
use crate::{
    attachments::Attachments,
    config::{Config, intake::Source},
    connect::Connector,
    desk::Desk,
    identity::sign_in::Entrance,
    outbound::PrivateHosts,
};

/// The service as the rim sees it.
pub struct Web {
    /// The one door.
    pub desk: Desk,
    /// The files.
    pub attachments: Attachments,
    /// What the configuration says of the rim.
    pub settings: Settings,
    /// Whose a credential is.
    pub identify: Identify,
    /// The way in.
    pub entrance: Arc<Entrance>,
    /// What is counted of requests.
    pub metrics: Arc<Metrics>,
    /// How much one client may ask.
    pub limits: Arc<Limits>,
    /// How the settings are read anew, where they were read from somewhere.
    pub reload: Option<Arc<Reloader>>,
}

impl fmt::Debug for Web {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Web").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// What the configuration says of the rim.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Scheme, host and port under which browsers know the service.
    pub origin: String,
    /// Is it reached over TLS?
    pub https: bool,
    /// How many bytes a JSON body may have.
    pub max_body: usize,
    /// The procedure of a request that names none.
    pub default_sop: String,
    /// Is it a demonstration, whose clock can be moved?
    pub demonstration: bool,
    /// The hosts of one's own network that endpoints may be at.
    pub private_hosts: PrivateHosts,
    /// Who may hand in messages, by the source's name.
    pub intake: Arc<BTreeMap<String, Source>>,
    /// The other systems that are told of events, by the connectors' names.
    pub connectors: Arc<BTreeMap<String, Connector>>,
    /// How mail leaves, in a word.
    pub mail: String,
}

impl Settings {
    /// The settings of a configuration.
    pub fn of(config: &Config) -> Self {
        let url = config.public_url();
        Self {
            origin: url.as_str().to_owned(),
            https: url.is_https(),
            max_body: usize::try_from(config.server.max_body_bytes).unwrap_or(usize::MAX),
            default_sop: config.sop.default.clone(),
            demonstration: false,
            private_hosts: config.outbound.private_hosts.clone(),
            intake: Arc::new(config.intake.clone()),
            connectors: Arc::new(config.connectors.clone()),
            mail: config.mail.transport.to_string(),
        }
    }

    /// The session cookie's name: bound to the host where TLS is (RFC 6265bis §4.1.3.2).
    pub const fn cookie_name(&self) -> &'static str {
        if self.https { "__Host-proviso" } else { "proviso" }
    }
}

impl Web {
    /// The service that a request came to.
    pub fn of(request: &HttpRequest) -> Result<&Data<Self>, Problem> {
        request.app_data::<Data<Self>>().ok_or_else(|| Problem::internal("an application without its service"))
    }
}

/// The whole application: every route, its documentation, and what surrounds a request.
pub fn app(
    current: Current,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let demonstration = current.demonstration;
    App::new()
        .app_data(current)
        .configure(api::mount)
        .configure(|config| dev::mount(config, demonstration))
        .configure(pages::mount)
        .configure(described::mount)
        .default_service(actix_web::web::to(elsewhere))
        .wrap(from_fn(deprecation::mark))
        .wrap(from_fn(limits::limit))
        .wrap(from_fn(observe::observe))
        .wrap(from_fn(current::enter))
}

/// What no route answers: another method of a known path, or nothing at all.
async fn elsewhere(request: HttpRequest) -> HttpResponse {
    let problem = match described::allowed(request.path()) {
        Some(allowed) if request.method() == Method::OPTIONS => {
            return HttpResponse::NoContent().insert_header((header::ALLOW, allowed)).finish();
        }
        Some(allowed) => Problem::new(codes::METHOD_NOT_ALLOWED, format!("possible here: {allowed}"))
            .with_header(header::ALLOW, &allowed),
        None => Problem::not_found("address"),
    };
    HttpResponse::from_error(problem)
}

#[cfg(test)]
mod tests;
