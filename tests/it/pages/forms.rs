//! Forms for regulators, filled from the record: whoever sees the record sees them, what it lacks is said, and a
//! confidential one is noted.

use proviso::words::Hash;
use serde_json::{Value, json};

use super::{HOSTILE, sound, walk::Walker};
use crate::world::{World, request};

const FORMS: [&str; 5] = ["nydfs-500", "pci-dss-ccw", "sr-11-7", "iso-42001", "eu-ai-act"];

fn number(world: &World, id: &str) -> String {
    world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)["number"].as_str().unwrap().to_owned()
}

/// What a form says under a label.
fn said(page: &str, label: &str) -> String {
    let rest = page.split(&format!("<dt>{label}</dt><dd class=\"said\">")).nth(1);
    rest.unwrap_or_else(|| panic!("no {label}: {page}")).split("</dd>").next().unwrap().to_owned()
}

#[test]
fn a_form_has_the_decision_and_says_what_is_not_recorded() {
    let world = World::new();
    let mut asked = request();
    asked["controls"] = json!([{ "text": "Names are masked", "owner": world.id("konrad"), "cadence_days": 30 }]);
    let id = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    world.to_decision(&id, 1);
    let here = format!("/exceptions/{}/forms", number(&world, &id));
    let mut gita = Walker::signed_in(&world, "gita");
    let before = gita.get(&format!("{here}/nydfs-500")).text;
    assert_eq!(said(&before, "CISO"), "not recorded", "nobody decided yet");
    assert!(said(&before, "Period").starts_with("Asked for, not decided: "), "{before}");
    world.approve("boris", &id).expect(200);
    world.approve("carla", &id).expect(200);
    let nydfs = gita.get(&format!("{here}/nydfs-500")).text;
    assert_eq!(said(&nydfs, "CISO"), "Carla Ciso, as CISO, 2 March 2026, 09:00 UTC");
    let both = said(&nydfs, "Approved by");
    assert!(both.contains("Boris Businessowner") && both.contains("Carla Ciso"), "{both}");
    assert!(said(&nydfs, "Hash of what was approved").parse::<Hash>().is_ok());
    assert!(said(&nydfs, "Period").contains("2026, 09:00 UTC to "), "{nydfs}");
    assert_eq!(said(&nydfs, "Controls"), "Names are masked (by Konrad Cro)");
    let worksheet = gita.get(&format!("{here}/pci-dss-ccw")).text;
    for heading in ["1. Constraints", "2. Definition", "3. Objective", "4. Identified", "5. Validation", "6. Main"] {
        assert!(worksheet.contains(heading), "{heading}: {worksheet}");
    }
    assert!(said(&worksheet, "How they are kept up").contains("every 30 days"), "{worksheet}");
    assert_eq!(said(&worksheet, "Watched over by"), "not recorded");
    assert_eq!(said(&gita.get(&format!("{here}/eu-ai-act")).text, "Risk class under the Regulation"), "not recorded");
    let record = gita.get(&format!("/exceptions/{}", number(&world, &id))).text;
    assert!(FORMS.iter().all(|form| record.contains(&format!("{here}/{form}"))), "{record}");
    assert_eq!(gita.get_html(&format!("{here}/sox-404")).status, 404);
}

#[test]
fn the_decision_stays_on_a_form_after_the_end() {
    let world = World::new();
    let id = world.active();
    world.days(91);
    world.settle();
    assert_eq!(world.state(&id), "expired");
    let ended = Walker::signed_in(&world, "gita").get(&format!("/exceptions/{}/forms/nydfs-500", number(&world, &id)));
    assert!(said(&ended.text, "CISO").contains("Carla Ciso"), "{}", ended.text);
    assert_eq!(said(&ended.text, "State"), "Expired");
}

#[test]
fn nobody_finds_the_form_of_what_they_may_not_see_and_a_reading_is_noted() {
    let world = World::new();
    let mut asked = request();
    asked["confidential"] = json!(true);
    asked["readers"] = json!([world.id("ben")]);
    let id = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    let number = world.get("rita", &format!("/v1/exceptions/{id}")).expect(200)["number"].as_str().unwrap().to_owned();
    let readings = || {
        let told = world.get("rita", &format!("/v1/exceptions/{id}/timeline")).expect(200);
        let events: Vec<Value> = told["items"].as_array().unwrap().clone();
        let by = |who: &str| {
            let id = world.id(who);
            events.iter().filter(|one| one["kind"] == "read" && one["by"]["person"] == id.as_str()).count()
        };
        (by("ben"), by("ravi"))
    };
    let mut ravi = Walker::signed_in(&world, "ravi");
    for form in FORMS {
        assert_eq!(ravi.get_html(&format!("/exceptions/{number}/forms/{form}")).status, 404);
    }
    assert!(!ravi.get("/forms/sr-11-7").text.contains(&number));
    assert_eq!(readings(), (0, 0));
    let mut ben = Walker::signed_in(&world, "ben");
    assert!(ben.get("/forms/sr-11-7?kind=ai_usage").text.contains(&number));
    assert_eq!(readings(), (1, 0), "the list shows what it says, so it is a reading");
    world.minutes(20);
    assert_eq!(ben.get(&format!("/exceptions/{number}/forms/sr-11-7")).status, 200);
    assert_eq!(readings(), (2, 0));
}

#[test]
fn the_limitations_of_many_follow_the_filter_of_the_list() {
    let world = World::new();
    let findings = json!([{ "severity": "high", "text": "It invents sources", "mitigation": "A person checks each" }]);
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200);
    world.command("rosa", &id, "pass", json!({})).expect(200);
    world.assess_finding(&id, 1, &findings);
    let other = world.file();
    let (assessed, draft) = (number(&world, &id), world.get("rita", &format!("/v1/exceptions/{other}")).expect(200));
    let mut rita = Walker::signed_in(&world, "rita");
    let page = rita.get("/forms/sr-11-7?q=tickets").text;
    assert!(page.contains(&assessed) && page.contains(draft["number"].as_str().unwrap()), "{page}");
    assert!(page.contains("It invents sources Mitigation: A person checks each"), "{page}");
    assert!(page.contains("Example LLM, Example Corp") && page.contains("not recorded"), "{page}");
    assert!(!rita.get("/forms/sr-11-7?state=draft").text.contains(&assessed));
    assert_eq!(rita.get("/forms/sr-11-7?region=EU").status, 422);
    assert!(rita.get("/exceptions?state=draft").text.contains("/forms/sr-11-7?state=draft"));
    let next = rita.get("/forms/sr-11-7?limit=1").text;
    assert!(next.contains("cursor=") && !next.contains(&assessed), "{next}");
}

#[test]
fn forms_are_sound_and_speak_the_readers_language() {
    let world = World::new();
    for hostile in HOSTILE {
        let hostile = hostile.replace('\u{0}', "");
        let mut asked = request();
        asked["title"] = json!(hostile);
        asked["scope"]["systems"] = json!([{ "name": hostile, "vendor": hostile }]);
        asked["scope"]["purpose"] = json!(hostile);
        asked["controls"] = json!([{ "text": hostile, "evidence": hostile }]);
        let made = world.post("rita", "/v1/exceptions", asked).expect(201);
        let mut rita = Walker::signed_in(&world, "rita");
        for form in FORMS {
            let path = format!("/exceptions/{}/forms/{form}", made["number"].as_str().unwrap());
            sound(&path, &rita.get(&path).text);
        }
    }
    let mut rita = Walker::signed_in(&world, "rita");
    sound("the list", &rita.get("/forms/sr-11-7").text);
    rita.speaks("de");
    let page = rita.get("/exceptions/EX-2026-000001/forms/pci-dss-ccw").text;
    assert!(page.contains("2. Bestimmung der kompensierenden Kontrollen") && page.contains("nicht erfasst"), "{page}");
    assert!(rita.get("/forms/sr-11-7").text.contains("Feststellungen"));
}
