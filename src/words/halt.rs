//! What a kill switch stops: all automation, one job, or one channel by which something leaves the house.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::words;

words! {
    /// A way by which something leaves the house.
    Channel, "channel" { Mail = "mail", Webhooks = "webhooks", Connectors = "connectors" }
}

/// The name of a job, as a code of at most forty lower-case letters and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobName(String);

/// What is stopped, or runs again: `all`, `job:NAME` or `channel:NAME`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Halt {
    /// Everything that the service does by itself.
    All,
    /// One job.
    Job(JobName),
    /// One channel.
    Channel(Channel),
}

/// A text that names nothing that could be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write `all`, `job:NAME` such as job:settle, or one of channel:mail, channel:webhooks, channel:connectors")]
pub struct BadHalt;

impl JobName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Halt {
    /// Does this switch stop the job called `job`?
    pub fn stops_job(&self, job: &str) -> bool {
        match self {
            Self::All => true,
            Self::Job(name) => name.as_str() == job,
            Self::Channel(_) => false,
        }
    }

    /// Does this switch close the channel?
    pub fn stops_channel(&self, channel: Channel) -> bool {
        match self {
            Self::All => true,
            Self::Job(_) => false,
            Self::Channel(closed) => *closed == channel,
        }
    }
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for JobName {
    type Err = BadHalt;

    fn from_str(name: &str) -> Result<Self, BadHalt> {
        let known =
            (1..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if known { Ok(Self(name.to_owned())) } else { Err(BadHalt) }
    }
}

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Job(name) => write!(f, "job:{name}"),
            Self::Channel(channel) => write!(f, "channel:{channel}"),
        }
    }
}

impl FromStr for Halt {
    type Err = BadHalt;

    fn from_str(text: &str) -> Result<Self, BadHalt> {
        match text.split_once(':') {
            None if text == "all" => Ok(Self::All),
            Some(("job", name)) => name.parse().map(Self::Job),
            Some(("channel", name)) => name.parse().map(Self::Channel).map_err(|_| BadHalt),
            None | Some(_) => Err(BadHalt),
        }
    }
}

macro_rules! as_text {
    ($($of:ty),+) => {$(
        impl Serialize for $of {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $of {
            fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
                String::deserialize(reader)?.parse().map_err(de::Error::custom)
            }
        }
    )+};
}

as_text!(Halt, JobName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stopped_is_written_as_it_is_read() {
        for text in ["all", "job:settle", "channel:mail", "channel:webhooks", "channel:connectors"] {
            assert_eq!(text.parse::<Halt>().map(|halt| halt.to_string()), Ok(text.to_owned()));
        }
        for odd in ["", "All", "all:", "job:", "job:Settle", "job:a:b", "channel:fax", "mail", "job: settle"] {
            assert_eq!(odd.parse::<Halt>(), Err(BadHalt), "{odd}");
        }
    }

    #[test]
    fn all_stops_everything_and_the_rest_what_it_names() {
        let halt = |text: &str| text.parse::<Halt>().expect(text);
        assert!(halt("all").stops_job("settle") && halt("all").stops_channel(Channel::Mail));
        assert!(halt("job:settle").stops_job("settle") && !halt("job:settle").stops_job("stale"));
        assert!(!halt("job:deliver").stops_channel(Channel::Mail));
        assert!(halt("channel:mail").stops_channel(Channel::Mail) && !halt("channel:mail").stops_job("deliver"));
    }
}
