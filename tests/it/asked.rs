//! Who is asked to decide by mail, and until when: those who may, in their own place or another's, while they may.

use std::fs;

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::{
    letters::{Office, write_to},
    post::{Post, title},
};

impl Office {
    /// The mails to somebody, newest or oldest in no order.
    pub fn mails_to(&self, who: &str) -> Vec<String> {
        let mails = fs::read_dir(&self.world.app.config().mail.path).unwrap();
        let mails = mails.map(|file| fs::read_to_string(file.unwrap().path()).unwrap().replace("=\r\n", ""));
        mails.filter(|mail| mail.contains(&format!("<{who}@example.com>"))).collect()
    }

    fn asks(&self, who: &str) -> bool {
        self.told(who).contains(&"decision_wanted".to_owned())
            || self.mails_to(who).iter().any(|mail| mail.contains("/decide/"))
    }
}

fn delegate(office: &Office, from: &str, to: &str) -> String {
    let at = format!("/v1/people/{}/delegations", office.world.id(from));
    let body = json!({ "to": office.world.id(to), "ends": "2026-04-01T00:00:00Z" });
    let made = office.world.post(from, &at, body).expect(201);
    format!("{at}/{}", made["id"].as_str().unwrap())
}

#[test]
fn who_is_kept_out_of_a_decision_is_not_asked_for_it() {
    let mut office = Office::new();
    let elena = format!("/v1/people/{}/roles", office.world.id("elena"));
    let proposed = office.world.post("adam", &elena, json!({ "role": "legal", "domain": "/" })).expect(202);
    let confirm = format!("/v1/changes/{}/confirm", proposed["id"].as_str().unwrap());
    office.world.post("gita", &confirm, json!({ "hash": proposed["hash"] })).expect(200);
    let id = office.world.file();
    office.world.patch("rita", &id, json!({ "beneficiary": office.world.id("lena") })).expect(200);
    office.world.to_decision(&id, 1);
    office.run();
    assert!(!office.asks("lena"), "it is for her: {:?}", office.told("lena"));
    assert!(office.asks("carla") && office.asks("boris"));
    assert_eq!(office.told("lena"), ["received"], "and what goes on she is told");
}

#[test]
fn what_waited_is_not_asked_for_once_it_is_decided() {
    let mut office = Office::new();
    let quiet = json!({ "from": "09:00", "to": "12:00" });
    for who in ["boris", "lena"] {
        let wants = json!({ "language": "en", "zone": "UTC", "frequency": "immediate", "quiet_hours": quiet });
        write_to(&office, who, wants);
    }
    let id = office.world.decided_on(1);
    office.run();
    assert!(office.mails_to("boris").is_empty() && office.mails_to("lena").is_empty());
    office.world.approve("boris", &id).expect(200);
    office.world.hours(3);
    office.run();
    assert!(!office.mails_to("boris").iter().any(|mail| mail.contains("/decide/")), "he has approved");
    assert!(office.mails_to("lena").iter().any(|mail| mail.contains("/decide/")), "she is still wanted");
    office.world.approve("carla", &id).expect(200);
    assert_eq!(office.world.state(&id), "active");
    let late = office.world.decided_on(1);
    office.world.approve("boris", &late).expect(200);
    office.world.approve("carla", &late).expect(200);
    let before = office.told("lena").iter().filter(|kind| *kind == "decision_wanted").count();
    office.run();
    let after = office.told("lena").iter().filter(|kind| *kind == "decision_wanted").count();
    assert_eq!(before, after, "the round was over before a letter left");
}

#[test]
fn a_delegate_is_asked_too_and_decides_in_the_others_place() {
    let office = Office::new();
    let ended = delegate(&office, "carla", "ben");
    let Office { world, .. } = office;
    let mut post = Post::of(world);
    let id = post.asked(1);
    let link = post.link("ben");
    let cookie = post.sign_in(&link, "ben");
    let page = post.get(&link, Some(&cookie)).text;
    assert!(page.contains(&title()) && page.contains("in the place of Carla Ciso"), "{page}");
    assert!(!page.contains("value=\"reject\""), "to deny it is hers");
    let carla = post.world.id("carla");
    let approved = post.decide(&link, &cookie, &[("decision", "approve"), ("on_behalf_of", &carla)]);
    assert_eq!(approved.status, 303, "{}", approved.text);
    assert!(post.get(&link, Some(&cookie)).text.contains("your decision is recorded"));
    assert_eq!(post.world.approve("carla", &id).code(403), "already_approved");
    let other = post.asked(1);
    let open = post.links("ben");
    let open = open.iter().find(|path| post.get(path, Some(&cookie)).text.contains(&title())).unwrap().clone();
    post.world.ask("carla", Method::DELETE, &ended, None);
    assert_eq!(post.get(&open, None).status, 404, "the delegation is over");
    assert_eq!(post.world.approve("carla", &other).status, 200, "and the slot is hers");
}

#[test]
fn who_loses_a_role_that_filled_no_slot_keeps_their_link() {
    let mut post = Post::new();
    let [boris, carla] = ["boris", "carla"].map(|who| format!("/v1/people/{}/roles", post.world.id(who)));
    post.world.post("adam", &boris, json!({ "role": "control_owner", "domain": "/" })).expect(201);
    post.asked(1);
    let remove = |post: &Post, at: &str, role: &str| {
        let held = post.world.get("adam", at).expect(200);
        let grants: Vec<Value> = held["items"].as_array().unwrap().clone();
        let grant = grants.iter().find(|grant| grant["role"] == role).unwrap()["id"].as_str().unwrap().to_owned();
        post.world.ask("adam", Method::DELETE, &format!("{at}/{grant}"), None)
    };
    assert!(remove(&post, &boris, "control_owner").status < 300);
    assert_eq!(post.get(&post.link("boris"), None).status, 200, "it was another role");
    let lost = remove(&post, &carla, "ciso");
    assert!((200..300).contains(&lost.status), "{}", lost.text);
    assert_eq!(post.get(&post.link("carla"), None).status, 404);
    assert_eq!(post.get(&post.link("boris"), None).status, 200);
    assert_eq!(post.get(&post.link("lena"), None).status, 200);
}
