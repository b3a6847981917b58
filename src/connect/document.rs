//! A document of calls: how one system is asked to create and to update, as templates. Read strictly, and
//! every error with its line.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{
    fields,
    template::{BadTemplate, Place, Shape, Test, Text},
};
use crate::yaml::{self, DocumentError, Place as Lines};

/// Names that a template may have beside the fields.
const BESIDE: &[&str] = &["ticket.id", "ticket.url", "delivery.id"];
/// Headers that are not a template's to set: they are the connection's, or the credentials'.
const OWN_HEADERS: &[&str] = &[
    "host", "content-length", "content-type", "accept", "transfer-encoding", "connection", "expect", "upgrade",
    "proxy-authorization", "te", "trailer", "user-agent",
];

/// How credentials are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Not at all, or in a header of the template.
    None,
    /// A user name and a secret (RFC 7617).
    Basic,
    /// A secret as it is (RFC 6750).
    Bearer,
    /// A token for a client's secret (RFC 6749 §4.4).
    Oauth2,
}

impl Way {
    /// Every word for it.
    pub const WORDS: [&'static str; 4] = ["none", "basic", "bearer", "oauth2"];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "basic",
            Self::Bearer => "bearer",
            Self::Oauth2 => "oauth2",
        }
    }
}

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Reads.
    Get,
    /// Hands in.
    Post,
    /// Writes.
    Put,
    /// Writes a part.
    Patch,
}

/// What is kept of a created record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Keeps {
    /// Its id: what happens later updates it.
    #[default]
    Ticket,
    /// Nothing: each event creates anew.
    Nothing,
}

/// What an installation sets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// What it is.
    pub about: String,
    /// Does it have to be set?
    #[serde(default)]
    pub required: bool,
    /// What it is when it is not set.
    #[serde(default)]
    pub default: Option<String>,
    /// Is it set for one event at a time, as `name.granted`?
    #[serde(default)]
    pub by_event: bool,
}

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

/// What an answer to a check must say.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Where, as a JSON Pointer.
    pub at: String,
    /// What stands there; anything that is there when neither is said.
    #[serde(default)]
    pub is: Option<Value>,
    /// One of these stands there.
    #[serde(default)]
    pub one_of: Option<Vec<Value>>,
    /// What to do where it does not.
    pub remedy: String,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When it is made; of several the first.
    pub test: Option<Test>,
    /// What it does.
    pub method: Method,
    /// Path and query, below the base.
    pub url: Text,
    /// Its headers.
    pub headers: Vec<(String, Text)>,
    /// Its body.
    pub body: Option<Shape>,
    /// Where the answer says the record's id, as a JSON Pointer.
    pub id: Option<String>,
}

/// A call that changes nothing and shows whether the others may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The call.
    pub call: Call,
    /// What its answer must say.
    pub expect: Vec<Expected>,
}

/// How one system is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Which system.
    pub about: String,
    /// Where its interface is documented.
    pub documentation: String,
    /// How credentials are shown unless the configuration says otherwise.
    pub auth: Way,
    /// What stands behind the user's name.
    pub user_suffix: String,
    /// Where a token is asked for, below the base.
    pub token_path: Option<String>,
    /// What happens where a call is repeated.
    pub repeats: String,
    /// What is kept of a created record.
    pub keeps: Keeps,
    /// What an installation sets.
    pub set: BTreeMap<String, Param>,
    /// Looks for a record that was created before.
    pub find: Option<Call>,
    /// Creates; the first whose condition holds.
    pub create: Vec<Call>,
    /// Updates; the first whose condition holds.
    pub update: Vec<Call>,
    /// Where people read the record, below the base.
    pub ticket_url: Option<Text>,
    /// Shows whether the others may be made.
    pub check: Vec<Probe>,
    /// What to do about a status.
    pub remedies: BTreeMap<u16, String>,
}

impl Call {
    /// Every template of the call with its place in the document.
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        let body = self.body.iter().flat_map(Shape::texts);
        [&self.url].into_iter().chain(self.headers.iter().map(|(_, text)| text)).chain(body)
    }

    /// Everything that it names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let tested = self.test.iter().flat_map(|test| test.names());
        tested.chain(self.texts().flat_map(Text::names)).map(String::as_str)
    }
}

impl Template {
    /// Reads a document.
    pub fn read(text: &str) -> Result<Self, DocumentError> {
        let document: Document = yaml::read(text)?;
        let reader = Reader { lines: yaml::read(text)?, set: document.set.clone() };
        reader.template(document)
    }

    /// Every call that sends something of an event, with the word for it.
    pub fn calls(&self) -> impl Iterator<Item = (&'static str, &Call)> {
        let find = self.find.iter().map(|call| ("find", call));
        let create = self.create.iter().map(|call| ("create", call));
        find.chain(create).chain(self.update.iter().map(|call| ("update", call)))
    }
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
        let refuse = |at: &str| move |error: BadTemplate| self.wrong(at, error.0, "compare with a shipped template");
        let test_at = format!("{at}/if");
        let test = call.test.as_deref().map(Test::read).transpose().map_err(refuse(&test_at))?;
        for name in test.iter().flat_map(Test::names) {
            self.known(&test_at, name, false)?;
        }
        if let Some(id) = call.id.as_ref().filter(|id| !id.starts_with('/')) {
            return Err(self.wrong(&format!("{at}/id"), format!("`{id}` is no JSON Pointer"), "write one such as /key"));
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
