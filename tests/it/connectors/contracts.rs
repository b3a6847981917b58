//! Each system's documented requests and answers: what is sent is what the vendor documents, a wrong field is
//! refused, and what may be checked beforehand is checked.

use serde_json::json;

use super::Connected;
use crate::recorded::Recorded;

/// Is everything well that can be asked beforehand?
#[track_caller]
fn checked(connected: &Connected, name: &str) {
    let connector = connected.world.app.connector(name).unwrap();
    let findings = connected.world.app.check_connector(connector).unwrap();
    assert!(findings.len() >= 2 && findings.iter().all(|one| one.well), "{findings:#?}");
}

/// What came, by method and path.
fn lines(server: &Recorded) -> Vec<String> {
    let came = server.accepted();
    came.iter().map(|one| one.line.split('?').next().unwrap().to_owned()).collect()
}

#[test]
fn jira_creates_an_issue_then_comments_then_makes_a_transition() {
    let server = super::jira();
    let mut connected = Connected::jira(&server, &[]);
    checked(&connected, "jira");
    assert_eq!(lines(&server), ["GET /rest/api/3/mypermissions"]);
    let id = connected.submitted();
    connected.run();
    assert_eq!(lines(&server), ["GET /rest/api/3/search/jql", "POST /rest/api/3/issue"]);
    assert_eq!(connected.tickets(&id), [format!("{}/browse/RISK-24", server.url())]);
    connected.world.command("rosa", &id, "pass", json!({})).expect(200);
    connected.run();
    assert_eq!(lines(&server), ["POST /rest/api/3/issue/RISK-24/comment"]);
    connected.world.command("rita", &id, "withdraw", json!({})).expect(200);
    connected.run();
    assert_eq!(lines(&server), ["POST /rest/api/3/issue/RISK-24/transitions"]);
}

#[test]
fn zendesk_creates_a_ticket_with_a_key_for_repetitions_and_updates_it() {
    let server = Recorded::reading(include_str!("../recorded/zendesk.json"));
    let url = server.url();
    let settings = [
        ("connector.zendesk.kind", "zendesk"),
        ("connector.zendesk.base_url", url.as_str()),
        ("connector.zendesk.on", "exception.submitted, exception.withdrawn"),
        ("connector.zendesk.user", "agent@example.com"),
        ("connector.zendesk.secret_env", "ZENDESK_TOKEN"),
        ("connector.zendesk.set.priority", "high"),
        ("connector.zendesk.set.status.withdrawn", "solved"),
    ];
    let mut connected = Connected::new(&[&server], &settings, &[("ZENDESK_TOKEN", "zendesk-api-token")]);
    checked(&connected, "zendesk");
    server.accepted();
    let id = connected.submitted();
    connected.run();
    assert_eq!(lines(&server), ["GET /api/v2/tickets", "POST /api/v2/tickets"]);
    assert_eq!(connected.tickets(&id), [format!("{url}/agent/tickets/35436")]);
    connected.world.command("rita", &id, "withdraw", json!({})).expect(200);
    connected.run();
    let came = server.accepted();
    assert_eq!(came[0].line, "PUT /api/v2/tickets/35436");
    assert_eq!(came[0].body["ticket"]["status"], "solved");
}

#[test]
fn salesforce_gets_a_token_and_upserts_a_case_by_the_exceptions_id() {
    let server = Recorded::reading(include_str!("../recorded/salesforce.json"));
    let url = server.url();
    let settings = [
        ("connector.crm.kind", "salesforce"),
        ("connector.crm.base_url", url.as_str()),
        ("connector.crm.on", "exception.submitted,exception.withdrawn"),
        ("connector.crm.client_id", "3MVG9.client"),
        ("connector.crm.secret_env", "SALESFORCE_SECRET"),
        ("connector.crm.set.status.withdrawn", "Closed"),
    ];
    let mut connected = Connected::new(&[&server], &settings, &[("SALESFORCE_SECRET", "client & secret=1")]);
    checked(&connected, "crm");
    server.accepted();
    let id = connected.submitted();
    connected.run();
    let upsert = format!("PATCH /services/data/v61.0/sobjects/Case/Proviso_Id__c/{id}");
    assert_eq!(lines(&server), ["POST /services/oauth2/token".to_owned(), upsert]);
    assert_eq!(connected.tickets(&id), [format!("{url}/lightning/r/Case/500D000000INjVQIA1/view")]);
    connected.world.command("rita", &id, "withdraw", json!({})).expect(200);
    connected.run();
    let came = server.accepted();
    assert_eq!(came[0].line, "PATCH /services/data/v61.0/sobjects/Case/500D000000INjVQIA1", "the token is kept");
    assert_eq!(came[0].body["Status"], "Closed");
}

#[test]
fn servicenow_creates_a_record_with_a_correlation_id_and_writes_work_notes() {
    let server = Recorded::reading(include_str!("../recorded/servicenow.json"));
    let url = server.url();
    let settings = [
        ("connector.itsm.kind", "servicenow"),
        ("connector.itsm.base_url", url.as_str()),
        ("connector.itsm.on", "exception.submitted,exception.withdrawn"),
        ("connector.itsm.user", "proviso"),
        ("connector.itsm.secret_env", "NOW_PASSWORD"),
        ("connector.itsm.set.state.withdrawn", "8"),
    ];
    let mut connected = Connected::new(&[&server], &settings, &[("NOW_PASSWORD", "now-password")]);
    checked(&connected, "itsm");
    server.accepted();
    let id = connected.submitted();
    connected.run();
    let came = server.accepted();
    assert!(came[0].line.contains(&format!("correlation_id%3D{id}")), "{}", came[0].line);
    assert_eq!(came[1].body["correlation_id"], id);
    connected.world.command("rita", &id, "withdraw", json!({})).expect(200);
    connected.run();
    assert_eq!(lines(&server), ["PATCH /api/now/table/incident/c537bae64f411200adf9f8e18110c7a1"]);
}

#[test]
fn whatsapp_sends_an_approved_template_to_the_requesters_number() {
    let server = Recorded::reading(include_str!("../recorded/whatsapp.json"));
    let url = server.url();
    let settings = [
        ("connector.phone.kind", "whatsapp"),
        ("connector.phone.base_url", url.as_str()),
        ("connector.phone.on", "exception.submitted,exception.withdrawn"),
        ("connector.phone.secret_env", "WHATSAPP_TOKEN"),
        ("connector.phone.set.phone_number_id", "106540352242922"),
        ("connector.phone.set.account_id", "102290129340398"),
        ("connector.phone.set.template", "exception_update"),
        ("people.phone.4915112345678", "rita@example.com"),
    ];
    let mut connected = Connected::new(&[&server], &settings, &[("WHATSAPP_TOKEN", "EAAJB-token")]);
    checked(&connected, "phone");
    server.accepted();
    let id = connected.submitted();
    connected.run();
    connected.world.command("rita", &id, "withdraw", json!({})).expect(200);
    connected.run();
    let came = server.accepted();
    assert_eq!(came.len(), 2, "each event is a message of its own");
    assert!(came.iter().all(|one| one.body["to"] == "4915112345678"));
    let texts = came[1].body["template"]["components"][0]["parameters"].as_array().unwrap();
    assert_eq!((&texts[0]["text"], &texts[1]["text"]), (&json!("EX-2026-000001"), &json!("withdrawn")));
    assert!(connected.tickets(&id).is_empty());
    assert_eq!(connected.listed()[0]["used"], 2);
}

#[test]
fn a_wrong_field_is_refused_by_the_recorded_server_and_told() {
    let server = super::jira();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jira.yaml");
    let shipped = include_str!("../../../policies/connectors/jira.yaml");
    std::fs::write(&file, shipped.replace("        summary: ", "        sumary: ")).unwrap();
    let settings = [("connector.jira.template", file.to_str().unwrap())];
    let mut connected = Connected::jira(&server, &settings);
    let id = connected.submitted();
    connected.run();
    let came = server.came();
    assert!(came[1].refused.as_ref().unwrap().contains("sumary"), "{came:#?}");
    let listed = connected.listed();
    assert_eq!((&listed[0]["dead"], &listed[0]["waiting"]), (&json!(1), &json!(0)), "another attempt would not help");
    assert!(listed[0]["last_error"].as_str().unwrap().starts_with("jira answered 400 to POST"), "{listed}");
    assert!(connected.tickets(&id).is_empty());
}
