//! Assessing and deciding from the desk, as people do: by the procedure's own words, and not without having read what
//! weighs most.

use serde_json::json;

use super::walk::{Walker, field};
use crate::world::World;

/// A request in assessment, by its id and number.
fn in_assessment(world: &World) -> (String, String) {
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200);
    world.command("rosa", &id, "pass", json!({})).expect(200);
    let number = world.get("rita", &format!("/v1/exceptions/{id}")).expect(200)["number"].as_str().unwrap().to_owned();
    (id, number)
}

/// The values of every criterion of a page, each with these points.
fn points(page: &str, given: &str) -> Vec<(String, String)> {
    let names = page.split("type=\"radio\" id=\"points.").skip(1);
    let names = names.filter_map(|rest| rest.split_once("name=\"")?.1.split('"').next());
    let mut answers: Vec<(String, String)> = names.map(|name| (name.to_owned(), given.to_owned())).collect();
    answers.dedup();
    answers
}

#[test]
fn an_assessor_answers_the_procedures_questions() {
    let world = World::new();
    let (id, number) = in_assessment(&world);
    let mut sam = Walker::signed_in(&world, "sam");
    let desk = sam.get("/desk").text;
    let here = format!("/exceptions/{number}/assess?dimension=security");
    assert!(desk.contains(&format!("href=\"{here}\"")), "{desk}");
    let form = sam.get(&here);
    assert!(form.text.contains("How points become a tier") && form.text.contains("0: "), "{}", form.text);
    let empty = sam.send(&here, &form, &[("findings.0.text", "The vendor keeps prompts")]);
    assert_eq!(empty.status, 422, "{}", empty.text);
    assert!(empty.text.contains("The vendor keeps prompts"), "what was typed stays: {}", empty.text);
    let mut answers = points(&form.text, "1");
    assert!(!answers.is_empty(), "{}", form.text);
    for (field, value) in [("findings.0.text", "The vendor keeps prompts"), ("findings.0.severity", "moderate")] {
        answers.push((field.to_owned(), value.to_owned()));
    }
    let answers: Vec<(&str, &str)> = answers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let done = sam.send(&here, &form, &answers);
    assert_eq!(done.status, 303, "{}", done.text);
    let record = sam.get(&format!("/exceptions/{number}")).text;
    assert!(record.contains("Moderate: The vendor keeps prompts"), "{record}");
    assert!(!world.open(&id).contains(&"assess:security".to_owned()));
    assert_eq!(Walker::signed_in(&world, "rita").get_html(&here).status, 404, "no requester assesses");
}

#[test]
fn nobody_approves_without_having_read_what_weighs_most() {
    let world = World::new();
    let (id, _) = in_assessment(&world);
    let finding = json!([{ "severity": "high", "text": "Prompts are used for training" }]);
    world.assess_finding(&id, 1, &finding);
    assert_eq!(world.state(&id), "decision");
    let mut boris = Walker::signed_in(&world, "boris");
    let here = format!("/exceptions/{id}/decide");
    assert!(boris.get("/desk").text.contains(&here));
    let form = boris.get(&here);
    assert!(form.text.contains("High: Prompts are used for training"), "{}", form.text);
    let unread = boris.send(&here, &form, &[("decision", "approve")]);
    assert_eq!(unread.status, 422);
    assert!(unread.text.contains("Tick each finding that you have read"), "{}", unread.text);
    let read = field(&form.text, "acknowledged");
    let done = boris.send(&here, &form, &[("decision", "approve"), ("acknowledged", &read)]);
    assert_eq!(done.status, 303, "{}", done.text);
    let record = world.get("boris", &format!("/v1/exceptions/{id}")).expect(200);
    assert_eq!(record["round"]["approvals"].as_array().map(Vec::len), Some(1), "{record}");
    assert_eq!(boris.get_html(&format!("/exceptions/{id}/decide")).status, 200, "one may look again");
}

#[test]
fn a_decision_is_about_the_dossier_that_was_shown() {
    let world = World::new();
    let (id, _) = in_assessment(&world);
    world.assess(&id, 1);
    let mut boris = Walker::signed_in(&world, "boris");
    let here = format!("/exceptions/{id}/decide");
    let form = boris.get(&here);
    let shown = field(&form.text, "dossier");
    let condition = json!({ "dossier": shown, "text": "No customer names in prompts" });
    world.command("carla", &id, "propose-condition", condition).expect(200);
    let late = boris.send(&here, &form, &[("decision", "approve")]);
    assert_eq!(late.status, 422, "{}", late.text);
    assert!(late.text.contains("No customer names in prompts"), "the dossier as it is now: {}", late.text);
    assert_ne!(field(&late.text, "dossier"), shown);
    let silent = boris.send(&here, &late, &[("decision", "reject")]);
    assert!(silent.text.contains("Say why: the requester reads it."), "{}", silent.text);
    let done = boris.send(&here, &late, &[("decision", "reject"), ("reason", "The approved assistant can do it.")]);
    assert_eq!(done.status, 303, "{}", done.text);
    assert_eq!(world.state(&id), "rejected");
}
