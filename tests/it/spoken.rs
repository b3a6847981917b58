//! In which language the page of a mail's link speaks: as the browser says while nobody is known, as the approver
//! said once they are.

use actix_web::http::Method;
use serde_json::json;

use crate::{
    post::{Post, title},
    world::{Ask, ORIGIN, Reply},
};

const GERMAN: &str = "de-DE,de;q=0.9,en;q=0.5";

/// A world in which somebody wants German, by the clock of Berlin, and is asked to decide.
fn asked(who: &str, points: u32) -> (Post, String) {
    let mut post = Post::new();
    let wants = json!({ "language": "de", "zone": "Europe/Berlin", "frequency": "immediate" });
    post.world.ask(who, Method::PUT, "/v1/me/preferences", Some(&wants)).expect(200);
    post.asked(points);
    let link = post.link(who);
    (post, link)
}

fn look(post: &Post, link: &str, accepts: &str) -> Reply {
    let headers = vec![("accept-language".to_owned(), accepts.to_owned())];
    post.world.send(Ask { method: Method::GET, path: link.to_owned(), headers, body: None })
}

fn says(reply: &Reply, status: u16, texts: &[&str]) {
    assert_eq!(reply.status, status, "{}", reply.text);
    for text in texts {
        assert!(reply.text.contains(text), "{text} is not on {}", reply.text);
    }
}

#[test]
fn whoever_is_not_known_is_spoken_to_as_their_browser_asks() {
    let (post, link) = asked("boris", 1);
    let german = look(&post, &link, GERMAN);
    says(&german, 200, &["<html lang=\"de\">", "Anmelden, um über EX-2026-000001 zu entscheiden", "Code zusenden"]);
    assert!(!german.text.contains(&title()), "the number alone");
    says(&look(&post, &link, "fr"), 200, &["<html lang=\"en\">", "Sign in to decide on EX-2026-000001"]);
    let own = [("origin", ORIGIN), ("accept-language", GERMAN)];
    let typed = [("email", "boris@example.com"), ("password", "not this one")];
    says(&post.form(&format!("{link}/sign-in"), &typed, &own), 401, &["Die Adresse oder das Kennwort ist falsch."]);
    let code = post.form(&format!("{link}/code"), &[("code", "AAAAAA")], &own);
    says(&code, 401, &["Das ist nicht der Code, der zuletzt versandt wurde"]);
    let cookie = post.sign_in(&link, "boris");
    assert_eq!(post.decide(&link, &cookie, &[("decision", "approve")]).status, 303);
    let unknown = look(&post, &format!("/decide/{}", "A".repeat(43)), GERMAN);
    says(&unknown, 404, &["<html lang=\"de\">", "Dieser Link entscheidet nichts"]);
    assert_eq!(look(&post, &link, GERMAN).text, unknown.text, "used or unknown, the same");
}

#[test]
fn an_approver_reads_and_is_answered_in_their_language_and_by_their_clock() {
    let (post, link) = asked("carla", 3);
    let cookie = post.sign_in(&link, "carla");
    let page = post.get(&link, Some(&cookie));
    let facts = ["<html lang=\"de\">", "Was beantragt wird", "Bewertung: Sicherheit", "Stufe", "verschiedene Menschen"];
    says(&page, 200, &facts);
    assert!(page.text.contains(" CET") && !page.text.contains(" UTC"), "{}", page.text);
    let silent = post.decide(&link, &cookie, &[("decision", "reject")]);
    says(&silent, 422, &["Sagen Sie, warum"]);
    post.world.minutes(11);
    let reject = [("decision", "reject"), ("reason", "Es geht ohne.")];
    says(&post.decide(&link, &cookie, &reject), 422, &["Melden Sie sich neu an und entscheiden Sie dann."]);
    let fresh = post.sign_in(&link, "carla");
    assert_eq!(post.decide(&link, &fresh, &reject).status, 303);
    says(&post.get(&link, Some(&fresh)), 200, &["Ihre Entscheidung ist festgehalten", "Sie haben am 2. März 2026 um"]);
}
