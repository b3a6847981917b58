//! How long the texts of an exception are kept once it is over.

use crate::words::StateName;

/// For each state in which an exception ends, after how many days its texts and files go; 0 keeps them for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    /// What was rejected.
    pub rejected: u32,
    /// What was withdrawn.
    pub withdrawn: u32,
    /// What ran to its end.
    pub expired: u32,
    /// What was revoked.
    pub revoked: u32,
    /// What was closed.
    pub closed: u32,
}

impl Retention {
    /// The states whose texts go, each with its days.
    pub fn terms(&self) -> Vec<(StateName, u32)> {
        let all = [
            (StateName::Rejected, self.rejected),
            (StateName::Withdrawn, self.withdrawn),
            (StateName::Expired, self.expired),
            (StateName::Revoked, self.revoked),
            (StateName::Closed, self.closed),
        ];
        all.into_iter().filter(|(_, days)| *days > 0).collect()
    }
}
