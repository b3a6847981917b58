//! Times and states as people read them at a glance: when something is due, in words and in a colour that says
//! no more than the words. It knows no page.

use super::text::Tongue;
use crate::{
    domain::request::Time,
    words::{StateName, Tier},
};

/// When something is due, as seen at `now`: `Due in 3 days`, `Late by 2 hours`.
pub(super) fn due(tongue: Tongue, at: &Time, now: &Time) -> String {
    let hours = (*at - *now).num_hours();
    let late = at < now;
    let (days, hours) = (hours.abs() / 24, hours.abs());
    let key = match (late, days) {
        (false, 0) if hours == 0 => return tongue.say("due-now").to_string(),
        (false, 0) => return tongue.say("due-in-hours").count("hours", hours).to_string(),
        (true, 0) => return tongue.say("late-by-hours").count("hours", hours.max(1)).to_string(),
        (false, _) => tongue.say("due-in-days"),
        (true, _) => tongue.say("late-by-days"),
    };
    key.count("days", days).to_string()
}

/// The tone of a due time.
pub(super) fn urgency(at: &Time, now: &Time) -> &'static str {
    match (*at - *now).num_hours() {
        _ if at < now => "bad",
        0..24 => "amber",
        _ => "",
    }
}

/// The tone of a state.
pub(super) const fn tone(state: StateName) -> &'static str {
    match state {
        StateName::Active => "ok",
        StateName::Returned | StateName::ReReview | StateName::Suspended => "amber",
        StateName::Rejected | StateName::Revoked => "bad",
        StateName::CompletenessReview
        | StateName::Assessment
        | StateName::StakeholderInput
        | StateName::Decision
        | StateName::Implementation => "info",
        StateName::Draft | StateName::Withdrawn | StateName::Expired | StateName::Closed => "",
    }
}

/// The tone of a tier.
pub(super) const fn weight(tier: Tier) -> &'static str {
    match tier {
        Tier::Low => "ok",
        Tier::Moderate => "info",
        Tier::High => "amber",
        Tier::Critical => "bad",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Language, Zone};

    #[test]
    fn it_is_said_in_words_how_soon() {
        let tongue = Tongue { language: Language::En, zone: Zone::UTC };
        let now: Time = "2026-03-02T12:00:00Z".parse().expect("a time");
        for (at, said, tone) in [
            ("2026-03-02T12:30:00Z", "Due now", "amber"),
            ("2026-03-02T15:00:00Z", "Due in 3 hours", "amber"),
            ("2026-03-03T12:00:00Z", "Due in 1 day", ""),
            ("2026-03-02T11:30:00Z", "Late by 1 hour", "bad"),
            ("2026-02-27T12:00:00Z", "Late by 3 days", "bad"),
        ] {
            let at: Time = at.parse().expect("a time");
            assert_eq!((due(tongue, &at, &now).as_str(), urgency(&at, &now)), (said, tone));
        }
    }
}
