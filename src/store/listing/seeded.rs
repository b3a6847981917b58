//! A hundred thousand exceptions, written by bulk statements and not through the door: what lists are read from
//! when it is measured how much they read.

use diesel::{RunQueryDsl, connection::SimpleConnection, sql_query, sql_types::Text};

use crate::store::{backend::Conn, testbed::Bed};

/// How many there are.
pub(super) const MANY: i64 = 100_000;
/// The first of the days on which something is due.
pub(super) const FIRST_DAY: &str = "2026-01-01T00:00:00Z";

/// The `n`th person; persons below 2,000 ask, 9,001 watches one in a thousand, 9,002 has one task in 700,
/// 9,003 and 9,004 have to do with just fewer than one in a hundred.
pub(super) fn person(n: i64) -> String {
    format!("00000000-0000-7000-9000-{n:012}")
}

const NUMBERS: &str =
    "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 100000)";

/// What stands in the row of exception `i`.
const EXCEPTIONS: &str = "
INSERT INTO exceptions (id, number, seq, version, state, tier, severity, kind, requester, business_unit, confidential,
    sop, sop_version, drafted_at, changed_at, due_at, starts_at, effective_until, serial, body)
SELECT '00000000-0000-7000-8000-' || substr(CAST(1000000000000 + i AS TEXT), 2),
    'EX-2026-' || substr(CAST(1000000 + i AS TEXT), 2), 1, 1,
    CASE WHEN i % 250 = 0 THEN 'suspended' WHEN i % 101 = 3 THEN 'revoked' WHEN i % 10 < 3 THEN 'active' WHEN i % 10 < 5 THEN 'closed'
        WHEN i % 10 < 7 THEN 'decision' ELSE 'draft' END,
    CASE WHEN i % 200 = 7 THEN 'critical' WHEN i % 10 < 5 THEN NULL WHEN i % 2 = 0 THEN 'low' ELSE 'high' END,
    CASE WHEN i % 200 = 7 THEN 4 WHEN i % 10 < 5 THEN NULL WHEN i % 2 = 0 THEN 1 ELSE 3 END,
    CASE WHEN i % 300 = 1 THEN 'model_deployment' WHEN i % 2 = 0 THEN 'ai_usage' ELSE 'data_handling' END,
    '00000000-0000-7000-9000-' || substr(CAST(1000000000000 + i % 2000 AS TEXT), 2),
    CASE WHEN i % 500 = 0 THEN 'archive' ELSE 'unit' || CAST(i % 10 AS TEXT) END,
    i % 20 = 0, 'standard', 1, i, 1767225600000000 + (i * 7919 % 100000) * 1000000,
    CASE WHEN i % 3 = 0 THEN 1767225600000000 + (i * 31 % 365) * 86400000000 + 3600000000 END,
    CASE WHEN i % 10 < 3 THEN 1767225600000000 END,
    CASE WHEN i % 10 < 3 THEN 1767225600000000 + (i * 37 % 365) * 86400000000 + 3600000000 END,
    i, ";

/// Facets that follow from the row itself, from its columns or from `e.serial`.
const FACETS: &[(&str, &str, &str)] = &[
    ("state", "e.state", "1 = 1"),
    ("tier", "e.tier", "e.tier IS NOT NULL"),
    ("kind", "e.kind", "1 = 1"),
    ("business_unit", "e.business_unit", "1 = 1"),
    ("requester", "e.requester", "1 = 1"),
    ("party", "e.requester", "1 = 1"),
    ("party", "'00000000-0000-7000-9000-000000009001'", "e.serial % 1000 = 5"),
    ("party", "'00000000-0000-7000-9000-000000009002'", "e.serial % 700 = 2"),
    ("assignee", "'00000000-0000-7000-9000-000000009002'", "e.serial % 700 = 2"),
    ("confidential", "CASE WHEN e.confidential THEN 'true' ELSE 'false' END", "1 = 1"),
    ("region", "REGION", "1 = 1"),
    (
        "clause",
        "CASE WHEN e.serial % 900 = 4 THEN 'AIP-9.9' ELSE 'AIP-' || CAST(e.serial % 8 AS TEXT) || '.1' END",
        "1 = 1",
    ),
    ("policy", "CASE WHEN e.serial % 900 = 4 THEN 'AIP-9' ELSE 'AIP-' || CAST(e.serial % 8 AS TEXT) END", "1 = 1"),
    ("regulation", "'rare-act'", "e.serial % 600 = 5"),
    ("regulation", "'common-act'", "e.serial % 3 = 0"),
    // What just fewer than one in a hundred have.
    ("tier", "'rated'", "e.serial % 101 = 4"),
    ("kind", "'nearly'", "e.serial % 101 = 5"),
    ("business_unit", "'nearly'", "e.serial % 101 = 6"),
    ("requester", "'00000000-0000-7000-9000-000000009003'", "e.serial % 101 = 7"),
    ("assignee", "'00000000-0000-7000-9000-000000009003'", "e.serial % 101 = 8"),
    ("region", "'nearly'", "e.serial % 101 = 9"),
    ("clause", "'AIP-N.1'", "e.serial % 101 = 10"),
    ("policy", "'AIP-N'", "e.serial % 101 = 11"),
    ("regulation", "'near-act'", "e.serial % 101 = 12"),
    ("imported", "'nearly'", "e.serial % 101 = 13"),
    ("party", "'00000000-0000-7000-9000-000000009004'", "e.serial % 111 = 14"),
    ("SIGHT", "'/'", "1 = 1"),
    ("SIGHT", "REGION", "1 = 1"),
    ("SIGHT", "REGION || '/' || e.business_unit", "1 = 1"),
];
const SIGHT: &str = "CASE WHEN e.confidential THEN 'closed' ELSE 'open' END";
const REGION: &str = "CASE WHEN e.serial % 400 = 3 THEN 'mea' WHEN e.serial % 3 = 0 THEN 'eu' WHEN e.serial % 3 = 1 THEN 'us' ELSE 'apac' END";

/// Words: one that all have, one in fifty, one in 5,000, and one that begins as few do.
const TERMS: &[(&str, &str)] = &[
    ("'model'", "1 = 1"),
    ("'topic' || CAST(e.serial % 50 AS TEXT)", "1 = 1"),
    ("'subject' || CAST(e.serial % 5000 AS TEXT)", "1 = 1"),
    ("'quartz' || CAST(e.serial % 3 AS TEXT)", "e.serial % 700 = 1"),
    ("'system:parlance'", "e.serial % 450 = 9"),
    ("'granite'", "e.serial % 101 = 15"),
    ("'basalt' || CAST(e.serial % 2 AS TEXT)", "e.serial % 101 = 16"),
    ("'system:nearly'", "e.serial % 101 = 17"),
];

/// Fills an empty database.
pub(super) fn seed(bed: &Bed) -> Conn {
    let mut conn = bed.open();
    // An exception is born a draft and is never deleted; these rows are not its life.
    let unguarded = if bed.url.file().is_some() {
        "DROP TRIGGER nobody_is_born_in_effect"
    } else {
        "ALTER TABLE exceptions DISABLE TRIGGER USER"
    };
    conn.batch_execute(&format!("{unguarded}; DROP INDEX exception_facets_by_exception; BEGIN")).unwrap();
    let body = "x".repeat(600);
    sql_query(format!("{EXCEPTIONS} $1 FROM ({NUMBERS} SELECT i FROM n) numbered"))
        .bind::<Text, _>(body)
        .execute(&mut conn)
        .unwrap();
    for (facet, value, condition) in FACETS {
        let facet = if *facet == "SIGHT" { SIGHT.to_owned() } else { format!("'{facet}'") };
        insert_facets(&mut conn, (&facet, &value.replace("REGION", REGION), condition), "exceptions e");
    }
    days(&mut conn);
    for (term, condition) in TERMS {
        let sql = format!(
            "INSERT INTO exception_terms (term, serial) SELECT {term}, e.serial FROM exceptions e WHERE {condition}"
        );
        conn.batch_execute(&sql).unwrap();
    }
    conn.batch_execute(
        "INSERT INTO facet_counts (facet, value, held) SELECT facet, value, COUNT(*) FROM exception_facets GROUP BY facet, value;
         INSERT INTO term_counts (term, held) SELECT term, COUNT(*) FROM exception_terms GROUP BY term;
         COMMIT; ANALYZE",
    )
    .unwrap();
    conn
}

fn insert_facets(conn: &mut Conn, (facet, value, condition): (&str, &str, &str), from: &str) {
    let sql = format!(
        "INSERT INTO exception_facets (facet, value, serial, exception) SELECT {facet}, {value}, e.serial, e.id FROM {from} WHERE {condition}"
    );
    conn.batch_execute(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The days on which things are due and end; the databases write dates each in their own way.
fn days(conn: &mut Conn) {
    let first: chrono::DateTime<chrono::Utc> = FIRST_DAY.parse().unwrap();
    let rows: Vec<String> =
        (0..365).map(|k| format!("({k}, '{}')", (first + chrono::Duration::days(k)).format("%Y-%m-%d"))).collect();
    conn.batch_execute(&format!(
        "CREATE TABLE seed_days (k BIGINT PRIMARY KEY, day TEXT NOT NULL); INSERT INTO seed_days VALUES {}",
        rows.join(", ")
    ))
    .unwrap();
    let from = "exceptions e CROSS JOIN seed_days d";
    insert_facets(conn, ("'due_day'", "d.day", "e.due_at IS NOT NULL AND d.k = e.serial * 31 % 365"), from);
    insert_facets(conn, ("'end_day'", "d.day", "e.effective_until IS NOT NULL AND d.k = e.serial * 37 % 365"), from);
}
