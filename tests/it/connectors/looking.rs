//! Before going live and after: what a check says, who may look, and what flows where.

use serde_json::{Value, json};

use super::{Connected, always};
use crate::recorded::{Exchange, Recorded};

fn findings(connected: &Connected) -> Vec<proviso::connect::check::Finding> {
    let connector = connected.world.app.connector("jira").unwrap();
    connected.world.app.check_connector(connector).unwrap()
}

#[test]
fn a_check_explains_each_failure_with_what_to_do() {
    for (status, says) in
        [(401, "issue one at id.atlassian.com"), (404, "compare set.project"), (418, "see what 418 means")]
    {
        let server = Recorded::of(always(status, &json!({ "errorMessages": ["no"] })));
        let connected = Connected::jira(&server, &[]);
        let found = findings(&connected);
        let bad = found.iter().find(|one| !one.well).unwrap();
        assert!(bad.remedy.as_ref().unwrap().contains(says), "{status}: {bad:?}");
        assert!(bad.told.starts_with(&format!("answered {status}")), "{bad:?}");
        assert!(server.came().iter().all(|one| one.line.starts_with("GET ")), "a check changes nothing");
    }
}

#[test]
fn a_check_names_the_permission_that_is_missing() {
    for (code, says) in [("CREATE_ISSUES", "Create issues"), ("BROWSE_PROJECTS", "Browse projects")] {
        let mut exchanges: Vec<Exchange> = serde_json::from_str(include_str!("../recorded/jira.json")).unwrap();
        exchanges[0].answer["permissions"][code]["havePermission"] = json!(false);
        let server = Recorded::of(exchanges);
        let connected = Connected::jira(&server, &[]);
        let found = findings(&connected);
        let bad: Vec<_> = found.iter().filter(|one| !one.well).collect();
        assert_eq!(bad.len(), 1);
        assert!(bad[0].remedy.as_ref().unwrap().contains(&format!("the permission {says}")), "{bad:?}");
    }
}

#[test]
fn connectors_and_flows_are_for_those_who_look_after_the_service() {
    let server = super::jira();
    let connected = Connected::jira(&server, &[]);
    for path in ["/v1/connectors", "/v1/data-flows"] {
        assert_eq!(connected.world.get("rita", path).status, 403, "{path}");
        connected.world.get("oskar", path).expect(200);
    }
    let listed = connected.listed();
    assert_eq!(listed[0]["name"], "jira");
    assert_eq!(listed[0]["secrets"], json!({ "JIRA_TOKEN": true }));
    let fields = json!([
        "event.kind",
        "exception.id",
        "exception.link",
        "exception.number",
        "exception.state",
        "exception.title"
    ]);
    assert_eq!(listed[0]["fields"], fields);
}

fn flow(map: &Value, name: &str) -> Value {
    map["flows"].as_array().unwrap().iter().find(|flow| flow["name"] == name).unwrap().clone()
}

#[test]
fn the_map_says_which_fields_go_where_and_what_lies_unused() {
    let server = super::jira();
    let settings = [
        ("intake.helpdesk.signature", "hub-signature-256"),
        ("intake.helpdesk.secret", "correct horse battery staple"),
        ("intake.helpdesk.sender", "/from"),
        ("intake.helpdesk.title", "/subject"),
        ("intake.helpdesk.external_id", "/id"),
    ];
    let mut connected = Connected::jira(&server, &settings);
    let token = json!({ "name": "Old pipeline", "scopes": ["read"], "expires_at": "2026-12-31T00:00:00Z" });
    let issued = connected.world.post("rita", "/v1/tokens", token).expect(201);
    let map = connected.world.get("adam", "/v1/data-flows").expect(200);
    assert_eq!((&flow(&map, "connector.jira")["unused"], &map["unused_tokens"]), (&json!(true), &json!([])));
    connected.submitted();
    connected.run();
    let map = connected.world.get("adam", "/v1/data-flows").expect(200);
    let jira = flow(&map, "connector.jira");
    assert_eq!(
        (&jira["unused"], &jira["used"], &jira["personal"]),
        (&json!(false), &json!(1), &json!(["exception.title"]))
    );
    assert_eq!(jira["last_used_at"], "2026-03-02T09:00:00Z");
    assert_eq!(jira["destination"], server.url());
    let helpdesk = flow(&map, "intake.helpdesk");
    assert_eq!((&helpdesk["direction"], &helpdesk["unused"]), (&json!("in"), &json!(true)));
    assert_eq!(helpdesk["occasions"][1], "/subject as exception.title");
    connected.world.days(91);
    let map = connected.world.get("adam", "/v1/data-flows").expect(200);
    assert_eq!(flow(&map, "connector.jira")["unused"], true);
    assert_eq!(map["unused_tokens"][0]["id"], issued["issued"]["id"]);
}

#[test]
fn the_map_tells_of_endpoints_too() {
    let server = super::jira();
    let connected = Connected::jira(&server, &[]);
    let endpoint = json!({ "url": "https://hooks.example.org/secret-path", "description": "A cache", "events": ["exception.activated"] });
    connected.world.post("adam", "/v1/webhooks", endpoint).expect(201);
    let map = connected.world.get("adam", "/v1/data-flows").expect(200);
    let flow = map["flows"].as_array().unwrap().last().unwrap();
    assert_eq!((&flow["destination"], &flow["unused"]), (&json!("hooks.example.org"), &json!(true)));
    assert_eq!((&flow["occasions"], &flow["personal"]), (&json!(["exception.activated"]), &json!([])));
    assert!(!map.to_string().contains("secret-path"));
}

#[test]
fn the_map_is_a_table_too() {
    let server = super::jira();
    let connected =
        Connected::jira(&server, &[("connector.jira.when", "request.regions.exists(r, r == 'a' || r == 'b')")]);
    let get = |kind| {
        connected.world.ask_with("adam", actix_web::http::Method::GET, "/v1/data-flows", None, &[("accept", kind)])
    };
    let markdown = get("text/markdown");
    assert!(markdown.header("content-type").unwrap().starts_with("text/markdown"));
    let row = markdown.text.lines().find(|line| line.starts_with("| connector.jira")).unwrap();
    assert!(
        row.contains("exception.title") && row.contains("r == 'a' \\|\\| r == 'b'") && row.ends_with("| unused |"),
        "{row}"
    );
    let csv = get("text/csv");
    assert!(csv.text.starts_with("connection,direction,system,fields"), "{}", csv.text);
    assert_eq!(csv.text.lines().count(), 2);
}
