//! What an erasure does with each column that holds text: a table for people to read, and a test that no column of
//! either database is missing in it.

/// What an erasure does with a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Ids, codes, numbers, hashes and commitments: nothing that says who somebody is once the openings are gone.
    Opaque,
    /// The texts behind the commitments: theirs, and those that name them, are deleted.
    Opening,
    /// What says who somebody is, of the account itself: overwritten.
    Account,
    /// Rows that are theirs are deleted.
    Deleted,
    /// Derived from texts: written anew from those that are left.
    Derived,
    /// What others said, here or from elsewhere, in passing: what names them is overwritten with `[erased]`.
    Swept,
    /// What somebody is called, until it was looked for in passing; nothing from then on.
    Passing,
    /// The rules of the house, which everybody reads: published versions never change, and hold nobody's data.
    Rules,
}

use Class::{Account, Deleted, Derived, Opaque, Opening, Passing, Rules, Swept};

/// The states in which nothing is told of an exception any more.
pub(super) const OVER: &str = "('rejected', 'withdrawn', 'expired', 'revoked', 'closed')";

/// Each table with its columns of text.
pub(super) const CLASSES: &[(&str, &[(&str, Class)])] = &[
    ("approvals", &[("dossier", Opaque), ("exception", Opaque), ("human", Opaque), ("principal", Opaque)]),
    ("attempts", &[("person", Deleted)]),
    (
        "batch_members",
        &[("batch", Opaque), ("exception", Opaque), ("outcome", Opaque), ("reversal", Opaque), ("state", Opaque)],
    ),
    (
        "batches",
        &[
            ("begun_by", Opaque),
            ("held_by", Opaque),
            ("hold", Opaque),
            ("id", Opaque),
            ("kind", Opaque),
            ("name", Opaque),
            ("reverted_by", Opaque),
        ],
    ),
    (
        "changes",
        &[
            ("action", Opaque),
            ("decided_by", Opaque),
            ("hash", Opaque),
            ("id", Opaque),
            ("proposed_by", Opaque),
            ("state", Opaque),
        ],
    ),
    ("checkpoints", &[("note", Opaque), ("root", Opaque)]),
    (
        "concerns",
        &[
            ("body", Opaque),
            ("ended_by", Opaque),
            ("figures", Opaque),
            ("id", Opaque),
            ("response", Opaque),
            ("state", Opaque),
            ("topic", Opaque),
        ],
    ),
    ("connections", &[("last_error", Swept), ("name", Opaque)]),
    ("cosignatures", &[("line", Opaque), ("witness", Opaque)]),
    ("decision_browsers", &[("browser", Deleted), ("exception", Deleted), ("person", Deleted)]),
    ("delegations", &[("from_person", Opaque), ("id", Opaque), ("to_person", Opaque)]),
    ("documents", &[("hash", Opaque), ("text", Rules)]),
    ("erased_cases", &[("exception", Opaque)]),
    ("erased_files", &[("hash", Opaque)]),
    ("erasure_receipts", &[("channel", Opaque), ("name", Opaque), ("state", Opaque)]),
    ("erasures", &[("accounts", Opaque), ("again", Opaque), ("person", Opaque), ("sought", Passing)]),
    ("exception_facets", &[("exception", Opaque), ("facet", Opaque), ("value", Opaque)]),
    ("exception_terms", &[("term", Derived)]),
    (
        "exceptions",
        &[
            ("authority_dossier", Opaque),
            ("body", Opaque),
            ("business_unit", Opaque),
            ("id", Opaque),
            ("kind", Opaque),
            ("number", Opaque),
            ("requester", Opaque),
            ("sop", Opaque),
            ("state", Opaque),
            ("tier", Opaque),
            ("title", Opaque),
        ],
    ),
    ("facet_counts", &[("facet", Opaque), ("value", Opaque)]),
    ("grants", &[("domain", Opaque), ("human", Opaque), ("id", Opaque), ("person", Opaque), ("role", Opaque)]),
    ("halts", &[("person", Opaque), ("reason_c", Opaque), ("scope", Opaque)]),
    (
        "idempotency",
        &[("body_hash", Deleted), ("key", Deleted), ("principal", Deleted), ("subject", Deleted), ("verb", Deleted)],
    ),
    // What a row is called in another register stands in the leaf as well: a number or a code of that register.
    ("imports", &[("exception", Opaque), ("reference", Opaque), ("source", Opaque)]),
    ("incident_touches", &[("exception", Opaque), ("incident", Opaque), ("outcome", Opaque), ("state", Opaque)]),
    ("incidents", &[("body", Opaque), ("id", Opaque), ("reported_by", Opaque)]),
    ("intake_deliveries", &[("delivery", Opaque), ("source", Opaque)]),
    ("intake_drafts", &[("exception", Opaque), ("message", Opaque), ("source", Opaque)]),
    ("job_run", &[("cause", Opaque), ("job", Opaque), ("outcome", Opaque)]),
    (
        "leaves",
        &[
            ("actor", Opaque),
            ("body", Opaque),
            ("hash", Opaque),
            ("kind", Opaque),
            ("subject", Opaque),
            ("subject_kind", Opaque),
        ],
    ),
    ("ledger_alarm", &[("why", Swept)]),
    ("ledger_head", &[("frontier", Opaque), ("laws", Opaque)]),
    (
        "mail_codes",
        &[("earlier", Deleted), ("hash", Deleted), ("letter", Deleted), ("link", Deleted), ("pass", Deleted)],
    ),
    (
        "mail_links",
        &[
            ("dossier", Deleted),
            ("ended_by", Deleted),
            ("exception", Deleted),
            ("hash", Deleted),
            ("id", Deleted),
            ("mail", Deleted),
            ("person", Deleted),
        ],
    ),
    (
        "mailbox",
        &[
            ("body", Swept),
            ("exception", Opaque),
            ("kind", Opaque),
            ("letter", Opaque),
            ("person", Deleted),
            ("subject", Swept),
        ],
    ),
    ("nodes", &[("hash", Opaque)]),
    ("numbers", &[]),
    (
        "openings",
        &[
            ("commitment", Opening),
            ("field", Opening),
            ("salt", Opening),
            ("subject", Opening),
            ("subject_kind", Opening),
            ("value", Opening),
        ],
    ),
    (
        "outbox",
        &[
            ("dedupe_key", Opaque),
            ("id", Opaque),
            ("kind", Opaque),
            ("lane", Opaque),
            ("last_error", Swept),
            ("lease_owner", Opaque),
            ("payload", Opaque),
            ("state", Opaque),
            ("stream", Opaque),
        ],
    ),
    (
        "people",
        &[
            ("email_c", Opaque),
            ("email_key", Account),
            ("hold_c", Account),
            ("human", Opaque),
            ("id", Opaque),
            ("name_c", Opaque),
            ("password", Account),
            ("region", Account),
            ("responsible", Opaque),
            ("stand_in", Account),
            ("unit", Account),
        ],
    ),
    ("preferences", &[("body", Deleted), ("person", Deleted)]),
    (
        "register_versions",
        &[("hash", Opaque), ("id", Opaque), ("kind", Opaque), ("published_by", Opaque), ("weight", Opaque)],
    ),
    (
        "report_cases",
        &[
            ("business_unit", Opaque),
            ("exception", Opaque),
            ("kind", Opaque),
            ("outcome", Opaque),
            ("sop", Opaque),
            ("state", Opaque),
            ("tier", Opaque),
        ],
    ),
    ("report_place", &[]),
    ("report_stays", &[("state", Opaque), ("step", Opaque), ("tier", Opaque)]),
    ("report_votes", &[("human", Opaque), ("principal", Opaque)]),
    (
        "report_work",
        &[
            ("assignee", Opaque),
            ("closed_by", Opaque),
            ("role", Opaque),
            ("step", Opaque),
            ("task", Opaque),
            ("work", Opaque),
        ],
    ),
    ("retired", &[("exception", Opaque)]),
    ("retired_files", &[("hash", Opaque)]),
    ("scheduler", &[("owner", Opaque)]),
    ("seen", &[("exception", Deleted), ("person", Deleted)]),
    ("sessions", &[("address", Deleted), ("hash", Deleted), ("id", Deleted), ("person", Deleted)]),
    ("setup_links", &[("hash", Opaque)]),
    ("sop_retirements", &[("id", Opaque)]),
    ("sop_shadows", &[("document", Opaque), ("hash", Opaque), ("id", Opaque)]),
    ("sop_splits", &[("body", Opaque), ("id", Opaque), ("sop", Opaque)]),
    ("sops", &[("document", Rules), ("hash", Opaque), ("id", Opaque)]),
    ("stale", &[("exception", Opaque), ("id", Opaque), ("kind", Opaque)]),
    ("task_seats", &[("domain", Opaque), ("role", Opaque), ("task", Opaque)]),
    (
        "tasks",
        &[
            ("assignee", Opaque),
            ("body", Opaque),
            ("exception", Opaque),
            ("id", Opaque),
            ("roles", Opaque),
            ("step", Opaque),
            ("work", Opaque),
        ],
    ),
    ("term_counts", &[("term", Derived)]),
    ("tickets", &[("exception", Opaque), ("system", Opaque), ("ticket", Swept), ("url", Swept)]),
    ("tokens", &[("hash", Opaque), ("id", Opaque), ("name_c", Opaque), ("person", Opaque), ("scopes", Opaque)]),
    ("unsubscribes", &[("hash", Deleted), ("person", Deleted)]),
    ("webhook_attempts", &[("delivery", Opaque), ("error", Swept)]),
    (
        "webhook_deliveries",
        &[("id", Opaque), ("kind", Opaque), ("lease_owner", Opaque), ("state", Opaque), ("webhook", Opaque)],
    ),
    ("webhook_replays", &[("webhook", Opaque)]),
    (
        "webhooks",
        &[
            ("description_c", Opaque),
            ("ended_by", Opaque),
            ("events", Opaque),
            ("host", Swept),
            ("id", Opaque),
            ("medium", Opaque),
            ("old_secret", Opaque),
            ("owner", Opaque),
            ("secret", Opaque),
            ("state", Opaque),
            ("url", Opaque),
        ],
    ),
    ("witness_tries", &[("why", Swept), ("witness", Opaque)]),
];

/// The tables with columns in which others may have named somebody, with the column of text that their rows are gone
/// through by, a few rows for each of its values, and a condition that leaves rows alone.
pub(super) const SWEPT: &[(&str, &str, &str)] = &[
    ("connections", "name", ""),
    ("ledger_alarm", "why", ""),
    ("mailbox", "letter", ""),
    ("outbox", "id", ""),
    // What goes on is found at the other system by what stands here.
    ("tickets", "exception", "AND exception IN (SELECT id FROM exceptions WHERE state IN OVER)"),
    ("webhook_attempts", "delivery", ""),
    ("webhooks", "id", ""),
    ("witness_tries", "witness", ""),
];

/// The columns of a table in which others may have named somebody.
pub(super) fn swept(table: &str) -> impl Iterator<Item = &'static str> {
    let columns = CLASSES.iter().find(|(name, _)| *name == table).into_iter().flat_map(|(_, columns)| *columns);
    columns.filter(|(_, class)| matches!(class, Swept)).map(|(name, _)| *name)
}

/// The tables that an erasure deletes from or writes over.
pub fn overwritten() -> Vec<&'static str> {
    let changes = |class: &Class| matches!(class, Account | Deleted | Derived | Opening | Passing | Swept);
    let tables = CLASSES.iter().filter(|(_, columns)| columns.iter().any(|(_, class)| changes(class)));
    tables.map(|(table, _)| *table).collect()
}

/// The tables whose rows of somebody are deleted, with the column that says whose they are. Each has an index by it.
pub(super) const THEIRS: &[(&str, &str)] = &[
    ("attempts", "person"),
    ("decision_browsers", "person"),
    ("idempotency", "principal"),
    ("mail_links", "person"),
    ("mailbox", "person"),
    ("preferences", "person"),
    ("seen", "person"),
    ("sessions", "person"),
    ("unsubscribes", "person"),
];
