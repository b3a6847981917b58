//! The domain's words and ids as schemas, so that the domain need not know OpenAPI.

use utoipa::openapi::{
    ObjectBuilder, SchemaFormat,
    schema::{SchemaType, Type},
};

use super::{imports::OutcomeView as ImportOutcome, sops::diagram::DiagramForm};
use crate::{
    desk::Became,
    domain::{
        letters::LetterKind,
        roster::{EventFilter, LetterState, Medium, WebhookEnd, WebhookState},
        task::Work,
    },
    sop::{FindingSort, LintSeverity},
    store::history::Likeness,
    words::{
        Arm, AttachmentId, BatchOutcome, BatchState, ConcernId, ConcernKind, ConcernState, ControlId, DataClass,
        DelegationId, DeliveryId, Dimension, ExceptionId, Frequency, GrantId, Hash, IncidentEffect, IncidentId,
        IncidentOutcome, Kind, Language, LetterId, Measured, Obstacle, PersonId, Recommendation, Reversal, Role,
        RoundKind, Severity, SplitEnd, SplitId, Standing, StateName, Step, SystemKind, TaskId, Tier, WebhookId, Weight,
    },
};

/// A string that a pattern describes.
pub(super) fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::new(Type::String))
}

/// Gives types a schema under a name of their own.
macro_rules! schemas {
    ($($type:ty, $name:literal => $schema:expr;)+) => {$(
        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $schema.into()
            }
        }

        impl utoipa::ToSchema for $type {
            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
        }
    )+};
}
pub(super) use schemas;

/// Closed sets as one of their codes, ids as a UUID.
macro_rules! named {
    ($macro:ident: $($type:ident $name:literal $text:literal;)+) => { named!(@$macro $($type $name $text;)+); };
    (@codes $($type:ident $name:literal $text:literal;)+) => {
        schemas! {$(
            $type, $name => string().description(Some($text)).enum_values(Some($type::CODES.iter().copied()));
        )+}
    };
    (@ids $($type:ident $name:literal $text:literal;)+) => {
        schemas! {$(
            $type, $name => string()
                .format(Some(SchemaFormat::Custom("uuid".to_owned())))
                .description(Some($text))
                .examples(["01977d3c-7a10-7000-8000-000000000001"]);
        )+}
    };
}

named! { codes:
    Tier "Tier" "How much is at stake.";
    Obstacle "Obstacle" "What stands in the way of the erasure of a person.";
    Kind "Kind" "What sort of deviation is asked for.";
    DataClass "DataClass" "A class of data.";
    Dimension "Dimension" "A dimension of risk.";
    Role "Role" "A role.";
    StateName "State" "Where an exception is.";
    RoundKind "RoundKind" "What a round of decision is about.";
    Step "Step" "One of the seven steps, from submission to monitoring.";
    Recommendation "Recommendation" "What an adviser or stakeholder says.";
    Work "Work" "What a task asks for.";
    Likeness "Likeness" "In what an earlier exception resembles another.";
    Became "Outcome" "What became of an exception.";
    SystemKind "SystemKind" "What a registered system is.";
    Weight "Weight" "How much a version changes: its words alone, or what it demands.";
    Language "Language" "A language that letters are written in.";
    Frequency "Frequency" "How soon one is mailed what is not addressed to oneself.";
    LetterKind "LetterKind" "What a letter tells.";
    LetterState "LetterState" "Where a letter, or an event for an endpoint, stands.";
    Medium "WebhookKind" "What an endpoint is.";
    WebhookState "WebhookState" "Where an endpoint stands.";
    WebhookEnd "WebhookEnd" "Why an endpoint gets nothing.";
    LintSeverity "FindingSeverity" "How much a finding weighs.";
    FindingSort "FindingCode" "What a finding is about.";
    DiagramForm "DiagramForm" "The form of a drawing.";
    ImportOutcome "ImportOutcome" "What became of a row of an import.";
    Standing "Standing" "How an exception that was kept elsewhere stood there.";
    Severity "Severity" "How bad an incident is.";
    IncidentEffect "IncidentEffect" "What an incident is to do to the exceptions in effect that it touches.";
    ConcernKind "ConcernKind" "What a concern is about: a budget of exceptions that is exceeded, a procedure that is to be looked at, or a split that the clock held.";
    Arm "Arm" "A side of a split: the published version, or the one that is split off.";
    SplitEnd "SplitEnd" "How a split ended: by hand, since a version was published, or since the procedure was retired.";
    ConcernState "ConcernState" "Where a concern stands.";
    Measured "Measured" "What a figure of a concern counts.";
    BatchState "BatchState" "Where a batch stands.";
    BatchOutcome "BatchOutcome" "What a batch did to an exception, or would: `refused` is suspended, since the rules refused it a re-review.";
    Reversal "BatchReversalOutcome" "What taking a batch back did to an exception.";
    IncidentOutcome "IncidentOutcome" "What an incident does to an exception that it touches.";
}

named! { ids:
    ExceptionId "ExceptionId" "An exception's id.";
    PersonId "PersonId" "A person's or service account's id.";
    TaskId "TaskId" "A task's id.";
    ControlId "ControlId" "The id of a compensating control.";
    AttachmentId "AttachmentId" "An attachment's id.";
    GrantId "GrantId" "The id of a role that was granted.";
    DelegationId "DelegationId" "A delegation's id.";
    IncidentId "IncidentId" "An incident's id.";
    ConcernId "ConcernId" "A concern's id.";
    SplitId "SplitId" "The id of a split of a procedure.";
    LetterId "LetterId" "The id of a letter in the outbox.";
    WebhookId "WebhookId" "An endpoint's id.";
    DeliveryId "DeliveryId" "The id of one event on its way to one endpoint.";
}

schemas! {
    EventFilter, "EventFilter" => string()
        .max_length(Some(80))
        .pattern(Some("^((exception|roster)\\.[a-z_.]+|(exception|roster)\\.[a-z_.]*\\*)$"))
        .description(Some("An event, or the beginning of several."))
        .examples(["exception.*"]);
    Hash, "Hash" => string().pattern(Some("^[0-9a-f]{64}$")).description(Some("A SHA-256 value in lower-case hexadecimal."));
}
