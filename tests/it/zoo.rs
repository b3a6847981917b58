//! The scanner zoo: whatever stands between a mail and its reader may look at a link, follow it, run it and
//! send its forms, and decides nothing; then its reader decides by it.

mod browser;

use std::collections::BTreeSet;

use actix_web::http::Method;
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
use proviso::app::DEMO_PASSWORD;

use crate::{
    post::{Post, title},
    server::Server,
    world::{Ask, World},
};
use browser::Browser;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// What no scanner may change: the record, the open links, where the exception is.
fn standing(post: &Post, id: &str) -> (i64, i64, String) {
    (post.events(), post.open_links(), post.world.state(id))
}

/// How many codes were asked for.
fn codes(post: &Post) -> i64 {
    let sql = "SELECT CAST(SUM(codes) AS BIGINT) AS count FROM mail_links";
    post.world.read(|conn| sql_query(sql).get_result::<Count>(conn).unwrap().count)
}

/// A link as gateways hand it on, which does nothing: cut, escaped, lower case, with what stood beside it.
fn mangled(link: &str) -> Vec<String> {
    let cut = &link[..link.len() - 1];
    [
        cut.to_owned(),
        format!("{link}."),
        format!("{link}%3E"),
        format!("{link}="),
        link.to_lowercase(),
        format!("{link}//"),
    ]
    .into_iter()
    .chain([link.replace("/decide/", "/decide/%2F"), link.replace("/decide", "//decide"), format!("{link}/sign-in")])
    .collect()
}

/// The same link in other words.
fn rewritten(link: &str) -> [String; 4] {
    [
        format!("{link}?"),
        format!("{link}?utm_source=mail"),
        format!("{link}?url=https%3A%2F%2Fscanner.example"),
        link.to_owned(),
    ]
}

#[test]
fn looking_and_preparing_change_nothing() {
    let mut post = Post::of(World::with(&[("limits.anonymous_per_minute", "0")]));
    let id = post.asked(1);
    let link = post.link("boris");
    let before = standing(&post, &id);
    let prepares: [&[(&str, &str)]; 6] = [
        &[],
        &[("purpose", "prefetch")],
        &[("sec-purpose", "prefetch")],
        &[("sec-purpose", "prefetch;prerender")],
        &[("x-moz", "prefetch")],
        &[("x-purpose", "preview"), ("user-agent", "BingPreview/1.0b")],
    ];
    for headers in prepares {
        for method in
            [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE, Method::from_bytes(b"PROPFIND").unwrap()]
        {
            for path in mangled(&link).into_iter().chain(rewritten(&link)) {
                let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
                post.world.send(Ask { method: method.clone(), path, headers, body: None });
            }
        }
    }
    (0..100).for_each(|_| assert_eq!(post.get(&link, None).status, 200));
    assert_eq!(standing(&post, &id), before);
    for path in rewritten(&link) {
        assert!(post.get(&path, None).text.contains("EX-2026-000001"), "{path} leads where the link led");
    }
    for path in mangled(&link) {
        assert_ne!(post.get(&path, None).status, 200, "{path}");
    }
}

/// Fills every field of a page, as something that wants to see what comes next.
const FILL: &str = "for (const field of document.querySelectorAll('input, textarea')) {
  if (field.type == 'email') field.value = 'scanner@example.com';
  else if (field.type == 'checkbox' || field.type == 'radio') field.checked = true;
  else if (field.type != 'hidden') field.value = field.name == 'code' ? 'AAAAAA' : 'approve';
}";

/// Opens a page, runs its scripts, and sends each of its forms by each of its buttons and by none; where it leads.
fn try_everything(browser: &Browser, url: &str) -> Vec<String> {
    browser.go(url);
    let count =
        |what: &str| browser.run(&format!("return document.querySelectorAll('{what}').length")).as_u64().unwrap();
    let (buttons, forms) = (count("button, input[type=submit]"), count("form"));
    let links = browser.run("return [...document.querySelectorAll('a[href], link[href]')].map((link) => link.href)");
    for button in 0..buttons {
        browser.go(url);
        browser.press(&format!("{FILL} document.querySelectorAll('button, input[type=submit]')[{button}].click()"));
    }
    for turn in 0..3 * forms {
        browser.go(url);
        browser.press(&format!("HTMLFormElement.prototype.submit.call(document.forms[{}])", turn % forms));
    }
    links.as_array().unwrap().iter().map(|link| link.as_str().unwrap().to_owned()).collect()
}

/// Follows every link from a page on, within its origin.
fn crawl(browser: &Browser, at: &str, link: &str) -> usize {
    let (mut seen, mut ahead) = (BTreeSet::new(), vec![format!("{at}{link}")]);
    while let Some(url) = ahead.pop() {
        let fresh = url.starts_with(at) && seen.insert(url.split('#').next().unwrap().to_owned());
        if fresh {
            ahead.extend(try_everything(browser, &url));
        }
    }
    seen.len()
}

/// A page of another origin that embeds, prepares and posts to a link by every means that a page has.
fn sandbox(url: &str) -> String {
    let page = format!(
        "<link rel=prefetch href={url}><link rel=prerender href={url}><link rel=preload as=document href={url}>
        <script type=speculationrules>{{\"prerender\":[{{\"urls\":[\"{url}\"]}}],\"prefetch\":[{{\"urls\":[\"{url}\"]}}]}}</script>
        <img src={url}><iframe src={url} name=inner></iframe><object data={url}></object><embed src={url}>
        <form method=post action={url} target=inner><input name=decision value=approve><input name=form_token value=x></form>
        <script>fetch('{url}',{{method:'POST',mode:'no-cors',credentials:'include'}});
        navigator.sendBeacon('{url}','decision=approve');document.forms[0].submit()</script>"
    );
    page.bytes().fold("data:text/html,".to_owned(), |url, byte| format!("{url}%{byte:02X}"))
}

#[test]
fn a_browser_that_tries_everything_decides_nothing_and_then_a_person_decides() {
    let mut post = Post::of(World::at_present());
    let id = post.asked(1);
    let (boris, carla) = (post.link("boris"), post.link("carla"));
    let folder = tempfile::tempdir().unwrap();
    let server = Server::serve(folder.path(), post.world.app.config().database.url.reveal());
    let before = standing(&post, &id);
    let browser = Browser::open();
    for link in [&boris, &carla] {
        assert!(crawl(&browser, &server.at, link) >= 2, "the page and what it names");
        browser.go(&sandbox(&format!("{}{link}", server.at)));
        browser.run("return document.readyState");
    }
    assert_eq!(standing(&post, &id), before);
    assert_eq!(codes(&post), 6, "it did press what it found: three codes for a link, and no more");
    for (link, who) in [(&boris, "boris"), (&carla, "carla")] {
        let browser = Browser::open();
        browser.go(&format!("{}{link}", server.at));
        assert!(!browser.text().contains(&title()));
        browser.type_into("#email", &format!("{who}@example.com"));
        browser.type_into("#password", DEMO_PASSWORD);
        browser.click("form[action$='/sign-in'] button");
        assert!(browser.shows(&title()), "{}", browser.text());
        browser.click("button[value=approve]");
        assert!(browser.shows("your decision is recorded"), "{}", browser.text());
    }
    assert_eq!(post.world.state(&id), "active");
}
