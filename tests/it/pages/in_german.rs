//! What German readers read of rules and refusals: the rule behind each event, what a form lacks, why something is not
//! possible, and what a code means.

use serde_json::json;

use super::walk::Walker;
use crate::world::World;

fn german<'w>(world: &'w World, who: &str) -> Walker<'w> {
    let mut walker = Walker::signed_in(world, who);
    walker.speaks("de-DE,de;q=0.9,en;q=0.5");
    walker
}

#[test]
fn the_rule_behind_what_happened_is_told_in_german() {
    let world = World::new();
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200);
    world.command("rosa", &id, "pass", json!({})).expect(200);
    world.assess(&id, 1);
    let page = german(&world, "rita").get("/exceptions/EX-2026-000001").text;
    for told in [
        "Schritt 1: eingereicht; die automatischen Prüfungen wurden ausgeführt",
        "Schritt 2: für vollständig befunden",
        "Sicherheit: ",
        "von 100 nach den Kriterien des Verfahrens",
        "eröffnet",
    ] {
        assert!(page.contains(told), "{told} is not on {page}");
    }
    for english in [", step ", "found complete", " scored ", " opened at tier"] {
        assert!(!page.contains(english), "{english} is on {page}");
    }
    let recorded = world.get("rita", &format!("/v1/exceptions/{id}/timeline")).expect(200).to_string();
    assert!(recorded.contains("found complete") && !recorded.contains("vollständig"), "{recorded}");
}

#[test]
fn a_refusal_says_in_german_what_it_says_in_english() {
    let world = World::new();
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200);
    let mut rita = german(&world, "rita");
    let mut asked = |verb: &str, fields: &[(&str, &str)]| {
        let here = format!("/exceptions/EX-2026-000001/do/{verb}");
        let form = rita.get(&here);
        let answer = rita.send(&here, &form, fields);
        assert_eq!(answer.status, 422, "{}", answer.text);
        answer.text
    };
    let lacking = asked("comment", &[("text", ""), ("visibility", "internal")]);
    assert!(lacking.contains("Füllen Sie dieses Feld aus."), "{lacking}");
    let forbidden = asked("pass", &[]);
    assert!(forbidden.contains("Ihre Rollen umfassen hier »Als vollständig weitergeben« nicht."), "{forbidden}");
    world.command("rita", &id, "withdraw", json!({})).expect(200);
    let late = asked("submit", &[]);
    assert!(late.contains("»Einreichen« geht nicht im Stand »Zurückgezogen«."), "{late}");
    let explained = rita.get_html("/problems/wrong_state").text;
    assert!(explained.contains("In diesem Stand nicht möglich"), "{explained}");
}
