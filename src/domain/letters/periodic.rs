//! What is told by the calendar, to whom, and how much of it.

use crate::words::{Role, words};

words! {
    /// What is told by the calendar and not by an event.
    Periodic, "scheduled report" { MonthlyPack = "monthly_pack", RiskList = "risk_list" }
}

impl Periodic {
    /// Who is told without having asked: those who answer for compliance, or sit on the risk committee.
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::MonthlyPack => &[Role::Governance, Role::Auditor, Role::Cro],
            Self::RiskList => &[Role::Cro, Role::Ciso, Role::EthicsBoard],
        }
    }

    /// How many months it is about.
    pub const fn months(self) -> u32 {
        match self {
            Self::MonthlyPack => 1,
            Self::RiskList => 3,
        }
    }
}
