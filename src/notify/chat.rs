//! What happened in a few words for a chat: the number, the event and a link to the record. It carries no text
//! of anybody's, no secret and no decision.

use serde_json::{Value, json};

/// The events that open a round or change what it stands at: those who decide are led to where they do, which leads
/// everybody else on to the record.
const OF_ROUNDS: [&str; 8] = [
    "round_opened",
    "reopened",
    "condition_proposed",
    "clauses_added",
    "gate_waived",
    "reverted",
    "approved",
    "approval_voided",
];

/// What is said.
#[derive(Debug, Clone, Copy)]
pub struct Said<'s> {
    /// The exception's number; absent for people, roles and rules.
    pub number: Option<&'s str>,
    /// The event's code, such as `round_opened`.
    pub name: &'s str,
    /// Where people reach the service, without a slash at the end.
    pub public_url: &'s str,
}

impl Said<'_> {
    /// The event in words.
    fn words(&self) -> String {
        self.name.replace(['_', '.'], " ")
    }

    fn about(&self) -> &str {
        self.number.unwrap_or("Proviso")
    }

    fn link(&self) -> String {
        let Some(number) = self.number else { return self.public_url.to_owned() };
        let page = if OF_ROUNDS.contains(&self.name) { "/decide" } else { "" };
        format!("{}/exceptions/{number}{page}", self.public_url)
    }
}

/// A message for Slack's incoming webhooks. What Slack reads as markup or as a mention begins with `<`, which
/// is escaped as Slack asks for it.
pub fn slack(said: &Said<'_>) -> Value {
    let (about, words) = (escaped(said.about()), escaped(&said.words()));
    let text = format!("*<{}|{about}>* {words}", escaped(&said.link()).replace('|', "%7C"));
    json!({
        "text": format!("{about}: {words}"),
        "blocks": [{ "type": "section", "text": { "type": "mrkdwn", "text": text, "verbatim": true } }],
        "unfurl_links": false,
    })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// An Adaptive Card for a Workflows webhook of Teams. Its text stands in runs, which know no markup.
pub fn teams(said: &Said<'_>) -> Value {
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": [{ "type": "RichTextBlock", "inlines": [
                    { "type": "TextRun", "text": said.about(), "weight": "Bolder" },
                    { "type": "TextRun", "text": format!(" {}", said.words()) },
                ] }],
                "actions": [{ "type": "Action.OpenUrl", "title": "Open in Proviso", "url": said.link() }],
            },
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: Said<'_> =
        Said { number: Some("EX-2026-000042"), name: "control_failed", public_url: "https://proviso.example.org" };

    #[test]
    fn a_chat_is_told_what_happened_and_where_to_look() {
        let slack = slack(&SAID);
        assert_eq!(slack["text"], "EX-2026-000042: control failed");
        let text = "*<https://proviso.example.org/exceptions/EX-2026-000042|EX-2026-000042>* control failed";
        assert_eq!(slack["blocks"][0]["text"]["text"], text);
        let teams = teams(&SAID);
        let card = &teams["attachments"][0]["content"];
        assert_eq!(card["body"][0]["inlines"][1]["text"], " control failed");
        assert_eq!(card["actions"][0]["url"], "https://proviso.example.org/exceptions/EX-2026-000042");
    }

    #[test]
    fn whoever_decides_is_led_to_where_they_do() {
        let link = |name| Said { name, ..SAID }.link();
        for name in OF_ROUNDS {
            assert_eq!(link(name), "https://proviso.example.org/exceptions/EX-2026-000042/decide", "{name}");
        }
        assert_eq!(link("submitted"), "https://proviso.example.org/exceptions/EX-2026-000042");
        assert_eq!(Said { number: None, name: "round_opened", ..SAID }.link(), "https://proviso.example.org");
    }

    #[test]
    fn what_looks_like_markup_is_not_read_as_such() {
        let odd = Said { name: "<!channel> & *x* <@U1>", ..SAID };
        let slack = slack(&odd);
        for text in [&slack["text"], &slack["blocks"][0]["text"]["text"]] {
            let text = text.as_str().expect("a text");
            assert!(!text.contains("<!") && !text.contains("<@"), "{text}");
        }
        assert_eq!(slack["text"], "EX-2026-000042: &lt;!channel&gt; &amp; *x* &lt;@U1&gt;");
    }
}
