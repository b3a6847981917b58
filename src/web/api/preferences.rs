//! How whoever asks wants to be written to: language, zone, quiet hours, how much and how soon.

use std::str::FromStr;

use actix_web::{HttpResponse, get, put};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    administer::{Question, done, look},
    schema::{schemas, string},
};
use crate::{
    domain::{
        preferences::{Preferences, Quiet},
        roster::{OutwardAction, RosterAction},
    },
    store::preferences::preferences,
    web::{call::Call, json::Json, problem::Problem},
    words::{Frequency, Language, PersonId, Zone},
};

/// A time of day by somebody's clock, in minutes after midnight; on the wire `HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeOfDay(u16);

impl FromStr for TimeOfDay {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
            let (hour, minute) = text.split_once(':').filter(|_| text.len() == 5 && digits)?;
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            (hour < 24 && minute < 60).then_some(Self(hour * 60 + minute))
        };
        read().ok_or("write a time of day as HH:MM, such as 22:00")
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:02}:{:02}", self.0 / 60, self.0 % 60))
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        String::deserialize(reader)?.parse().map_err(D::Error::custom)
    }
}

schemas! {
    TimeOfDay, "TimeOfDay" => string()
        .pattern(Some("^([01][0-9]|2[0-3]):[0-5][0-9]$"))
        .description(Some("A time of day by one's own clock."))
        .examples(["22:00"]);
}

/// Hours without mail; they may go over midnight.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// From when on.
    from: TimeOfDay,
    /// Until before when.
    to: TimeOfDay,
}

/// How somebody wants to be written to.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Preferences, example = json!({
    "language": "de", "zone": "Europe/Berlin", "frequency": "digest",
    "quiet_hours": { "from": "20:00", "to": "07:00" }, "daily_cap": 20, "reports": false
}))]
pub struct PreferencesBody {
    /// The language of letters.
    language: Language,
    /// The clock by which times are told and quiet hours kept: a name of the IANA database.
    #[schema(value_type = String, examples("Europe/Berlin"))]
    zone: Zone,
    /// How soon one is mailed what is not addressed to oneself; a digest leaves at eight.
    frequency: Frequency,
    /// Hours without mail, unless it is urgent.
    #[serde(default)]
    quiet_hours: Option<QuietHours>,
    /// How many mails a day, at most, unless they are urgent.
    #[serde(default)]
    #[validate(range(min = 1, max = 1000))]
    #[schema(minimum = 1, maximum = 1000)]
    daily_cap: Option<u32>,
    /// Does one want scheduled reports, whatever roles one holds? They tell what one may see.
    #[serde(default)]
    reports: bool,
}

impl From<Preferences> for PreferencesBody {
    fn from(held: Preferences) -> Self {
        let Preferences { language, zone, frequency, quiet, daily_cap, reports } = held;
        let quiet_hours = quiet.map(|quiet| QuietHours { from: TimeOfDay(quiet.from), to: TimeOfDay(quiet.to) });
        Self { language, zone, frequency, quiet_hours, daily_cap, reports }
    }
}

impl From<PreferencesBody> for Preferences {
    fn from(sent: PreferencesBody) -> Self {
        let PreferencesBody { language, zone, frequency, quiet_hours, daily_cap, reports } = sent;
        let quiet = quiet_hours.map(|hours| Quiet { from: hours.from.0, to: hours.to.0 });
        Self { language, zone, frequency, quiet, daily_cap, reports }
    }
}

/// How I am written to
#[utoipa::path(
    tag = "Sessions",
    summary = "How I am written to",
    description = "Language, clock, quiet hours, how much and how soon. Letters are in the mailbox at once; only mail waits.",
    responses((status = 200, description = "The preferences.", body = PreferencesBody)),
)]
#[get("/v1/me/preferences")]
pub async fn get_preferences(call: Call) -> Result<HttpResponse, Problem> {
    shown(&call, call.person()?).await
}

async fn shown(call: &Call, person: PersonId) -> Result<HttpResponse, Problem> {
    let held = look(call, move |desk| Ok(desk.store().read(|conn| preferences(conn, person))?)).await?;
    Ok(HttpResponse::Ok().json(PreferencesBody::from(held)))
}

/// Say how I am to be written to
#[utoipa::path(
    tag = "Sessions",
    summary = "Say how I am to be written to",
    description = "What is urgent (a suspension, a revocation, a decision that is due soon) passes quiet hours and caps. What waits is told in the record.",
    request_body(content = PreferencesBody, description = "All of them."),
    responses((status = 200, description = "The preferences.", body = PreferencesBody)),
)]
#[put("/v1/me/preferences")]
pub async fn set_preferences(call: Call<Json<PreferencesBody>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let person = call.person()?;
    let action = OutwardAction::SetPreferences { person, preferences: sent.body.into() };
    done(&call, Question::plain(&call, RosterAction::Outward(action), sent.hash)?, async |_| shown(&call, person).await)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_four_digits() {
        assert_eq!("23:59".parse(), Ok(TimeOfDay(1439)));
        assert_eq!(serde_json::to_value(TimeOfDay(65)).ok(), Some("01:05".into()));
        for odd in ["24:00", "12:60", "1:05", "12.30", "+1:00", "", "12:5 "] {
            assert!(odd.parse::<TimeOfDay>().is_err(), "{odd}");
        }
    }
}
