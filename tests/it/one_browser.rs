//! One browser that decides for two approvers of the same exception: however it signs in and out, and whether or not
//! mail leaves, governance is told once.

use std::collections::BTreeMap;

use actix_web::http::Method;
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
use proviso::app::DEMO_PASSWORD;
use serde_json::{Value, json};

use crate::{
    post::Post,
    world::{Ask, ORIGIN, Reply, World},
};

/// A browser, which keeps every cookie that it is given.
pub struct Browser<'w> {
    world: &'w World,
    jar: BTreeMap<String, String>,
}

impl<'w> Browser<'w> {
    pub fn new(world: &'w World) -> Self {
        Self { world, jar: BTreeMap::new() }
    }

    fn ask(&mut self, method: Method, path: &str, (kind, body): (&str, String)) -> Reply {
        let jar: Vec<String> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let headers = [("origin", ORIGIN), ("content-type", kind), ("cookie", &jar.join("; "))];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let reply = self.world.send(Ask { method, path: path.to_owned(), headers, body: Some(body.into_bytes()) });
        for set in reply.headers.get_all("set-cookie") {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
            if set.contains("Max-Age=0") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
        reply
    }

    #[expect(clippy::needless_pass_by_value, reason = "a test's arguments are its own")]
    fn post(&mut self, path: &str, body: Value) -> Reply {
        self.ask(Method::POST, path, ("application/json", body.to_string()))
    }

    pub fn sign_in(&mut self, who: &str) {
        let body = json!({ "email": format!("{who}@example.com"), "password": DEMO_PASSWORD });
        self.post("/v1/session", body).expect(201);
    }

    pub fn sign_out(&mut self) {
        assert_eq!(self.ask(Method::DELETE, "/v1/session", ("application/json", String::new())).status, 204);
        assert!(!self.jar.contains_key("proviso"), "{:?}", self.jar);
    }

    pub fn approve(&mut self, id: &str) {
        let dossier = self.world.dossier(id);
        self.post(&format!("/v1/exceptions/{id}/approve"), json!({ "dossier": dossier })).expect(200);
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn alerts(world: &World) -> i64 {
    let sql = "SELECT COUNT(*) AS count FROM leaves WHERE kind = 'alert.one_browser'";
    world.read(|conn| sql_query(sql).get_result::<Count>(conn).unwrap().count)
}

#[test]
fn signing_out_between_two_approvals_hides_nothing() {
    for transport in ["file", "none"] {
        let world = World::with(&[("mail.transport", transport)]);
        let id = world.decided_on(1);
        let mut browser = Browser::new(&world);
        browser.sign_in("boris");
        browser.approve(&id);
        assert_eq!(alerts(&world), 0, "one approver is no matter");
        browser.sign_out();
        browser.sign_in("carla");
        browser.approve(&id);
        assert_eq!((alerts(&world), world.state(&id).as_str()), (1, "active"), "it is told of, and hinders nobody");
        world.app.jobs().unwrap().run_due(world.now());
        let told = world.get("gita", "/v1/me/mailbox").expect(200);
        let kinds = told["items"].as_array().unwrap().iter().filter(|letter| letter["kind"] == "one_browser");
        assert_eq!(kinds.count(), 1, "{told}");
    }
}

#[test]
fn two_browsers_or_two_exceptions_are_no_matter() {
    let world = World::new();
    let (first, second) = (world.decided_on(1), world.decided_on(1));
    let (mut one, mut other) = (Browser::new(&world), Browser::new(&world));
    one.sign_in("boris");
    one.approve(&first);
    other.sign_in("carla");
    other.approve(&first);
    one.sign_out();
    one.sign_in("carla");
    one.approve(&second);
    assert_eq!(alerts(&world), 0);
    one.sign_out();
    one.sign_in("boris");
    let dossier = world.dossier(&second);
    one.post(&format!("/v1/exceptions/{second}/reject"), json!({ "dossier": dossier, "reason": "No." })).expect(200);
    assert_eq!((alerts(&world), world.state(&second).as_str()), (1, "rejected"), "nor does it matter what they decide");
}

#[test]
fn what_was_told_at_the_sign_in_is_not_told_again() {
    let mut post = Post::new();
    let id = post.asked(1);
    let mut browser = Browser::new(&post.world);
    browser.sign_in("boris");
    browser.approve(&id);
    browser.sign_in("carla");
    assert_eq!(alerts(&post.world), 1, "nobody signed out");
    browser.approve(&id);
    assert_eq!((alerts(&post.world), post.world.state(&id).as_str()), (1, "active"));
}

#[test]
fn a_browser_is_known_by_links_and_codes_too() {
    let mut post = Post::new();
    let id = post.asked(1);
    let (boris, carla) = (post.link("boris"), post.link("carla"));
    post.ask_for_code(&boris);
    let code = post.codes("boris").remove(0);
    let form = "application/x-www-form-urlencoded";
    let mut browser = Browser::new(&post.world);
    let typed = browser.ask(Method::POST, &format!("{boris}/code"), (form, format!("code={code}")));
    assert_eq!(typed.status, 303, "{}", typed.text);
    let page = browser.ask(Method::GET, &boris, (form, String::new()));
    let approve = |page: &Reply| format!("decision=approve&form_token={}", crate::post::form_token(page));
    assert_eq!(browser.ask(Method::POST, &boris, (form, approve(&page))).status, 303);
    browser.jar.remove("proviso-link");
    let typed = format!("email=carla%40example.com&password={DEMO_PASSWORD}").replace(' ', "+");
    assert_eq!(browser.ask(Method::POST, &format!("{carla}/sign-in"), (form, typed)).status, 303);
    assert_eq!(alerts(&post.world), 0, "nothing says yet who was here");
    let page = browser.ask(Method::GET, &carla, (form, String::new()));
    assert_eq!(browser.ask(Method::POST, &carla, (form, approve(&page))).status, 303);
    assert_eq!((alerts(&post.world), post.world.state(&id).as_str()), (1, "active"));
}
