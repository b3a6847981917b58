//! The field's words as closed sets: each has a code that stands in the API, the pages, the mail,
//! the SOP documents and the ledger. Everybody may know this part; it decides nothing.

mod batch;
mod citation;
mod exact;
mod halt;
mod hash;
mod hours;
mod ids;
mod sealed;
mod zone;

pub use batch::{BadBatchId, BatchId, BatchOutcome, BatchState, Reversal};
pub use citation::{Citation, Facts, Source};
pub use halt::{BadHalt, Channel, Halt, JobName};
pub use hash::{Hash, HexError, LeafError, Salt, canonical, commit, content_hash, leaf_hash, node_hash, opens};
pub use hours::{BadHours, BadZones, WorkingHours, Zones};
pub use ids::{
    AttachmentId, ChangeId, ConcernId, ControlId, DelegationId, DeliveryId, DomainPath, EntryRef, EventId, ExceptionId,
    GrantId, IncidentId, LetterId, LinkId, PersonId, SessionId, SopRef, SplitId, TaskId, TokenId, WebhookId,
};
pub use sealed::{Opening, Sealed, Sealer};
pub use zone::{BadZone, LONGEST_SHIFT, Zone};

/// Declares an enum whose variants have stable codes: `as_str`, `ALL`, `FromStr`, `Display` and serde.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident, $what:literal { $($(#[$vm:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vm])* #[doc = concat!("`", $code, "`")] #[serde(rename = $code)] $variant),+ }

        impl $name {
            /// Every value, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Every code, in the order of the declaration.
            pub const CODES: &'static [&'static str] = &[$($code),+];

            /// The stable code.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::words::UnknownWord;

            fn from_str(code: &str) -> Result<Self, $crate::words::UnknownWord> {
                match code {
                    $($code => Ok(Self::$variant),)+
                    _ => Err($crate::words::UnknownWord { what: $what, known: Self::CODES }),
                }
            }
        }
    };
}

pub(crate) use words;

/// A code that is none of a closed set's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {what}; one of: {}", .known.join(", "))]
pub struct UnknownWord {
    /// Which set, in words.
    pub what: &'static str,
    /// The codes it knows.
    pub known: &'static [&'static str],
}

words! {
    /// How much is at stake; computed by the SOP's scoring model.
    Tier, "tier" { Low = "low", Moderate = "moderate", High = "high", Critical = "critical" }
}

words! {
    /// What sort of deviation is asked for.
    Kind, "kind" { AiUsage = "ai_usage", DataHandling = "data_handling", ModelDeployment = "model_deployment" }
}

words! {
    /// Classes of data that a request may put into an AI system.
    DataClass, "data class" {
        Public = "public", Internal = "internal", Confidential = "confidential", Restricted = "restricted",
        Personal = "personal", SpecialCategory = "special_category", Health = "health",
        Payment = "payment", SourceCode = "source_code", Credentials = "credentials",
    }
}

words! {
    /// The dimensions along which risk is assessed, each by its own assessor.
    Dimension, "dimension" { Privacy = "privacy", Security = "security", Ethics = "ethics", Regulatory = "regulatory" }
}

words! {
    /// What a person may be asked for; held in a domain path and inherited by what lies below it.
    Role, "role" {
        Requester = "requester", CompletenessReviewer = "completeness_reviewer",
        PrivacyAssessor = "privacy_assessor", SecurityAssessor = "security_assessor",
        EthicsAssessor = "ethics_assessor", RegulatoryAssessor = "regulatory_assessor",
        Adviser = "adviser", Stakeholder = "stakeholder", BusinessOwner = "business_owner",
        Ciso = "ciso", Cro = "cro", EthicsBoard = "ethics_board", Legal = "legal",
        ControlOwner = "control_owner", Governance = "governance", Auditor = "auditor",
        Admin = "admin", Service = "service",
    }
}

impl Role {
    /// The roles that may fill a slot of a quorum.
    pub const APPROVING: &'static [Self] =
        &[Self::BusinessOwner, Self::Ciso, Self::Cro, Self::EthicsBoard, Self::Legal];

    /// May this role fill a slot of a quorum, or change who may? Granting it lowers a protection.
    pub fn empowers(self) -> bool {
        self.approves() || matches!(self, Self::Governance | Self::Admin)
    }

    /// May this role fill a slot of a quorum?
    pub fn approves(self) -> bool {
        Self::APPROVING.contains(&self)
    }
}

impl Dimension {
    /// The role that assesses this dimension.
    pub const fn assessor(self) -> Role {
        match self {
            Self::Privacy => Role::PrivacyAssessor,
            Self::Security => Role::SecurityAssessor,
            Self::Ethics => Role::EthicsAssessor,
            Self::Regulatory => Role::RegulatoryAssessor,
        }
    }
}

words! {
    /// The states of an exception, by name; the facts of each stand in [`State`](crate::domain::exception::State).
    StateName, "state" {
        Draft = "draft", CompletenessReview = "completeness_review", Returned = "returned",
        Assessment = "assessment", StakeholderInput = "stakeholder_input", Decision = "decision",
        Implementation = "implementation", Active = "active", ReReview = "re_review", Suspended = "suspended",
        Rejected = "rejected", Withdrawn = "withdrawn", Expired = "expired", Revoked = "revoked", Closed = "closed",
    }
}

impl StateName {
    /// Final states are never left.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Rejected | Self::Withdrawn | Self::Expired | Self::Revoked | Self::Closed)
    }

    /// Those in which something can still happen.
    pub fn living() -> Vec<Self> {
        Self::ALL.iter().copied().filter(|state| !state.is_final()).collect()
    }
}

/// A text that no spreadsheet takes for a formula (OWASP, CSV injection): one that begins like one gets an apostrophe.
pub fn no_formula(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text }
}

words! {
    /// What a round of decision is about; part of the dossier, so no approval of one serves another.
    RoundKind, "round kind" {
        Initial = "initial", Extension = "extension", ReReview = "re_review", Resume = "resume", Amendment = "amendment",
    }
}

words! {
    /// The commands on an exception: REST verbs, page buttons and mail links are all these, and the clock sends them too.
    Verb, "command" {
        Draft = "draft", Submit = "submit", Withdraw = "withdraw", Amend = "amend", Pass = "pass", Return = "return",
        Assess = "assess", Attest = "attest", ConfirmAssessment = "confirm_assessment", Comment = "comment", Recommend = "recommend", Approve = "approve", Reject = "reject",
        RequestChanges = "request_changes", AddClauses = "add_clauses", ProposeCondition = "propose_condition",
        AcceptConditions = "accept_conditions", WaiveGate = "waive_gate", ConfirmControl = "confirm_control",
        FailControl = "fail_control", Activate = "activate", RequestExtension = "request_extension",
        Reopen = "reopen", Suspend = "suspend", Resume = "resume", Revoke = "revoke", Expire = "expire",
        Close = "close", Assign = "assign", Escalate = "escalate", Remind = "remind", Attach = "attach", Detach = "detach",
        Link = "link", Watch = "watch", Unwatch = "unwatch", Revert = "revert",
    }
}

impl Verb {
    /// Does it give effect, so that it needs a person's interactive session?
    pub const fn gives_effect(self) -> bool {
        matches!(self, Self::Approve | Self::Resume)
    }
}

words! {
    /// How an exception that was kept elsewhere stood there: in effect, or ended in one of the ways in which it can end.
    Standing, "standing" {
        Live = "live", Expired = "expired", Rejected = "rejected", Revoked = "revoked", Withdrawn = "withdrawn",
        Closed = "closed",
    }
}

words! {
    /// The commands on people, roles, tokens, changes and SOPs, which go through the same door.
    AdminVerb, "administrative command" {
        AddPerson = "add_person", UpdatePerson = "update_person", LeavePerson = "leave_person",
        ReturnPerson = "return_person", MergePerson = "merge_person", SetPassword = "set_password", GrantRole = "grant_role",
        RemoveRole = "remove_role", Delegate = "delegate", EndDelegation = "end_delegation",
        IssueToken = "issue_token", RevokeToken = "revoke_token", ConfirmChange = "confirm_change",
        RejectChange = "reject_change", PublishSop = "publish_sop", RetireSop = "retire_sop", PublishPolicy = "publish_policy",
        PublishRegulation = "publish_regulation", PublishSystem = "publish_system",
        RetryLetter = "retry_letter", DiscardLetter = "discard_letter", SetPreferences = "set_preferences",
        HaltAutomation = "halt_automation", ReleaseAutomation = "release_automation", RunJob = "run_job",
        HoldBatch = "hold_batch", ReleaseBatch = "release_batch", RevertBatch = "revert_batch",
        ReloadSettings = "reload_settings",
        AddWebhook = "add_webhook", UpdateWebhook = "update_webhook", RotateWebhook = "rotate_webhook",
        EnableWebhook = "enable_webhook", DisableWebhook = "disable_webhook", RemoveWebhook = "remove_webhook",
        TestWebhook = "test_webhook", ReplayWebhook = "replay_webhook", ReportIncident = "report_incident",
        ShadowSop = "shadow_sop", EndShadow = "end_shadow", AnswerConcern = "answer_concern",
        BeginSplit = "begin_split", HoldSplit = "hold_split", ReleaseSplit = "release_split", EndSplit = "end_split",
        MovePerson = "move_person", SetAbsence = "set_absence", EndAbsence = "end_absence", TurnAbsence = "turn_absence",
        ErasePerson = "erase_person", ReapplyErasure = "reapply_erasure", HoldPerson = "hold_person",
        ReleasePerson = "release_person",
        ImportExceptions = "import_exceptions",
    }
}

words! {
    /// What an API token may be used for, within what its holder may do.
    Scope, "scope" {
        Read = "read", File = "file", Work = "work", Administer = "administer", Calendar = "calendar",
        Import = "import",
    }
}

words! {
    /// Where a change of people, roles or rules stands that waits for a second person.
    ChangeState, "change state" { Open = "open", Confirmed = "confirmed", Rejected = "rejected", Lapsed = "lapsed" }
}

words! {
    /// The languages that letters are written in.
    Language, "language" { En = "en", De = "de" }
}

words! {
    /// Why a link from a mail no longer decides anything.
    LinkEnd, "end of a link" {
        Used = "used", Decided = "decided", Changed = "changed", RoleLost = "role_lost",
        Replaced = "replaced",
    }
}

words! {
    /// How soon somebody is mailed what is not addressed to them personally.
    Frequency, "frequency" { Immediate = "immediate", Digest = "digest", Mailbox = "mailbox" }
}

words! {
    /// What may be read, for the access matrix.
    ReadVerb, "reading" {
        ReadException = "read_exception", ReadConfidential = "read_confidential", ReadPeople = "read_people",
        ReadChanges = "read_changes", ReadSops = "read_sops", ReadLedger = "read_ledger",
        ReadAutomation = "read_automation",
        ReadOutbox = "read_outbox",
        ReadWebhooks = "read_webhooks", ReadIncidents = "read_incidents",
        ReadConcerns = "read_concerns", ReadErasures = "read_erasures",
    }
}

words! {
    /// What a concern is about: a budget of exceptions that is exceeded, a procedure that is to be looked at, or a
    /// split of one that the clock held.
    ConcernKind, "kind of concern" { OverBudget = "over_budget", SopReview = "sop_review", SplitHeld = "split_held" }
}

words! {
    /// What stands in the way of the erasure of a person.
    Obstacle, "obstacle" {
        Active = "active", LegalHold = "legal_hold", LastOfRole = "last_of_role",
        AnswersForService = "answers_for_service", OwnsEndpoint = "owns_endpoint",
        Requester = "requester", Beneficiary = "beneficiary", Sponsor = "sponsor",
        MonitoringOwner = "monitoring_owner", ControlOwner = "control_owner", Assignee = "assignee",
        Approver = "approver", Author = "author", Named = "named",
    }
}

words! {
    /// The two sides of a split: the version that is published, and the one that is tried beside it.
    Arm, "arm of a split" { Published = "published", Variant = "variant" }
}

words! {
    /// How a split ended: by hand, since a version of its procedure was published, or since that was retired.
    SplitEnd, "end of a split" { Ended = "ended", Published = "published", Retired = "retired" }
}

words! {
    /// Where a concern stands: it waits for an answer, it has one, or its figures fell again.
    ConcernState, "state of a concern" { Open = "open", Answered = "answered", Settled = "settled" }
}

words! {
    /// What a figure of a concern counts.
    Measured, "figure of a concern" {
        Exceptions = "exceptions", Days = "days", SinceReview = "since_review",
        FailedGates = "failed_gates", Returns = "returns", Breaches = "breaches",
        SplitFailedGates = "split_failed_gates", SplitEscalations = "split_escalations",
    }
}

words! {
    /// How bad an incident is.
    Severity, "severity" { Low = "low", Moderate = "moderate", High = "high", Critical = "critical" }
}

words! {
    /// What an incident is to do to the exceptions in effect that it touches.
    IncidentEffect, "effect of an incident" { Reopen = "reopen", Suspend = "suspend" }
}

words! {
    /// What an incident does to an exception that it touches.
    IncidentOutcome, "outcome of an incident" {
        Reopened = "reopened", Suspended = "suspended", Noted = "noted", Ended = "ended",
    }
}

words! {
    /// What an entry of the register is.
    EntryKind, "kind of entry" { Policy = "policy", Regulation = "regulation", System = "system" }
}

words! {
    /// What a registered system is.
    SystemKind, "kind of system" { System = "system", Model = "model", Vendor = "vendor" }
}

words! {
    /// How much a new version changes: its wording alone, or what it demands. Only the latter makes stale.
    Weight, "weight" { Editorial = "editorial", Material = "material" }
}

words! {
    /// The steps of the lifecycle, numbered 1 to 7.
    Step, "step" {
        Submission = "1", Completeness = "2", Assessment = "3", StakeholderInput = "4",
        Decision = "5", Implementation = "6", Monitoring = "7",
    }
}

words! {
    /// What an adviser or a stakeholder says of a request.
    Recommendation, "recommendation" {
        Support = "support", SupportWithConditions = "support_with_conditions", Object = "object", Abstain = "abstain",
    }
}
