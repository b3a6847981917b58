//! Several tasks at once from the desk: given to one person, or those who have them reminded; each by itself, with
//! what became of it.

use serde_json::{Value, json};

use super::walk::Walker;
use crate::world::World;

/// A request that waits for a reviewer, and the id of that task.
fn waiting(world: &World) -> (String, String) {
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200);
    let task = tasks(world, &id)[0]["id"].as_str().unwrap().to_owned();
    (id, task)
}

fn tasks(world: &World, id: &str) -> Vec<Value> {
    world.get("gita", &format!("/v1/exceptions/{id}/tasks")).expect(200)["items"].as_array().unwrap().clone()
}

/// How many events of a kind an exception has.
fn count(world: &World, id: &str, kind: &str) -> usize {
    let told = world.get("gita", &format!("/v1/exceptions/{id}/timeline?limit=200")).expect(200);
    told["items"].as_array().unwrap().iter().filter(|one| one["kind"] == kind).count()
}

fn asked(verb: &str, tasks: &[&String]) -> String {
    let tasks: Vec<String> = tasks.iter().map(|task| format!("&task={task}")).collect();
    format!("/desk/together?do={verb}{}", tasks.concat())
}

#[test]
fn several_tasks_go_to_one_person_and_each_says_what_became_of_it() {
    let world = World::new();
    let ((first, one), (second, two)) = (waiting(&world), waiting(&world));
    let (third, _) = waiting(&world);
    world.command("rosa", &third, "pass", json!({})).expect(200);
    let other = tasks(&world, &third)[0]["id"].as_str().unwrap().to_owned();
    let mut gita = Walker::signed_in(&world, "gita");
    let desk = gita.get("/desk?tab=waiting").text;
    assert!(desk.contains(&format!("value=\"{one}\" form=\"together\"")), "{desk}");
    let form = gita.get(&asked("assign", &[&one, &two, &other]));
    assert!(form.text.contains("EX-2026-000003") && form.text.contains(">Rosa Reviewer</option>"), "{}", form.text);
    let answers = [("do", "assign"), ("task", &one), ("task", &two), ("task", &other)];
    let nobody = gita.send("/desk/together", &form, &[&answers[..], &[("of", &format!("{one} {two}"))]].concat());
    assert_eq!(nobody.status, 422);
    assert!(nobody.text.contains("Choose to whom.") && nobody.text.contains("checked"), "kept: {}", nobody.text);
    let rosa = world.id("rosa");
    let sent = [&answers[..], &[("to", rosa.as_str())]].concat();
    for _ in 0..2 {
        let done = gita.send("/desk/together", &form, &sent);
        assert_eq!(done.status, 200, "{}", done.text);
        assert_eq!((done.text.matches("Assigned.").count(), done.text.matches(">Not done<").count()), (2, 1));
    }
    for id in [&first, &second] {
        assert_eq!(tasks(&world, id)[0]["assignee"], json!(rosa));
        assert_eq!(count(&world, id, "assigned"), 1, "sent twice is one");
    }
    assert_eq!(tasks(&world, &third)[0]["assignee"], Value::Null);
    gita.speaks("de");
    let told = gita.send("/desk/together", &form, &sent).text;
    assert!(
        told.contains("Zugewiesen.") && told.contains("Nicht erledigt") && !told.contains("task goes to"),
        "{told}"
    );
}

#[test]
fn whoever_has_several_tasks_is_reminded_of_each_once() {
    let world = World::new();
    let ((first, one), (second, two)) = (waiting(&world), waiting(&world));
    let mut gita = Walker::signed_in(&world, "gita");
    let form = gita.get(&asked("remind", &[&one]));
    assert!(form.text.contains("gets a letter"), "{}", form.text);
    let some = [("do", "remind"), ("task", one.as_str())];
    let both = [&some[..], &[("task", &two)]].concat();
    for sent in [&some[..], &both, &both] {
        let done = gita.send("/desk/together", &form, sent);
        assert_eq!(done.status, 200, "{}", done.text);
    }
    assert_eq!((count(&world, &first, "reminded"), count(&world, &second, "reminded")), (1, 1));
    for _ in 1..24 {
        world.command("gita", &first, "remind", json!({ "task": one })).expect(200);
    }
    let again = gita.get(&asked("remind", &[&one, &two]));
    let done = gita.send("/desk/together", &again, &both).text;
    assert!(done.contains("reminders (24)") && done.matches("Reminded.").count() == 1, "{done}");
    let none = gita.get("/desk/together?do=remind");
    assert_eq!(none.status, 422);
    assert!(none.text.contains("Tick at least one task."), "{}", none.text);
}

#[test]
fn nothing_is_done_together_that_one_may_not_do_alone() {
    let world = World::new();
    let (id, task) = waiting(&world);
    let mut sam = Walker::signed_in(&world, "sam");
    assert!(!sam.get("/desk?tab=waiting").text.contains("desk/together"), "nobody is offered what is refused");
    let mut rosa = Walker::signed_in(&world, "rosa");
    let desk = rosa.get("/desk").text;
    assert!(desk.contains("name=\"do\" value=\"assign\"") && !desk.contains("value=\"remind\""), "{desk}");
    let form = rosa.get(&asked("assign", &[&task]));
    let refused = rosa.send("/desk/together", &form, &[("do", "remind"), ("task", &task)]);
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(refused.text.contains("Not done"), "{}", refused.text);
    for decision in ["approve", "pass", "reject", ""] {
        assert_eq!(rosa.get_html(&asked(decision, &[&task])).status, 404, "{decision}");
        assert_eq!(rosa.send("/desk/together", &form, &[("do", decision), ("task", &task)]).status, 404);
    }
    let confidential = json!({ "confidential": true });
    let hidden = world.file();
    world.patch("rita", &hidden, confidential).expect(200);
    world.command("rita", &hidden, "submit", json!({})).expect(200);
    let secret = tasks(&world, &hidden)[0]["id"].as_str().unwrap().to_owned();
    let mut ben = Walker::signed_in(&world, "ben");
    let look = ben.get(&asked("assign", &[&secret]));
    assert!(look.text.contains("There is no such open task") && !look.text.contains("EX-2026-000002"), "{}", look.text);
    let sent = [("do", "remind"), ("task", secret.as_str())];
    let ben_form = ben.get("/absence");
    let told = ben.send("/desk/together", &ben_form, &sent);
    assert!(told.text.contains("There is no such open task"), "{}", told.text);
    assert!(!told.text.contains("EX-2026-000002"), "{}", told.text);
    assert_eq!((count(&world, &id, "reminded"), world.state(&id).as_str()), (0, "completeness_review"));
}

#[test]
fn a_single_reminder_is_of_a_task() {
    let world = World::new();
    let (id, task) = waiting(&world);
    let mut gita = Walker::signed_in(&world, "gita");
    let here = "/exceptions/EX-2026-000001/do/remind";
    let form = gita.get(here);
    assert_eq!(gita.send(here, &form, &[]).status, 422, "of which one?");
    assert_eq!(gita.send(here, &form, &[("task", &task)]).status, 303);
    assert_eq!(count(&world, &id, "reminded"), 1);
}
