//! How the value of a setting is written, and what JSON Schema says of it.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use serde_json::{Value, json};

use super::read::size;
use crate::{
    config::{ApiToken, DatabaseUrl, LogFormat, LogLevel, MailTransport, PublicUrl, SmtpPassword, SmtpTls, Witnessing},
    identity::email::EmailAddress,
    ledger::{Keys, SigningKey},
    outbound::PrivateHosts,
    words::{WorkingHours, Zone, Zones},
};

/// How a setting's value is written.
pub(super) trait Shown {
    fn shown(&self) -> String;

    /// The JSON Schema of what is written.
    fn schema() -> Value {
        json!({ "type": "string" })
    }
}

macro_rules! shown_as_displayed {
    ($($of:ty),+) => {$(
        impl Shown for $of {
            fn shown(&self) -> String {
                self.to_string()
            }
        }
    )+};
}

macro_rules! shown_as_word {
    ($($of:ty),+) => {$(
        impl Shown for $of {
            fn shown(&self) -> String {
                self.to_string()
            }

            fn schema() -> Value {
                json!({ "enum": <$of>::WORDS })
            }
        }
    )+};
}

shown_as_word!(LogFormat, LogLevel, MailTransport, SmtpTls);

macro_rules! shown_as_number {
    ($($of:ty),+) => {$(
        impl Shown for $of {
            fn shown(&self) -> String {
                self.to_string()
            }

            fn schema() -> Value {
                json!({ "type": "integer", "minimum": 0 })
            }
        }
    )+};
}

shown_as_number!(u16, u32, usize);

shown_as_displayed!(
    ApiToken,
    DatabaseUrl,
    EmailAddress,
    IpAddr,
    Keys,
    PrivateHosts,
    PublicUrl,
    SigningKey,
    SmtpPassword,
    Witnessing,
    SocketAddr,
    String,
    Zone,
    WorkingHours,
    Zones
);

impl Shown for PathBuf {
    fn shown(&self) -> String {
        self.display().to_string()
    }
}

/// Every `u64` of the configuration is a number of bytes.
impl Shown for u64 {
    fn shown(&self) -> String {
        size(*self)
    }

    fn schema() -> Value {
        json!({ "type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]+ ?([KMG]iB)?$" })
    }
}

impl<T: Shown> Shown for Option<T> {
    fn shown(&self) -> String {
        self.as_ref().map(Shown::shown).unwrap_or_default()
    }

    fn schema() -> Value {
        T::schema()
    }
}
