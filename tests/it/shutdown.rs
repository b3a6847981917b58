//! The end of a process, and the figures that it told until then.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use proviso::app::DEMO_PASSWORD;
use serde_json::{Value, json};

use crate::{server::Server, world::World};

/// Somebody who is signed in at a server.
struct Client {
    agent: ureq::Agent,
    at: String,
    cookie: String,
}

impl Client {
    fn sign_in(server: &Server) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_idle_connections(0).build();
        let agent = ureq::Agent::new_with_config(config);
        let body = json!({ "email": "rita@example.com", "password": DEMO_PASSWORD });
        let at = server.at.clone();
        let reply = agent.post(format!("{at}/v1/session")).header("origin", &at).send_json(&body).unwrap();
        let cookie = reply.headers().get("set-cookie").unwrap().to_str().unwrap().split(';').next().unwrap().to_owned();
        Self { agent, at, cookie }
    }

    /// Drafts something; the status, or nothing if no answer came.
    fn draft(&self) -> Option<u16> {
        let request = self.agent.post(format!("{}/v1/exceptions", self.at));
        let request = request.header("origin", &self.at).header("cookie", &self.cookie);
        let mut reply = request.send_json(json!({})).ok()?;
        let whole = reply.body_mut().read_json::<Value>().is_ok();
        whole.then(|| reply.status().as_u16())
    }
}

#[test]
fn whoever_was_heard_is_answered_before_the_end() {
    let world = World::at_present();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::serve(folder.path(), world.app.config().database.url.reveal());
    let client = Client::sign_in(&server);
    let (drafted, refused) = (AtomicU64::new(0), AtomicU64::new(0));
    let ended = thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(status) = client.draft() {
                    let counter = if status == 201 { &drafted } else { &refused };
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        while drafted.load(Ordering::Relaxed) < 50 {}
        server.terminate()
    });
    assert!(ended.success(), "{ended}");
    assert_eq!(refused.load(Ordering::Relaxed), 0);
    let found = world.read(|conn| {
        use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        let count: Count = sql_query("SELECT COUNT(*) AS count FROM exceptions").get_result(conn).unwrap();
        count.count
    });
    assert_eq!(u64::try_from(found).unwrap(), drafted.load(Ordering::Relaxed), "what was done was also told");
}

#[test]
fn the_metrics_have_a_port_of_their_own_and_name_nobody() {
    let world = World::at_present();
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings = [format!("metrics.listen=127.0.0.1:{port}")];
    let server = Server::serve_with(folder.path(), world.app.config().database.url.reveal(), &settings);
    let client = Client::sign_in(&server);
    assert_eq!(client.draft(), Some(201));
    let read = |url: String| ureq::get(url).call().unwrap().body_mut().read_to_string().unwrap();
    let text = read(format!("http://127.0.0.1:{port}/metrics"));
    for line in [
        "proviso_commands_total{command=\"draft\",outcome=\"done\"} 1",
        "proviso_http_requests_total{method=\"POST\",route=\"/v1/exceptions\",status=\"201\"} 1",
        "proviso_writer_queued 0",
        "proviso_writer_failures_total 0",
        "# TYPE proviso_http_seconds histogram",
        "# TYPE proviso_outbox_overdue_seconds gauge",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let figure = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap_or_else(|| panic!("{name}"));
        line.split(' ').nth(1).unwrap().parse::<f64>().unwrap()
    };
    assert!(figure("proviso_ledger_leaves") > 40.0);
    assert!(figure("proviso_writer_commit_microseconds_total") > 0.0);
    assert!(!text.contains('@') && !text.contains(&world.id("rita")), "{text}");
    assert!(ureq::get(format!("{}/metrics", server.at)).call().is_err(), "nor does the service itself tell them");
}
