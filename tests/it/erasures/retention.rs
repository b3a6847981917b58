//! Texts of what is over for long go by the clock, where the settings say so.

use proviso::store::outbox::Claim;

use super::{
    meanwhile::{comes_late, write},
    *,
};
use crate::forged::{changed, finds, lines, verified as believed};

fn run(office: &mut Office, days: i64) {
    office.world.days(days);
    office.run();
}

fn titles(world: &World) -> usize {
    marked(&world.read(everything)).iter().filter(|line| line.contains("Zanzibar") && line.contains("openings")).count()
}

#[test]
fn texts_go_as_many_days_after_the_end_as_are_configured_and_a_hold_keeps_them() {
    let mut office = office(&[("retention.withdrawn", "30")]);
    let id = lived(&office.world);
    run(&mut office, 1);
    office.world.command("rita", &id, "withdraw", json!({ "reason": "The zanzibar plan is off." })).expect(200);
    run(&mut office, 29);
    assert_eq!(titles(&office.world), 1, "not yet");
    let hold = format!("/v1/people/{}/hold", office.world.id("rita"));
    let reason = json!({ "reason": "The labour court asks for it." });
    office.world.ask("adam", Method::PUT, &hold, Some(&reason)).expect(200);
    run(&mut office, 5);
    assert_eq!(titles(&office.world), 1, "a hold keeps it");
    let lifted = office.world.ask("adam", Method::DELETE, &hold, None).expect(202);
    confirm(&office.world, &lifted).expect(200);
    run(&mut office, 1);
    let world = &office.world;
    let left = world.read(everything);
    let of = |text: &str| left.iter().filter(|line| line.to_lowercase().contains(text)).collect::<Vec<_>>();
    for text in ["zanzibar", "quagmire", "xylophone", "marzipan", "i asked rita"] {
        assert_eq!(of(text), Vec::<&String>::new(), "{text}");
    }
    assert!(!of("rita requester").is_empty(), "she is here still");
    assert!(!marks_below(&world.app.config().attachments.path).iter().any(|mark| mark.contains("Mozambique")));
    assert_eq!(world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)["state"], "withdrawn");
    verified(&exported(world)).unwrap();
    let before = world.roster_kinds();
    run(&mut office, 3);
    assert_eq!(office.world.roster_kinds(), before, "once");
}

#[test]
fn what_is_said_after_the_texts_went_goes_as_well() {
    let mut office = office(&[("retention.withdrawn", "30")]);
    let id = lived(&office.world);
    office.world.command("rita", &id, "withdraw", json!({})).expect(200);
    run(&mut office, 31);
    assert_eq!(titles(&office.world), 0);
    office.world.command("rita", &id, "comment", json!({ "text": "The xylophone was mine." })).expect(200);
    run(&mut office, 1);
    let left = office.world.read(everything);
    let of = left.iter().filter(|line| line.to_lowercase().contains("xylophone"));
    assert_eq!(of.collect::<Vec<_>>(), Vec::<&String>::new());
    verified(&exported(&office.world)).unwrap();
}

#[test]
fn a_letter_on_its_way_brings_no_text_back_that_went() {
    let mut office = office(&[("retention.withdrawn", "30")]);
    let id = lived(&office.world);
    office.world.command("rita", &id, "withdraw", json!({})).expect(200);
    office.world.days(31);
    let (now, lease) = (office.world.now(), chrono::Duration::days(9));
    let claim = Claim { owner: uuid::Uuid::nil(), now, lease, limit: 1 };
    let letter = write(&office.world, move |tx| tx.claim("letters", &claim)).remove(0);
    office.run();
    assert_eq!(titles(&office.world), 0);
    comes_late(&office.world, (letter, &id));
    let left = office.world.read(everything);
    assert!(!left.iter().any(|line| line.contains("Summaries in Zanzibar") || line.contains("quagmire")));
}

#[test]
fn nothing_goes_where_nothing_is_configured() {
    let mut office = office(&[]);
    let id = lived(&office.world);
    office.world.command("rita", &id, "withdraw", json!({})).expect(200);
    run(&mut office, 4_000);
    assert_eq!(titles(&office.world), 1);
}

#[test]
fn a_record_that_says_that_texts_went_too_early_is_not_believed() {
    let mut office = office(&[("retention.withdrawn", "30")]);
    let id = lived(&office.world);
    office.world.command("rita", &id, "withdraw", json!({})).expect(200);
    run(&mut office, 40);
    let honest = lines(&office.world);
    believed(honest.clone()).unwrap();
    let with = |change: &dyn Fn(&mut Value)| changed(&honest, "texts_retired", change);
    finds(with(&|event| event["deed"]["days"] = json!(400)), "before it was over for 400 days");
    finds(with(&|event| event["deed"]["state"] = json!("rejected")), "before it was over");
    finds(with(&|event| event["by"] = json!({ "system": { "job": "operator" } })), "by others than the clock");
}
