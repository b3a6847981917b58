//! From a letter to the very field that it names.

use serde_json::json;

use super::walk::Walker;
use crate::world::{World, request};

#[test]
fn a_letter_leads_to_the_field_that_it_names() {
    let world = World::new();
    let mut asked = request();
    asked["justification"] = json!("It would be nice to have.");
    let id = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    assert_eq!(world.command("rita", &id, "submit", json!({})).expect(200)["state"], "returned");
    world.app.jobs().unwrap().run_due(world.now());
    let mails = std::fs::read_dir(&world.app.config().mail.path).unwrap();
    let mails = mails
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap().replace("=\r\n", "").replace("=3D", "="));
    let mail = mails.into_iter().find(|mail| mail.contains("<rita@example.com>") && mail.contains("field=")).unwrap();
    let link = mail.split("/request/").nth(1).unwrap().split_whitespace().next().unwrap();
    let link = format!("/request/{link}");
    assert_eq!(link, "/request/EX-2026-000001?field=/justification");
    let mut rita = Walker::stranger(&world);
    rita.sign_in("rita", &link);
    let led = rita.get(&link);
    let (page, field) = led
        .header("location")
        .unwrap()
        .split_once('#')
        .map(|(page, field)| (page.to_owned(), field.to_owned()))
        .unwrap();
    assert_eq!((led.status, field.as_str()), (303, "justification"));
    assert!(rita.get(&page).text.contains("id=\"justification\""), "{page}");
    let odd = rita.get("/request/EX-2026-000001?field=/x%0D%0ASet-Cookie:%20a").header("location").unwrap();
    assert!(odd.ends_with("#xSet-Cookiea"), "{odd}");
    let mut gita = Walker::stranger(&world);
    gita.sign_in("gita", "/");
    let led = gita.get(&link);
    assert_eq!(led.header("location").as_deref(), Some("/exceptions/EX-2026-000001"), "she reads it");
    assert_eq!(gita.get("/exceptions/EX-2026-000001").status, 200);
}
