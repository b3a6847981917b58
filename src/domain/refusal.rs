//! Why something is refused: one enum, each variant with a stable code, what to mend and how.

use crate::{
    domain::{exception::Reason, quorum::Vacancy, roster::InTheWay},
    words::{ChangeState, Citation, Hash, Role, StateName, Tier},
};

mod facts;
mod refused;

pub use refused::Refused;

/// A refusal by a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The command does not exist in this state.
    #[error("`{command}` is not possible in state `{state}`")]
    WrongState {
        /// The command.
        command: &'static str,
        /// The state.
        state: StateName,
    },
    /// Clauses that nobody may waive.
    #[error("the request deviates from clauses that cannot be waived: {}", .clauses.join(", "))]
    NonWaivable {
        /// The clauses, each with its source.
        clauses: Vec<String>,
    },
    /// A clause that the register does not have.
    #[error("the policy register has no clause {}", .clauses.join(", "))]
    UnknownClause {
        /// Which.
        clauses: Vec<String>,
    },
    /// Nobody could approve it.
    #[error("no quorum can be formed at tier {tier}: {}", describe(.missing))]
    QuorumInfeasible {
        /// At which tier.
        tier: Tier,
        /// What is missing.
        missing: Vec<Vacancy>,
    },
    /// The SOP says nothing of this tier.
    #[error("the procedure does not allow exceptions at tier {tier}")]
    TierNotAllowed {
        /// Which.
        tier: Tier,
    },
    /// Gates do not hold.
    #[error("the procedure's gates do not hold: {}", .reasons.iter().map(|reason| reason.code.as_str()).collect::<Vec<_>>().join(", "))]
    GateFailed {
        /// Which, and how to mend it.
        reasons: Vec<Reason>,
    },
    /// A rule could not be evaluated and waits for governance.
    #[error("rules of the procedure could not be evaluated and wait for governance: {}", .gaps.join(", "))]
    GapOpen {
        /// Which.
        gaps: Vec<String>,
    },
    /// The dossier is no longer the one that was looked at.
    #[error("the dossier has changed since it was looked at")]
    DossierChanged {
        /// The dossier as it stands.
        current: Hash,
    },
    /// The record is no longer the one that was looked at.
    #[error("the record has changed since it was looked at; read it again")]
    VersionChanged {
        /// Its version.
        current: u64,
    },
    /// The two-person rule keeps this person out.
    #[error("{who} may not take part in this decision: {why}")]
    Excluded {
        /// Who: the person who acts, or the one they act for.
        who: &'static str,
        /// Why.
        why: &'static str,
    },
    /// One human, one vote in a round.
    #[error("this person has already approved in this round")]
    AlreadyApproved,
    /// A service account, an API token.
    #[error("this command needs a person's interactive session")]
    NeedsPerson,
    /// A role that the procedure asks for is missing.
    #[error("this needs the role {} in a domain that covers it", .roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" or "))]
    RoleMissing {
        /// Any of these.
        roles: Vec<Role>,
    },
    /// The sign-in is too long ago for a decision at this tier.
    #[error("a decision at this tier needs a sign-in within the last {minutes} minutes; sign in again")]
    StepUpRequired {
        /// How long it may be ago.
        minutes: i64,
    },
    /// No round is open; perhaps somebody else has just ended it.
    #[error("no round of decision is open")]
    NoRound,
    /// Another round is open.
    #[error("another round of decision is open; settle it first")]
    RoundOpen,
    /// No delegation allows acting for somebody.
    #[error("there is no delegation in force from that person")]
    NoDelegation,
    /// An adviser objected, or the monitoring owner attested a no, and the approver says nothing of it.
    #[error("an adviser objected, or the monitoring owner attested a no: departing from that needs a written reason")]
    DepartureUnexplained,
    /// A re-review that is confirmed only once others have answered.
    #[error("the re-review waits for what its procedure asks: {}", .awaits.join(", "))]
    ReviewIncomplete {
        /// What it waits for, such as `attest` or `assess:privacy`.
        awaits: Vec<String>,
    },
    /// A re-review that asks nobody for this, or has its answer.
    #[error("this re-review asks for no {what}")]
    ReviewNotAsked {
        /// What.
        what: &'static str,
    },
    /// High or critical findings that the approver does not say they have read.
    #[error("an approval acknowledges every high and critical finding; {} are left", .findings.len())]
    FindingsUnread {
        /// Which, by the commitments of their texts.
        findings: Vec<Hash>,
    },
    /// A reason code that the SOP does not have.
    #[error("the procedure has no reason code `{code}`; it has: {}", .known.join(", "))]
    UnknownReason {
        /// Which.
        code: String,
        /// What it has.
        known: Vec<String>,
    },
    /// A gate or rule that the SOP does not have, or that nobody may waive.
    #[error("`{gate}` cannot be waived: {why}")]
    NotWaivable {
        /// Which.
        gate: String,
        /// Why.
        why: &'static str,
    },
    /// A field of the command says what cannot be.
    #[error("{detail}")]
    Invalid {
        /// The field, as a JSON Pointer into the command's body.
        pointer: String,
        /// A stable code.
        code: &'static str,
        /// What is wrong and how to mend it.
        detail: String,
    },
    /// A version that would run beside the published one says otherwise what has to be the same.
    #[error("the version differs from the published one in more than gates, wording, due times and routing: {}", .paths.join(", "))]
    Unlike {
        /// Where, as JSON Pointers into the document.
        paths: Vec<String>,
    },
    /// Somebody who is to be erased and cannot be, yet.
    #[error("this person cannot be erased yet: {}", .in_the_way.iter().map(|one| one.what.as_str()).collect::<Vec<_>>().join(", "))]
    NotErasable {
        /// What stands in the way.
        in_the_way: Vec<InTheWay>,
    },
    /// A cap of the SOP is reached.
    #[error("the procedure's limit is reached: {what} ({limit})")]
    LimitReached {
        /// Of what.
        what: &'static str,
        /// How many.
        limit: u32,
    },
    /// A period that the SOP does not allow.
    #[error("{detail}")]
    PeriodNotAllowed {
        /// The field, as a JSON Pointer into the request or the command's body.
        pointer: &'static str,
        /// What is wrong and how to mend it.
        detail: String,
    },
    /// Nothing is due yet.
    #[error("nothing is due: {what}")]
    NotDue {
        /// What is waited for.
        what: &'static str,
    },
    /// Something that is named does not exist here.
    #[error("there is no such {what}")]
    NoSuch {
        /// What.
        what: &'static str,
    },
    /// A revert that would widen.
    #[error("that version covers more than the present one; ask for it with a new request")]
    RevertEnlarges,
    /// It belongs to somebody else.
    #[error("this is for {whom} alone")]
    NotYours {
        /// For whom.
        whom: &'static str,
    },
    /// The change's payload is not the one that was looked at.
    #[error("the change is not the one that was looked at")]
    PayloadChanged {
        /// The payload's hash as it stands.
        current: Hash,
    },
    /// The change no longer waits for anybody.
    #[error("the change is {state}; propose it again if it is still wanted")]
    ChangeClosed {
        /// Where it stands.
        state: ChangeState,
    },
}

/// The field by which a command names such a thing.
fn named(what: &str) -> Option<&'static str> {
    match what {
        "control" => Some("/control"),
        "open task" => Some("/task"),
        "watcher" => Some("/person"),
        "attachment" => Some("/attachment"),
        _ => None,
    }
}

fn describe(missing: &[Vacancy]) -> String {
    let one = |vacancy: &Vacancy| {
        let roles: Vec<&str> = vacancy.roles.iter().map(|role| role.as_str()).collect();
        if roles.is_empty() {
            format!("no rule applies in {}", vacancy.domain)
        } else {
            format!("nobody eligible as {} in {}", roles.join(" or "), vacancy.domain)
        }
    };
    missing.iter().map(one).collect::<Vec<_>>().join("; ")
}

impl Refusal {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WrongState { .. } => "wrong_state",
            Self::NonWaivable { .. } => "non_waivable",
            Self::UnknownClause { .. } => "unknown_clause",
            Self::QuorumInfeasible { .. } => "quorum_infeasible",
            Self::TierNotAllowed { .. } => "tier_not_allowed",
            Self::GateFailed { .. } => "gate_failed",
            Self::GapOpen { .. } => "sop_gap",
            Self::DossierChanged { .. } => "dossier_changed",
            Self::VersionChanged { .. } => "version_changed",
            Self::Excluded { .. } => "excluded",
            Self::AlreadyApproved => "already_approved",
            Self::NeedsPerson => "needs_person",
            Self::RoleMissing { .. } => "role_missing",
            Self::StepUpRequired { .. } => "step_up_required",
            Self::RoundOpen => "round_open",
            Self::NoDelegation => "no_delegation",
            Self::DepartureUnexplained => "departure_unexplained",
            Self::FindingsUnread { .. } => "findings_unread",
            Self::ReviewIncomplete { .. } => "review_incomplete",
            Self::ReviewNotAsked { .. } => "review_not_asked",
            Self::UnknownReason { .. } => "unknown_reason",
            Self::NotWaivable { .. } => "not_waivable",
            Self::Invalid { code, .. } => code,
            Self::Unlike { .. } => "variant_unlike",
            Self::NotErasable { .. } => "not_erasable",
            Self::LimitReached { .. } => "limit_reached",
            Self::PeriodNotAllowed { .. } => "period_not_allowed",
            Self::NotDue { .. } => "not_due",
            Self::NoRound => "no_round",
            Self::NoSuch { .. } => "no_such",
            Self::RevertEnlarges => "revert_enlarges",
            Self::NotYours { .. } => "not_yours",
            Self::PayloadChanged { .. } => "payload_changed",
            Self::ChangeClosed { .. } => "change_closed",
        }
    }

    /// The field to mend, as a JSON Pointer into the command's body, where it is one.
    pub fn pointer(&self) -> Option<&str> {
        match self {
            Self::Invalid { pointer, .. } => Some(pointer),
            Self::DepartureUnexplained => Some("/departure"),
            Self::FindingsUnread { .. } => Some("/acknowledged"),
            Self::UnknownReason { .. } => Some("/codes"),
            Self::NoDelegation => Some("/on_behalf_of"),
            Self::DossierChanged { .. } => Some("/dossier"),
            Self::PayloadChanged { .. } => Some("/hash"),
            Self::NotWaivable { .. } => Some("/gate"),
            Self::NonWaivable { .. } | Self::UnknownClause { .. } => Some("/clauses"),
            Self::PeriodNotAllowed { pointer, .. } => Some(pointer),
            Self::RevertEnlarges => Some("/to_version"),
            Self::Unlike { .. } => Some("/document"),
            Self::NoSuch { what } => named(what),
            Self::WrongState { .. }
            | Self::QuorumInfeasible { .. }
            | Self::TierNotAllowed { .. }
            | Self::GateFailed { .. }
            | Self::GapOpen { .. }
            | Self::VersionChanged { .. }
            | Self::Excluded { .. }
            | Self::AlreadyApproved
            | Self::NeedsPerson
            | Self::RoleMissing { .. }
            | Self::StepUpRequired { .. }
            | Self::RoundOpen
            | Self::LimitReached { .. }
            | Self::NotErasable { .. }
            | Self::ReviewIncomplete { .. }
            | Self::ReviewNotAsked { .. }
            | Self::NotDue { .. }
            | Self::NoRound
            | Self::NotYours { .. }
            | Self::ChangeClosed { .. } => None,
        }
    }

    /// Did a rule of the procedure, or one of the seven, cause it, so that it cites it? What comes in the wrong
    /// state, late, or names something that is not there broke none.
    pub const fn is_by_rule(&self) -> bool {
        match self {
            Self::WrongState { .. }
            | Self::UnknownClause { .. }
            | Self::VersionChanged { .. }
            | Self::NoRound
            | Self::UnknownReason { .. }
            | Self::Invalid { .. }
            | Self::Unlike { .. }
            | Self::NotErasable { .. }
            | Self::NoSuch { .. }
            | Self::NotYours { .. }
            | Self::ChangeClosed { .. } => false,
            Self::NonWaivable { .. }
            | Self::QuorumInfeasible { .. }
            | Self::TierNotAllowed { .. }
            | Self::GateFailed { .. }
            | Self::GapOpen { .. }
            | Self::DossierChanged { .. }
            | Self::PayloadChanged { .. }
            | Self::Excluded { .. }
            | Self::AlreadyApproved
            | Self::NeedsPerson
            | Self::RoleMissing { .. }
            | Self::StepUpRequired { .. }
            | Self::RoundOpen
            | Self::NoDelegation
            | Self::DepartureUnexplained
            | Self::FindingsUnread { .. }
            | Self::ReviewIncomplete { .. }
            | Self::ReviewNotAsked { .. }
            | Self::NotWaivable { .. }
            | Self::LimitReached { .. }
            | Self::PeriodNotAllowed { .. }
            | Self::NotDue { .. }
            | Self::RevertEnlarges => true,
        }
    }

    /// The same refusal with the rule that caused it.
    pub fn citing(self, citation: Citation) -> Refused {
        Refused { refusal: self, citation: Some(Box::new(citation)) }
    }
}
