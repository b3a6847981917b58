//! Lists: each filter and each order, pages, and that everybody's list is exactly what they may read.

use std::collections::BTreeSet;

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::world::{World, request};

fn numbers(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|one| one["number"].as_str().unwrap().to_owned()).collect()
}

/// The numbers of a list, all pages put together.
fn walk(world: &World, who: &str, query: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut path = format!("/v1/exceptions?{query}");
    loop {
        let reply = world.get(who, &path);
        let link = reply.header("link");
        let page = reply.expect(200);
        found.extend(numbers(&page));
        let Some(link) = link else { return found };
        assert!(link.contains(page["next_cursor"].as_str().unwrap()));
        link[1..link.find('>').unwrap()].clone_into(&mut path);
    }
}

fn draft(world: &World, who: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut body = request();
    change(&mut body);
    let made = world.post(who, "/v1/exceptions", body).expect(201);
    world.clock.advance(std::time::Duration::from_mins(1));
    made["id"].as_str().unwrap().to_owned()
}

/// Exceptions that differ in everything that lists are filtered by: `EX-2026-00000n` is the `n`th.
fn varied() -> World {
    let world = World::new();
    draft(&world, "rita", |body| body["scope"]["regions"] = json!(["us"]));
    draft(&world, "rita", |body| body["scope"]["business_unit"] = json!("sales"));
    draft(&world, "rita", |body| body["kind"] = json!("data_handling"));
    draft(&world, "ben", |body| body["clauses"] = json!(["AIP-3.1"]));
    draft(&world, "ben", |body| body["scope"]["systems"] = json!([{ "name": "Café Modèle, v2" }]));
    draft(&world, "ben", |body| body["regulations"] = json!(["gdpr"]));
    let secret = draft(&world, "ben", |body| body["confidential"] = json!(true));
    world.command("ben", &secret, "withdraw", json!({})).expect(200);
    world.active();
    world
}

#[test]
fn each_filter_finds_what_it_names() {
    let world = varied();
    let (ben, now) = (world.id("ben"), world.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    let (soon, late) = ("2026-03-03T00:00:00Z", "2027-01-01T00:00:00Z");
    let cases: Vec<(String, &[u32])> = vec![
        ("region=us".into(), &[1]),
        ("region=us,eu&business_unit=sales".into(), &[2]),
        ("business_unit=sales,service&kind=data_handling".into(), &[3]),
        ("clause=AIP-3.1".into(), &[4]),
        ("policy=AIP-3,AIP-9".into(), &[4]),
        ("system=cafe%20MODELE%20v2".into(), &[5]),
        ("regulation=gdpr".into(), &[6]),
        ("confidential=true".into(), &[7]),
        ("state=withdrawn,active&sort=number".into(), &[7, 8]),
        ("effective=true".into(), &[8]),
        ("effective=false&sort=number".into(), &[1, 2, 3, 4, 5, 6, 7]),
        ("tier=low,critical".into(), &[8]),
        (format!("requester={ben}&sort=number"), &[4, 5, 6, 7]),
        ("requester=me".into(), &[]),
        (format!("expires_before={late}"), &[8]),
        (format!("expires_before={now}"), &[]),
        (format!("due_before={soon}&state=draft"), &[]),
    ];
    for (query, expected) in &cases {
        let expected: Vec<String> = expected.iter().map(|n| format!("EX-2026-{n:06}")).collect();
        assert_eq!(walk(&world, "gita", query), expected, "{query}");
    }
    assert_eq!(walk(&world, "rita", "assignee=me"), walk(&world, "gita", &format!("assignee={}", world.id("rita"))));
}

#[test]
fn a_wrong_value_is_told_with_its_parameter_and_a_remedy() {
    let world = World::new();
    for (query, pointer, remedy) in [
        ("state=open", "/state", "one of: draft"),
        ("tier=low,huge", "/tier", "one of: low"),
        ("sort=title", "/sort", "-number, number"),
        ("requester=ben", "/requester", "`me` or a person's id"),
        ("effective=yes", "/effective", "`true` or `false`"),
        ("due_before=tomorrow", "/due_before", "RFC 3339"),
        ("q=---", "/q", "a word or its beginning"),
        ("region=E%20U", "/region", "a code is"),
        ("cursor=x", "/cursor", "the same filters and the same sort"),
        ("limit=0", "/limit", "between 1 and 200"),
        ("regoin=eu", "/regoin", "did you mean `region`?"),
    ] {
        let problem = world.get("gita", &format!("/v1/exceptions?{query}")).expect(422);
        let error = &problem["errors"][0];
        assert_eq!(error["pointer"], pointer, "{problem}");
        assert!(error["detail"].as_str().unwrap().contains(remedy), "{problem}");
    }
}

#[test]
fn every_order_is_paged_both_ways_and_a_cursor_belongs_to_its_list() {
    let world = varied();
    for (sort, least) in [("number", 8), ("changed_at", 8), ("due_at", 0), ("expires_at", 1), ("tier", 1)] {
        let up = walk(&world, "gita", &format!("sort={sort}&limit=3"));
        let mut down = walk(&world, "gita", &format!("sort=-{sort}&limit=3"));
        down.reverse();
        assert_eq!(up, down, "{sort}");
        assert_eq!(up.iter().collect::<BTreeSet<_>>().len(), up.len());
        assert!(up.len() >= least, "{sort}: {up:?}");
    }
    let first = world.get("gita", "/v1/exceptions?limit=2&region=eu").expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    for other in ["region=us", "region=eu&sort=number", ""] {
        let refused = world.get("gita", &format!("/v1/exceptions?limit=2&{other}&cursor={cursor}"));
        assert_eq!(refused.code(422), "invalid_cursor", "{other}");
    }
}

#[test]
fn everybodys_list_is_exactly_what_they_may_read() {
    let world = varied();
    world.decided_on(2);
    let all: Vec<Value> =
        world.get("gita", "/v1/exceptions?limit=200").expect(200)["items"].as_array().unwrap().clone();
    for who in ["rita", "ben", "rosa", "priya", "boris", "carla", "dana", "gita", "adam"] {
        for sort in ["number", "-changed_at"] {
            let listed: BTreeSet<String> = walk(&world, who, &format!("sort={sort}&limit=4")).into_iter().collect();
            let readable = all.iter().map(|one| one["number"].as_str().unwrap());
            let readable: BTreeSet<String> = readable
                .filter(|number| world.get(who, &format!("/v1/exceptions/{number}")).status == 200)
                .map(ToOwned::to_owned)
                .collect();
            assert_eq!(listed, readable, "{who} {sort}");
        }
    }
}

#[test]
fn tasks_are_filtered_and_paged() {
    let world = World::new();
    let ids: Vec<String> = (0..5)
        .map(|_| {
            let id = world.file();
            world.command("rita", &id, "submit", json!({})).expect(200);
            world.clock.advance(std::time::Duration::from_mins(1));
            id
        })
        .collect();
    let of = |who: &str, query: &str| -> Vec<String> {
        let mut found = Vec::new();
        let mut path = format!("/v1/tasks?limit=2&{query}");
        loop {
            let reply = world.get(who, &path);
            let link = reply.header("link");
            let page = reply.expect(200);
            found.extend(page["items"].as_array().unwrap().iter().map(|t| t["exception"].as_str().unwrap().to_owned()));
            let Some(link) = link else { return found };
            path = link[1..link.find('>').unwrap()].to_owned();
        }
    };
    assert_eq!(of("rosa", "assignee=me"), ids, "the most urgent first");
    assert_eq!(of("gita", ""), ids);
    assert_eq!(of("rita", ""), ids, "of one's own requests");
    assert!(of("rita", "assignee=me").is_empty() && of("ben", "").is_empty());
    world.command("rosa", &ids[1], "pass", json!({})).expect(200);
    assert_eq!(of("gita", "role=completeness_reviewer").len(), 4);
    assert_eq!(of("gita", "role=privacy_assessor,security_assessor"), of("gita", "state=assessment"));
    assert_eq!(of("gita", &format!("exception={}", ids[2])), [ids[2].clone()]);
    assert_eq!(of("rosa", &format!("assignee=me&exception={}", ids[2])), [ids[2].clone()]);
    assert!(of("priya", &format!("assignee=me&exception={}", ids[2])).is_empty());
    assert!(of("gita", "due_before=2026-03-02T09:00:00Z").is_empty());
    let taken = world.get("rosa", "/v1/tasks?assignee=me&limit=1").expect(200)["items"][0]["id"].clone();
    world.post("rosa", &format!("/v1/tasks/{}/claim", taken.as_str().unwrap()), json!({})).expect(200);
    assert_eq!(of("rosa", "assignee=me").len(), 4, "what is taken still waits for who took it");
    let first = world.get("gita", "/v1/tasks?limit=1").expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let foreign = world.get("gita", &format!("/v1/tasks?limit=1&state=draft&cursor={cursor}"));
    assert_eq!(foreign.code(422), "invalid_cursor");
}

#[test]
fn the_lists_of_one_person_have_the_form_of_a_page() {
    let world = World::new();
    for n in 0..3 {
        let body = json!({ "name": format!("pipeline {n}"), "scopes": ["read"], "expires_at": "2026-06-01T00:00:00Z" });
        world.post("rita", "/v1/tokens", body).expect(201);
    }
    let first = world.get("rita", "/v1/tokens?limit=2");
    assert!(first.header("link").unwrap().ends_with("rel=\"next\""));
    let first = first.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = world.get("rita", &format!("/v1/tokens?limit=2&cursor={cursor}")).expect(200);
    let shown = [&first, &rest].into_iter().flat_map(|page| page["items"].as_array().unwrap());
    assert_eq!(shown.map(|token| token["name"].as_str().unwrap()).collect::<BTreeSet<_>>().len(), 3);
    let delegations = world.get("boris", &format!("/v1/people/{}/delegations?limit=1", world.id("boris")));
    assert_eq!(delegations.expect(200)["items"], json!([]));
}

#[test]
fn what_time_alone_changes_is_sent_again() {
    let world = World::new();
    let path = format!("/v1/exceptions/{}", world.active());
    let read = |tag: &str| world.ask_with("gita", Method::GET, &path, None, &[("if-none-match", tag)]);
    let tag = world.get("gita", &path).header("etag").unwrap();
    assert_eq!(read(&tag).status, 304);
    world.days(91);
    let after = read(&tag);
    let later = after.header("etag").unwrap();
    assert_eq!(after.expect(200)["effective"], false, "nobody has settled it yet, and it is over all the same");
    assert_ne!(later, tag);
    assert_eq!(read(&later).status, 304);
}
