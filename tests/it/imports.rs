//! Another register taken over: what lives waits for its quorum, what lacks something is mended, what had ended is
//! history, and nothing of it counts as decided here before it was.

mod terminal;

use actix_web::http::Method;
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
use serde_json::{Value, json};

use crate::{
    forged::{changed, finds, lines, signing, verified},
    pages::walk::Walker,
    people::{token, with_token},
    world::{Reply, World, request},
};

/// A row that nothing is wrong with, in effect where it comes from.
fn live(reference: &str) -> Value {
    let mut asked = request();
    asked.as_object_mut().unwrap().remove("duration_days");
    asked["end"] = json!("2026-08-01T00:00:00Z");
    json!({
        "reference": reference, "standing": "live", "tier": "moderate", "owner": "rita@example.com",
        "row": { "ref_id": reference, "name": "Summaries", "status": "approved", "approved by": "the old board" },
        "request": asked,
    })
}

fn ended(reference: &str, standing: &str) -> Value {
    json!({
        "reference": reference, "standing": standing, "ended_at": "2025-06-30T00:00:00Z", "owner": "rita@example.com",
        "row": { "id": reference }, "request": { "title": "An old one", "clauses": ["AIP-2.1"] },
    })
}

fn without(mut row: Value, pointer: &str) -> Value {
    let (above, name) = pointer.rsplit_once('/').unwrap();
    row.pointer_mut(above).unwrap().as_object_mut().unwrap().remove(name);
    row
}

fn with(mut row: Value, pointer: &str, value: Value) -> Value {
    let (above, name) = pointer.rsplit_once('/').unwrap();
    row.pointer_mut(above).unwrap()[name] = value;
    row
}

#[expect(clippy::needless_pass_by_value, reason = "a test's arguments are its own")]
fn import(world: &World, who: &str, rows: Value) -> Reply {
    world.post(who, "/v1/imports", json!({ "source": "grc-2025", "rows": rows }))
}

/// The ids of what became of these rows.
#[track_caller]
fn imported(world: &World, rows: Value) -> Vec<String> {
    let told = import(world, "gita", rows).expect(200);
    let id = |row: &Value| row["exception"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned();
    told["rows"].as_array().unwrap().iter().map(id).collect()
}

fn codes(row: &Value) -> Vec<String> {
    let reasons = row["reasons"].as_array().unwrap().iter();
    let told =
        reasons.map(|one| format!("{} {}", one["code"].as_str().unwrap(), one["pointer"].as_str().unwrap_or("-")));
    told.collect()
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    many: i64,
}

fn leaves(world: &World) -> i64 {
    let sql = "SELECT COUNT(*) AS many FROM leaves";
    world.read(|conn| sql_query(sql).get_result::<Count>(conn).unwrap().many)
}

fn shown(world: &World, id: &str) -> Value {
    world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)
}

#[test]
fn what_lives_elsewhere_has_effect_here_once_its_quorum_decides() {
    let world = signing();
    let id = imported(&world, json!([live("POL-17")])).remove(0);
    let found = shown(&world, &id);
    assert_eq!((&found["state"], &found["effective"]), (&json!("decision"), &json!(false)));
    assert_eq!((&found["tier"], &found["requester"]), (&json!("moderate"), &json!(world.id("rita"))));
    let from = &found["imported"];
    assert_eq!(
        (&from["source"], &from["reference"], &from["by"]),
        (&json!("grc-2025"), &json!("POL-17"), &json!(world.id("gita")))
    );
    assert!(from["row"]["text"].as_str().unwrap().contains("the old board"), "the row as it was");
    assert_eq!(found["round"]["approvals"], json!([]), "nobody's approval of there counts");
    assert_eq!(world.get("gita", "/v1/exceptions?effective=true&imported=*").expect(200)["items"], json!([]));
    verified(lines(&world)).unwrap();
    assert_eq!(world.approve("boris", &id).expect(200)["effective"], false, "one is not enough");
    world.settle();
    assert_eq!(shown(&world, &id)["effective"], false);
    let active = world.approve("carla", &id).expect(200);
    assert_eq!((&active["state"], &active["effective"]), (&json!("active"), &json!(true)));
    assert_eq!(active["imported"]["standing"], "live", "it stays marked");
    verified(lines(&world)).unwrap();
    let timeline = world.get("rita", &format!("/v1/exceptions/{id}/timeline")).expect(200);
    let marked = timeline["items"].as_array().unwrap().iter().find(|event| event["kind"] == "imported").unwrap();
    assert!(marked["citation"].to_string().contains("no approval of another register counts here"), "{marked}");
}

#[test]
fn a_dry_run_tells_the_same_and_writes_nothing() {
    let world = World::new();
    let rows = json!([live("A-1"), without(live("A-2"), "/request/end"), ended("A-3", "expired")]);
    let before = leaves(&world);
    let body = json!({ "source": "grc-2025", "dry_run": true, "rows": rows });
    let foreseen = world.post("gita", "/v1/imports", body).expect(200);
    assert_eq!(leaves(&world), before);
    assert!(
        foreseen["rows"].as_array().unwrap().iter().all(|row| row["exception"].is_null() && row["number"].is_null())
    );
    let done = import(&world, "gita", rows).expect(200);
    assert_eq!(done["counts"], foreseen["counts"]);
    assert_eq!(
        done["counts"],
        json!({ "decision": 1, "fix_queue": 1, "history": 1, "draft": 0, "ended": 0, "known": 0, "refused": 0 })
    );
    let outcomes = |told: &Value| -> Vec<Value> {
        let rows = told["rows"].as_array().unwrap().iter();
        rows.map(|row| json!([row["outcome"], row["state"], row["reasons"]])).collect()
    };
    assert_eq!(outcomes(&done), outcomes(&foreseen));
    let numbers: Vec<&Value> = done["rows"].as_array().unwrap().iter().map(|row| &row["number"]).collect();
    assert_eq!(numbers, ["EX-2026-000001", "EX-2026-000002", "EX-2026-000003"], "what was foreseen took none");
}

#[test]
fn what_was_imported_is_known_the_next_time_and_stays_as_it_is() {
    let world = World::new();
    let id = imported(&world, json!([live("A-1")])).remove(0);
    let (version, before) = (shown(&world, &id)["version"].clone(), leaves(&world));
    let changed = with(live("A-1"), "/request/title", json!("Another title"));
    let told = import(&world, "adam", json!([changed, live("A-2"), live("A-2")])).expect(200);
    let rows = told["rows"].as_array().unwrap();
    let outcomes: Vec<&Value> = rows.iter().map(|row| &row["outcome"]).collect();
    assert_eq!(outcomes, ["known", "decision", "known"]);
    assert_eq!((&rows[0]["exception"], &rows[0]["state"]), (&json!(id), &json!("decision")));
    assert_eq!(rows[1]["exception"], rows[2]["exception"]);
    assert_eq!(shown(&world, &id)["version"], version);
    let grown = leaves(&world) - before;
    assert_eq!(import(&world, "adam", json!([live("A-1"), live("A-2")])).expect(200)["counts"]["known"], 2);
    assert_eq!(leaves(&world) - before, grown, "nothing more is written");
    let elsewhere = json!({ "source": "other", "rows": [live("A-1")] });
    let told = world.post("gita", "/v1/imports", elsewhere).expect(200);
    assert_eq!(told["counts"]["decision"], 1, "another register has names of its own");
}

#[test]
fn what_is_wrong_with_a_row_is_told_and_keeps_no_other_back() {
    let world = World::new();
    let rows = json!([
        with(live("A 1"), "/reference", json!("=1+1")),
        with(live("A-2"), "/standing", json!("perhaps")),
        with(live("A-3"), "/request/scope/regions", json!(["EU"])),
        with(live("A-4"), "/request/beneficiary", json!("01977d3c-7a10-7000-8000-00000000ffff")),
        with(live("A-5"), "/request/sop", json!("standard")),
        with(live("A-6"), "/surprise", json!(1)),
        live("A-7"),
    ]);
    let told = import(&world, "gita", rows).expect(200);
    let rows = told["rows"].as_array().unwrap();
    let wrong = [
        "invalid_value /reference",
        "invalid_value /standing",
        "invalid_value /request/scope/regions/0",
        "unknown_person /request/beneficiary",
        "unknown_field /request/sop",
        "unknown_field /surprise",
    ];
    for (row, code) in rows.iter().zip(wrong) {
        assert_eq!((&row["outcome"], codes(row)), (&json!("refused"), vec![code.to_owned()]), "{row}");
        assert!(row["reasons"][0]["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{row}");
    }
    assert_eq!(rows[6]["outcome"], "decision");
    let many = vec![live("A-1"); 101];
    assert_eq!(import(&world, "gita", json!(many)).code(422), "invalid_value");
    assert_eq!(import(&world, "gita", json!([])).code(422), "invalid_value");
}

#[test]
fn what_lacks_an_owner_an_end_or_a_tier_is_mended_and_goes_the_way_of_every_request() {
    let world = signing();
    let rows = json!([
        without(live("A-1"), "/owner"),
        with(live("A-2"), "/owner", json!("nobody@example.com")),
        without(live("A-3"), "/tier"),
        without(live("A-4"), "/request/end"),
        with(live("A-5"), "/request/end", json!("2026-01-01T00:00:00Z")),
        with(live("A-6"), "/request/clauses", json!(["AIP-99.9"])),
    ]);
    let told = import(&world, "gita", rows).expect(200);
    let rows = told["rows"].as_array().unwrap();
    assert_eq!(told["counts"]["fix_queue"], 6, "{told}");
    let owner = ["owner_missing /request/beneficiary"];
    assert_eq!(
        (codes(&rows[0]), codes(&rows[1])),
        (owner.map(str::to_owned).to_vec(), owner.map(str::to_owned).to_vec())
    );
    assert_eq!(codes(&rows[2]), ["tier_missing -"]);
    assert!(codes(&rows[3]).contains(&"field_missing /request/end".to_owned()), "{}", rows[3]);
    assert!(codes(&rows[4]).iter().any(|code| code.ends_with("/request/end")), "{}", rows[4]);
    assert!(codes(&rows[5]).contains(&"unknown_clause /request/clauses".to_owned()), "{}", rows[5]);
    let id = rows[0]["exception"].as_str().unwrap();
    assert_eq!(shown(&world, id)["requester"], world.id("gita"), "whoever imports stands in");
    assert_eq!(world.open(id), ["fix"]);
    let again = world.command("gita", id, "submit", json!({})).expect(200);
    assert_eq!(again["state"], "returned", "it still lacks its owner");
    world.patch("gita", id, json!({ "beneficiary": world.id("rita") })).expect(200);
    let submitted = world.command("gita", id, "submit", json!({})).expect(200);
    assert_eq!((&submitted["state"], &submitted["imported"]["changed"]), (&json!("completeness_review"), &json!(true)));
    let untiered = rows[2]["exception"].as_str().unwrap();
    assert_eq!(world.command("rita", untiered, "submit", json!({})).expect(200)["state"], "completeness_review");
    world.command("rosa", untiered, "pass", json!({})).expect(200);
    world.assess(untiered, 1);
    world.approve("boris", untiered).expect(200);
    assert_eq!(world.approve("carla", untiered).expect(200)["state"], "active");
    verified(lines(&world)).unwrap();
}

#[test]
fn history_is_kept_and_never_counts() {
    let world = signing();
    world.active();
    let kpi = || {
        world.minutes(1);
        world.app.jobs().unwrap().run_once(world.now());
        world.get("gita", "/v1/reports/kpi").expect(200)["items"].clone()
    };
    let before = kpi();
    let standings = ["expired", "rejected", "revoked", "withdrawn", "closed"];
    let rows: Vec<Value> = standings.iter().map(|standing| ended(&format!("OLD-{standing}"), standing)).collect();
    let ids = imported(&world, json!(rows));
    for (id, standing) in ids.iter().zip(standings) {
        let found = shown(&world, id);
        assert_eq!((&found["state"], &found["imported"]["standing"]), (&json!(standing), &json!(standing)));
        assert_eq!(
            (&found["effective"], &found["round"], &found["authority"]),
            (&json!(false), &Value::Null, &Value::Null)
        );
        assert_eq!(world.command("rita", id, "submit", json!({})).code(409), "wrong_state", "it stays as it is");
    }
    assert_eq!(kpi(), before, "no figure knows of it");
    let votes = "SELECT COUNT(*) AS many FROM approvals";
    assert_eq!(world.read(|conn| sql_query(votes).get_result::<Count>(conn).unwrap().many), 2, "those given here");
    verified(lines(&world)).unwrap();
}

#[test]
fn old_evidence_is_attached_before_it_is_decided() {
    let world = signing();
    let told = import(&world, "gita", json!([with(live("A-1"), "/stays_draft", json!(true))])).expect(200);
    assert_eq!(told["counts"]["draft"], 1);
    let id = told["rows"][0]["exception"].as_str().unwrap().to_owned();
    let attach = |who: &str| {
        let body = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"old.txt\"\r\n\r\nApproved in 2024.\r\n--x--\r\n";
        let headers = [("content-type", "multipart/form-data; boundary=x"), ("origin", crate::world::ORIGIN)];
        world.raw(who, Method::POST, &format!("/v1/exceptions/{id}/attachments"), body.as_bytes().to_vec(), &headers)
    };
    assert_eq!(attach("gustav").code(403), "forbidden", "only who brought it, and whose it is");
    attach("gita").expect(201);
    let entered = world.command("gita", &id, "submit", json!({})).expect(200);
    assert_eq!((&entered["state"], &entered["imported"]["changed"]), (&json!("decision"), &json!(false)));
    let dossier = world.get("boris", &format!("/v1/exceptions/{id}/dossier")).expect(200);
    assert!(dossier.to_string().contains("text/plain"), "{dossier}");
    assert_eq!(attach("gita").code(403), "forbidden");
    verified(lines(&world)).unwrap();
}

#[test]
fn a_draft_that_was_changed_is_no_longer_what_was_imported() {
    let world = signing();
    let told = import(&world, "gita", json!([with(live("A-1"), "/stays_draft", json!(true))])).expect(200);
    let id = told["rows"][0]["exception"].as_str().unwrap().to_owned();
    world.patch("rita", &id, json!({ "scope": { "groups": ["everybody"] } })).expect(200);
    let submitted = world.command("rita", &id, "submit", json!({})).expect(200);
    assert_eq!(submitted["state"], "completeness_review", "what people wrote here goes through the procedure");
    verified(lines(&world)).unwrap();
}

#[test]
fn only_those_who_may_import_and_by_a_token_for_it() {
    let world = World::new();
    let rows = json!([live("A-1")]);
    for who in ["rita", "boris", "rosa"] {
        assert_eq!(import(&world, who, rows.clone()).code(403), "forbidden", "{who}");
    }
    let body = || Some(json!({ "source": "grc-2025", "rows": [live("A-1")] }));
    let ask = |scopes: &[&str]| with_token(&world, &token(&world, "gita", scopes), Method::POST, "/v1/imports", body());
    assert_eq!(ask(&["read", "file", "work", "administer"]).code(403), "scope_missing");
    assert_eq!(ask(&["import"]).expect(200)["counts"]["decision"], 1);
    assert_eq!(import(&world, "adam", json!([live("A-2")])).expect(200)["counts"]["decision"], 1);
}

#[test]
fn hostile_cells_stay_texts() {
    let world = World::new();
    let title = "=cmd|' /C calc'!A0";
    let hostile =
        with(with(live("A-1"), "/request/title", json!(title)), "/row/name", json!("<script>alert(1)</script>"));
    imported(&world, json!([hostile]));
    let csv = String::from_utf8(world.bytes("gita", "/v1/exceptions.csv?imported=grc-2025")).unwrap();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let headings = reader.headers().unwrap().clone();
    let [titles, imported] =
        ["title", "imported"].map(|name| headings.iter().position(|heading| heading == name).unwrap());
    let row = reader.records().next().unwrap().unwrap();
    assert_eq!((&row[titles], &row[imported]), (format!("'{title}").as_str(), "grc-2025"));
    let page = Walker::signed_in(&world, "gita").get("/exceptions/EX-2026-000001").text;
    assert!(page.contains("&#60;script&#62;") && !page.contains("<script>alert"), "{page}");
}

#[test]
fn what_waits_is_listed_with_how_far_its_decision_is() {
    let world = World::new();
    assert!(Walker::signed_in(&world, "gita").get("/ratification").text.contains("Nothing waits."));
    let ids = imported(&world, json!([live("A-1"), without(live("A-2"), "/owner"), ended("A-3", "expired")]));
    world.decided_on(1);
    world.approve("boris", &ids[0]).expect(200);
    let page = Walker::signed_in(&world, "carla").get("/ratification").text;
    for told in ["EX-2026-000001", "grc-2025: A-1", "1 of 2 approvals", "/exceptions/EX-2026-000001/decide"] {
        assert!(page.contains(told), "{told} is not on {page}");
    }
    for other in ["EX-2026-000002", "EX-2026-000003", "EX-2026-000004"] {
        assert!(!page.contains(other), "{other} does not wait, or was filed here");
    }
    let mut german = Walker::signed_in(&world, "gita");
    german.speaks("de-DE,de;q=0.9,en;q=0.5");
    let page = german.get("/ratification").text;
    assert!(page.contains("1 von 2 Genehmigungen") && !page.contains("/decide"), "{page}");
    assert!(
        Walker::signed_in(&world, "ben").get("/ratification").text.contains("Nothing waits."),
        "for those who see it"
    );
    let record = german.get("/exceptions/EX-2026-000003").text;
    assert!(record.contains("zählt nirgends als eine Genehmigung von hier"), "{record}");
}

#[test]
fn an_import_that_gives_itself_effect_is_found() {
    let world = signing();
    let ordinary = world.active();
    let id = imported(&world, json!([live("A-1")])).remove(0);
    let honest = lines(&world);
    verified(honest.clone()).unwrap();
    let mut authority = shown_authority(&honest, &ordinary);
    authority["dossier"] = shown(&world, &id)["round"]["dossier"].clone();
    let granted = json!({ "kind": "granted", "authority": authority });
    finds(crate::forged::and_then(&honest, "imported", &granted), "without its full quorum of different people");
    let activated = json!({ "kind": "activated", "period": authority["period"] });
    finds(crate::forged::and_then(&honest, "imported", &activated), "without a decision");
    let archived = json!({ "kind": "archived" });
    finds(crate::forged::and_then(&honest, "imported", &archived), "put away as history");
    let twice = json!({ "kind": "imported", "from": from_of(&honest) });
    finds(crate::forged::and_then(&honest, "imported", &twice), "was here already");
    let lower = changed(&honest, "round_opened", |event| event["deed"]["round"]["tier"] = json!("low"));
    finds(lower, "below the tier");
    let by_rita = changed(&honest, "imported", |event| event["by"]["person"]["id"] = json!(world.id("rita")));
    finds(by_rita, "whose roles do not allow it");
    let untiered =
        changed(&honest, "imported", |event| drop(event["deed"]["from"].as_object_mut().unwrap().remove("tier")));
    finds(untiered, "below the tier");
}

#[test]
fn a_row_is_one_exception_in_the_record_too() {
    let world = signing();
    imported(&world, json!([live("A-1"), live("A-2")]));
    let honest = lines(&world);
    let twice = changed(&honest, "imported", |event| event["deed"]["from"]["reference"] = json!("A-1"));
    finds(twice, "A-1 of grc-2025 was imported twice");
}

/// The decision by which an exception is in effect, as the record has it.
fn shown_authority(lines: &[String], id: &str) -> Value {
    let granted = lines.iter().filter_map(|line| crate::forged::body(line));
    let mut of_it = granted.filter(|leaf| leaf["subject"]["exception"] == id);
    of_it.find(|leaf| leaf["event"]["deed"]["kind"] == "granted").unwrap()["event"]["deed"]["authority"].clone()
}

fn from_of(lines: &[String]) -> Value {
    let mut leaves = lines.iter().filter_map(|line| crate::forged::body(line));
    leaves.find(|leaf| leaf["event"]["deed"]["kind"] == "imported").unwrap()["event"]["deed"]["from"].clone()
}
