//! Deciding from a mail: the link as it came, the page as it is shown, and everything that must not
//! decide anything.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use actix_web::http::Method;
use proviso::{app::DEMO_PASSWORD, store::mailbox::mailbox};
use serde_json::json;

use crate::{
    post::{Post, form_token, title},
    world::{Ask, ORIGIN, Reply},
};

#[test]
fn two_approvers_decide_from_their_mails() {
    let mut post = Post::new();
    let id = post.asked(1);
    for who in ["boris", "carla"] {
        let link = post.link(who);
        let stranger = post.get(&link, None);
        assert_eq!(stranger.status, 200);
        assert!(stranger.text.contains("EX-2026-000001") && !stranger.text.contains(&title()), "the number alone");
        let cookie = post.sign_in(&link, who);
        let page = post.get(&link, Some(&cookie));
        for shown in [title().as_str(), "Assessment: Security", "100 points", "different people", "AIP-2.1"] {
            assert!(page.text.contains(shown), "{shown} in {}", page.text);
        }
        let decided = post.decide(&link, &cookie, &[("decision", "approve")]);
        assert_eq!(
            (decided.status, decided.header("location").as_deref()),
            (303, Some(link.as_str())),
            "{}",
            decided.text
        );
        let recorded = post.get(&link, Some(&cookie)).text;
        assert!(recorded.contains("You approved on 2 March 2026 at"), "{recorded}");
    }
    assert_eq!(post.world.state(&id), "active");
    assert_eq!(post.open_links(), 0);
}

#[test]
fn a_letter_says_once_what_two_like_seats_ask() {
    let mut post = Post::new();
    post.asked(1);
    let mails = std::fs::read_dir(&post.world.app.config().mail.path).unwrap();
    let mails = mails.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap().replace("=\r\n", ""));
    let wanted = mails.filter(|mail| mail.contains("<boris@example.com>") && mail.contains("/decide/"));
    let said: Vec<usize> = wanted.map(|mail| mail.matches("You are asked as").count()).collect();
    assert_eq!(said, [2], "in the text and in HTML");
}

#[test]
fn pages_run_nothing_keep_nothing_and_tell_nobody() {
    let mut post = Post::new();
    post.asked(1);
    let page = post.get(&post.link("boris"), None);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'; form-action 'self'"), "{policy}");
    assert_eq!(page.header("referrer-policy").as_deref(), Some("no-referrer"));
    assert_eq!(page.header("cache-control").as_deref(), Some("no-store"));
    assert!(!page.text.contains("<script") && !page.text.contains(" style="));
    assert_eq!(post.get("/assets/pages.css", None).header("content-type").as_deref(), Some("text/css; charset=utf-8"));
}

#[test]
fn whoever_only_looks_changes_and_consumes_nothing() {
    let mut post = Post::new();
    let id = post.asked(1);
    let link = post.link("boris");
    let cookie = post.sign_in(&link, "boris");
    let (events, links) = (post.events(), post.open_links());
    for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
        for headers in
            [vec![], vec![("cookie", cookie.as_str())], vec![("purpose", "prefetch"), ("sec-purpose", "prefetch")]]
        {
            for _ in 0..100 {
                let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
                post.world.send(Ask { method: method.clone(), path: link.clone(), headers, body: None });
            }
        }
    }
    assert_eq!((post.events(), post.open_links()), (events, links));
    assert_eq!(post.decide(&link, &cookie, &[("decision", "approve")]).status, 303);
    assert_eq!(post.world.state(&id), "decision", "one of two");
    assert!(post.events() > events);
}

#[test]
fn scanners_that_send_every_form_decide_nothing() {
    let mut post = Post::new();
    let id = post.asked(1);
    let link = post.link("boris");
    let events = post.events();
    let fields = [("form_token", "x"), ("decision", "approve"), ("reason", "x")];
    for headers in [vec![], vec![("origin", ORIGIN)], vec![("origin", "https://scanner.example")]] {
        post.form(&link, &fields, &headers);
        post.form(&format!("{link}/sign-in"), &[("email", "a@b.example"), ("password", "x")], &headers);
    }
    let rewritten =
        [format!("{link}?url=1"), format!("{link}#x"), link[..link.len() - 1].to_owned(), link.to_lowercase()];
    let _: Vec<Reply> = rewritten.iter().map(|path| post.form(path, &fields, &[("origin", ORIGIN)])).collect();
    assert_eq!((post.events(), post.world.state(&id).as_str()), (events, "decision"));
}

#[test]
fn links_that_are_unknown_used_or_void_look_the_same() {
    let mut post = Post::new();
    let id = post.asked(1);
    let (boris, carla) = (post.link("boris"), post.link("carla"));
    let cookie = post.sign_in(&boris, "boris");
    post.decide(&boris, &cookie, &[("decision", "approve")]);
    let dossier = post.world.dossier(&id);
    let condition = json!({ "dossier": dossier, "text": "No calls of minors" });
    post.world.command("carla", &id, "propose-condition", condition).expect(200);
    let unknown = post.get("/decide/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", None);
    assert_eq!(unknown.status, 404);
    for link in [boris.as_str(), carla.as_str(), "/decide/x"] {
        let reply = post.get(link, None);
        assert_eq!((reply.status, &reply.text), (404, &unknown.text), "{link}");
        assert_eq!(reply.headers.len(), unknown.headers.len());
    }
    assert!(post.get(&carla, Some(&cookie)).status == 404, "nor is it told to another approver");
}

#[test]
fn a_change_of_the_dossier_voids_every_link_and_its_approver_is_told() {
    let mut post = Post::new();
    let id = post.asked(1);
    let link = post.link("boris");
    let cookie = post.sign_in(&link, "boris");
    let token = form_token(&post.get(&link, Some(&cookie)));
    let dossier = post.world.dossier(&id);
    let condition = json!({ "dossier": dossier, "text": "No calls of minors" });
    post.world.command("carla", &id, "propose-condition", condition).expect(200);
    let late = post.form(
        &link,
        &[("form_token", &token), ("decision", "approve")],
        &[("origin", ORIGIN), ("cookie", &cookie)],
    );
    assert_eq!(late.status, 303);
    assert!(post.get(&link, Some(&cookie)).text.contains("decides nothing any more"));
    assert_eq!(post.world.state(&id), "decision");
    post.jobs.run_due(post.world.now());
    let next = post.links("boris").into_iter().find(|other| *other != link).unwrap();
    let next = post.get(&next, Some(&cookie)).text;
    let changed = next.split_once("What changed since you last looked").unwrap_or_else(|| panic!("{next}")).1;
    assert!(changed.contains("<ins dir=\"auto\">No calls of minors"), "{changed}");
}

#[test]
fn a_link_is_its_approvers_alone() {
    let mut post = Post::new();
    let id = post.asked(1);
    let link = post.link("boris");
    let cookie = post.sign_in(&link, "carla");
    let page = post.get(&link, Some(&cookie));
    assert!(page.text.contains("somebody else") && !page.text.contains(&title()));
    let own = post.sign_in(&post.link("carla"), "carla");
    let token = form_token(&post.get(&post.link("carla"), Some(&own)));
    let events = post.events();
    post.form(&link, &[("form_token", &token), ("decision", "approve")], &[("origin", ORIGIN), ("cookie", &own)]);
    assert_eq!((post.events(), post.world.state(&id).as_str()), (events, "decision"));
}

#[test]
fn a_form_of_another_site_or_session_is_refused() {
    let mut post = Post::new();
    post.asked(1);
    let link = post.link("boris");
    let cookie = post.sign_in(&link, "boris");
    let token = form_token(&post.get(&link, Some(&cookie)));
    let approve = [("form_token", token.as_str()), ("decision", "approve")];
    for headers in [
        vec![("cookie", cookie.as_str())],
        vec![("cookie", cookie.as_str()), ("origin", "https://evil.example")],
        vec![("cookie", cookie.as_str()), ("origin", "null")],
        vec![("cookie", cookie.as_str()), ("origin", "null"), ("sec-fetch-site", "cross-site")],
        vec![("cookie", cookie.as_str()), ("origin", ORIGIN), ("sec-fetch-site", "same-site")],
    ] {
        assert_eq!(post.form(&link, &approve, &headers).code(403), "cross_origin", "{headers:?}");
    }
    let forged = [("form_token", "AAAA"), ("decision", "approve")];
    assert_eq!(post.form(&link, &forged, &[("cookie", &cookie), ("origin", ORIGIN)]).code(403), "cross_origin");
    assert_eq!(post.decide(&link, &cookie, &[("decision", "approve")]).status, 303);
}

#[test]
fn a_refused_decision_consumes_nothing_and_keeps_what_was_typed() {
    let mut post = Post::new();
    let id = post.asked(1);
    let link = post.link("boris");
    let cookie = post.sign_in(&link, "boris");
    let refused = post.decide(&link, &cookie, &[("decision", "reject"), ("conditions", "<b>none</b>")]);
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("Say why") && refused.text.contains("&#60;b&#62;none"), "{}", refused.text);
    let reason = [("decision", "reject"), ("reason", "The approved assistant can do it.")];
    assert_eq!(post.decide(&link, &cookie, &reason).status, 303);
    assert_eq!(post.world.state(&id), "rejected");
}

#[test]
fn a_code_from_a_second_mail_does_for_one_approval_of_a_round() {
    let mut post = Post::new();
    let id = post.asked(1);
    let (boris, carla) = (post.link("boris"), post.link("carla"));
    let pass = |post: &mut Post, link: &str, who: &str| {
        post.ask_for_code(link);
        let typed = post.type_code(link, &post.codes(who)[0].to_lowercase());
        assert_eq!(typed.status, 303, "{}", typed.text);
        typed.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    };
    let (his, hers) = (pass(&mut post, &boris, "boris"), pass(&mut post, &carla, "carla"));
    assert!(post.get(&boris, Some(&his)).text.contains(&title()));
    assert!(!post.get(&carla, Some(&his)).text.contains(&title()), "it is good for one link");
    assert_eq!(post.decide(&boris, &his, &[("decision", "approve")]).status, 303);
    let second = post.decide(&carla, &hers, &[("decision", "approve")]);
    assert_eq!(second.status, 422, "{}", second.text);
    assert!(!post.get(&carla, None).text.contains("Send me a code"));
    let cookie = post.sign_in(&carla, "carla");
    post.decide(&carla, &cookie, &[("decision", "approve")]);
    assert_eq!(post.world.state(&id), "active");
}

#[test]
fn wrong_codes_kill_a_code_and_never_the_link() {
    let mut post = Post::new();
    post.asked(1);
    let link = post.link("boris");
    post.ask_for_code(&link);
    let code = post.codes("boris").remove(0);
    let wrong = if code.starts_with('A') { "BBBBBB" } else { "AAAAAA" };
    for malformed in ["", "A", "ABCDEFGH", "????"] {
        assert_eq!(post.type_code(&link, malformed).status, 401);
    }
    (0..4).for_each(|_| assert_eq!(post.type_code(&link, wrong).status, 401));
    post.world.minutes(9);
    assert_eq!(post.type_code(&link, &code).status, 303, "four wrong ones leave it alive");
    assert_eq!(post.type_code(&link, &code).status, 401, "and it is used up");
    post.ask_for_code(&link);
    let second = post.codes("boris").into_iter().find(|other| *other != code).unwrap();
    (0..5).for_each(|_| assert_eq!(post.type_code(&link, wrong).status, 401));
    assert_eq!(post.type_code(&link, &second).status, 401);
    (0..3).for_each(|_| post.ask_for_code(&link));
    assert_eq!(post.codes("boris").len(), 3, "three and no more");
    assert!(post.get(&link, None).text.contains("EX-2026-000001"));
}

#[test]
fn a_code_is_too_old_after_ten_minutes_and_does_not_at_a_high_tier() {
    let mut post = Post::new();
    post.asked(1);
    let link = post.link("boris");
    post.ask_for_code(&link);
    let code = post.codes("boris").remove(0);
    post.world.minutes(10);
    assert_eq!(post.type_code(&link, &code).status, 401);
    let mut high = Post::new();
    high.asked(3);
    let link = high.link("carla");
    assert!(!high.get(&link, None).text.contains("Send me a code"));
    high.ask_for_code(&link);
    assert!(high.codes("carla").is_empty());
}

#[test]
fn at_a_high_tier_the_sign_in_must_be_recent() {
    let mut post = Post::new();
    let id = post.asked(3);
    let link = post.link("carla");
    let cookie = post.sign_in(&link, "carla");
    post.world.minutes(11);
    let reject = [("decision", "reject"), ("reason", "The approved assistant can do it.")];
    let stale = post.decide(&link, &cookie, &reject);
    assert!(stale.status == 422 && stale.text.contains("sign in"), "{}", stale.text);
    let fresh = post.sign_in(&link, "carla");
    assert_eq!(post.decide(&link, &fresh, &reject).status, 303);
    assert_eq!(post.world.state(&id), "rejected");
}

#[test]
fn who_left_decides_by_no_link() {
    let mut post = Post::new();
    post.asked(1);
    let link = post.link("boris");
    let cookie = post.sign_in(&link, "boris");
    let boris = post.world.id("boris");
    post.world.post("adam", &format!("/v1/people/{boris}/leave"), json!({})).expect(200);
    assert_eq!(post.get(&link, Some(&cookie)).status, 404);
    assert_eq!(post.get(&link, None).status, 404);
}

#[test]
fn one_browser_for_two_approvers_is_told_to_governance() {
    let mut post = Post::new();
    post.asked(1);
    let (boris, carla) = (post.link("boris"), post.link("carla"));
    let cookie = post.sign_in(&boris, "boris");
    let fields = [("email", "carla@example.com"), ("password", DEMO_PASSWORD)];
    let headers = [("origin", ORIGIN), ("cookie", cookie.as_str())];
    assert_eq!(post.form(&format!("{carla}/sign-in"), &fields, &headers).status, 303);
    post.jobs.run_due(post.world.now());
    let gita = post.world.id("gita").parse().unwrap();
    let told = post.world.read(|conn| mailbox(conn, gita, None, 100).unwrap());
    assert_eq!(told[0].kind.as_str(), "one_browser");
}

#[test]
fn one_browser_is_known_wherever_two_approvers_sign_in() {
    let mut post = Post::new();
    post.asked(1);
    let sign_in = |who: &str, cookie: Option<&str>| {
        let body = json!({ "email": format!("{who}@example.com"), "password": DEMO_PASSWORD });
        let own = [("origin", ORIGIN), ("content-type", "application/json")];
        let headers = own.into_iter().chain(cookie.map(|cookie| ("cookie", cookie)));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let body = Some(body.to_string().into_bytes());
        let reply = post.world.send(Ask { method: Method::POST, path: "/v1/session".to_owned(), headers, body });
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    };
    let events = post.events();
    let gustav = sign_in("gustav", None);
    let boris = sign_in("boris", Some(&gustav));
    assert_eq!(post.events(), events, "one approver is no matter");
    let again = sign_in("boris", Some(&boris));
    assert_eq!(post.events(), events, "nor is the same once more");
    sign_in("carla", Some(&again));
    assert_eq!(post.events(), events + 1);
    post.jobs.run_due(post.world.now());
    let gita = post.world.id("gita").parse().unwrap();
    let told = post.world.read(|conn| mailbox(conn, gita, None, 100).unwrap());
    assert_eq!(told[0].kind.as_str(), "one_browser");
}

#[test]
fn a_critical_exception_is_approved_by_link_after_a_fresh_sign_in() {
    let mut post = Post::new();
    let control = json!({ "text": "Redact names before the call", "owner": post.world.id("oskar") });
    let id = post.world.file();
    post.world.patch("rita", &id, json!({ "controls": [control] })).expect(200);
    post.world.to_decision(&id, 5);
    post.jobs.run_due(post.world.now());
    let tier = post.world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)["tier"].clone();
    assert_eq!(tier, "critical");
    for who in ["carla", "konrad", "lena"] {
        let link = post.link(who);
        let cookie = post.sign_in(&link, who);
        post.world.minutes(11);
        let stale = post.decide(&link, &cookie, &[("decision", "approve")]);
        assert!(stale.status == 422 && stale.text.contains("sign in"), "{}", stale.text);
        let fresh = post.sign_in(&link, who);
        let decided = post.decide(&link, &fresh, &[("decision", "approve")]);
        assert_eq!(decided.status, 303, "{}", decided.text);
    }
    assert_eq!(post.world.state(&id), "implementation", "the control is to be confirmed");
}

#[test]
fn one_browser_is_known_by_a_code_too() {
    let mut post = Post::new();
    post.asked(1);
    let (boris, carla) = (post.link("boris"), post.link("carla"));
    post.ask_for_code(&boris);
    let typed = post.type_code(&boris, &post.codes("boris")[0]);
    let cookie = typed.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let events = post.events();
    let (email, own) = (("email", "carla@example.com"), [("origin", ORIGIN), ("cookie", cookie.as_str())]);
    assert_eq!(post.form(&format!("{carla}/sign-in"), &[email, ("password", DEMO_PASSWORD)], &own).status, 303);
    assert_eq!(post.events(), events + 1, "who signs in where somebody typed a code");
    post.ask_for_code(&carla);
    let code = post.codes("carla").remove(0);
    let cookie = post.sign_in(&boris, "boris");
    let own = [("origin", ORIGIN), ("cookie", cookie.as_str())];
    assert_eq!(post.form(&format!("{carla}/code"), &[("code", &code)], &own).status, 303);
    assert_eq!(post.events(), events + 2, "who types a code where somebody is signed in");
}

#[test]
fn other_content_is_decided_on_as_it_would_be() {
    let mut post = Post::new();
    let id = post.world.file();
    post.world.patch("rita", &id, json!({ "affected_teams": ["support", "sales"] })).expect(200);
    post.world.to_decision(&id, 1);
    for who in ["boris", "carla"] {
        post.world.approve(who, &id).expect(200);
    }
    post.world.command("gita", &id, "revert", json!({ "to_version": 1 })).expect(200);
    post.jobs.run_due(post.world.now());
    let link = post.link("boris");
    let cookie = post.sign_in(&link, "boris");
    let page = post.get(&link, Some(&cookie)).text;
    assert!(page.contains(">support</dd>") && !page.contains(">sales</dd>"), "{page}");
}

/// What the dossier's hash covers, as Rita wrote it and others found it.
fn filled_in(post: &mut Post) -> String {
    let world = &post.world;
    let earlier = world.decided_on(1);
    let reason = json!({ "dossier": world.dossier(&earlier), "reason": "The approved assistant does." });
    world.command("carla", &earlier, "reject", reason).expect(200);
    let of = |who: &str| world.id(who);
    let control = json!({
        "text": "Redact names before the call", "owner": of("oskar"), "cadence_days": 30, "evidence": "The log of the gateway"
    });
    let mut asked = crate::world::request();
    let more = json!({
        "beneficiary": of("ben"), "sponsor": of("gustav"), "monitoring_owner": of("elena"), "controls": [control],
        "confidential": true, "readers": [of("konrad"), of("dana"), of("rosa"), of("priya"), of("sam"), of("boris"),
        of("carla"), of("gita"), of("lena")], "source_ticket": "HELP-4711"
    });
    asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    asked["scope"]["people"] = json!([of("oskar")]);
    let id = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    let more = [("content-type", "multipart/form-data; boundary=xyz")];
    let file = "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"contract.txt\"\r\n\r\nthirty days\r\n--xyz--\r\n";
    let path = format!("/v1/exceptions/{id}/attachments");
    let sent = world.raw("rita", Method::POST, &path, file.as_bytes().to_vec(), &[more[0], ("origin", ORIGIN)]);
    assert_eq!(sent.status, 201, "{}", sent.text);
    world.command("rita", &id, "submit", json!({})).expect(200);
    world.command("rosa", &id, "pass", json!({})).expect(200);
    let finding = json!({ "severity": "moderate", "text": "The vendor keeps prompts", "mitigation": "A contract of thirty days" });
    world.assess_finding(&id, 3, &json!([finding]));
    for task in world.open(&id).iter().filter(|key| key.starts_with("advise:")) {
        let role = task.trim_start_matches("advise:");
        let said = json!({ "role": role, "recommendation": "support", "text": "With a log of every call" });
        world.command("dana", &id, "recommend", said).expect(200);
    }
    let condition = json!({ "dossier": world.dossier(&id), "text": "No calls of minors" });
    world.command("carla", &id, "propose-condition", condition).expect(200);
    post.jobs.run_due(post.world.now());
    id
}

#[test]
fn the_page_shows_all_that_the_hash_of_the_dossier_covers() {
    let mut post = Post::new();
    let id = filled_in(&mut post);
    assert_eq!(post.world.state(&id), "decision");
    let link = post.link_about("konrad", "EX-2026-000002");
    let cookie = post.sign_in(&link, "konrad");
    let page = post.get(&link, Some(&cookie)).text;
    for said in [
        "Rita Requester",
        "Ben Beneficiary",
        "Gustav Governance",
        "Elena Ethics",
        "Dana Dpo",
        "yes: its parties and its readers alone see it",
        "<dt>People who may use it</dt><dd class=\"said\">Oskar Owner</dd>",
        "support-agents",
        "HELP-4711",
        "harmful manipulation: No",
        "11 bytes, SHA-256 ",
        "contract.txt (text/plain",
        "Redact names before the call (before it takes effect, again every 30 days; by Oskar Owner). Evidence: The log of the gateway",
        "Moderate: The vendor keeps prompts What is done about it: A contract of thirty days",
        "No calls of minors (proposed by Carla Ciso)",
        "Dana Dpo (Adviser)",
        "With a log of every call",
        "<dt>EX-2026-000001</dt>",
        "rejected (Rejected), last changed",
    ] {
        assert!(page.contains(said), "{said} is not on {page}");
    }
}

/// Everything that is logged in a test's own thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, said: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(said)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_secret_of_a_link_stands_in_no_log() {
    let mut post = Post::new();
    post.asked(1);
    let link = post.link("boris");
    let (log, secret) = (Log::default(), link.trim_start_matches("/decide/"));
    let writer = log.clone();
    let heard = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    tracing::subscriber::with_default(heard.finish(), || {
        let cookie = post.sign_in(&link, "boris");
        post.form(&format!("{link}/send-code"), &[], &[("origin", "https://evil.example")]);
        post.decide(&link, &cookie, &[("decision", "reject")]);
        post.get(&format!("{link}/nowhere"), None);
        post.decide(&link, &cookie, &[("decision", "approve")]);
    });
    let said = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(said.contains("/decide/{token}") && !said.contains(secret), "{said}");
}
