//! What becomes of an event after a try (Standard Webhooks 1.0, "Deliverability and reliability"): when the
//! next one is, and when there is none.

use chrono::{DateTime, Duration};

use crate::{
    domain::{request::Time, roster::WebhookEnd},
    jobs::deliver::jittered,
    outbound::Answer,
    store::webhooks::{Became, Claimed, Tried},
};

/// The pauses between the tries, in seconds: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h.
pub(super) const PAUSES: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// For how long an endpoint may ask to be left alone, in seconds.
const LONGEST_PAUSE: i64 = 86_400;
/// How much of an answer that was a refusal is kept, in characters.
const KEPT: usize = 200;

/// What came of a try that was answered.
pub(super) fn answered(one: &Claimed, (at, millis): (Time, u64), answer: &Answer) -> Tried {
    if answer.is_success() {
        return Tried { at, millis, status: Some(answer.status), error: None, became: Became::Delivered };
    }
    let became = match answer.status {
        410 => Became::Dead(WebhookEnd::Gone),
        429 | 503 => {
            let asked = answer.header("retry-after").and_then(|text| asked_pause(text, at));
            later(one, at, asked.unwrap_or(0))
        }
        _ => later(one, at, 0),
    };
    let error = Some(format!("status {}: {}", answer.status, line(&answer.body)));
    Tried { at, millis, status: Some(answer.status), error, became }
}

/// What came of a try that was not.
pub(super) fn failed(one: &Claimed, (at, millis): (Time, u64), error: String) -> Tried {
    Tried { at, millis, status: None, error: Some(error), became: later(one, at, 0) }
}

/// The next try, not before so many seconds; after the last none, and the endpoint is given up.
fn later(one: &Claimed, at: Time, least: i64) -> Became {
    let turn = usize::try_from(one.turn.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(pause) = PAUSES.get(turn) else { return Became::Dead(WebhookEnd::Exhausted) };
    let pause = jittered((one.id.0, one.turn), *pause);
    Became::Retry(at + pause.max(Duration::seconds(least)))
}

/// `Retry-After` (RFC 9110 §10.2.3) in seconds from now, within bounds.
fn asked_pause(text: &str, now: Time) -> Option<i64> {
    let until = || DateTime::parse_from_rfc2822(text).ok().map(|until| (until.to_utc() - now).num_seconds());
    text.trim().parse().ok().or_else(until).map(|seconds: i64| seconds.clamp(0, LONGEST_PAUSE))
}

/// The beginning of a text, in one line.
fn line(text: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars().take(KEPT).map(plain).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_may_ask_to_be_left_alone_within_bounds() {
        let now: Time = "2026-03-02T09:00:00Z".parse().expect("a time");
        assert_eq!(asked_pause("120", now), Some(120));
        assert_eq!(asked_pause("Mon, 02 Mar 2026 09:01:00 GMT", now), Some(60));
        assert_eq!(asked_pause("Mon, 02 Mar 2020 09:01:00 GMT", now), Some(0));
        assert_eq!(asked_pause("99999999", now), Some(LONGEST_PAUSE));
        assert_eq!(asked_pause("soon", now), None);
    }

    #[test]
    fn what_an_endpoint_says_is_kept_in_one_short_line() {
        assert_eq!(line("no\r\nsuch\u{1b}[2J thing "), "no  such [2J thing");
        assert_eq!(line(&"x".repeat(1_000)).len(), KEPT);
    }
}
