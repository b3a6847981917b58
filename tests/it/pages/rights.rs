//! People and rights on pages: who administers adds, grants and ends, by two people where it takes two; a token's text
//! is shown once; and whoever may not see a page finds none.

use actix_web::http::Method;
use chrono::{Datelike, Duration};
use serde_json::json;

use super::{
    HOSTILE, sound,
    walk::{Walker, encoded, field},
};
use crate::{
    people::with_token,
    world::{Reply, World},
};

pub fn location(reply: &Reply) -> String {
    reply.header("location").unwrap_or_else(|| panic!("{}: {}", reply.status, reply.text))
}

/// Sends the form of a page to itself.
pub fn filled(who: &mut Walker<'_>, here: &str, answers: &[(&str, &str)]) -> Reply {
    let form = who.get(here);
    assert_eq!(form.status, 200, "{here}: {}", form.text);
    who.send(here.split('?').next().unwrap(), &form, answers)
}

/// The three fields of a day from now.
fn day(world: &World, name: &str, days: i64) -> Vec<(String, String)> {
    let date = (world.now() + Duration::days(days)).date_naive();
    let parts =
        [("day", date.day().to_string()), ("month", date.month().to_string()), ("year", date.year().to_string())];
    parts.map(|(part, value)| (format!("{name}-{part}"), value)).to_vec()
}

fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[test]
fn somebody_is_added_once_and_mistakes_stand_at_their_fields() {
    let world = World::new();
    let mut adam = Walker::signed_in(&world, "adam");
    assert!(adam.get("/").text.contains("href=\"/admin/people\""));
    assert!(adam.get("/admin/people").text.contains("href=\"/admin/people/new\""));
    let form = adam.get("/admin/people/new");
    let wrong = adam.send("/admin/people/new", &form, &[("name", "Nora New"), ("email", "nora")]);
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    assert!(wrong.text.contains("href=\"#email\"") && wrong.text.contains("value=\"Nora New\""), "{}", wrong.text);
    let answers = [("name", "Nora New"), ("email", "nora@example.com")];
    let first = location(&adam.send("/admin/people/new", &form, &answers));
    assert_eq!(location(&adam.send("/admin/people/new", &form, &answers)), first, "sent twice, added once");
    let told = adam.get(&first).text;
    assert!(told.contains("Done: Add a person") && told.contains("nora@example.com"), "{told}");
    let taken = filled(&mut adam, "/admin/people/new", &answers);
    assert!(taken.status == 422 && taken.text.contains("href=\"#email\""), "{}", taken.text);
    let found = adam.get("/admin/people?q=NORA&state=here").text;
    assert!(found.contains("Nora New") && !found.contains("Rita Requester"), "{found}");
    assert!(adam.get("/admin/people?q=nora&state=left").text.contains("Nobody is like that"));
    assert!(adam.get("/admin/people?state=elsewhere").text.contains("href=\"#state\""));
}

#[test]
fn a_long_list_has_pages_and_a_lost_place_leads_to_the_first() {
    let world = World::new();
    for n in 0..30 {
        let body = json!({ "name": format!("Series {n}"), "email": format!("series{n}@example.com") });
        world.post("adam", "/v1/people", body).expect(201);
    }
    let mut adam = Walker::signed_in(&world, "adam");
    let first = adam.get("/admin/people?q=series").text;
    let rows = |page: &str| page.matches("<th scope=\"row\"").count();
    assert_eq!(rows(&first), 25, "{first}");
    let next = first.split("href=\"").find(|part| part.contains("cursor=")).unwrap().split('"').next().unwrap();
    let second = adam.get(&next.replace("&#38;", "&")).text;
    assert!(rows(&second) == 5 && second.contains("First page"), "{second}");
    let lost = adam.get("/admin/people?q=series&cursor=forged");
    assert!(lost.status == 422 && rows(&lost.text) == 25, "{}", lost.text);
}

#[test]
fn a_role_that_approves_waits_for_a_second_person_and_the_page_says_so() {
    let world = World::new();
    let (mut adam, mut gita) = (Walker::signed_in(&world, "adam"), Walker::signed_in(&world, "gita"));
    let here = format!("/admin/people/{}", world.id("ben"));
    let act = |verb: &str| format!("{here}/do/{verb}");
    let empty = filled(&mut adam, &act("grant_role"), &[("domain", "Not A Path")]);
    assert!(empty.status == 422 && empty.text.contains("value=\"Not A Path\""), "{}", empty.text);
    let waits = location(&filled(&mut adam, &act("grant_role"), &[("role", "ciso"), ("domain", "eu")]));
    let page = adam.get(&waits).text;
    assert!(page.contains("A second person has to confirm this") && page.contains("Nothing has changed yet"), "{page}");
    let change = page.split("href=\"").find(|part| part.starts_with("/changes/")).unwrap().split('"').next().unwrap();
    assert!(!page.contains(">CISO</th>") && page.contains("Grant Ben Beneficiary"), "{page}");
    let form = gita.get(change);
    let hash = field(&form.text, "hash");
    assert_eq!(gita.send(&format!("{change}/confirm"), &form, &[("hash", &hash)]).status, 303);
    let page = adam.get(&here).text;
    assert!(page.contains(">CISO</th>") && page.contains(">eu</td>"), "{page}");
    let remove =
        page.split("href=\"").find(|part| part.contains("/do/remove_role?")).unwrap().split('"').next().unwrap();
    let form = adam.get(remove);
    let grant = remove.split_once("grant=").unwrap().1;
    assert!(form.text.contains(&format!("value=\"{grant}\" checked")), "{}", form.text);
    let none = adam.send(&act("remove_role"), &form, &[]);
    assert!(none.status == 422 && none.text.contains("href=\"#grant\""), "{}", none.text);
    let gone = location(&adam.send(&act("remove_role"), &form, &[("grant", grant)]));
    assert!(gone.ends_with("?done=remove_role"), "{gone}");
    assert!(adam.get(&here).text.contains("Roles that were taken away"));
    let own = format!("/admin/people/{}", world.id("adam"));
    assert!(!adam.get(&own).text.contains("/do/grant_role"), "nobody grants themself a role");
}

#[test]
fn an_account_is_changed_moved_away_gone_and_back() {
    let world = World::new();
    let mut adam = Walker::signed_in(&world, "adam");
    let here = format!("/admin/people/{}", world.id("ben"));
    let act = |verb: &str| format!("{here}/do/{verb}");
    let form = adam.get(&act("update_person"));
    assert!(form.text.contains("value=\"Ben Beneficiary\""), "{}", form.text);
    let same = adam.send(&act("update_person"), &form, &[("name", "Ben Beneficiary"), ("email", "ben@example.com")]);
    assert_eq!(same.status, 422, "{}", same.text);
    world.minutes(1);
    let named = adam.send(&act("update_person"), &form, &[("name", "Benno Best"), ("email", "ben@example.com")]);
    assert!(adam.get(&location(&named)).text.contains("Benno Best"));
    let late = adam.send(&act("update_person"), &form, &[("name", "Ben Again"), ("email", "ben@example.com")]);
    assert_eq!(late.status, 422, "somebody else changed it meanwhile: {}", late.text);
    let moved = filled(&mut adam, &act("move_person"), &[("unit", "retail"), ("region", "eu")]);
    assert!(adam.get(&location(&moved)).text.contains("retail"));
    let away = [day(&world, "starts", 2), day(&world, "ends", 9)].concat();
    let away = filled(&mut adam, &act("set_absence"), &pairs(&away));
    assert!(adam.get(&location(&away)).text.contains("Out of office"));
    assert_eq!(filled(&mut adam, &act("end_absence"), &[]).status, 303);
    let form = adam.get(&act("set_password"));
    let told = adam.send(&act("set_password"), &form, &[]);
    assert!(told.status == 200 && told.text.contains("<code>"), "{}", told.text);
    assert!(adam.send(&act("set_password"), &form, &[]).text.contains("This form was sent twice"));
    let merged = filled(&mut adam, &act("merge_person"), &[("into", &world.id("ravi"))]);
    assert!(location(&merged).contains("?waits="), "{}", location(&merged));
    assert_eq!(filled(&mut adam, &act("leave_person"), &[]).status, 303);
    let left = adam.get(&here).text;
    assert!(left.contains(">Left</span>") && left.contains("/do/return_person"), "{left}");
    assert!(!left.contains("/do/leave_person") && !left.contains("/do/grant_role"), "{left}");
    assert_eq!(filled(&mut adam, &act("return_person"), &[]).status, 303);
    assert_eq!(location(&adam.get(&act("return_person"))), here, "nothing is left to do");
}

/// What somebody types to issue a token called `my pipeline`.
fn pipeline(world: &World) -> Vec<(String, String)> {
    let texts = [("name", "my pipeline"), ("scopes", "read"), ("scopes", "file")];
    let texts = texts.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    [texts, day(world, "expires_at", 30)].concat()
}

/// The text of a token that was just issued.
fn issued(page: &Reply) -> String {
    assert_eq!((page.status, page.header("cache-control").as_deref()), (201, Some("no-store")), "{}", page.text);
    page.text.split("<code>pv_").nth(1).map(|rest| format!("pv_{}", rest.split('<').next().unwrap())).unwrap()
}

#[test]
fn a_tokens_text_is_shown_once_and_works() {
    let world = World::new();
    let mut rita = Walker::signed_in(&world, "rita");
    assert!(rita.get("/").text.contains("href=\"/admin/tokens\""));
    let (form, until) = (rita.get("/admin/tokens/new"), day(&world, "expires_at", 30));
    let wrong = rita.send("/admin/tokens/new", &form, &[&pairs(&until)[..], &[("name", "my pipeline")]].concat());
    assert!(wrong.status == 422 && wrong.text.contains("href=\"#scopes\""), "{}", wrong.text);
    assert!(
        wrong.text.contains("value=\"my pipeline\"") && wrong.text.contains("Missing: What it may do"),
        "{}",
        wrong.text
    );
    let answers = pipeline(&world);
    let token = issued(&rita.send("/admin/tokens/new", &form, &pairs(&answers)));
    assert_eq!(with_token(&world, &token, Method::GET, "/v1/me", None).status, 200);
    let again = rita.send("/admin/tokens/new", &form, &pairs(&answers)).text;
    assert!(again.contains("This form was sent twice") && !again.contains("<code>pv_"), "{again}");
    let list = rita.get("/admin/tokens").text;
    assert!(!list.contains(&token) && list.matches("my pipeline</th>").count() == 1, "{list}");
}

#[test]
fn a_token_is_its_holders_and_an_administrators_to_revoke() {
    let world = World::new();
    let (mut rita, whose) = (Walker::signed_in(&world, "rita"), world.id("rita"));
    let answers = pipeline(&world);
    let token = issued(&filled(&mut rita, "/admin/tokens/new", &pairs(&answers)));
    let list = rita.get("/admin/tokens");
    let revoke = list.text.split("action=\"").find(|part| part.contains("/revoke\"")).unwrap();
    let revoke = revoke.split('"').next().unwrap().to_owned();
    let mut rosa = Walker::signed_in(&world, "rosa");
    assert_eq!(rosa.get_html(&format!("/admin/tokens?person={whose}")).status, 404);
    let page = rosa.get("/admin/tokens/new");
    assert_eq!(rosa.send(&revoke, &page, &[("person", &whose)]).status, 404);
    let adam = Walker::signed_in(&world, "adam").get(&format!("/admin/tokens?person={whose}")).text;
    assert!(adam.contains("my pipeline") && adam.contains(&revoke), "{adam}");
    assert!(!adam.contains("/admin/tokens/new?"), "a human's is that human's to issue: {adam}");
    for _ in 0..2 {
        assert_eq!(rita.send(&revoke, &list, &[("person", &whose)]).status, 303);
    }
    assert_eq!(with_token(&world, &token, Method::GET, "/v1/me", None).status, 401);
    assert!(rita.get("/admin/tokens").text.contains("Revoked"));
}

#[test]
fn a_services_token_is_its_humans_to_look_after() {
    let world = World::new();
    let body = json!({ "name": "Robot", "email": "robot@example.com", "service": { "responsible": world.id("rita") } });
    let robot = world.post("adam", "/v1/people", body).expect(201)["id"].as_str().unwrap().to_owned();
    let mut rita = Walker::signed_in(&world, "rita");
    assert!(rita.get("/admin/tokens").text.contains(">Robot</option>"));
    let until = day(&world, "expires_at", 30);
    let answers = [&pairs(&until)[..], &[("person", &robot), ("name", "robot"), ("scopes", "read")]].concat();
    let here = format!("/admin/tokens/new?person={robot}");
    assert_eq!(filled(&mut rita, &here, &answers).status, 201);
    assert!(rita.get(&format!("/admin/people/{robot}")).text.contains("Usable"));
    let mut ben = Walker::signed_in(&world, "ben");
    assert_eq!(ben.get_html(&format!("/admin/people/{robot}")).status, 404);
    assert_eq!(filled(&mut ben, "/admin/tokens/new", &answers).status, 404);
    let held = world.get("rita", &format!("/v1/tokens?person={robot}")).expect(200);
    assert_eq!(held["items"].as_array().unwrap().len(), 1);
}

#[test]
fn whoever_may_not_see_a_page_finds_none() {
    let world = World::new();
    let (mut rita, mut rosa) = (Walker::signed_in(&world, "rita"), Walker::signed_in(&world, "rosa"));
    let (ben, own) = (format!("/admin/people/{}", world.id("ben")), format!("/admin/people/{}", world.id("rita")));
    let leave = format!("{ben}/do/leave_person");
    for page in ["/admin/people", "/admin/people/new", &ben, &leave, "/admin/roles", "/admin/delegations/new"] {
        assert_eq!(rita.get_html(page).status, 404, "{page}");
    }
    let form = rita.get(&own);
    assert_eq!(form.status, 200, "one's own account is one's own to read: {}", form.text);
    assert!(!form.text.contains("/do/"), "{}", form.text);
    assert_eq!(rita.send(&leave, &form, &[]).status, 404);
    assert_eq!(rita.send("/admin/people/new", &form, &[("name", "x"), ("email", "x@example.com")]).status, 404);
    assert_eq!(rita.get("/admin/delegations").status, 200, "one's own");
    assert!(!rita.get("/").text.contains("href=\"/admin/people\""));
    let seen = rosa.get(&ben).text;
    assert!(seen.contains("ben@example.com") && !seen.contains("/do/"), "who reads does not change: {seen}");
    assert!(!seen.contains("Look after these tokens"), "{seen}");
    for page in ["/admin/people/new", &leave, &format!("{ben}/do/approve")] {
        assert_eq!(rosa.get_html(page).status, 404, "{page}");
    }
    assert_eq!(rosa.get("/admin/roles").status, 200);
    let away = Walker::stranger(&world).get("/admin/people");
    assert_eq!(location(&away), "/sign-in?return=/admin/people");
    assert_eq!(rita.get_html("/admin/people/not-an-id").status, 404);
}

#[test]
fn a_role_is_shown_where_it_is_held_and_in_all_below() {
    let world = World::new();
    let grant = |who: &str, role: &str, domain: &str| {
        let path = format!("/v1/people/{}/roles", world.id(who));
        world.post("adam", &path, json!({ "role": role, "domain": domain })).expect(201);
    };
    grant("ben", "completeness_reviewer", "eu/retail");
    let mut adam = Walker::signed_in(&world, "adam");
    let cell = |page: &str| {
        page.split(">Completeness reviewer</th>").nth(1).unwrap().split("</tr>").next().unwrap().to_owned()
    };
    let there = adam.get("/admin/roles?domain=eu/retail").text;
    let held = cell(&there);
    assert!(held.contains("Ben Beneficiary") && held.contains("(from above: everywhere)"), "{held}");
    let beside = cell(&adam.get("/admin/roles?domain=us").text);
    assert!(!beside.contains("Ben Beneficiary") && beside.contains("Rosa Reviewer"), "{beside}");
    let none = adam.get("/admin/roles").text;
    let none = none.split("Nobody holds").nth(1).unwrap().split("</div>").next().unwrap().to_owned();
    assert!(none.contains("Ethics board") && !none.contains("CISO"), "{none}");
    let one = adam.get("/admin/roles?role=ciso").text;
    assert!(one.contains(">CISO</th>") && !one.contains(">Completeness reviewer</th>"), "{one}");
    let wrong = adam.get("/admin/roles?domain=%22%3E%3Cb%3E");
    assert!(wrong.status == 422 && wrong.text.contains("href=\"#domain\""), "{}", wrong.text);
}

/// The fields by which somebody delegates to Ben for so many days.
fn to_ben(world: &World, days: i64) -> Vec<(String, String)> {
    [vec![("to".to_owned(), world.id("ben"))], day(world, "ends", days)].concat()
}

/// The address of the first button that ends something.
fn ending(page: &Reply) -> String {
    let found = page.text.split("action=\"").find(|part| part.contains("/end\""));
    found.unwrap_or_else(|| panic!("{}", page.text)).split('"').next().unwrap().to_owned()
}

#[test]
fn an_approver_delegates_once_and_mistakes_stand_at_their_fields() {
    let world = World::new();
    let mut boris = Walker::signed_in(&world, "boris");
    let (here, ben) = ("/admin/delegations/new", world.id("ben"));
    let wrong = filled(&mut boris, here, &[("to", &ben)]);
    assert!(wrong.status == 422 && wrong.text.contains("href=\"#ends\""), "{}", wrong.text);
    assert!(wrong.text.contains(&format!("value=\"{ben}\" selected")), "{}", wrong.text);
    let long = filled(&mut boris, here, &pairs(&to_ben(&world, 120)));
    assert!(long.text.contains("at most 90 days"), "{}", long.text);
    let (form, answers) = (boris.get(here), to_ben(&world, 20));
    for _ in 0..2 {
        assert_eq!(location(&boris.send(here, &form, &pairs(&answers))), "/admin/delegations?state=running");
    }
    let list = boris.get("/admin/delegations").text;
    assert_eq!(list.matches("/end\"").count(), 1, "sent twice, given once: {list}");
    let received = Walker::signed_in(&world, "ben").get(&format!("/admin/people/{ben}")).text;
    assert!(received.contains("Boris Businessowner") && received.contains("Running"), "{received}");
}

#[test]
fn either_side_or_an_administrator_ends_a_delegation() {
    let world = World::new();
    let (mut boris, mut rosa) = (Walker::signed_in(&world, "boris"), Walker::signed_in(&world, "rosa"));
    let given = to_ben(&world, 20);
    assert_eq!(filled(&mut boris, "/admin/delegations/new", &pairs(&given)).status, 303);
    let list = boris.get("/admin/delegations");
    let end = ending(&list);
    let seen = rosa.get("/admin/delegations");
    assert!(seen.text.contains("Boris Businessowner") && !seen.text.contains("/end\""), "{}", seen.text);
    assert_eq!(rosa.send(&end, &seen, &[]).status, 422, "she sees it, and it is not hers");
    let mut rita = Walker::signed_in(&world, "rita");
    let none = rita.get("/admin/delegations");
    assert!(!none.text.contains("Boris Businessowner"), "{}", none.text);
    assert_eq!(rita.send(&end, &none, &[]).status, 404);
    assert_eq!(ending(&Walker::signed_in(&world, "adam").get("/admin/delegations")), end);
    assert_eq!(boris.send(&end, &list, &[]).status, 303);
    let over = boris.get("/admin/delegations?state=over").text;
    assert!(over.contains("Ben Beneficiary") && !over.contains("/end\""), "{over}");
    let fresh = boris.get("/admin/delegations/new");
    assert_eq!(boris.send(&end, &fresh, &[]).status, 422, "it is over");
}

#[test]
fn names_and_tokens_stay_texts() {
    let world = World::new();
    for (n, hostile) in HOSTILE.iter().enumerate() {
        let hostile: String = hostile.chars().filter(|one| !one.is_control()).take(120).collect();
        let body = json!({ "name": hostile, "email": format!("hostile{n}@example.com") });
        let made = world.post("adam", "/v1/people", body);
        assert!([201, 422].contains(&made.status), "{}", made.text);
        let Some(id) = made.body["id"].as_str().filter(|_| made.status == 201) else { continue };
        let expires = (world.now() + Duration::days(30)).to_rfc3339();
        let body = json!({ "name": hostile, "scopes": ["read"], "expires_at": expires });
        assert!([201, 422].contains(&world.post("adam", "/v1/tokens", body).status));
        let role = json!({ "role": "completeness_reviewer", "domain": "eu" });
        world.post("adam", &format!("/v1/people/{id}/roles"), role).expect(201);
        let mut adam = Walker::signed_in(&world, "adam");
        let q = encoded(&hostile);
        for path in [
            format!("/admin/people?q={q}"),
            format!("/admin/people/{id}"),
            format!("/admin/people/{id}?done={q}&waits={q}"),
            format!("/admin/people/{id}/do/update_person"),
            format!("/admin/people/{id}/do/remove_role?grant={q}"),
            format!("/admin/roles?domain={q}"),
            "/admin/roles".to_owned(),
            "/admin/tokens".to_owned(),
            format!("/admin/tokens/new?person={q}"),
            format!("/admin/delegations?cursor={q}"),
        ] {
            sound(&path, &adam.get(&path).text);
        }
    }
}

#[test]
fn the_pages_speak_german() {
    let world = World::new();
    let mut adam = Walker::signed_in(&world, "adam");
    adam.speaks("de");
    let here = format!("/admin/people/{}", world.id("ben"));
    for (path, said) in [
        ("/admin/people".to_owned(), "Person anlegen"),
        (here.clone(), "Rolle vergeben"),
        (format!("{here}/do/grant_role"), "Eine Rolle, die genehmigt oder verwaltet"),
        ("/admin/roles".to_owned(), "Niemand hat: "),
        ("/admin/delegations".to_owned(), "Laufend"),
        ("/admin/tokens/new".to_owned(), "Token ausstellen"),
    ] {
        let page = adam.get(&path).text;
        assert!(page.contains("<html lang=\"de\">") && page.contains(said), "{path}: {page}");
    }
    let refused = filled(&mut adam, &format!("{here}/do/grant_role"), &[]);
    assert!(refused.text.contains("Es fehlt: Rolle"), "{}", refused.text);
}
