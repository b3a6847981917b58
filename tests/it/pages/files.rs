//! Files by page: attached by a form as browsers send it, listed with what they are, and refused with what to do.

use serde_json::json;

use super::walk::Walker;
use crate::{late::controlled, world::World};

const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3\nA plan\n%%EOF\n";

/// How many files a request has.
fn files(world: &World, id: &str) -> usize {
    let found = world.get("gita", &format!("/v1/exceptions/{id}/attachments")).expect(200);
    found["items"].as_array().unwrap().len()
}

#[test]
fn a_file_is_attached_while_asking_and_sent_twice_it_is_one() {
    let world = World::new();
    let id = world.file();
    let here = "/request/EX-2026-000001/files";
    let mut rita = Walker::signed_in(&world, "rita");
    let form = rita.get(here);
    assert!(form.text.contains("enctype=\"multipart/form-data\"") && form.text.contains("No files."), "{}", form.text);
    for _ in 0..2 {
        let done = rita.attach(here, &form, ("plan.pdf", PDF));
        assert_eq!(done.header("location").as_deref(), Some("/request/EX-2026-000001/files?done=1"), "{}", done.text);
    }
    assert_eq!(files(&world, &id), 1);
    let listed = rita.get(&format!("{here}?done=1")).text;
    assert!(listed.contains("The file is attached.") && listed.contains(">plan.pdf</a>"), "{listed}");
    assert!(listed.contains("PDF, 1 kB"), "{listed}");
    let check = rita.get("/request/EX-2026-000001").text;
    assert!(check.contains("plan.pdf") && check.contains(&format!("href=\"{here}\"")), "{check}");
    let address = listed.split("href=\"/v1/exceptions/").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(world.bytes("rita", &format!("/v1/exceptions/{address}")), PDF);
    let fresh = rita.get(here);
    assert_eq!(rita.attach(here, &fresh, ("plan.pdf", PDF)).status, 303);
    assert_eq!(files(&world, &id), 2, "another form is another file");
}

#[test]
fn a_file_is_taken_out_until_it_is_submitted_and_the_record_says_so() {
    let world = World::new();
    let id = world.file();
    let (here, take) = ("/request/EX-2026-000001/files", "/exceptions/EX-2026-000001/do/detach");
    let mut rita = Walker::signed_in(&world, "rita");
    let form = rita.get(here);
    assert!(!form.text.contains(take), "there is none yet: {}", form.text);
    rita.attach(here, &form, ("plan.pdf", PDF));
    let form = rita.get(here);
    assert!(form.text.contains(&format!("href=\"{take}\"")), "{}", form.text);
    rita.attach(here, &form, ("other.pdf", PDF));
    let listed = world.get("rita", &format!("/v1/exceptions/{id}/attachments")).expect(200);
    let first = listed["items"][0]["id"].as_str().unwrap().to_owned();
    let asked = rita.get(take);
    assert!(asked.text.contains("plan.pdf") && asked.text.contains("other.pdf"), "{}", asked.text);
    let done = rita.send(take, &asked, &[("attachment", &first)]);
    assert_eq!(done.header("location").as_deref(), Some("/request/EX-2026-000001/files?gone=1"), "{}", done.text);
    let left = rita.get("/request/EX-2026-000001/files?gone=1").text;
    assert!(
        left.contains("The file is taken out.") && left.contains("other.pdf") && !left.contains("plan.pdf"),
        "{left}"
    );
    assert_eq!(world.get("rita", &format!("/v1/exceptions/{id}/attachments/{first}")).status, 404);
    let again = world.command("rita", &id, "detach", json!({ "attachment": first }));
    assert_eq!(again.code(422), "no_such");
    let other = files(&world, &id);
    assert_eq!(other, 1);
    assert!(rita.get("/exceptions/EX-2026-000001").text.contains("File taken out"));
    world.command("rita", &id, "submit", json!({})).expect(200);
    let listed = world.get("rita", &format!("/v1/exceptions/{id}/attachments")).expect(200);
    let late = json!({ "attachment": listed["items"][0]["id"] });
    assert_eq!(world.command("rita", &id, "detach", late.clone()).code(409), "wrong_state");
    assert_eq!(world.command("ben", &id, "detach", late).code(404), "not_found");
    assert!(!rita.get("/exceptions/EX-2026-000001").text.contains(take));
}

#[test]
fn a_file_that_is_refused_says_what_to_do() {
    let world = World::with(&[("attachments.max_bytes", "4096")]);
    let id = world.file();
    let here = "/exceptions/EX-2026-000001/files";
    let mut rita = Walker::signed_in(&world, "rita");
    let form = rita.get(here);
    assert!(form.text.contains("up to 4 kB"), "{}", form.text);
    let large = vec![b'a'; 3_000_000];
    for (name, content, said, german) in [
        ("page.pdf", &b"<!DOCTYPE html><script>"[..], "Save it as one that is, such as PDF", "etwa als PDF"),
        ("long.txt", &large, "at most 4 kB", "höchstens 4 kB"),
        ("", b"", "Choose a file that is not empty.", "die nicht leer ist"),
    ] {
        for (language, said) in [("en", said), ("de", german)] {
            rita.speaks(language);
            let refused = rita.attach(here, &form, (name, content));
            assert_eq!(refused.status, 422, "{}", refused.text);
            assert!(refused.text.contains(said) && refused.text.contains("href=\"#file\""), "{}", refused.text);
        }
    }
    assert_eq!(files(&world, &id), 0);
}

#[test]
fn nobody_attaches_by_a_form_of_elsewhere_or_without_the_right_to() {
    let world = World::new();
    let id = world.file();
    let here = "/exceptions/EX-2026-000001/files";
    let mut rita = Walker::signed_in(&world, "rita");
    let form = rita.get(here);
    assert_eq!(rita.attach_from("https://evil.example", here, &form, ("plan.pdf", PDF)).status, 403);
    let mut again = Walker::signed_in(&world, "rita");
    let foreign = again.attach(here, &form, ("plan.pdf", PDF));
    assert!(foreign.status == 422 && foreign.text.contains("another session"), "{}", foreign.text);
    again.forget();
    let away = again.attach(here, &form, ("plan.pdf", PDF));
    assert_eq!(away.header("location").as_deref(), Some("/sign-in?return=/exceptions/EX-2026-000001/files"));
    assert_eq!(Walker::signed_in(&world, "ben").attach(here, &form, ("plan.pdf", PDF)).status, 404);
    world.command("rita", &id, "submit", json!({})).expect(200);
    let mut rosa = Walker::signed_in(&world, "rosa");
    let look = rosa.get(here).text;
    assert!(look.contains("No files.") && !look.contains("type=\"file\""), "{look}");
    assert_eq!(rosa.attach(here, &form, ("plan.pdf", PDF)).status, 404, "whoever reviews adds nothing");
    assert_eq!(files(&world, &id), 0);
}

#[test]
fn evidence_is_attached_to_the_record_by_whoever_owns_a_control() {
    let world = World::new();
    let (id, _) = controlled(&world, &json!({}));
    let here = "/exceptions/EX-2026-000001/files";
    let mut rita = Walker::signed_in(&world, "rita");
    assert!(!rita.get("/exceptions/EX-2026-000001").text.contains(here), "she shows nothing for herself");
    let mut oskar = Walker::signed_in(&world, "oskar");
    let record = oskar.get("/exceptions/EX-2026-000001").text;
    assert!(record.contains(&format!("href=\"{here}\"")), "{record}");
    let form = oskar.get(here);
    assert_eq!(oskar.attach(here, &form, ("log.txt", b"A log of a week")).status, 303);
    let shown = rita.get("/exceptions/EX-2026-000001").text;
    assert!(shown.contains("log.txt") && shown.contains("TXT, 1 kB, evidence"), "{shown}");
    assert_eq!(files(&world, &id), 1);
}
