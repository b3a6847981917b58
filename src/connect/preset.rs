//! The documents that ship with the program, one for each system.

use super::{connector::Kind, document::Template};
use crate::yaml::DocumentError;

impl Kind {
    /// The text of its document; none where everybody writes their own.
    pub const fn document(self) -> Option<&'static str> {
        match self {
            Self::Jira => Some(include_str!("../../policies/connectors/jira.yaml")),
            Self::Zendesk => Some(include_str!("../../policies/connectors/zendesk.yaml")),
            Self::Salesforce => Some(include_str!("../../policies/connectors/salesforce.yaml")),
            Self::Servicenow => Some(include_str!("../../policies/connectors/servicenow.yaml")),
            Self::Whatsapp => Some(include_str!("../../policies/connectors/whatsapp.yaml")),
            Self::Generic => None,
        }
    }

    /// Its calls; none where everybody writes their own.
    pub fn template(self) -> Option<Result<Template, DocumentError>> {
        self.document().map(Template::read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_document_reads_and_says_what_it_needs() {
        for kind in Kind::ALL {
            let Some(read) = kind.template() else { continue };
            let template = read.unwrap_or_else(|error| panic!("{kind}: {error}"));
            assert!(!template.check.is_empty(), "{kind} can be checked");
            assert!(!template.repeats.is_empty(), "{kind} says what a repetition does");
            assert!([401, 403, 404].iter().all(|status| template.remedies.contains_key(status)), "{kind}");
        }
    }

    #[test]
    fn no_shipped_document_sends_more_than_number_state_title_and_link() {
        let shown = ["exception.id", "exception.number", "exception.state", "exception.title", "exception.link"];
        let beside = ["event.id", "event.kind", "requester.external_id"];
        for kind in Kind::ALL {
            let Some(Ok(template)) = kind.template() else { continue };
            for (_, call) in template.calls() {
                for name in call.names().filter(|name| crate::connect::fields::is_field(name)) {
                    assert!(shown.contains(&name) || beside.contains(&name), "{kind} sends {name}");
                }
            }
        }
    }
}
