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
    assert_eq!(boris.get(&here).header("location").as_deref(), Some("/exceptions/EX-2026-000001"), "nothing is left");
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

#[test]
fn reports_have_words_a_chart_and_ways_to_be_taken_along() {
    let world = World::new();
    world.active();
    world.minutes(1);
    world.app.jobs().unwrap().run_once(world.now());
    let mut gita = Walker::signed_in(&world, "gita");
    for report in ["kpi", "trends", "sla", "funnel", "variants", "workload", "hotspots", "approvers", "expiring"] {
        let page = gita.get(&format!("/reports/{report}"));
        assert_eq!(page.status, 200, "{report}: {}", page.text);
        for code in ["figure-", "unit-", "report-says"] {
            assert!(!page.text.contains(&format!(">{code}")), "{report} lacks a word: {}", page.text);
        }
        assert!(page.text.contains(&format!("/v1/reports/{report}.csv?")), "{report}: {}", page.text);
    }
    let funnel = gita.get("/reports/funnel?tier=low&span=90").text;
    assert!(funnel.contains("<svg viewBox") && funnel.contains("role=\"img\""), "{funnel}");
    assert!(funnel.contains("/v1/reports/funnel.csv?tier=low&#38;from="), "the same filter: {funnel}");
    let wrong = gita.get("/reports/sla?by=colour");
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("href=\"#by\""), "{}", wrong.text);
    assert_eq!(gita.get_html("/reports/colours").status, 404);
    gita.speaks("de");
    assert!(gita.get("/reports").text.contains("Kennzahlen"));
}

#[test]
fn a_change_is_confirmed_by_a_second_person_as_it_was_shown() {
    let world = World::new();
    let rita = world.id("rita");
    let asked = json!({ "role": "legal", "domain": "/" });
    let waits = world.post("adam", &format!("/v1/people/{rita}/roles"), asked);
    let change = waits.expect(202)["id"].as_str().unwrap().to_owned();
    let here = format!("/changes/{change}");
    let mut adam = Walker::signed_in(&world, "adam");
    assert!(adam.get(&here).text.contains("another person confirms it"));
    let mut gita = Walker::signed_in(&world, "gita");
    assert!(gita.get("/changes").text.contains(&here));
    let form = gita.get(&here);
    assert!(form.text.contains("Rita Requester") && form.text.contains("Exactly this"), "{}", form.text);
    let silent = gita.send(&format!("{here}/reject"), &form, &[]);
    assert_eq!(silent.status, 422, "{}", silent.text);
    let hash = field(&form.text, "hash");
    let done = gita.send(&format!("{here}/confirm"), &form, &[("hash", &hash)]);
    assert_eq!(done.status, 303, "{}", done.text);
    assert!(gita.get(&here).text.contains("Confirmed"));
    assert_eq!(Walker::signed_in(&world, "rosa").get_html("/changes").status, 403);
}

#[test]
fn the_ledger_tells_what_is_signed_and_of_what_it_knows_nothing() {
    let world = World::new();
    world.file();
    let mut rita = Walker::signed_in(&world, "rita");
    let page = rita.get("/ledger");
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("Newest checkpoint"), "{}", page.text);
    let none = rita.get("/ledger?number=EX-2026-999999");
    assert_eq!(none.status, 422, "{}", none.text);
    let typed = rita.get("/ledger?number=%22%3E%3Cb%3E");
    assert!(typed.status == 422 && !typed.text.contains("\"><b>"), "{}", typed.text);
}

#[test]
fn a_procedure_is_read_and_drawn() {
    let world = World::new();
    let mut rita = Walker::signed_in(&world, "rita");
    let list = rita.get("/sops").text;
    assert!(list.contains("AI policy exception") && list.contains("href=\"/sops/standard\""), "{list}");
    let page = rita.get("/sops/standard").text;
    for said in
        ["<svg", "flowchart TD", "1. Submission", "7. Monitoring", "2 different people", "request.justification"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(page.contains("Next review") && !page.contains(">sop-"), "{page}");
    assert_eq!(rita.get("/sops/standard/1").text.matches("<h2>").count(), page.matches("<h2>").count());
    assert_eq!(rita.get_html("/sops/standard/9").status, 404);
    assert_eq!(rita.get_html("/sops/nothing").status, 404);
}
