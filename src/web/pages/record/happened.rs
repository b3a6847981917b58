//! What happened, by whom and by which rule; and what people said, apart from it.

use serde_json::Value;

use super::Telling;
use crate::{
    domain::{event::Deed, person::By},
    store::timeline::Entry,
    web::{api::exception::history, pages::markdown},
    words::Citation,
};

/// One thing that happened.
pub(super) struct Moment {
    pub(super) what: String,
    pub(super) who: String,
    pub(super) at: String,
    pub(super) said: Vec<String>,
    pub(super) citation: Option<String>,
}

/// Something that somebody said, as HTML that can do nothing.
pub(super) struct Comment {
    pub(super) who: String,
    pub(super) at: String,
    pub(super) internal: bool,
    pub(super) html: String,
}

impl Telling<'_> {
    pub(super) fn comments(&self, events: &[Entry]) -> Vec<Comment> {
        let comment = |entry: &Entry| {
            let Deed::Commented { text, internal } = &entry.event.deed else { return None };
            let (who, at) = (self.actor(&entry.event.by), self.tongue.moment(&entry.event.at));
            Some(Comment { who, at, internal: *internal, html: markdown::rendered(&self.text(text)) })
        };
        events.iter().filter_map(comment).collect()
    }

    pub(super) fn timeline(&self, events: &[Entry]) -> Vec<Moment> {
        let others = events.iter().filter(|entry| !matches!(entry.event.deed, Deed::Commented { .. }));
        others.map(|entry| self.moment(entry)).collect()
    }

    fn moment(&self, entry: &Entry) -> Moment {
        let event = &entry.event;
        let whole = matches!(
            event.deed,
            Deed::Drafted { .. } | Deed::Amended { .. } | Deed::ContentReplaced { .. } | Deed::Reverted { .. }
        );
        let mut said = Vec::new();
        if !whole {
            texts(&history::event(entry, self.texts).facts, &mut said);
        }
        Moment {
            what: self.tongue.name("deed", event.deed.code().replace('.', "_")).to_string(),
            who: self.actor(&event.by),
            at: self.tongue.moment(&event.at),
            said,
            citation: event.citation.as_ref().map(|citation| self.cited(citation)),
        }
    }

    /// The rule, and the batch that an event is of.
    fn cited(&self, citation: &Citation) -> String {
        let batch = citation.facts.get("batch").and_then(Value::as_str);
        let batch = batch.map(|batch| self.tongue.say("record-batch").with("batch", batch).to_string());
        [Some(self.tongue.cite(citation)), batch].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn actor(&self, by: &By) -> String {
        match by {
            By::Person { id, .. } => self.names.of(id),
            By::System { job } => self.tongue.say("record-service").with("job", job).to_string(),
        }
    }
}

/// Every sealed text of an event that was opened.
fn texts(facts: &Value, found: &mut Vec<String>) {
    match facts {
        Value::Object(members) if members.contains_key("commitment") => {
            found.extend(members.get("text").and_then(Value::as_str).map(ToOwned::to_owned));
        }
        Value::Object(members) => members.values().for_each(|inner| texts(inner, found)),
        Value::Array(items) => items.iter().for_each(|inner| texts(inner, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
