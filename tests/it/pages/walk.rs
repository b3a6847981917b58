//! Somebody with a browser of few words: it keeps its cookie, sends forms as they were shown, and follows nothing
//! by itself.

use actix_web::http::Method;
use proviso::app::DEMO_PASSWORD;

use crate::world::{Ask, ORIGIN, Reply, World};

/// Somebody who walks through pages.
pub struct Walker<'w> {
    world: &'w World,
    cookie: Option<String>,
    language: String,
}

/// A text as a form sends it.
pub fn encoded(text: &str) -> String {
    let escape = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(escape).collect()
}

/// The value of a hidden field of a page, as the browser reads it.
pub fn field(page: &str, name: &str) -> String {
    let rest = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("no {name}: {page}"));
    unescaped(rest.split('"').next().unwrap())
}

fn unescaped(text: &str) -> String {
    let pairs = [
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&lt;", "<"),
        ("&gt;", ">"),
    ];
    let text = pairs.into_iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    text.replace("&#38;", "&").replace("&amp;", "&")
}

impl<'w> Walker<'w> {
    pub fn stranger(world: &'w World) -> Self {
        Self { world, cookie: None, language: "en".to_owned() }
    }

    pub fn signed_in(world: &'w World, who: &str) -> Self {
        let mut walker = Self::stranger(world);
        assert_eq!(walker.sign_in(who, "/").status, 303);
        walker
    }

    pub fn speaks(&mut self, language: &str) {
        language.clone_into(&mut self.language);
    }

    pub fn forget(&mut self) {
        self.cookie = None;
    }

    pub fn get(&mut self, path: &str) -> Reply {
        self.ask(Method::GET, path, None, &[])
    }

    pub fn get_html(&mut self, path: &str) -> Reply {
        self.ask(Method::GET, path, None, &[("accept", "text/html,application/xhtml+xml")])
    }

    /// Sends a form of a page with these answers.
    pub fn send(&mut self, to: &str, page: &Reply, answers: &[(&str, &str)]) -> Reply {
        let own = ["form_token", "once", "version", "dossier"].into_iter();
        let shown = own
            .filter(|name| page.text.contains(&format!("name=\"{name}\"")))
            .map(|name| (name, field(&page.text, name)));
        // The sign-out has a token too, and it is the same one.
        let shown: Vec<(&str, String)> = shown.collect();
        let mut fields: Vec<(&str, &str)> = shown.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fields.extend(answers);
        self.post_from(ORIGIN, to, &fields)
    }

    /// Presses the button of the page that has what was typed before.
    pub fn resend(&mut self, page: &Reply) -> Reply {
        let action =
            page.text.rsplit("<form method=\"post\" action=\"").next().unwrap().split('"').next().unwrap().to_owned();
        let hidden = page.text.rsplit("<form method=\"post\"").next().unwrap().split("type=\"hidden\" name=\"").skip(1);
        let hidden: Vec<(String, String)> = hidden
            .map(|part| {
                let (name, rest) = part.split_once("\" value=\"").unwrap();
                (name.to_owned(), unescaped(rest.split('"').next().unwrap()))
            })
            .collect();
        let fields: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post_from(ORIGIN, &action, &fields)
    }

    pub fn post_from(&mut self, origin: &str, to: &str, fields: &[(&str, &str)]) -> Reply {
        let pairs = fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", origin)];
        self.ask(Method::POST, to, Some(body), &headers)
    }

    /// Sends the form of a page that has a file to choose.
    pub fn attach(&mut self, to: &str, page: &Reply, file: (&str, &[u8])) -> Reply {
        self.attach_from(ORIGIN, to, page, file)
    }

    pub fn attach_from(&mut self, origin: &str, to: &str, page: &Reply, (name, content): (&str, &[u8])) -> Reply {
        let part = |name: &str| format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"");
        let hidden =
            ["form_token", "once"].map(|name| format!("{}\r\n\r\n{}\r\n", part(name), field(&page.text, name)));
        let file = format!("{}; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n", part("file"));
        let body = [hidden.concat().as_bytes(), file.as_bytes(), content, b"\r\n--edge--\r\n"].concat();
        let headers = [("content-type", "multipart/form-data; boundary=edge"), ("origin", origin)];
        self.asks(Method::POST, to, Some(body), &headers)
    }

    pub fn sign_in(&mut self, who: &str, back: &str) -> Reply {
        self.sign_in_with(who, &[("return", back)])
    }

    pub fn sign_in_with(&mut self, who: &str, more: &[(&str, &str)]) -> Reply {
        let email = format!("{who}@example.com");
        let mut fields = vec![("email", email.as_str()), ("password", DEMO_PASSWORD)];
        fields.extend(more);
        self.post_from(ORIGIN, "/sign-in", &fields)
    }

    fn ask(&mut self, method: Method, path: &str, body: Option<String>, more: &[(&str, &str)]) -> Reply {
        self.asks(method, path, body.map(String::into_bytes), more)
    }

    fn asks(&mut self, method: Method, path: &str, body: Option<Vec<u8>>, more: &[(&str, &str)]) -> Reply {
        let language = [("accept-language", self.language.as_str())];
        let cookie = self.cookie.as_deref().map(|cookie| ("cookie", cookie));
        let headers = more.iter().copied().chain(language).chain(cookie);
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let reply = self.world.send(Ask { method, path: path.to_owned(), headers, body });
        if let Some(set) = reply.header("set-cookie") {
            self.cookie = set.split(';').next().map(ToOwned::to_owned);
        }
        reply
    }
}
