//! A real browser without a window, driven as the standard says (W3C WebDriver). It reaches 127.0.0.1 alone.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// The name under which an element travels (WebDriver §12.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser, closed when it is dropped.
pub struct Browser {
    driver: Child,
    session: String,
    agent: ureq::Agent,
    _profile: tempfile::TempDir,
}

impl Browser {
    pub fn open() -> Self {
        for program in ["/usr/bin/chromium", "/usr/bin/chromedriver"] {
            assert!(Path::new(program).exists(), "{program} is not there: run scripts/setup");
        }
        let mut driver = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = said.find_map(|line| line.rsplit_once("successfully on port ").map(|(_, port)| port.to_owned()));
        let port = port.unwrap().trim_end_matches('.').to_owned();
        // It goes on talking, and must be heard.
        std::thread::spawn(move || said.for_each(drop));
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let (agent, profile) = (ureq::Agent::new_with_config(config), tempfile::tempdir().unwrap());
        let folder = format!("--user-data-dir={}", profile.path().display());
        let mut browser = Self { driver, session: String::new(), agent, _profile: profile };
        browser.session = format!("http://127.0.0.1:{port}/session");
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1".to_owned(),
            folder,
        ];
        let wanted = json!({ "browserName": "chrome", "goog:chromeOptions": { "binary": "/usr/bin/chromium", "args": arguments } });
        let begun = browser.post("", json!({ "capabilities": { "alwaysMatch": wanted } }));
        browser.session = format!("{}/{}", browser.session, begun["sessionId"].as_str().unwrap());
        browser
    }

    #[expect(clippy::needless_pass_by_value, reason = "a test's arguments are its own")]
    fn post(&self, what: &str, body: Value) -> Value {
        let mut reply = self.agent.post(format!("{}{what}", self.session)).send_json(&body).unwrap();
        let answer: Value = reply.body_mut().read_json().unwrap();
        assert!(reply.status().is_success(), "{what}: {answer}");
        answer["value"].clone()
    }

    pub fn go(&self, url: &str) {
        self.post("/url", json!({ "url": url }));
    }

    /// What a script says that runs in the page, whatever the page's own policy is.
    pub fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", json!({ "script": script, "args": [] }))
    }

    /// What stands on the page.
    pub fn text(&self) -> String {
        self.run("return document.body ? document.body.innerText : ''").as_str().unwrap().to_owned()
    }

    /// Does the page say so, once it is there?
    pub fn shows(&self, words: &str) -> bool {
        soon(|| self.text().contains(words))
    }

    /// Runs what sends a form, and waits for the page that comes of it.
    pub fn press(&self, script: &str) {
        self.run(&format!("window.before = true; {script}"));
        assert!(soon(|| self.run("return !window.before && document.readyState == 'complete'") == true), "{script}");
    }

    fn element(&self, selector: &str) -> String {
        let found = self.post("/element", json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    pub fn click(&self, selector: &str) {
        self.post(&format!("/element/{}/click", self.element(selector)), json!({}));
    }

    pub fn type_into(&self, selector: &str, text: &str) {
        self.post(&format!("/element/{}/value", self.element(selector)), json!({ "text": text }));
    }
}

/// Asks until it is so, for ten seconds at most.
fn soon(mut asked: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        if asked() {
            return true;
        }
    }
    false
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
