//! The register and incidents as pages, and the split of a procedure by its buttons.

use serde_json::json;

use super::{
    operations::{confirmed, led},
    walk::Walker,
};
use crate::world::{World, request};

#[test]
fn anybody_reads_the_register_and_searches_it() {
    let world = World::new();
    let mut rita = Walker::signed_in(&world, "rita");
    let list = rita.get("/register").text;
    assert!(list.contains("href=\"/register/policies/AIP-2\"") && list.contains("nobody can waive"), "{list}");
    let found = rita.get("/register?part=policies&q=social").text;
    assert!(!found.contains("/register/policies/AIP-2\""), "{found}");
    assert!(rita.get("/register?part=systems").text.contains("/register/systems/example-models"));
    assert!(rita.get("/register?part=regulations").text.contains("gdpr"));
    assert!(rita.get("/register?q=%3Cscript%3E").text.contains("Nothing fits"));
    assert_eq!(rita.get("/register?cursor=forged").status, 422);
    let policy = rita.get("/register/policies/AIP-2").text;
    assert!(policy.contains("AIP-2.1") && !policy.contains("/do/publish"), "{policy}");
    let system = rita.get("/register/systems/example-models").text;
    assert!(system.contains("Vendor"), "{system}");
    for odd in ["/register/policies/AIP-99", "/register/policies/AIP-2/9", "/register/laws/AIP-2"] {
        assert_eq!(rita.get_html(odd).status, 404, "{odd}");
    }
    assert_eq!(rita.get_html("/register/policies/AIP-2/do/publish").status, 403);
}

#[test]
fn a_new_version_is_proposed_by_its_form_and_shows_what_changed() {
    let world = World::new();
    let mut gita = Walker::signed_in(&world, "gita");
    let (here, to) = ("/register/policies/AIP-2", "/register/policies/AIP-2/do/publish");
    let form = gita.get(to);
    let known = world.get("gita", "/v1/policies/AIP-2").expect(200);
    let clauses = known["clauses"].as_array().unwrap().iter().enumerate();
    let mut fields = vec![("weight".to_owned(), "material".to_owned()), ("title".to_owned(), "Data in AI".to_owned())];
    for (at, clause) in clauses.filter(|(at, _)| *at > 0) {
        for part in ["id", "title", "text", "non_waivable"] {
            let text = clause[part].as_str().unwrap_or_default();
            let text = if (at, part) == (1, "text") { "<b>Another</b> text." } else { text };
            fields.push((format!("clauses.{at}.{part}"), text.to_owned()));
        }
        for part in ["code", "question"] {
            let text = clause["screening"][part].as_str().unwrap_or_default();
            fields.push((format!("clauses.{at}.screening.{part}"), text.to_owned()));
        }
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let wrong = gita.send(to, &form, &[&fields[..], &[("clauses.9.title", "Lost")]].concat());
    assert!(wrong.status == 422 && wrong.text.contains("Another"), "kept: {}", wrong.text);
    let change = gita.send(to, &form, &fields).header("location").unwrap();
    assert!(change.starts_with("/changes/"), "{change}");
    confirmed(&world, "gustav", &change);
    let page = gita.get(here).text;
    assert!(page.contains("AIP-2 v2") && page.contains("What changed since version 1"), "{page}");
    assert!(page.contains("Gone.") && page.contains("+&#60;b&#62;Another"), "{page}");
    assert!(gita.get(&format!("{here}/1")).text.contains("no longer the newest"));
    let again = gita.send(to, &form, &fields);
    assert!(again.header("location").as_deref() == Some(change.as_str()) || again.status == 422, "once");
}

#[test]
fn a_system_gets_a_version_and_is_retired() {
    let world = World::new();
    let mut gita = Walker::signed_in(&world, "gita");
    let (here, to) = ("/register/systems/company-assistant", "/register/systems/company-assistant/do/publish");
    let fields =
        [("weight", "editorial"), ("name", "The assistant"), ("vendor", "example-models"), ("release", "2026.1")];
    let led_to = led(&mut gita, (to, to), &fields);
    assert_eq!(led_to, here);
    let page = gita.get(here).text;
    assert!(page.contains("company-assistant v2") && page.contains("is “The assistant”"), "{page}");
    let next = led(&mut gita, (to, "/register/systems/company-assistant/do/retire"), &[]);
    if next.starts_with("/changes/") {
        confirmed(&world, "gustav", &next);
    }
    let page = gita.get(here).text;
    assert!(page.contains("It is retired") && !page.contains("/do/publish"), "{page}");
    let mut rita = Walker::signed_in(&world, "rita");
    let home = rita.get("/");
    assert_eq!(rita.send(to, &home, &[&fields[..], &[("once", "1"), ("version", "4")]].concat()).status, 403);
}

#[test]
fn an_incident_is_looked_at_before_it_is_reported() {
    let world = World::new();
    let mut asked = request();
    asked["scope"]["systems"] = json!([{ "id": "company-assistant", "name": "Company assistant" }]);
    world.post("rita", "/v1/exceptions", asked).expect(201);
    let mut carla = Walker::signed_in(&world, "carla");
    assert!(carla.get("/").text.contains("href=\"/incidents\""));
    let form = carla.get("/incidents/report");
    let fields = [
        ("summary", "The vendor <script>lost</script> prompts."),
        ("happened_at-day", "1"),
        ("happened_at-month", "3"),
        ("happened_at-year", "2026"),
        ("severity", "high"),
        ("effect", "suspend"),
        ("systems", "example-models"),
    ];
    let nothing = carla.send("/incidents/report", &form, &fields[..6]);
    assert!(nothing.status == 422 && nothing.text.contains("href=\"#systems\""), "{}", nothing.text);
    let seen = carla.send("/incidents/report", &form, &fields);
    assert!(seen.status == 200 && seen.text.contains("What it would touch now"), "{}", seen.text);
    assert!(seen.text.contains("&#60;script&#62;lost"), "what was typed stays: {}", seen.text);
    let none = world.get("carla", "/v1/incidents").expect(200);
    assert_eq!(none["items"], json!([]), "looking does nothing");
    let sending = [&fields[..], &[("report", "1")]].concat();
    for _ in 0..2 {
        let done = carla.send("/incidents/report", &seen, &sending);
        let there = done.header("location").unwrap_or_else(|| panic!("{}", done.text));
        assert!(carla.get(&there).text.contains("&#60;script&#62;lost"), "{there}");
    }
    assert_eq!(world.get("carla", "/v1/incidents").expect(200)["items"].as_array().unwrap().len(), 1);
    let list = carla.get("/incidents").text;
    assert!(list.contains("&#60;script&#62;lost") && list.contains("example-models"), "{list}");
    let there = list.split("href=\"/incidents/").nth(2).unwrap().split('"').next().unwrap();
    let there = format!("/incidents/{there}");
    let mut gita = Walker::signed_in(&world, "gita");
    assert!(gita.get(&there).text.contains("Carla Ciso"));
    let mut rita = Walker::signed_in(&world, "rita");
    assert_eq!(rita.get_html(&there).status, 404);
}

/// The standard procedure in its second version, with another due time.
fn second() -> String {
    let text = include_str!("../../../policies/sop/standard.yaml");
    text.replacen("version: 1", "version: 2", 1).replacen("due_hours: 48", "due_hours: 24", 1)
}

#[test]
fn a_split_is_begun_by_two_held_by_one_released_by_two_and_ended() {
    let world = World::new();
    let (here, document) = ("/sops/standard", second());
    let to = |verb: &str| format!("/sops/standard/split/{verb}");
    let mut rita = Walker::signed_in(&world, "rita");
    let page = rita.get(here);
    assert!(!page.text.contains("/split/"), "{}", page.text);
    assert_eq!(rita.send(&to("hold"), &page, &[("once", "1")]).status, 422);
    let mut gita = Walker::signed_in(&world, "gita");
    let form = gita.get(here);
    let wrong = gita.send(&to("begin"), &form, &[("document", &document), ("percent", "many")]);
    assert!(wrong.status == 422 && wrong.text.contains("href=\"#percent\""), "{}", wrong.text);
    let change = led(&mut gita, (here, &to("begin")), &[("document", &document), ("percent", "20")]);
    confirmed(&world, "gustav", &change);
    let page = gita.get(here).text;
    assert!(page.contains("20 of a hundred") && !page.contains("/split/begin"), "{page}");
    assert_eq!(led(&mut gita, (here, &to("hold")), &[]), here);
    assert!(gita.get(here).text.contains("Held since"));
    let change = led(&mut gita, (here, &to("release")), &[]);
    assert!(gita.get(here).text.contains("Held since"), "not by one");
    confirmed(&world, "gustav", &change);
    assert!(!gita.get(here).text.contains("Held since"));
    assert_eq!(led(&mut gita, (here, &to("end")), &[]), here);
    assert!(gita.get(here).text.contains("It ended on"));
    assert_eq!(gita.send(&to("turn"), &form, &[]).status, 404);
}
