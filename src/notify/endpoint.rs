//! The mail to who answers for an endpoint that gets nothing more.

use super::{
    html,
    letter::{Block, Rendered, text},
    wording,
};
use crate::{domain::roster::WebhookEnd, words::Language};

/// Writes that the endpoint at this host gets nothing more, and what to do about it.
pub fn endpoint_failed(host: &str, why: WebhookEnd, language: Language) -> Rendered {
    let words = wording::endpoint(host, why, language);
    let blocks = [Block::Said(words.happened), Block::Said(words.next.to_owned())];
    Rendered {
        text: text(&blocks),
        html: html::page(&words.subject, language, &blocks),
        calendar: None,
        subject: words.subject,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_told_in_every_language() {
        for language in Language::ALL {
            for why in WebhookEnd::ALL {
                let made = endpoint_failed("hooks.example.org", *why, *language);
                assert!(made.subject.contains("hooks.example.org") && made.text.contains("webhook enable"), "{made:?}");
            }
        }
    }
}
