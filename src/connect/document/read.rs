//! Documents of calls are read strictly: every name is a field or left open, every address begins at the
//! base, and every error has its line.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Call, Expected, Keeps, Method, Param, Probe, Template, Way};
use crate::{
    connect::{
        fields,
        template::{BadTemplate, Place, Shape, Test, Text},
    },
    yaml::{self, DocumentError, Place as Lines},
};

/// Names that a template may have beside the fields.
const BESIDE: &[&str] = &["ticket.id", "ticket.url", "delivery.id"];
/// Headers that are not a template's to set: they are the connection's, or the credentials'.
const OWN_HEADERS: &[&str] = &[
    "host",
    "content-length",
    "content-type",
    "accept",
    "transfer-encoding",
    "connection",
    "expect",
    "upgrade",
    "proxy-authorization",
    "te",
    "trailer",
    "user-agent",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    about: String,
    documentation: String,
    #[serde(default = "no_way")]
    auth: Way,
    #[serde(default)]
    user_suffix: String,
    #[serde(default)]
    token_path: Option<String>,
    #[serde(default)]
    repeats: String,
    #[serde(default)]
    keeps: Keeps,
    #[serde(default)]
    set: BTreeMap<String, Param>,
    #[serde(default)]
    find: Option<CallText>,
    create: Vec<CallText>,
    #[serde(default)]
    update: Vec<CallText>,
    #[serde(default)]
    ticket_url: Option<String>,
    #[serde(default)]
    check: Vec<ProbeText>,
    #[serde(default)]
    remedies: BTreeMap<u16, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallText {
    #[serde(default, rename = "if")]
    test: Option<String>,
    method: Method,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProbeText {
    method: Method,
    url: String,
    expect: Vec<Expected>,
}

const fn no_way() -> Way {
    Way::None
}

/// Reads a document.
pub(super) fn template(text: &str) -> Result<Template, DocumentError> {
    let document: Document = yaml::read(text)?;
    let reader = Reader { lines: yaml::read(text)?, set: document.set.clone() };
    reader.template(document)
}

struct Reader {
    lines: Lines,
    set: BTreeMap<String, Param>,
}

impl Reader {
    fn template(&self, document: Document) -> Result<Template, DocumentError> {
        if document.create.is_empty() {
            return Err(self.wrong("/create", "there is no call".to_owned(), "say how something is created"));
        }
        if document.keeps == Keeps::Ticket && !document.create.iter().any(|call| call.id.is_some()) {
            let hint = "add `id: /key`, or `keeps: nothing` where every event creates anew";
            return Err(self.wrong("/create/0", "the answer's id is not kept".to_owned(), hint));
        }
        let probes = document.check.iter().enumerate().map(|(at, probe)| self.probe(&format!("/check/{at}"), probe));
        Ok(Template {
            find: document.find.as_ref().map(|call| self.call("/find", call)).transpose()?,
            create: self.calls("/create", &document.create)?,
            update: self.calls("/update", &document.update)?,
            ticket_url: document.ticket_url.as_deref().map(|text| self.url("/ticket_url", text)).transpose()?,
            check: probes.collect::<Result<_, _>>()?,
            token_path: document.token_path.as_deref().map(|text| self.path("/token_path", text)).transpose()?,
            about: document.about,
            documentation: document.documentation,
            auth: document.auth,
            user_suffix: document.user_suffix,
            repeats: document.repeats,
            keeps: document.keeps,
            set: document.set,
            remedies: document.remedies,
        })
    }

    fn calls(&self, at: &str, calls: &[CallText]) -> Result<Vec<Call>, DocumentError> {
        calls.iter().enumerate().map(|(nth, call)| self.call(&format!("{at}/{nth}"), call)).collect()
    }

    fn probe(&self, at: &str, probe: &ProbeText) -> Result<Probe, DocumentError> {
        let url = self.url(&format!("{at}/url"), &probe.url)?;
        if let Some(name) = url.names().iter().find(|name| !name.starts_with("set.")) {
            let message = format!("a check knows no `{name}`: there is no event");
            return Err(self.wrong(&format!("{at}/url"), message, "name what is set, as {{ set.name }}"));
        }
        let call = Call { test: None, method: probe.method, url, headers: Vec::new(), body: None, id: None };
        Ok(Probe { call, expect: probe.expect.clone() })
    }

    fn call(&self, at: &str, call: &CallText) -> Result<Call, DocumentError> {
        let test_at = format!("{at}/if");
        let refuse = |error: BadTemplate| self.wrong(&test_at, error.0, "compare with a shipped template");
        let test = call.test.as_deref().map(Test::read).transpose().map_err(refuse)?;
        for name in test.iter().flat_map(Test::names) {
            self.known(&test_at, name, false)?;
        }
        if let Some(id) = call.id.as_ref().filter(|id| !id.starts_with('/')) {
            return Err(self.wrong(
                &format!("{at}/id"),
                format!("`{id}` is no JSON Pointer"),
                "write one such as /key",
            ));
        }
        Ok(Call {
            test,
            method: call.method,
            url: self.url(&format!("{at}/url"), &call.url)?,
            headers: call.headers.iter().map(|header| self.header(at, header)).collect::<Result<_, _>>()?,
            body: call.body.as_ref().map(|body| self.body(&format!("{at}/body"), body)).transpose()?,
            id: call.id.clone(),
        })
    }

    fn body(&self, at: &str, body: &Value) -> Result<Shape, DocumentError> {
        let refuse = |(below, error): (String, BadTemplate)| {
            self.wrong(&format!("{at}{below}"), error.0, "compare with a shipped template")
        };
        let shape = Shape::read(body).map_err(refuse)?;
        for text in shape.texts() {
            for name in text.names() {
                self.known(&format!("{at}{}", pointer_of(body, text.source())), name, false)?;
            }
        }
        Ok(shape)
    }

    fn header(&self, at: &str, (name, value): (&String, &String)) -> Result<(String, Text), DocumentError> {
        let at = format!("{at}/headers/{name}");
        let token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let own = OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str());
        if own || !(1..=60).contains(&name.len()) || !name.bytes().all(token) {
            let hint = "write another header's name, such as Idempotency-Key";
            return Err(self.wrong(&at, format!("`{name}` is not a template's to set"), hint));
        }
        let text = self.text(&at, value, Place::Header)?;
        for name in text.names() {
            self.known(&at, name, true)?;
        }
        Ok((name.clone(), text))
    }

    fn url(&self, at: &str, text: &str) -> Result<Text, DocumentError> {
        self.path(at, text)?;
        let text = self.text(at, text, Place::Url)?;
        for name in text.names() {
            self.known(at, name, false)?;
        }
        Ok(text)
    }

    fn path(&self, at: &str, text: &str) -> Result<String, DocumentError> {
        if text.starts_with('/') && !text.starts_with("//") {
            return Ok(text.to_owned());
        }
        let hint = "begin with one `/`: scheme and host are the configuration's, as `base_url`";
        Err(self.wrong(at, "it does not begin at the base".to_owned(), hint))
    }

    fn text(&self, at: &str, text: &str, place: Place) -> Result<Text, DocumentError> {
        Text::read(text, place).map_err(|error| self.wrong(at, error.0, "compare with a shipped template"))
    }

    /// A field, what is set, or in a header a secret.
    fn known(&self, at: &str, name: &str, in_header: bool) -> Result<(), DocumentError> {
        let secret = name.strip_prefix("secret.").is_some_and(|rest| !rest.is_empty());
        if secret && !in_header {
            let hint = "put it into a header, or name it as `secret_env` and leave it to `auth`";
            return Err(self.wrong(at, "a secret stands in a header alone".to_owned(), hint));
        }
        let set = name.strip_prefix("set.").is_some_and(|rest| self.set.contains_key(rest));
        if secret || set || BESIDE.contains(&name) || fields::is_field(name) {
            return Ok(());
        }
        let known = fields::fields().map(|field| field.name.to_owned()).chain(BESIDE.iter().map(ToString::to_string));
        let known = known.chain(self.set.keys().map(|param| format!("set.{param}")));
        let nearest = known.min_by_key(|known| strsim::damerau_levenshtein(known, name)).unwrap_or_default();
        Err(self.wrong(at, format!("there is no field `{name}`"), &format!("did you mean `{nearest}`?")))
    }

    fn wrong(&self, at: &str, message: String, hint: &str) -> DocumentError {
        self.lines.error(at, message, hint.to_owned())
    }
}

/// Where in a body this text stands, as a JSON Pointer: the first such place.
fn pointer_of(body: &Value, source: &str) -> String {
    fn search(value: &Value, source: &str) -> Option<String> {
        match value {
            Value::String(text) => (text == source).then(String::new),
            Value::Array(items) => {
                let found = |(at, item)| search(item, source).map(|below| format!("/{at}{below}"));
                items.iter().enumerate().find_map(found)
            }
            Value::Object(members) => members.iter().find_map(|(name, value)| {
                let name = name.replace('~', "~0").replace('/', "~1");
                search(value, source).map(|below| format!("/{name}{below}"))
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => None,
        }
    }
    search(body, source).unwrap_or_default()
}
