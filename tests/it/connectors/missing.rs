//! An account that may look and not do its work is told from one that may, for each system, before going live.

use proviso::connect::check::Finding;
use serde_json::{Value, json};

use super::Connected;
use crate::recorded::{Exchange, Recorded};

/// What a check finds where a recorded answer to the request for `path` says something else at `at`.
fn bad((kind, recorded): (&str, &str), own: &[(&str, &str)], (path, at, said): (&str, &str, Value)) -> Vec<Finding> {
    let mut exchanges: Vec<Exchange> = serde_json::from_str(recorded).unwrap();
    let asked = exchanges.iter_mut().find(|one| one.method == "GET" && one.path.ends_with(path)).unwrap();
    *asked.answer.pointer_mut(at).unwrap() = said;
    let server = Recorded::of(exchanges);
    let url = server.url();
    let setting = |name: &str| format!("connector.{kind}.{name}");
    let mut settings = vec![
        (setting("kind"), kind),
        (setting("base_url"), url.as_str()),
        (setting("on"), "exception.submitted"),
        (setting("secret_env"), "ITS_SECRET"),
    ];
    settings.extend(own.iter().filter(|(name, _)| *name != "secret").map(|(name, value)| (setting(name), *value)));
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let secret = own.iter().find(|(name, _)| *name == "secret").unwrap().1;
    let connected = Connected::new(&[&server], &settings, &[("ITS_SECRET", secret)]);
    let connector = connected.world.app.connector(kind).unwrap();
    let found = connected.world.app.check_connector(connector).unwrap();
    found.into_iter().filter(|one| !one.well).collect()
}

#[track_caller]
fn names(found: &[Finding], says: &str) {
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].remedy.as_ref().unwrap().contains(says), "{found:#?}");
}

#[test]
fn zendesk_refuses_an_end_user() {
    let own = [("user", "agent@example.com"), ("secret", "zendesk-api-token")];
    let zendesk = ("zendesk", include_str!("../recorded/zendesk.json"));
    names(&bad(zendesk, &own, ("/users/me.json", "/user/role", json!("end-user"))), "must be an agent");
}

#[test]
fn salesforce_names_the_object_permission() {
    let own = [("client_id", "3MVG9.client"), ("secret", "client & secret=1")];
    let salesforce = ("salesforce", include_str!("../recorded/salesforce.json"));
    let may_not = |what| ("/sobjects/Case", what, json!(false));
    names(&bad(salesforce, &own, may_not("/objectDescribe/createable")), "permission Create on Case");
    names(&bad(salesforce, &own, may_not("/objectDescribe/updateable")), "permission Edit on Case");
}

#[test]
fn servicenow_knows_a_user_who_only_reads() {
    let own = [("user", "proviso"), ("secret", "now-password")];
    let servicenow = ("servicenow", include_str!("../recorded/servicenow.json"));
    names(&bad(servicenow, &own, ("/sys_user_has_role", "/result", json!([]))), "reads but may not write");
}

#[test]
fn whatsapp_knows_a_token_that_sees_templates_and_sends_none() {
    let own = [
        ("set.phone_number_id", "106540352242922"),
        ("set.account_id", "102290129340398"),
        ("set.template", "exception_update"),
        ("secret", "EAAJB-token"),
    ];
    let whatsapp = ("whatsapp", include_str!("../recorded/whatsapp.json"));
    names(&bad(whatsapp, &own, ("/me/permissions", "/data", json!([]))), "whatsapp_business_messaging");
    let rejected = ("/message_templates", "/data/0/status", json!("REJECTED"));
    names(&bad(whatsapp, &own, rejected), "no approved template");
}
