//! The mail to who answers for an endpoint that gets nothing more.

use super::{
    letter::{Block, Rendered, noted},
    wording::named,
};
use crate::{domain::roster::WebhookEnd, words::Language};

/// Writes that the endpoint at this host gets nothing more, and what to do about it.
pub fn endpoint_failed(host: &str, why: WebhookEnd, language: Language) -> Rendered {
    let said = named(language, "endpoint").with("host", host);
    let said = said.clone().with("why", said.part(why.as_str()));
    let blocks = ["happened", "next"].map(|part| Block::Said(said.part(part).to_string()));
    noted(said.part("subject").to_string(), language, &blocks)
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
