//! Pages as people use them: signing in and back, asking for an exception, reading its record, working the desk;
//! and texts that would like to be more than texts.

mod erased;
mod files;
mod forms;
mod from_letter;
mod in_german;
mod operations;
mod re_reviews;
mod registered;
mod rights;
mod since;
mod together;
pub mod walk;
mod work;

use actix_web::http::Method;
use serde_json::json;

use self::walk::{Walker, encoded, field};
use crate::world::{ORIGIN, World, request};

#[test]
fn whoever_is_not_signed_in_is_led_there_and_back() {
    let world = World::new();
    let mut rita = Walker::stranger(&world);
    let away = rita.get("/exceptions?state=active");
    assert_eq!(away.status, 303);
    assert_eq!(away.header("location").as_deref(), Some("/sign-in?return=/exceptions%3Fstate%3Dactive"));
    let back = rita.sign_in("rita", "/exceptions?state=active");
    assert_eq!(back.header("location").as_deref(), Some("/exceptions?state=active"));
    assert!(rita.get("/exceptions").text.contains("Rita Requester"));
    let elsewhere = rita.sign_in("rita", "//evil.example");
    assert_eq!(elsewhere.header("location").as_deref(), Some("/"));
}

#[test]
fn a_place_in_a_list_that_is_none_leads_to_the_first_page_and_says_so() {
    let world = World::new();
    let (filed, id) = (world.file(), world.file());
    world.command("rita", &id, "submit", json!({})).expect(200);
    let mut rita = Walker::signed_in(&world, "rita");
    let number = |id: &str| {
        let found = world.get("rita", &format!("/v1/exceptions/{id}")).expect(200);
        found["number"].as_str().unwrap().to_owned()
    };
    let next = world.get("rita", "/v1/exceptions?limit=1").expect(200)["next_cursor"].as_str().unwrap().to_owned();
    for cursor in ["forged", &next] {
        let shown = rita.get(&format!("/exceptions?state=draft&cursor={cursor}"));
        assert_eq!(shown.status, 422, "{cursor}");
        assert!(shown.text.contains("here is the first one"), "{}", shown.text);
        assert!(shown.text.contains(&number(&filed)) && !shown.text.contains(&number(&id)), "the filter still holds");
    }
    let desk = rita.get("/desk?tab=waiting&cursor=forged");
    assert_eq!(desk.status, 422);
    assert!(desk.text.contains("here is the first one"), "{}", desk.text);
    assert_eq!(rita.get("/desk?tab=waiting").status, 200);
}

#[test]
fn what_was_typed_comes_back_after_a_session_that_ended() {
    let world = World::new();
    let id = world.file();
    let number = world.get("rita", &format!("/v1/exceptions/{id}")).expect(200)["number"].as_str().unwrap().to_owned();
    let here = format!("/exceptions/{number}/do/comment");
    let mut rita = Walker::signed_in(&world, "rita");
    let form = rita.get(&here);
    rita.forget();
    let asked = rita.send(&here, &form, &[("text", "Is it <b>seen</b>?")]);
    assert_eq!(asked.status, 401);
    assert!(asked.text.contains("What you typed is kept"), "{}", asked.text);
    let kept = field(&asked.text, "kept");
    let again = rita.sign_in_with("rita", &[("return", &here), ("kept", &kept)]);
    assert!(again.text.contains("Your answers are still here"), "{}", again.text);
    let read = again.text.split("<form").next().unwrap();
    assert!(read.contains(&here) && read.contains("Is it &#60;b&#62;seen"), "what is sent, before it is: {read}");
    let done = rita.resend(&again);
    assert_eq!(done.status, 303, "{}", done.text);
    assert!(rita.get(&format!("/exceptions/{number}")).text.contains("Is it seen?"));
}

#[test]
fn a_form_sent_twice_is_one_command_and_one_of_elsewhere_is_none() {
    let world = World::new();
    let id = world.file();
    let number = world.get("rita", &format!("/v1/exceptions/{id}")).expect(200)["number"].as_str().unwrap().to_owned();
    let here = format!("/exceptions/{number}/do/comment");
    let mut rita = Walker::signed_in(&world, "rita");
    let form = rita.get(&here);
    for _ in 0..2 {
        assert_eq!(rita.send(&here, &form, &[("text", "Once")]).status, 303);
    }
    assert_eq!(rita.send(&here, &form, &[("text", "Twice")]).status, 303, "other words are another comment");
    let said = world.get("rita", &format!("/v1/exceptions/{id}/comments")).expect(200);
    assert_eq!(said["items"].as_array().unwrap().len(), 2);
    let foreign = rita.post_from("https://evil.example", &here, &[("text", "x")]);
    assert_eq!(foreign.status, 403);
    let stale = rita.post_from(ORIGIN, &here, &[("text", "x"), ("form_token", "x")]);
    assert!(stale.text.contains("Your answers are still here"), "asked again, and not done: {}", stale.text);
    assert_eq!(
        world.get("rita", &format!("/v1/exceptions/{id}/comments")).expect(200)["items"].as_array().unwrap().len(),
        2
    );
}

const WHERE: &[(&str, &str)] = &[
    ("scope.business_unit", "service"),
    ("scope.regions", "eu"),
    ("scope.groups", "support-agents"),
    ("affected_teams", "support"),
];

/// Answers every page of a request, and tells where it stands.
fn asked_for(rita: &mut Walker<'_>) -> String {
    let start = rita.get("/request");
    assert!(start.text.contains("What you will need"), "{}", start.text);
    let begun = rita.send("/request", &start, &[]);
    let first = begun.header("location").unwrap_or_else(|| panic!("{}", begun.text));
    let number = first.split('/').nth(2).unwrap().to_owned();
    for (step, answers) in ANSWERS {
        let here = format!("/request/{number}/{step}");
        let form = rita.get(&here);
        assert_eq!(form.status, 200, "{here}: {}", form.text);
        let kept = rita.send(&here, &form, answers);
        assert_eq!(kept.status, 303, "{here}: {}", kept.text);
    }
    number
}

/// What is answered on each page.
const ANSWERS: [(&str, &[(&str, &str)]); 7] = [
    ("what", &[("title", "Summaries of tickets"), ("kind", "ai_usage")]),
    ("clauses", &[("clauses", "AIP-2.1")]),
    (
        "why",
        &[
            ("justification", "Agents read four hundred tickets a day in nine languages; summaries halve the time."),
            ("alternatives", "The approved assistant was tried for two weeks; it cuts off after a page."),
            ("impact_if_denied", "Answers stay slow; customers wait a day longer."),
        ],
    ),
    (
        "system",
        &[
            ("scope.systems.0.name", "Example LLM"),
            ("scope.systems.0.vendor", "Example Corp"),
            ("scope.purpose", "Summaries for the agent who answers the ticket"),
            ("scope.data_classes", "internal"),
        ],
    ),
    ("where", WHERE),
    ("how-long", &[("duration_days", "90")]),
    (
        "screening",
        &[
            ("screening.harmful_manipulation", "false"),
            ("screening.emotion_inference", "false"),
            ("screening.social_scoring", "false"),
            ("screening.biometric_categorisation", "false"),
        ],
    ),
];

#[test]
fn a_request_is_answered_page_by_page_and_submitted() {
    let world = World::new();
    let mut rita = Walker::signed_in(&world, "rita");
    let number = asked_for(&mut rita);
    let check = rita.get(&format!("/request/{number}"));
    for answer in ["Summaries of tickets", "AIP-2.1", "Example LLM", "For 90 days", "Check your answers"] {
        assert!(check.text.contains(answer), "{answer} in {}", check.text);
    }
    assert!(check.text.contains("Not answered: ") && check.text.contains("/where#scope.actions"), "{}", check.text);
    let here = format!("/request/{number}/where");
    let form = rita.get(&here);
    let kept = rita.send(&here, &form, &[WHERE, &[("scope.actions", "summarise")]].concat());
    assert_eq!(kept.status, 303, "{}", kept.text);
    let check = rita.get(&format!("/request/{number}"));
    assert!(!check.text.contains("Still missing"), "{}", check.text);
    let sent = rita.send(&format!("/request/{number}"), &check, &[]);
    assert_eq!(sent.header("location"), Some(format!("/request/{number}/submitted")), "{}", sent.text);
    let told = rita.get(&format!("/request/{number}/submitted")).text;
    assert!(told.contains(&number) && told.contains("Review for completeness") && told.contains("Due in"), "{told}");
}

#[test]
fn mistakes_stand_at_their_fields_and_what_was_typed_stays() {
    let world = World::new();
    let mut rita = Walker::signed_in(&world, "rita");
    let begun = rita.get("/request");
    let first = rita.send("/request", &begun, &[]).header("location").unwrap();
    let number = first.split('/').nth(2).unwrap().to_owned();
    let here = format!("/request/{number}/where");
    let form = rita.get(&here);
    let refused = rita.send(&here, &form, &[("scope.business_unit", "Not A Code"), ("scope.regions", "eu")]);
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("href=\"#scope.business_unit\"") && refused.text.contains("value=\"Not A Code\""));
    let check = rita.get(&format!("/request/{number}"));
    assert!(check.text.contains("Still missing"), "{}", check.text);
    let sent = rita.send(&format!("/request/{number}"), &check, &[]);
    assert_eq!(sent.status, 422, "an incomplete request is not taken");
}

#[test]
fn a_clause_from_which_nothing_deviates_says_so_where_it_would_be_chosen() {
    let world = World::new();
    let mut rita = Walker::signed_in(&world, "rita");
    let begun = rita.get("/request");
    let first = rita.send("/request", &begun, &[]).header("location").unwrap();
    let number = first.split('/').nth(2).unwrap().to_owned();
    let page = rita.get(&format!("/request/{number}/clauses?q=social")).text;
    assert!(page.contains("Nothing deviates from these"), "{page}");
}

#[test]
fn the_desk_shows_work_and_the_record_its_buttons() {
    let world = World::new();
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200);
    let mut rosa = Walker::signed_in(&world, "rosa");
    let desk = rosa.get("/desk");
    assert!(desk.text.contains("Review for completeness") && desk.text.contains("Take it"), "{}", desk.text);
    let claim = desk
        .text
        .split("action=\"")
        .find(|part| part.contains("/claim\""))
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(rosa.send(&claim, &desk, &[("return", "/desk")]).header("location").as_deref(), Some("/desk"));
    assert!(rosa.get("/desk").text.contains("Give it back"));
    let record = rosa.get("/exceptions/EX-2026-000001").text;
    assert!(
        record.contains("Not in effect") && record.contains("/do/pass") && record.contains("/do/return"),
        "{record}"
    );
    let form = rosa.get("/exceptions/EX-2026-000001/do/return");
    let empty = rosa.send("/exceptions/EX-2026-000001/do/return", &form, &[]);
    assert_eq!(empty.status, 422);
    assert!(!Walker::signed_in(&world, "rita").get("/exceptions/EX-2026-000001").text.contains("/do/pass"));
    let form = rosa.get("/exceptions/EX-2026-000001/do/pass");
    assert_eq!(rosa.send("/exceptions/EX-2026-000001/do/pass", &form, &[]).status, 303);
    assert_eq!(world.state(&id), "assessment");
}

const HOSTILE: [&str; 6] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg onload=alert(1)>",
    "{{ 7*7 }} ${7*7} <%= 7*7 %>",
    "[x](javascript:alert(1)) ![x](https://evil.example/x.png)",
    "\u{202e}<style>*{display:none}</style>\u{0000}",
];

#[test]
fn texts_stay_texts_on_every_page() {
    let world = World::new();
    for hostile in HOSTILE {
        let hostile = hostile.replace('\u{0}', "");
        let mut asked = request();
        for field in ["title", "justification", "alternatives", "impact_if_denied"] {
            asked[field] = json!(format!("{hostile} and more words, so that it is long enough to be taken as it is"));
        }
        asked["scope"]["systems"] = json!([{ "name": hostile, "vendor": hostile }]);
        asked["scope"]["purpose"] = json!(hostile);
        asked["controls"] = json!([{ "text": hostile, "evidence": hostile }]);
        asked["source_ticket"] = json!(hostile.replace('\n', " "));
        let made = world.post("rita", "/v1/exceptions", asked);
        let made = made.expect(201);
        let (id, number) = (made["id"].as_str().unwrap(), made["number"].as_str().unwrap());
        world.command("rita", id, "comment", json!({ "text": hostile })).expect(200);
        let mut rita = Walker::signed_in(&world, "rita");
        let q = encoded(&hostile);
        for path in [
            "/".to_owned(),
            format!("/exceptions?q={q}&clause={q}"),
            format!("/exceptions/{number}"),
            format!("/exceptions/{number}/versions"),
            format!("/exceptions/{number}/do/comment"),
            format!("/request/{number}"),
            format!("/request/{number}/what"),
            format!("/request/{number}/system"),
            format!("/request/{number}/controls"),
            format!("/request/{number}/clauses?q={q}"),
            "/request".to_owned(),
            "/desk?tab=waiting".to_owned(),
        ] {
            sound(&path, &rita.get(&path).text);
        }
    }
}

/// A page has what every page has, and nothing that could do something.
fn sound(path: &str, page: &str) {
    let lower = page.to_lowercase();
    for wanted in ["<html lang=\"en\">", "<main id=\"main\"", "class=\"skip\"", "<title>"] {
        assert!(lower.contains(wanted), "{path} lacks {wanted}: {page}");
    }
    assert_eq!(lower.matches("<h1").count(), 1, "{path}: {page}");
    for bad in
        ["<script", " style=", "<style", "<img", "<svg", "onerror=alert(1)>", "javascript:alert(1)\"", " onload=\""]
    {
        let found = lower.contains(bad);
        assert!(!found, "{path} has {bad}: {page}");
    }
}

#[test]
fn errors_are_pages_for_people_and_problems_for_programs() {
    let world = World::new();
    let mut rita = Walker::signed_in(&world, "rita");
    let gone = rita.get_html("/no-such-page");
    assert_eq!(gone.status, 404);
    assert!(gone.text.contains("Page not found") && gone.text.contains("Request id:"), "{}", gone.text);
    let program = world.ask("rita", Method::GET, "/no-such-page", None);
    assert_eq!(program.code(404), "not_found");
    assert_eq!(rita.get_html("/exceptions/EX-2026-999999").status, 404);
    let explained = rita.get_html("/problems/wrong_state").text;
    assert!(explained.contains("<h1>") && explained.contains("wrong_state"), "{explained}");
}

#[test]
fn a_page_speaks_the_readers_language() {
    let world = World::new();
    let mut rita = Walker::signed_in(&world, "rita");
    rita.speaks("de-DE,de;q=0.9,en;q=0.5");
    let page = rita.get("/desk").text;
    assert!(page.contains("<html lang=\"de\">") && page.contains("Wartet auf mich"), "{page}");
}

#[test]
fn a_first_view_is_small() {
    let world = World::new();
    let mut rita = Walker::signed_in(&world, "rita");
    let page = rita.get("/");
    let style = page.text.split("href=\"/assets/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let sheet = rita.get(&format!("/assets/{style}"));
    assert!(sheet.header("cache-control").unwrap().contains("immutable"));
    assert!(page.text.len() + sheet.text.len() < 40 * 1024, "even unpacked");
    assert_eq!(rita.get("/assets/0000000000000000.css").status, 404);
}
