//! Other systems are told what the configuration says, and nothing else.

mod contracts;
mod faults;
mod looking;
mod missing;
mod sending;
mod terminal;

use proviso::jobs::Jobs;
use serde_json::{Value, json};

use crate::{
    recorded::{Exchange, Recorded},
    world::World,
};

/// A secret that must be seen nowhere but on the wire.
pub const TOKEN: &str = "jira-api-token";

/// A world with connectors, and what runs by its clock.
pub struct Connected {
    pub world: World,
    pub jobs: Jobs,
}

impl Connected {
    /// With these settings beside, and these servers permitted.
    pub fn new(servers: &[&Recorded], settings: &[(&str, &str)], env: &[(&str, &str)]) -> Self {
        let hosts: Vec<String> = servers.iter().map(|server| server.at.to_string()).collect();
        let hosts = hosts.join(",");
        let mut all = vec![("outbound.private_hosts", hosts.as_str()), ("mail.transport", "none")];
        all.extend(settings);
        let world = World::knowing(&all, env);
        let jobs = world.app.jobs().unwrap();
        Self { world, jobs }
    }

    /// With the recorded Jira and these settings beside.
    pub fn jira(server: &Recorded, settings: &[(&str, &str)]) -> Self {
        let url = server.url();
        let mut all = vec![
            ("connector.jira.kind", "jira"),
            ("connector.jira.base_url", url.as_str()),
            ("connector.jira.on", "exception.submitted,exception.returned,exception.withdrawn,exception.passed"),
            ("connector.jira.user", "bot@example.com"),
            ("connector.jira.secret_env", "JIRA_TOKEN"),
            ("connector.jira.set.project", "RISK"),
            ("connector.jira.set.transition.withdrawn", "31"),
        ];
        all.extend(settings);
        Self::new(&[server], &all, &[("JIRA_TOKEN", TOKEN)])
    }

    /// What is due by now is done.
    pub fn run(&mut self) {
        self.jobs.run_due(self.world.now());
    }

    /// A request that was submitted.
    pub fn submitted(&self) -> String {
        let id = self.world.file();
        self.world.command("rita", &id, "submit", json!({})).expect(200);
        id
    }

    /// The record as governance reads it.
    pub fn record(&self, id: &str) -> Value {
        self.world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)
    }

    /// The tickets that the record points to.
    pub fn tickets(&self, id: &str) -> Vec<String> {
        let record = self.record(id);
        let relations = record["relations"].as_array().unwrap();
        let tickets = relations.iter().filter(|one| one["relation"] == "ticket");
        tickets.map(|one| one["target"]["text"].as_str().unwrap().to_owned()).collect()
    }

    /// The connectors as an administrator sees them.
    pub fn listed(&self) -> Value {
        self.world.get("adam", "/v1/connectors").expect(200)["items"].clone()
    }
}

/// The recorded Jira.
pub fn jira() -> Recorded {
    Recorded::reading(include_str!("../recorded/jira.json"))
}

/// Whatever is asked, this is the answer.
pub fn always(status: u16, answer: &Value) -> Vec<Exchange> {
    let one = |method: &str| {
        let any = json!({ "method": method, "path": "*", "status": status, "answer": answer, "whatever": true });
        let paths = ["/*", "/*/*", "/*/*/*", "/*/*/*/*", "/*/*/*/*/*", "/*/*/*/*/*/*"];
        paths.map(|path| {
            let mut exchange = any.clone();
            exchange["path"] = json!(path);
            serde_json::from_value::<Exchange>(exchange).unwrap()
        })
    };
    ["GET", "POST", "PUT", "PATCH"].into_iter().flat_map(one).collect()
}
