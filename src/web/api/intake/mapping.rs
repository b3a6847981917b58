//! From a source's own JSON to the few things that a draft begins with. Texts are cut and cleaned rather than
//! refused, for whoever wrote them is not there to mend them; it knows no person.

use serde_json::Value;

use crate::{
    config::intake::Source,
    identity::email::EmailAddress,
    web::problem::{
        Problem,
        codes::{self, Code},
    },
};

/// The longest title, and the longest address of a ticket, in characters.
const LINE: usize = 200;
/// The longest text, in characters.
const TEXT: usize = 10_000;
/// The longest name of a message, in bytes.
const NAME: usize = 500;

/// What a message says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mapped {
    /// The key of the sender's mail address, if the source knows the sender.
    pub(super) sender: Option<String>,
    pub(super) title: String,
    pub(super) external_id: String,
    pub(super) text: Option<String>,
    pub(super) ticket: Option<String>,
}

/// A message, and where in its delivery it stands: the empty pointer where it is the whole of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed<'d> {
    pub(super) at: String,
    pub(super) message: &'d Value,
}

/// Reads a message by the pointers of its source; what is wrong is told where it stands in the delivery.
pub(super) fn read(source: &Source, placed: &Placed<'_>) -> Result<Mapped, Problem> {
    let at = &source.at;
    let external_id = placed.needed(&at.external_id)?;
    if external_id.len() > NAME {
        return Err(placed.wrong(codes::INVALID_VALUE, &at.external_id, format!("at most {NAME} bytes")));
    }
    let optional = |pointer: Option<&String>| match pointer {
        Some(pointer) => placed.text(pointer),
        None => Ok(None),
    };
    let ticket = optional(at.ticket.as_ref())?.map(|ticket| line(&ticket)).filter(|ticket| is_address(ticket));
    Ok(Mapped {
        sender: sender(source, &placed.needed(&at.sender)?),
        title: line(&placed.needed(&at.title)?),
        external_id,
        text: optional(at.text.as_ref())?.map(|text| lines(&text)).filter(|text| !text.is_empty()),
        ticket,
    })
}

impl Placed<'_> {
    fn needed(&self, pointer: &str) -> Result<String, Problem> {
        let found = self.text(pointer)?.filter(|text| !text.trim().is_empty());
        found.ok_or_else(|| self.wrong(codes::REQUIRED, pointer, "the mapping of this source needs a text here"))
    }

    fn text(&self, pointer: &str) -> Result<Option<String>, Problem> {
        match self.message.pointer(pointer) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
                let needed = "the mapping of this source needs a text or a number here";
                Err(self.wrong(codes::INVALID_TYPE, pointer, needed))
            }
        }
    }

    fn wrong(&self, kind: Code, pointer: &str, detail: impl Into<String>) -> Problem {
        Problem::field(kind, format!("{}{pointer}", self.at), detail)
    }
}

/// The address key of a sender: as the source knows them, or as they write themselves.
fn sender(source: &Source, shown: &str) -> Option<String> {
    let shown = shown.trim();
    let known = source.senders.get(shown).cloned();
    known.or_else(|| address(shown)).map(|address| address.key().to_owned())
}

/// The address in `rita@example.com` or `Rita <rita@example.com>`.
fn address(text: &str) -> Option<EmailAddress> {
    let inner = text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')).map_or(text, |(_, inner)| inner);
    inner.parse().ok()
}

/// Pages show it as a link, so it leads to the web and nowhere else.
fn is_address(text: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme))
}

fn line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    cut(&plain, LINE)
}

fn lines(text: &str) -> String {
    let kept = text.replace("\r\n", "\n");
    let plain: String = kept.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    cut(&plain, TEXT)
}

fn cut(text: &str, most: usize) -> String {
    let text = text.trim();
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::{
        config::intake::Pointers,
        identity::webhook::{Scheme, Secret},
    };

    fn source() -> Source {
        let secret = Secret::read(Scheme::SharedSecret, "correct horse battery").expect("a secret");
        Source {
            scheme: Scheme::SharedSecret,
            secret,
            header: "x-secret".to_owned(),
            verify_token: None,
            at: Pointers {
                messages: None,
                sender: "/from".to_owned(),
                title: "/subject".to_owned(),
                external_id: "/id".to_owned(),
                text: Some("/body".to_owned()),
                ticket: Some("/url".to_owned()),
            },
            sop: None,
            kind: None,
            senders: BTreeMap::from([("+49151".to_owned(), "rita@example.com".parse().expect("an address"))]),
        }
    }

    fn whole(message: &Value) -> Placed<'_> {
        Placed { at: String::new(), message }
    }

    fn told(message: &Value) -> Mapped {
        read(&source(), &whole(message)).expect("it maps")
    }

    #[test]
    fn texts_are_cut_and_cleaned() {
        let long = "é".repeat(300);
        let mapped =
            told(&json!({ "from": "x", "id": 17, "subject": format!("a\r\n{long}"), "body": "one\r\n\u{7}two " }));
        assert_eq!(mapped.title.chars().count(), 200);
        assert!(mapped.title.starts_with("a  é") && mapped.title.ends_with('…'));
        assert_eq!((mapped.text.as_deref(), mapped.external_id.as_str()), (Some("one\ntwo"), "17"));
    }

    #[test]
    fn senders_by_address_and_by_the_names_of_the_source() {
        let sender = |from: &str| told(&json!({ "from": from, "id": "1", "subject": "s" })).sender;
        for same in ["rita@example.com", " Rita@Example.com ", "Rita R <rita@example.com>", "+49151"] {
            assert_eq!(sender(same).as_deref(), Some("rita@example.com"), "{same}");
        }
        for unknown in ["+49152", "rita", "<>", "@"] {
            assert_eq!(sender(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn only_addresses_of_the_web_are_tickets() {
        let ticket = |url: &str| told(&json!({ "from": "x", "id": "1", "subject": "s", "url": url })).ticket;
        assert_eq!(ticket("https://t.example/1").as_deref(), Some("https://t.example/1"));
        assert_eq!(ticket("javascript:alert(1)"), None);
    }

    #[test]
    fn what_is_missing_or_of_another_type_is_told_where() {
        for (message, pointer) in [
            (json!({ "from": "x", "subject": "s" }), "/id"),
            (json!({ "from": "x", "id": "1", "subject": " " }), "/subject"),
            (json!({ "from": { "name": "x" }, "id": "1", "subject": "s" }), "/from"),
            (json!({ "from": "x", "id": "1", "subject": "s", "body": ["x"] }), "/body"),
            (json!({ "from": "x", "id": "1".repeat(501), "subject": "s" }), "/id"),
            (json!([]), "/id"),
        ] {
            let problem = read(&source(), &whole(&message)).expect_err("it does not map").body_text();
            assert!(problem.contains(&format!("\"pointer\":\"{pointer}\"")), "{message}: {problem}");
        }
    }
}
