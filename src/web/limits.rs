//! How much one client may ask in a minute: each session's person and each token, and by network address
//! whoever is not signed in. Signing in and exports have budgets of their own. Answers tell what is left
//! (draft-ietf-httpapi-ratelimit-headers). It knows routes and credentials, and no resource.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use governor::{
    Quota, RateLimiter,
    clock::Clock as _,
    middleware::{StateInformationMiddleware, StateSnapshot},
    state::keyed::HashMapStateStore,
};
use serde_json::json;

use super::{
    Web,
    actor::{self, Known},
    api::session::address,
    export,
    problem::{Problem, codes},
};
use crate::{
    clock::Clock,
    config::Limits as Settings,
    domain::person::{By, Door},
    identity::throttle::network,
    words::{Hash, PersonId, TokenId},
};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");
/// The route of reports, which end with their form.
const REPORTS: &str = "/v1/reports/{report}";
/// Where the whole record is taken.
const RECORD: &str = "/v1/ledger/export";
/// The window of every budget, in seconds.
const WINDOW: u64 = 60;
/// After so many requests, what is full again is forgotten.
const SWEEP: usize = 1_000;
/// Clients that are told apart at most; addresses beyond share one budget.
const MOST_CLIENTS: usize = 50_000;

/// Whose budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Client {
    /// A person in their sessions.
    Person(PersonId),
    /// An API token.
    Token(TokenId),
    /// A network address.
    Address(Hash),
    /// All addresses that came when too many were known.
    Crowd,
}

/// The clock of the service for a limiter: time since the epoch.
#[derive(Debug, Clone)]
struct Hands(Clock);

impl governor::clock::Clock for Hands {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.now().timestamp_micros()).unwrap_or(0))
    }
}

/// A budget of so many requests a minute for each client.
#[derive(Debug)]
struct Budget {
    name: &'static str,
    clock: Hands,
    limiter: RateLimiter<Client, HashMapStateStore<Client>, Hands, StateInformationMiddleware>,
    asked: AtomicUsize,
}

/// What a budget said of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told {
    name: &'static str,
    quota: u32,
    left: u32,
    /// Seconds until the budget is full again; of an exhausted one, until the next request is heard.
    wait: u64,
    heard: bool,
}

impl Budget {
    /// None where `a_minute` is 0.
    fn new(name: &'static str, a_minute: u32, clock: &Clock) -> Option<Self> {
        let quota = Quota::per_minute(NonZeroU32::new(a_minute)?);
        let clock = Hands(clock.clone());
        let limiter = RateLimiter::new(quota, HashMapStateStore::default(), clock.clone());
        Some(Self { name, clock, limiter, asked: AtomicUsize::new(0) })
    }

    fn ask(&self, client: Client) -> Told {
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.limiter.retain_recent();
        }
        let crowded = matches!(client, Client::Address(_)) && self.limiter.len() >= MOST_CLIENTS;
        match self.limiter.check_key(if crowded { &Client::Crowd } else { &client }) {
            Ok(state) => self.heard(&state),
            Err(refused) => {
                let wait = seconds(refused.wait_time_from(self.clock.now())).max(1);
                Told { name: self.name, quota: refused.quota().burst_size().get(), left: 0, wait, heard: false }
            }
        }
    }

    fn heard(&self, state: &StateSnapshot) -> Told {
        let (quota, left) = (state.quota().burst_size().get(), state.remaining_burst_capacity());
        let wait = seconds(state.quota().replenish_interval() * quota.saturating_sub(left));
        Told { name: self.name, quota, left, wait, heard: true }
    }
}

/// Whole seconds, rounded up.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// All budgets of the service.
#[derive(Debug)]
pub struct Limits {
    requests: Option<Budget>,
    anonymous: Option<Budget>,
    sign_ins: Option<Budget>,
    exports: Option<Budget>,
}

impl Limits {
    /// The budgets of a configuration; a budget of 0 is none.
    pub fn new(settings: Settings, clock: &Clock) -> Self {
        Self {
            requests: Budget::new("requests", settings.requests_per_minute, clock),
            anonymous: Budget::new("anonymous", settings.anonymous_per_minute, clock),
            sign_ins: Budget::new("sign-in", settings.sign_ins_per_minute, clock),
            exports: Budget::new("exports", settings.exports_per_minute, clock),
        }
    }

    fn ask(&self, client: Client, request: &HttpRequest) -> Vec<Told> {
        let export = exports(request).then_some(self.exports.as_ref());
        let budgets = match client {
            Client::Person(_) | Client::Token(_) => [self.requests.as_ref(), export.flatten()],
            Client::Address(_) | Client::Crowd if signs_in(request) => [self.sign_ins.as_ref(), None],
            Client::Address(_) | Client::Crowd => [self.anonymous.as_ref(), None],
        };
        budgets.into_iter().flatten().map(|budget| budget.ask(client)).collect()
    }
}

/// What is asked by machines that watch the service is never counted.
pub(super) fn is_exempt(path: &str) -> bool {
    matches!(path, "/livez" | "/readyz")
}

fn signs_in(request: &HttpRequest) -> bool {
    let page = || request.path().ends_with("/sign-in");
    *request.method() == Method::POST && (request.path() == "/v1/session" || page())
}

/// Is it one of the reads that go through many rows: a list or a report as a file, an evidence pack, the whole
/// record, or a report as it stood?
fn exports(request: &HttpRequest) -> bool {
    if *request.method() != Method::GET {
        return false;
    }
    let route = request.match_pattern().unwrap_or_default();
    let report = route == REPORTS && (request.path().contains('.') || request.query_string().contains("as_of="));
    report
        || route.ends_with(".{form}")
        || route.ends_with("/pack")
        || route == RECORD
        || export::accepted(request).is_some()
}

/// Hears a request while its client has a budget left, and tells what is left.
pub async fn limit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let web = request.app_data::<Data<Web>>().cloned();
    let Some(web) = web.filter(|_| !is_exempt(request.path())) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let client = client(&web, request.request()).await;
    let told = web.limits.ask(client, request.request());
    let mut response = if told.iter().all(|told| told.heard) {
        next.call(request).await?.map_into_boxed_body()
    } else {
        ServiceResponse::new(request.into_parts().0, HttpResponse::from_error(refusal(&told)))
    };
    tell(response.headers_mut(), &told);
    Ok(response)
}

/// Whose budget counts. Who shows a credential is looked up here, once; the handler is told.
async fn client(web: &Web, request: &HttpRequest) -> Client {
    let by = match actor::known(web, request).await {
        Some(known) => {
            let by = known.as_ref().map(|admitted| admitted.by.clone());
            request.extensions_mut().insert(Known(known));
            by
        }
        None => None,
    };
    match by {
        Some(By::Person { id, door: Door::Session(_) | Door::Code(_) }) => Client::Person(id),
        Some(By::Person { door: Door::Token(id), .. }) => Client::Token(id),
        Some(By::System { .. }) | None => Client::Address(network(address(web, request))),
    }
}

fn refusal(told: &[Told]) -> Problem {
    let spent: Vec<&Told> = told.iter().filter(|told| !told.heard).collect();
    let wait = spent.iter().map(|told| told.wait).max().unwrap_or(1);
    let names: Vec<&str> = spent.iter().map(|told| told.name).collect();
    Problem::new(
        codes::TOO_MANY_REQUESTS,
        format!("the budget `{}` is spent; ask again in {wait} s", names.join("`, `")),
    )
    .with_fact("violated-policies", json!(names))
    .with_header(header::RETRY_AFTER, &wait.to_string())
}

/// `RateLimit-Policy` and `RateLimit`, as lists of structured fields (RFC 9651).
fn tell(headers: &mut HeaderMap, told: &[Told]) {
    let list = |one: &dyn Fn(&Told) -> String| told.iter().map(one).collect::<Vec<_>>().join(", ");
    let policy = list(&|told| format!("\"{}\";q={};w={WINDOW}", told.name, told.quota));
    let left = list(&|told| format!("\"{}\";r={};t={}", told.name, told.left, told.wait));
    for (name, text) in [(POLICY, policy), (LEFT, left)] {
        if let Some(value) = HeaderValue::from_str(&text).ok().filter(|_| !told.is_empty()) {
            headers.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock::moved("2026-03-01T12:00:00Z".parse().expect("a time"))
    }

    fn address(n: u32) -> Client {
        Client::Address(Hash::of(&n.to_be_bytes()))
    }

    #[test]
    fn a_budget_is_spent_and_comes_back_with_time() {
        let clock = clock();
        let budget = Budget::new("requests", 6, &clock).expect("a budget");
        let told: Vec<(u32, u64)> = (0..6).map(|_| budget.ask(address(1))).map(|told| (told.left, told.wait)).collect();
        assert_eq!(told, [(5, 10), (4, 20), (3, 30), (2, 40), (1, 50), (0, 60)]);
        let refused = budget.ask(address(1));
        assert_eq!((refused.heard, refused.wait), (false, 10));
        assert!(budget.ask(address(2)).heard, "another client has another budget");
        clock.advance(Duration::from_secs(9));
        assert_eq!(budget.ask(address(1)).wait, 1);
        clock.advance(Duration::from_secs(1));
        assert!(budget.ask(address(1)).heard);
    }

    #[test]
    fn none_is_no_budget() {
        assert!(Budget::new("requests", 0, &clock()).is_none());
    }

    #[test]
    fn memory_is_bounded() {
        let clock = clock();
        let budget = Budget::new("anonymous", 2, &clock).expect("a budget");
        for n in 0..60_000 {
            budget.ask(address(n));
        }
        assert_eq!(budget.limiter.len(), MOST_CLIENTS + 1);
        assert!(!budget.ask(address(1_000_000)).heard, "the rest share one budget");
        clock.advance(Duration::from_mins(2));
        (0..u32::try_from(SWEEP).expect("a number")).for_each(|_| _ = budget.ask(Client::Crowd));
        assert!(budget.limiter.len() <= 1);
    }

    #[test]
    fn what_is_left_is_told_in_structured_fields() {
        let mut headers = HeaderMap::new();
        let told = |name| Told { name, quota: 100, left: 50, wait: 30, heard: true };
        tell(&mut headers, &[told("requests"), told("exports")]);
        assert_eq!(headers.get(POLICY).expect("a policy"), "\"requests\";q=100;w=60, \"exports\";q=100;w=60");
        assert_eq!(headers.get(LEFT).expect("a rest"), "\"requests\";r=50;t=30, \"exports\";r=50;t=30");
    }
}
