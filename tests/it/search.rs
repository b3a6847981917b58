//! Searching by words, and the list as CSV.

use actix_web::http::Method;
use diesel::connection::SimpleConnection;
use proviso::store::{
    DatabaseUrl,
    backend::{Connector, Purpose},
    orders::Misplaced,
};
use serde_json::{Value, json};

use crate::world::{World, request};

fn found(world: &World, who: &str, q: &str) -> Vec<String> {
    let page = world.get(who, &format!("/v1/exceptions?sort=number&q={q}")).expect(200);
    page["items"].as_array().unwrap().iter().map(|one| one["number"].as_str().unwrap().to_owned()).collect()
}

fn titled(world: &World, who: &str, title: &str, confidential: bool) -> String {
    let mut body = request();
    body["title"] = json!(title);
    body["confidential"] = json!(confidential);
    world.post(who, "/v1/exceptions", body).expect(201)["id"].as_str().unwrap().to_owned()
}

fn count(world: &World, table: &str) -> i64 {
    #[derive(diesel::QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    let sql = format!("SELECT COUNT(*) AS count FROM {table}");
    world.read(|conn| {
        let row: Count = diesel::RunQueryDsl::get_result(diesel::sql_query(sql), conn).unwrap();
        row.count
    })
}

#[test]
fn words_are_found_by_their_beginning_whatever_their_case_and_accents() {
    let world = World::new();
    titled(&world, "rita", "Übersetzung der Verträge", false);
    titled(&world, "rita", "Ubiquitous translation of contracts", false);
    let (one, two) = ("EX-2026-000001", "EX-2026-000002");
    assert_eq!(found(&world, "gita", "UBERSETZ"), [one]);
    assert_eq!(found(&world, "gita", "%C3%BCb"), [one, two]);
    assert_eq!(found(&world, "gita", "ub%20contr"), [two], "all words must be there");
    assert_eq!(found(&world, "gita", "EX-2026-000002"), [two]);
    assert_eq!(
        found(&world, "gita", "aip-2.1%20llm%20nine%20answers"),
        [one, two],
        "clause, system, justification, purpose"
    );
    assert!(found(&world, "gita", "setzung").is_empty(), "not by the middle of a word");
    assert!(found(&world, "gita", "vendor%25").is_empty(), "and there are no wildcards");
}

#[test]
fn only_who_sees_a_text_finds_its_words() {
    let world = World::new();
    titled(&world, "rita", "Zeppelin forecasts", true);
    assert_eq!(found(&world, "rita", "zeppelin").len(), 1);
    assert_eq!(found(&world, "gita", "zepp").len(), 1);
    for who in ["ben", "rosa", "boris"] {
        assert!(found(&world, who, "zeppelin").is_empty(), "{who}");
    }
}

#[test]
fn an_amended_text_is_found_by_its_new_words_alone() {
    let world = World::new();
    let id = titled(&world, "rita", "Zeppelin forecasts", false);
    world.patch("rita", &id, json!({ "title": "Balloon forecasts" })).expect(200);
    assert!(found(&world, "gita", "zeppelin").is_empty());
    assert_eq!(found(&world, "gita", "balloon").len(), 1);
    assert_eq!(count(&world, "term_counts WHERE term = 'zeppelin'"), 0, "nor is the word itself kept");
}

#[test]
fn the_terms_of_an_exception_can_be_dropped_and_written_again() {
    let world = World::new();
    let id = titled(&world, "rita", "Zeppelin forecasts", false).parse().unwrap();
    let store = world.app.desk().store();
    let dropped = store.write::<_, proviso::store::StoreError>(move |tx| tx.forget_terms(id)).unwrap();
    dropped.blocking_recv().unwrap().unwrap();
    assert_eq!((count(&world, "exception_terms"), count(&world, "term_counts")), (0, 0));
    assert!(found(&world, "gita", "zeppelin").is_empty());
    let again = store.write::<_, proviso::store::StoreError>(move |tx| tx.rewrite_terms(id)).unwrap();
    again.blocking_recv().unwrap().unwrap();
    assert_eq!(found(&world, "gita", "zeppelin").len(), 1);
}

#[test]
fn counts_are_what_stands_in_the_index() {
    let world = World::new();
    world.active();
    let id = world.decided_on(2);
    world.command("rita", &id, "withdraw", json!({})).expect(200);
    let differing = "(SELECT facet, value, COUNT(*) AS held FROM exception_facets GROUP BY facet, value \
        EXCEPT SELECT facet, value, held FROM facet_counts) d";
    let superfluous = "facet_counts c WHERE held <> 0 AND NOT EXISTS \
        (SELECT 1 FROM exception_facets f WHERE f.facet = c.facet AND f.value = c.value)";
    let terms = "(SELECT term, COUNT(*) AS held FROM exception_terms GROUP BY term EXCEPT SELECT term, held FROM term_counts) d";
    assert_eq!([differing, superfluous, terms].map(|wrong| count(&world, wrong)), [0, 0, 0]);
}

#[test]
fn what_lists_read_from_can_be_written_anew_from_the_record() {
    let world = World::new();
    world.active();
    let id = world.decided_on(2);
    let derived = ["exception_facets", "exception_terms", "facet_counts", "term_counts", "task_seats"];
    let before = derived.map(|table| count(&world, &format!("{table} WHERE {}", live(table))));
    let url: DatabaseUrl = world.app.config().database.url.reveal().parse().unwrap();
    let mut conn = Connector::new(&url, Purpose::Write).open().unwrap();
    conn.batch_execute(&derived.map(|table| format!("DELETE FROM {table}")).join("; ")).unwrap();
    assert!(found(&world, "gita", "summaries").is_empty());
    world.app.desk().store().derive_missing().unwrap();
    assert_eq!(derived.map(|table| count(&world, &format!("{table} WHERE {}", live(table)))), before);
    assert_eq!(found(&world, "gita", "summaries").len(), 2);
    let tasks = world.get("boris", &format!("/v1/tasks?assignee=me&exception={id}")).expect(200);
    assert_eq!(tasks["items"].as_array().unwrap().len(), 1);
}

/// Counts of values that nothing has any more are left out of the comparison.
fn live(table: &str) -> &'static str {
    if table.ends_with("counts") { "held > 0" } else { "1 = 1" }
}

/// The rows of a CSV.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(ToOwned::to_owned).collect()).collect()
}

#[test]
fn the_list_as_csv_is_the_same_list_and_harmless() {
    let world = World::new();
    let hostile = ["=1+1", "+1", "-1;\"x\"", "@SUM(A1)", "a, \"quoted\" title", "=HYPERLINK(\"http://example.com\")"];
    for title in hostile {
        titled(&world, "rita", title, false);
    }
    titled(&world, "rita", "Secret", true);
    let reply = world.get("rosa", "/v1/exceptions.csv?sort=number&state=draft");
    assert!(reply.header("content-type").unwrap().starts_with("text/csv"));
    assert!(reply.text.contains("\r\n") && !reply.text.replace("\r\n", "").contains('\n'));
    let rows = rows(&reply.text);
    assert_eq!(rows[0][..7], ["number", "id", "version", "state", "tier", "kind", "title"].map(str::to_owned));
    let titles: Vec<&str> = rows[1..].iter().map(|row| row[6].as_str()).collect();
    let inert = hostile.map(|title| if "=+-@".contains(&title[..1]) { format!("'{title}") } else { title.to_owned() });
    assert_eq!(titles, inert, "what Rosa does not see is not in it");
    let accepted = world.ask_with("rosa", Method::GET, "/v1/exceptions?sort=number", None, &[("accept", "text/csv")]);
    assert_eq!(accepted.text, reply.text);
    assert_eq!(world.get("rosa", "/v1/exceptions.csv?limit=3").code(422), "unknown_parameter");
    assert_eq!(world.get("rosa", "/v1/exceptions.csv?state=odd").code(422), "invalid_value");
}

#[test]
fn a_csv_has_every_row_however_many_there_are() {
    let world = World::with(&[("limits.requests_per_minute", "0")]);
    let body: Value = json!({ "title": "One of many" });
    for _ in 0..205 {
        world.post("rita", "/v1/exceptions", body.clone()).expect(201);
    }
    for sort in ["number", "-changed_at"] {
        let rows = rows(&world.get("gita", &format!("/v1/exceptions.csv?sort={sort}")).text);
        let numbers: std::collections::BTreeSet<&String> = rows[1..].iter().map(|row| &row[0]).collect();
        assert_eq!((rows.len(), numbers.len()), (206, 205), "{sort}");
    }
}

/// The lists that values have, as the exceptions themselves give them.
const LISTED: &str = "SELECT v.list AS list, s.sort AS sort, CASE s.sort WHEN 1 THEN e.changed_at WHEN 2 THEN e.due_at \
    WHEN 3 THEN e.effective_until ELSE e.severity END AS place, e.serial AS serial \
    FROM (SELECT c.ordered AS list, f.serial AS serial FROM facet_counts c \
        JOIN exception_facets f ON f.facet = c.facet AND f.value = c.value WHERE c.ordered IS NOT NULL \
        UNION ALL SELECT c.ordered, t.serial FROM term_counts c JOIN exception_terms t ON t.term = c.term \
        WHERE c.ordered IS NOT NULL) v \
    JOIN exceptions e ON e.serial = v.serial \
    CROSS JOIN (SELECT 1 AS sort UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) s \
    WHERE CASE s.sort WHEN 1 THEN e.changed_at WHEN 2 THEN e.due_at WHEN 3 THEN e.effective_until \
        ELSE e.severity END IS NOT NULL";
const KEPT: &str = "SELECT list, sort, place, serial FROM exception_orders";

/// Gives everything that exceptions have now a list of its own, as only large installations have.
fn list_everything(world: &World) {
    let facets = world.read(|conn| {
        let sql = "SELECT facet AS facet, value AS value FROM facet_counts WHERE ordered IS NULL \
                   UNION ALL SELECT '', term FROM term_counts WHERE ordered IS NULL";
        let rows: Vec<Counted> = diesel::RunQueryDsl::load(diesel::sql_query(sql), conn).unwrap();
        rows
    });
    let misplaced: Vec<Misplaced> =
        facets.into_iter().map(|row| Misplaced::unlisted(row.facet.parse().ok(), row.value)).collect();
    let store = world.app.desk().store();
    let made = store.write::<_, proviso::store::StoreError>(move |tx| tx.put_in_order(&misplaced)).unwrap();
    assert!(made.blocking_recv().unwrap().unwrap() > 0);
}

#[derive(diesel::QueryableByName)]
struct Counted {
    #[diesel(sql_type = diesel::sql_types::Text)]
    facet: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

fn assert_lists_follow(world: &World, when: &str) {
    let superfluous = count(world, &format!("({KEPT} EXCEPT {LISTED}) d"));
    let missing = count(world, &format!("({LISTED} EXCEPT {KEPT}) d"));
    assert_eq!((superfluous, missing), (0, 0), "{when}");
    assert!(count(world, "exception_orders") > 0, "{when}");
}

#[test]
fn what_is_kept_in_every_order_follows_all_that_happens() {
    let world = World::new();
    let first = titled(&world, "rita", "Zeppelin forecasts", false);
    list_everything(&world);
    assert_lists_follow(&world, "made");
    let active = world.active();
    list_everything(&world);
    assert_lists_follow(&world, "after a whole life");
    let id = world.decided_on(2);
    assert_lists_follow(&world, "while it is decided");
    world.command("rita", &id, "withdraw", json!({})).expect(200);
    assert_lists_follow(&world, "withdrawn");
    world.patch("rita", &first, json!({ "title": "Balloon forecasts", "confidential": true })).expect(200);
    assert_lists_follow(&world, "amended");
    titled(&world, "rita", "Zeppelin forecasts once more", false);
    assert_lists_follow(&world, "a word whose list went with the last text that had it");
    world.days(400);
    world.settle();
    assert_lists_follow(&world, "a year later");
    assert!(!active.is_empty());
    let by = |sort: &str| {
        let page = world.get("gita", &format!("/v1/exceptions?sort={sort}&state=draft")).expect(200);
        page["items"].as_array().unwrap().iter().map(|one| one["number"].clone()).collect::<Vec<_>>()
    };
    let mut backwards = by("-changed_at");
    backwards.reverse();
    assert_eq!(by("changed_at"), backwards);
}
