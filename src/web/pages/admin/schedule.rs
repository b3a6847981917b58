//! When a job runs, in words. What is too special for words stays the cron line that it is.

use crate::{web::pages::text::Tongue, words::Zone};

/// A cron line of five fields, or `@every 1s`, by the clock of a zone.
pub(super) fn in_words(t: Tongue, line: &str, zone: Zone) -> String {
    if line == "@every 1s" {
        return t.say("schedule-due").to_string();
    }
    let fields: Vec<&str> = line.split_whitespace().collect();
    let known = match *fields.as_slice() {
        [minute, "*", "*", "*", "*"] => often(t, minute),
        [minute, hour, day, "*", weekday] => clock(hour, minute).and_then(|at| daily(t, (day, weekday), &at)),
        _ => None,
    };
    let said = known.unwrap_or_else(|| t.say("schedule-line").with("line", line).to_string());
    t.say("schedule-zoned").with("said", said).with("zone", zone).to_string()
}

/// Within every hour.
fn often(t: Tongue, minute: &str) -> Option<String> {
    if let Ok(minute) = minute.parse::<u8>() {
        return Some(t.say("schedule-hourly").with("minute", minute).to_string());
    }
    let every: u8 = if minute == "*" { 1 } else { minute.strip_prefix("*/")?.parse().ok()? };
    Some(t.say("schedule-minutes").count("minutes", every).to_string())
}

/// At one time on every day, on one of a week, or on one of a month.
fn daily(t: Tongue, days: (&str, &str), at: &str) -> Option<String> {
    let said = match days {
        ("*", "*") => t.say("schedule-daily"),
        ("*", weekday) => {
            let day = weekday.parse::<u8>().ok().filter(|day| *day <= 7)? % 7;
            t.say("schedule-weekly").with("day", t.name("weekday", day))
        }
        (day, "*") => t.say("schedule-monthly").with("day", day.parse::<u8>().ok()?),
        _ => return None,
    };
    Some(said.with("at", at).to_string())
}

fn clock(hour: &str, minute: &str) -> Option<String> {
    Some(format!("{:02}:{:02}", hour.parse::<u8>().ok()?, minute.parse::<u8>().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn people_read_when_a_job_runs() {
        let t = Tongue { language: Language::En, zone: Zone::UTC };
        for (line, said) in [
            ("@every 1s", "As soon as something is due"),
            ("17 * * * *", "Every hour at minute 17 (UTC)"),
            ("*/15 * * * *", "Every 15 minutes (UTC)"),
            ("* * * * *", "Every minute (UTC)"),
            ("5 6 * * *", "Every day at 06:05 (UTC)"),
            ("30 6 * * 1", "Every Monday at 06:30 (UTC)"),
            ("30 6 * * 7", "Every Sunday at 06:30 (UTC)"),
            ("0 6 1 * *", "On day 1 of every month at 06:00 (UTC)"),
            ("0 6 1-7 * mon", "By the cron line 0 6 1-7 * mon (UTC)"),
            ("0 6 1 2 *", "By the cron line 0 6 1 2 * (UTC)"),
        ] {
            assert_eq!(in_words(t, line, Zone::UTC), said);
        }
    }
}
