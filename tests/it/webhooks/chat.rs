//! Chats are told in a few words, without a secret, a decision or anybody's text.

use serde_json::json;

use super::{Office, id_of};
use crate::receiver::Receiver;

#[test]
fn chats_are_told_the_number_what_happened_and_where_to_look() {
    let mut office = Office::new();
    let (slack, teams) = (Receiver::new(), Receiver::new());
    let add = |kind: &str, receiver: &Receiver| {
        let body = json!({
            "kind": kind, "url": receiver.url(), "description": "The channel", "events": ["exception.submitted"]
        });
        office.world.post("adam", "/v1/webhooks", body).expect(201)
    };
    let added = add("slack", &slack);
    add("teams", &teams);
    assert!(added.get("secret").is_none(), "nothing is signed");
    assert_eq!((&added["webhook"]["host"], &added["webhook"]["url"]), (&json!("127.0.0.1"), &json!(null)));
    assert!(!office.world.get("adam", "/v1/webhooks").text.contains("token=hidden"), "its address is its secret");
    let id = office.world.decided_on(1);
    office.run();
    let number = office.world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)["number"].clone();
    let (number, got) = (number.as_str().unwrap(), slack.got());
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].json()["text"], format!("{number}: submitted"));
    let link = format!("http://127.0.0.1:8080/exceptions/{number}");
    assert!(got[0].body.contains(&format!("<{link}|{number}>")), "{}", got[0].body);
    let card = &teams.got()[0].json()["attachments"][0]["content"];
    assert_eq!((&card["type"], &card["actions"][0]["url"]), (&json!("AdaptiveCard"), &json!(link)));
    for one in got.iter().chain(&teams.got()) {
        assert!(!one.headers.keys().any(|name| name.starts_with("webhook-")), "{:?}", one.headers);
        assert!(!one.body.contains("Summaries"), "no text of anybody's");
    }
    let path = format!("/v1/webhooks/{}/rotate", id_of(&added));
    assert_eq!(office.world.post("adam", &path, json!({})).code(422), "webhook_unsigned");
}
