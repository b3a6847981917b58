//! A whole life as its people read it: every mail through a real mail server, parsed by a mail program, and
//! every decision by a link that was found in one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{post::Post, smtp::MailServer, world::World};

/// A world whose mails are read where they arrive.
pub struct Letters {
    pub server: MailServer,
    pub post: Post,
}

impl Letters {
    pub fn new() -> Self {
        let server = MailServer::new("starttls");
        let settings = server.settings();
        let settings: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let post = Post::of(World::with(&settings));
        Self { server, post }
    }

    pub fn run(&mut self) {
        self.post.jobs.run_due(self.post.world.now());
    }

    /// The link in the newest mail to somebody that has one.
    pub fn link(&self, who: &str) -> String {
        let mails = self.server.read();
        let mut theirs = mails.iter().rev().filter(|mail| header(mail, "To").contains(&format!("{who}@example.com")));
        let link = theirs.find_map(|mail| mail["text"].as_str().unwrap().split("/decide/").nth(1));
        format!("/decide/{}", &link.unwrap_or_else(|| panic!("{who} has no link"))[..43])
    }

    /// Somebody decides by the link that they found in their mail.
    fn decides(&mut self, who: &str, decision: &[(&str, &str)]) {
        let link = self.link(who);
        let cookie = self.post.sign_in(&link, who);
        let decided = self.post.decide(&link, &cookie, decision);
        assert_eq!(decided.status, 303, "{who}: {}", decided.text);
        self.run();
    }
}

pub fn header(mail: &Value, name: &str) -> String {
    mail["headers"][name].as_str().unwrap_or_default().to_owned()
}

/// Every mail by itself is what a mail should be.
pub fn well_formed(mail: &Value) {
    assert_eq!((&mail["defects"], &mail["text_words"]), (&json!([]), &mail["html_words"]), "{mail}");
    assert!(mail["size"].as_u64().unwrap() < 30_000);
    assert_eq!(header(mail, "Auto-Submitted"), "auto-generated");
    let checkpoint = header(mail, "X-Proviso-Checkpoint");
    let (size, root) = checkpoint.trim_start_matches("size=").split_once("; root=").unwrap();
    assert!(size.parse::<u64>().unwrap() > 0 && root.len() == 64, "{checkpoint}");
}

/// The mails to one reader about one exception are one thread, each under an id of its own.
pub fn threaded(mails: &[Value]) {
    let mut threads: BTreeMap<(String, String), Vec<&Value>> = BTreeMap::new();
    for mail in mails.iter().filter(|mail| !header(mail, "References").is_empty()) {
        let root = header(mail, "References").split(' ').next().unwrap().to_owned();
        threads.entry((header(mail, "To"), root)).or_default().push(mail);
    }
    for ((_, root), thread) in threads {
        let first = header(thread[0], "Message-ID");
        assert_eq!(header(thread[0], "In-Reply-To"), "");
        for later in &thread[1..] {
            assert_eq!(header(later, "In-Reply-To"), first);
            assert_eq!(header(later, "References"), format!("{root} {first}"));
        }
    }
    let ids: BTreeSet<String> = mails.iter().map(|mail| header(mail, "Message-ID")).collect();
    assert_eq!(ids.len(), mails.len());
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story told in one go")]
fn a_whole_life_is_told_decided_and_ended_by_mail() {
    let mut letters = Letters::new();
    let delegate = json!({ "to": letters.post.world.id("boris"), "ends": "2026-04-01T00:00:00Z" });
    let at = format!("/v1/people/{}/delegations", letters.post.world.id("carla"));
    letters.post.world.post("carla", &at, delegate).expect(201);
    let mut asked = crate::world::request();
    asked["justification"] = json!("It would be nice to have.");
    asked["monitoring_owner"] = json!(letters.post.world.id("oskar"));
    let world = &letters.post.world;
    let id = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    assert_eq!(world.command("rita", &id, "submit", json!({})).expect(200)["state"], "returned");
    let justification = crate::world::request()["justification"].clone();
    world.patch("rita", &id, json!({ "justification": justification })).expect(200);
    world.to_decision(&id, 1);
    letters.run();
    letters.decides("boris", &[("decision", "approve_with_conditions"), ("conditions", "No calls of minors.")]);
    letters.decides("carla", &[("decision", "request_changes"), ("reason", "Please narrow it to one team.")]);
    assert_eq!(letters.post.world.state(&id), "returned");
    letters.post.world.patch("rita", &id, json!({ "affected_teams": ["support", "sales"] })).expect(200);
    letters.post.world.to_decision(&id, 1);
    letters.run();
    letters.decides("boris", &[("decision", "approve")]);
    letters.decides("carla", &[("decision", "approve")]);
    let world = &letters.post.world;
    if world.state(&id) != "active" {
        world.command("rita", &id, "accept-conditions", json!({})).expect(200);
    }
    assert_eq!(world.state(&id), "active");
    world.command("gita", &id, "comment", json!({ "text": "Keep to the thirty days." })).expect(200);
    world.command("gita", &id, "suspend", json!({ "cause": "incident" })).expect(200);
    letters.run();
    letters.post.world.days(91);
    letters.run();
    let mails = letters.server.read();
    mails.iter().for_each(well_formed);
    threaded(&mails);
    let subjects: BTreeSet<String> = mails.iter().map(|mail| header(mail, "Subject")).collect();
    let told = |about: &str| subjects.iter().any(|subject| subject.contains(about));
    for about in [
        "You may act in an approver's place",
        "changes needed",
        "request received",
        "please assess",
        "your decision is wanted",
        "your approval no longer counts",
        "an approver asks for changes",
        "approved",
        "in effect",
        "a comment",
        "suspended, stop now",
    ] {
        assert!(told(about), "{about} in {subjects:#?}");
    }
    let to_rita = |about: &str| {
        mails
            .iter()
            .find(|mail| header(mail, "To").contains("rita@") && header(mail, "Subject").contains(about))
            .unwrap()
    };
    let (approved, effective) = (to_rita("] approved"), to_rita("in effect"));
    assert!(approved["text"].as_str().unwrap().contains("Who monitors it:\n- Oskar Owner"), "{}", approved["text"]);
    let returned = to_rita("changes needed")["text"].as_str().unwrap();
    assert!(returned.contains("/request/EX-2026-000001?field=/justification\n"), "{returned}");
    let dates =
        |mail: &Value| mail["calendar"].as_array().unwrap().iter().map(|date| date["uid"].clone()).collect::<Vec<_>>();
    assert_eq!((dates(approved).len(), dates(approved)), (2, dates(effective)), "later letters move the same dates");
    assert_eq!(effective["calendar"][1]["at"], "2026-05-31T09:00:00+00:00", "ninety days from the second of March");
}
