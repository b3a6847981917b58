//! A world whose approvers are asked by mail, and a browser of few words that follows their links.

use std::fs;

use actix_web::http::Method;
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
use proviso::{app::DEMO_PASSWORD, jobs::Jobs};

use crate::world::{Ask, ORIGIN, Reply, World, request};

/// A world whose approvers are asked by mail.
pub struct Post {
    pub world: World,
    pub jobs: Jobs,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Post {
    pub fn new() -> Self {
        Self::of(World::new())
    }

    pub fn of(world: World) -> Self {
        let jobs = world.app.jobs().unwrap();
        Self { world, jobs }
    }

    /// An exception to be decided on, whose approvers have their mails.
    pub fn asked(&mut self, points: u32) -> String {
        let id = self.world.decided_on(points);
        self.jobs.run_due(self.world.now());
        id
    }

    /// The path of the link that was mailed to somebody.
    pub fn link(&self, who: &str) -> String {
        let mails = fs::read_dir(&self.world.app.config().mail.path).unwrap();
        let mails = mails.map(|file| fs::read_to_string(file.unwrap().path()).unwrap().replace("=\r\n", ""));
        let mut theirs = mails.filter(|mail| mail.contains(&format!("<{who}@example.com>")));
        let link = theirs.find_map(|mail| mail.split("/decide/").nth(1).map(|rest| rest[..43].to_owned()));
        format!("/decide/{}", link.unwrap_or_else(|| panic!("{who} has no link")))
    }

    /// The paths of all links that were mailed to somebody, in no order.
    pub fn links(&self, who: &str) -> Vec<String> {
        let mails = fs::read_dir(&self.world.app.config().mail.path).unwrap();
        let mails = mails.map(|file| fs::read_to_string(file.unwrap().path()).unwrap().replace("=\r\n", ""));
        let theirs = mails.filter(|mail| mail.contains(&format!("<{who}@example.com>")));
        let links = theirs.filter_map(|mail| mail.split("/decide/").nth(1).map(|rest| rest[..43].to_owned()));
        links.map(|link| format!("/decide/{link}")).collect()
    }

    /// The path of the link that was mailed to somebody about the exception of this number.
    pub fn link_about(&self, who: &str, number: &str) -> String {
        let mails = fs::read_dir(&self.world.app.config().mail.path).unwrap();
        let mails = mails.map(|file| fs::read_to_string(file.unwrap().path()).unwrap().replace("=\r\n", ""));
        let mut theirs = mails.filter(|mail| mail.contains(&format!("<{who}@example.com>")) && mail.contains(number));
        let link = theirs.find_map(|mail| mail.split("/decide/").nth(1).map(|rest| rest[..43].to_owned()));
        format!("/decide/{}", link.unwrap_or_else(|| panic!("{who} has no link about {number}")))
    }

    pub fn get(&self, path: &str, cookie: Option<&str>) -> Reply {
        let headers = cookie.map(|cookie| ("cookie".to_owned(), cookie.to_owned())).into_iter().collect();
        self.world.send(Ask { method: Method::GET, path: path.to_owned(), headers, body: None })
    }

    pub fn form(&self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Reply {
        let pair = |(name, value): &(&str, &str)| format!("{name}={}", value.bytes().map(encoded).collect::<String>());
        let body = fields.iter().map(pair).collect::<Vec<_>>().join("&").into_bytes();
        let own = [("content-type", "application/x-www-form-urlencoded")];
        let headers =
            own.iter().chain(headers).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.world.send(Ask { method: Method::POST, path: path.to_owned(), headers, body: Some(body) })
    }

    /// Signs in on the page of a link, as a browser does from a page without referrer.
    pub fn sign_in(&self, link: &str, who: &str) -> String {
        let email = format!("{who}@example.com");
        let fields = [("email", email.as_str()), ("password", DEMO_PASSWORD)];
        let own = [("origin", "null"), ("sec-fetch-site", "same-origin")];
        let reply = self.form(&format!("{link}/sign-in"), &fields, &own);
        assert_eq!((reply.status, reply.header("location").as_deref()), (303, Some(link)), "{}", reply.text);
        reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    }

    pub fn decide(&self, link: &str, cookie: &str, fields: &[(&str, &str)]) -> Reply {
        let token = form_token(&self.get(link, Some(cookie)));
        let fields: Vec<(&str, &str)> =
            std::iter::once(("form_token", token.as_str())).chain(fields.iter().copied()).collect();
        self.form(link, &fields, &[("origin", ORIGIN), ("cookie", cookie)])
    }

    /// How many events the record has.
    pub fn events(&self) -> i64 {
        let sql = "SELECT COUNT(*) AS count FROM leaves";
        self.world.read(|conn| sql_query(sql).get_result::<Count>(conn).unwrap().count)
    }

    pub fn open_links(&self) -> i64 {
        let sql = "SELECT COUNT(*) AS count FROM mail_links WHERE ended_at IS NULL";
        self.world.read(|conn| sql_query(sql).get_result::<Count>(conn).unwrap().count)
    }
}

fn encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

pub fn form_token(page: &Reply) -> String {
    let rest = page.text.split("name=\"form_token\" value=\"").nth(1).unwrap_or_else(|| panic!("{}", page.text));
    rest.split('"').next().unwrap().to_owned()
}

pub fn title() -> String {
    request()["title"].as_str().unwrap().to_owned()
}

impl Post {
    /// The codes that were mailed to somebody, in no order.
    pub fn codes(&self, who: &str) -> Vec<String> {
        let mails = fs::read_dir(&self.world.app.config().mail.path).unwrap();
        let mails = mails.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
        let theirs = mails.filter(|mail| mail.contains(&format!("<{who}@example.com>")) && mail.contains("your code"));
        theirs.map(|mail| mail.split(" is the code").next().unwrap().rsplit('\n').next().unwrap().to_owned()).collect()
    }

    pub fn type_code(&self, link: &str, code: &str) -> Reply {
        self.form(&format!("{link}/code"), &[("code", code)], &[("origin", ORIGIN)])
    }

    pub fn ask_for_code(&mut self, link: &str) {
        assert_eq!(self.form(&format!("{link}/send-code"), &[], &[("origin", ORIGIN)]).status, 303);
        self.jobs.run_due(self.world.now());
    }
}
