//! Two servers on one database, and people who press their buttons at the same moment: whatever order
//! they come in, one order explains what happened.

use std::{collections::BTreeSet, sync::Barrier, thread};

use proviso::app::DEMO_PASSWORD;
use serde_json::{Value, json};

use crate::{server::Server, world::World};

/// Two processes that serve the same database as a world.
struct Twins {
    // Dropped in this order: nobody works on the schema any more when the world takes it away.
    servers: [Server; 2],
    world: World,
    _folder: tempfile::TempDir,
}

/// A person at one of the servers.
#[derive(Clone)]
struct Client {
    agent: ureq::Agent,
    at: String,
    cookie: String,
}

impl Twins {
    fn new() -> Self {
        let world = World::at_present();
        let folder = tempfile::tempdir().unwrap();
        let url = world.app.config().database.url.reveal().to_owned();
        let servers = [(); 2].map(|()| Server::serve(folder.path(), &url));
        Self { world, servers, _folder: folder }
    }

    fn sign_in(&self, server: usize, who: &str) -> Client {
        let at = self.servers[server].at.clone();
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let agent = ureq::Agent::new_with_config(config);
        let body = json!({ "email": format!("{who}@example.com"), "password": DEMO_PASSWORD });
        let reply = agent.post(format!("{at}/v1/session")).header("origin", &at).send_json(&body).unwrap();
        assert_eq!(reply.status().as_u16(), 201);
        let cookie = reply.headers().get("set-cookie").unwrap().to_str().unwrap().split(';').next().unwrap().to_owned();
        Client { agent, at, cookie }
    }
}

impl Client {
    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request =
            self.agent.post(format!("{}{path}", self.at)).header("origin", &self.at).header("cookie", &self.cookie);
        let mut reply = request.send_json(body).unwrap();
        (reply.status().as_u16(), reply.body_mut().read_json().unwrap_or(Value::Null))
    }

    /// Changes what was read with this `ETag`.
    fn patch(&self, path: &str, tag: &str, body: &Value) -> (u16, Value) {
        let request =
            self.agent.patch(format!("{}{path}", self.at)).header("origin", &self.at).header("cookie", &self.cookie);
        let mut reply = request.header("if-match", tag).send_json(body).unwrap();
        (reply.status().as_u16(), reply.body_mut().read_json().unwrap_or(Value::Null))
    }
}

/// Does all of this at once and gives the answers in the order of the jobs.
fn at_once(jobs: Vec<Box<dyn FnOnce() -> (u16, Value) + Send>>) -> Vec<(u16, Value)> {
    let start = Barrier::new(jobs.len());
    thread::scope(|scope| {
        let running: Vec<_> = jobs
            .into_iter()
            .map(|job| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    job()
                })
            })
            .collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

fn kinds(world: &World, id: &str) -> Vec<String> {
    let timeline = world.get("gita", &format!("/v1/exceptions/{id}/timeline")).expect(200);
    timeline["items"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
}

fn count(kinds: &[String], kind: &str) -> usize {
    kinds.iter().filter(|one| *one == kind).count()
}

/// I-27.
#[test]
#[expect(clippy::as_conversions, reason = "within bounds by construction")]
fn two_second_approvals_at_once_activate_once() {
    let twins = Twins::new();
    let approvers = [twins.sign_in(0, "carla"), twins.sign_in(1, "lena")];
    for _ in 0..8 {
        let id = twins.world.decided_on(1);
        twins.world.approve("boris", &id).expect(200);
        let body = json!({ "dossier": twins.world.dossier(&id) });
        let jobs = approvers.iter().cloned().map(|client| {
            let (path, body) = (format!("/v1/exceptions/{id}/approve"), body.clone());
            Box::new(move || client.post(&path, &body)) as Box<dyn FnOnce() -> (u16, Value) + Send>
        });
        let answers = at_once(jobs.collect());
        let kinds = kinds(&twins.world, &id);
        assert_eq!(count(&kinds, "activated"), 1, "{answers:?}");
        assert_eq!(twins.world.state(&id), "active");
        let statuses: BTreeSet<u16> = answers.iter().map(|(status, _)| *status).collect();
        assert!(statuses.contains(&200), "{answers:?}");
    }
}

/// I-31.
#[test]
#[expect(clippy::as_conversions, reason = "within bounds by construction")]
fn the_same_person_twice_is_one_vote() {
    let twins = Twins::new();
    let tabs = [twins.sign_in(0, "boris"), twins.sign_in(1, "boris"), twins.sign_in(0, "boris")];
    for _ in 0..8 {
        let id = twins.world.decided_on(1);
        let body = json!({ "dossier": twins.world.dossier(&id) });
        let jobs = tabs.iter().cloned().map(|client| {
            let (path, body) = (format!("/v1/exceptions/{id}/approve"), body.clone());
            Box::new(move || client.post(&path, &body)) as Box<dyn FnOnce() -> (u16, Value) + Send>
        });
        let answers = at_once(jobs.collect());
        assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 1, "{answers:?}");
        assert_eq!(count(&kinds(&twins.world, &id), "approved"), 1);
        assert_eq!(twins.world.state(&id), "decision");
    }
}

/// A request in decision, once more: where one before it was rejected, the procedure asks for evidence, and governance
/// waives that.
fn asked_again(world: &World) -> String {
    let id = world.file();
    let submitted = world.command("rita", &id, "submit", json!({})).expect(200);
    for reason in submitted["returned"]["reasons"].as_array().into_iter().flatten() {
        let waive = json!({ "gate": reason["gate"], "reason": "Another vendor by now." });
        world.command("gita", &id, "waive-gate", waive).expect(200);
    }
    if submitted["state"] == "returned" {
        world.command("rita", &id, "submit", json!({})).expect(200);
    }
    world.command("rosa", &id, "pass", json!({})).expect(200);
    world.assess(&id, 1);
    assert_eq!(world.state(&id), "decision");
    id
}

/// I-29: the first that is committed wins, and the other hears so.
#[test]
fn approving_against_everything_else_is_explained_by_one_order() {
    let twins = Twins::new();
    let (carla, rita, lena) = (twins.sign_in(0, "carla"), twins.sign_in(1, "rita"), twins.sign_in(1, "lena"));
    let rivals: [(&str, &Client, Value); 3] = [
        ("withdraw", &rita, json!({})),
        ("request-changes", &lena, json!({ "reason": "Say more of the vendor." })),
        ("reject", &lena, json!({ "reason": "Not like this." })),
    ];
    for (verb, rival, body) in rivals {
        for _ in 0..8 {
            let id = asked_again(&twins.world);
            twins.world.approve("boris", &id).expect(200);
            let dossier = twins.world.dossier(&id);
            let approve = json!({ "dossier": dossier });
            let mut body = body.clone();
            if verb != "withdraw" {
                body["dossier"] = json!(dossier);
            }
            let (first, second) = (carla.clone(), rival.clone());
            let (one, other) = (format!("/v1/exceptions/{id}/approve"), format!("/v1/exceptions/{id}/{verb}"));
            let answers = at_once(vec![
                Box::new(move || first.post(&one, &approve)),
                Box::new(move || second.post(&other, &body)),
            ]);
            let state = twins.world.state(&id);
            match state.as_str() {
                "active" => assert_eq!((answers[0].0, answers[1].0), (200, 409), "{verb}: {answers:?}"),
                "withdrawn" | "rejected" | "returned" => {
                    assert_eq!((answers[0].0, answers[1].0), (409, 200), "{verb}: {answers:?}");
                }
                other => panic!("{verb} led to {other}: {answers:?}"),
            }
        }
    }
}

/// A request for two regions that Rita first wrote for one, in decision, with one approval.
fn widened(world: &World) -> String {
    let id = world.file();
    world.patch("rita", &id, json!({ "scope": { "regions": ["eu", "us"] } })).expect(200);
    world.to_decision(&id, 1);
    world.approve("boris", &id).expect(200);
    id
}

/// I-28: whatever changes it at the same moment, what has effect is exactly what was approved.
#[test]
fn approving_against_a_change_of_content_never_gives_effect_to_what_was_not_approved() {
    let twins = Twins::new();
    let world = &twins.world;
    let (carla, lena) = (twins.sign_in(0, "carla"), twins.sign_in(1, "lena"));
    let (gita, rita) = (twins.sign_in(1, "gita"), twins.sign_in(1, "rita"));
    for round in 0..24 {
        let id = widened(world);
        let path = format!("/v1/exceptions/{id}");
        let tag = world.get("rita", &path).header("etag").unwrap();
        let dossier = world.dossier(&id);
        let (first, approve, at) = (carla.clone(), json!({ "dossier": dossier }), format!("{path}/approve"));
        let (lena, gita, rita) = (lena.clone(), gita.clone(), rita.clone());
        let condition = json!({ "dossier": dossier, "text": "Only tickets without attachments." });
        let rival = move || match round % 3 {
            0 => lena.post(&format!("{path}/propose-condition"), &condition),
            1 => gita.post(&format!("{path}/revert"), &json!({ "to_version": 1 })),
            _ => rita.patch(&path, &tag, &json!({ "scope": { "regions": ["eu"] } })),
        };
        let answers = at_once(vec![Box::new(move || first.post(&at, &approve)), Box::new(rival)]);
        let is = world.get("gita", &format!("/v1/exceptions/{id}")).expect(200);
        let regions = &is["request"]["scope"]["regions"];
        match is["state"].as_str().unwrap() {
            "active" => {
                assert_eq!((answers[0].0, &is["authority"]["dossier"]), (200, &json!(dossier)), "{answers:?}");
                assert_eq!((regions, &is["conditions"]), (&json!(["eu", "us"]), &json!([])), "{answers:?}");
            }
            "decision" => {
                assert_eq!((answers[0].0, answers[1].0), (409, 200), "{answers:?}");
                assert_eq!(answers[0].1["code"], "dossier_changed", "{answers:?}");
                assert_eq!(is["round"]["approvals"], json!([]), "approvals of the old content are void");
                assert_ne!(world.dossier(&id), dossier);
            }
            other => panic!("{other}: {answers:?}"),
        }
        // Amending is for drafts: it never wins.
        assert!(round % 3 < 2 || [409, 412].contains(&answers[1].0), "{answers:?}");
    }
}

/// The grant by which Carla approves; where it was taken away, two people give it to her again.
fn carlas_grant(world: &World) -> String {
    let path = format!("/v1/people/{}/roles", world.id("carla"));
    let held = |world: &World| {
        let roles = world.get("adam", &path).expect(200);
        let found = roles["items"].as_array().unwrap().iter().find(|held| held["role"] == "ciso").cloned();
        found.map(|held| held["id"].as_str().unwrap().to_owned())
    };
    held(world).unwrap_or_else(|| {
        let proposed = world.post("adam", &path, json!({ "role": "ciso", "domain": "/" })).expect(202);
        let confirm = format!("/v1/changes/{}/confirm", proposed["id"].as_str().unwrap());
        world.post("gita", &confirm, json!({ "hash": proposed["hash"] })).expect(200);
        held(world).unwrap()
    })
}

/// I-30: one order explains it.
#[test]
fn a_role_taken_away_during_an_approval_comes_before_it_or_after_it() {
    let twins = Twins::new();
    let (carla, adam) = (twins.sign_in(0, "carla"), twins.sign_in(1, "adam"));
    for _ in 0..8 {
        a_role_is_taken_away(&twins, carla.clone(), adam.clone());
    }
}

fn a_role_is_taken_away(twins: &Twins, carla: Client, adam: Client) {
    let grant = carlas_grant(&twins.world);
    let carla_id = twins.world.id("carla");
    let id = twins.world.decided_on(1);
    twins.world.approve("boris", &id).expect(200);
    let body = json!({ "dossier": twins.world.dossier(&id) });
    let (path, role) =
        (format!("/v1/exceptions/{id}/approve"), format!("{}/v1/people/{carla_id}/roles/{grant}", adam.at));
    let remove = move || {
        let reply = adam.agent.delete(&role).header("origin", &adam.at).header("cookie", &adam.cookie).call().unwrap();
        (reply.status().as_u16(), Value::Null)
    };
    let answers = at_once(vec![Box::new(move || carla.post(&path, &body)), Box::new(remove)]);
    assert!((200..300).contains(&answers[1].0), "{answers:?}");
    match twins.world.state(&id).as_str() {
        "active" => assert_eq!(answers[0].0, 200, "approved, active, and then the role went"),
        "decision" => assert!([403, 404].contains(&answers[0].0), "the role went first: {answers:?}"),
        other => panic!("{other}: {answers:?}"),
    }
}

#[test]
fn a_version_confirmed_at_one_server_holds_at_every_other_at_once() {
    let twins = Twins::new();
    let (gita, gustav) = (twins.sign_in(0, "gita"), twins.sign_in(1, "gustav"));
    let rita = [twins.sign_in(0, "rita"), twins.sign_in(1, "rita")];
    let drafts = [(); 3].map(|()| twins.world.file());
    let mut policy = twins.world.get("gita", "/v1/policies/AIP-2").expect(200);
    policy["clauses"][0]["non_waivable"] = json!("Customer contracts, section 9");
    let body = json!({ "version": 2, "weight": "material", "title": policy["title"], "clauses": policy["clauses"] });
    let (status, proposed) = gita.post("/v1/policies/AIP-2/versions", &body);
    assert_eq!(status, 202, "{proposed}");
    let path = format!("/v1/changes/{}/confirm", proposed["id"].as_str().unwrap());
    let (status, confirmed) = gustav.post(&path, &json!({ "hash": proposed["hash"] }));
    assert_eq!(status, 200, "{confirmed}");
    let submit = |id: &str| format!("/v1/exceptions/{id}/submit");
    for (client, id) in rita.iter().zip(&drafts) {
        let (status, refused) = client.post(&submit(id), &json!({}));
        assert_eq!((status, refused["code"].as_str()), (422, Some("non_waivable")), "{refused}");
        assert_eq!(refused["citation"]["facts"]["AIP-2"], 2, "{refused}");
    }
    let here = twins.world.command("rita", &drafts[2], "submit", json!({}));
    assert_eq!(here.code(422), "non_waivable");
}
