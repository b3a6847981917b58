//! Links that decide nothing cannot be told apart: not by what is answered, not by the queries it takes,
//! not by the time.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use diesel::{
    RunQueryDsl,
    connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation},
    sql_query,
};
use proviso::store::StoreError;

use crate::{
    post::Post,
    world::{Reply, World},
};

/// How many requests of each sort one round has.
const REQUESTS: usize = 1_000;
/// How many rounds: a difference that is there shows in most of them, noise in few.
const ROUNDS: usize = 5;
/// By how much the medians of a round may differ, in more than half of the rounds.
const MOST: f64 = 0.05;

/// Queries so far, by the address of their connection.
static QUERIES: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());

/// Counts the queries of one connection.
#[derive(Default)]
struct Counting {
    to: String,
}

impl Instrumentation for Counting {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartEstablishConnection { url, .. } = event {
            url.clone_into(&mut self.to);
        } else if let InstrumentationEvent::StartQuery { .. } = event {
            *QUERIES.lock().unwrap_or_else(PoisonError::into_inner).entry(self.to.clone()).or_default() += 1;
        }
    }
}

/// How many queries this world made.
fn queries(world: &World) -> u64 {
    let url = world.app.config().database.url.reveal();
    // Its file, or its schema.
    let database = url.rsplit('=').next().unwrap_or_default().trim_start_matches("sqlite:");
    let counted = QUERIES.lock().unwrap_or_else(PoisonError::into_inner);
    counted.iter().filter(|(to, _)| to.contains(database)).map(|(_, queries)| queries).sum()
}

/// A link that nobody was sent, one that was used, and one whose time is over.
fn spent(post: &mut Post) -> [String; 3] {
    post.asked(1);
    let (used, expired) = (post.link("boris"), post.link("carla"));
    let cookie = post.sign_in(&used, "boris");
    assert_eq!(post.decide(&used, &cookie, &[("decision", "approve")]).status, 303);
    let over = "UPDATE mail_links SET expires_at = issued_at WHERE ended_at IS NULL";
    let store = post.world.app.desk().store();
    let done = store.write(move |tx| tx.look(|conn| Ok::<_, StoreError>(sql_query(over).execute(conn)?)));
    assert!(done.unwrap().blocking_recv().unwrap().unwrap() > 0);
    [format!("/decide/{}", "A".repeat(43)), used, expired]
}

/// What is told, but for what counts requests.
fn told(reply: &Reply) -> (u16, String, BTreeMap<String, String>) {
    let own = ["x-request-id", "ratelimit", "ratelimit-policy"];
    let headers = reply.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (reply.status, reply.text.clone(), headers)
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}

/// The medians of one round, the sorts taking turns at being first; by how much the longest exceeds the shortest.
fn round(post: &Post, links: &[String; 3]) -> f64 {
    let mut times = [const { Vec::new() }; 3];
    for request in 0..REQUESTS {
        for turn in 0..3 {
            let sort = (request + turn) % 3;
            let began = Instant::now();
            let reply = post.get(&links[sort], None);
            times[sort].push(began.elapsed());
            assert_eq!(reply.status, 404);
        }
    }
    let medians = times.map(median);
    let (least, most) = medians.iter().fold((f64::MAX, 0_f64), |(least, most), at| (least.min(*at), most.max(*at)));
    most / least - 1.0
}

#[test]
fn links_that_are_unknown_used_or_expired_look_and_take_the_same() {
    set_default_instrumentation(|| Some(Box::new(Counting::default()))).unwrap();
    let mut post = Post::of(World::with(&[("limits.anonymous_per_minute", "0")]));
    let links = spent(&mut post);
    let first = told(&post.get(&links[0], None));
    let mut counts = Vec::new();
    for link in links.iter().cycle().take(30) {
        let before = queries(&post.world);
        assert_eq!(told(&post.get(link, None)), first, "{link}");
        counts.push(queries(&post.world) - before);
    }
    assert!(counts[0] > 0 && counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    let mut spreads: Vec<f64> = (0..ROUNDS).map(|_| round(&post, &links)).collect();
    spreads.sort_by(f64::total_cmp);
    assert!(spreads[ROUNDS / 2] <= MOST, "the medians differ by {spreads:?}");
}
