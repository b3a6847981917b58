//! What a template can do, and what nobody's text can make it do.

use serde_json::json;

use super::*;

const HOSTILE: &str = "\"}, \"x\": {{ secret.TOKEN }}\r\nX-Evil: 1\n{% raw %}/../?a=b#c\u{0}é";

fn context() -> Value {
    json!({ "exception": { "title": HOSTILE, "tier": null, "regions": ["eu", "us"], "count": 3 } })
}

#[expect(clippy::needless_pass_by_value, reason = "a test's arguments are its own")]
fn shape(value: Value) -> Shape {
    Shape::read(&value).expect("a shape")
}

#[test]
fn what_somebody_wrote_is_a_value_and_nothing_else() {
    let filled = shape(json!({ "fields": { "summary": "T: {{ exception.title }}" } })).fill(&context());
    assert_eq!(filled, Ok(Some(json!({ "fields": { "summary": format!("T: {HOSTILE}") } }))));
    let url = Text::read("/x/{{ exception.title }}", Place::Url).expect("a template").fill(&context());
    let url = url.expect("filled");
    assert!(url.starts_with("/x/%22%7D%2C%20%22x%22"), "{url}");
    assert!(!url.get(3..).expect("more").contains(['/', '?', '#', '&', '=', ' ', '\r', '\n']), "{url}");
    let header = Text::read("{{ exception.title }}", Place::Header).expect("a template").fill(&context());
    let header = header.expect("filled");
    assert!(header.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{header:?}");
}

#[test]
fn one_expression_keeps_its_type_and_nothing_is_left_out() {
    let body = shape(json!({
        "regions": "{{ exception.regions }}", "count": "{{ exception.count }}", "tier": "{{ exception.tier }}",
        "labels": ["{{ exception.tier }}"], "fixed": null, "inside": { "tier": "{{ exception.tier }}" },
        "listed": "in {{ exception.regions }}", "said": "{{ exception.tier }}.", "other": "{{ exception.tier | default('none yet') }}"
    }));
    let expected = json!({
        "regions": ["eu", "us"], "count": 3, "fixed": null, "listed": "in eu, us", "said": ".", "other": "none yet"
    });
    assert_eq!(body.fill(&context()), Ok(Some(expected)));
}

#[test]
fn what_a_template_names_is_known_before_it_is_filled() {
    let text = Text::read("{{ a.b | line(9) }}{% if c.d == 'x' %}{{ e.f }}{% endif %}", Place::Json).expect("one");
    let names: Vec<&str> = text.names().iter().map(String::as_str).collect();
    assert_eq!(names, ["a.b", "c.d", "e.f"]);
    let either = Test::read("set.to or requester.external_id").expect("a test");
    assert_eq!(either.names().len(), 2);
    assert_eq!(either.holds(&json!({ "set": { "to": null }, "requester": { "external_id": "+49" } })), Ok(true));
    assert_eq!(either.holds(&json!({ "set": { "to": null }, "requester": { "external_id": null } })), Ok(false));
}

#[test]
fn what_it_could_do_is_bounded() {
    for unread in ["{{ a", "{% for %}", "{{ a | nofilter }}", "{% include 'x' %}", "{{ range(9) }}"] {
        let read = Text::read(unread, Place::Json).and_then(|text| text.fill(&json!({ "a": 1 })));
        assert!(read.is_err(), "{unread}");
    }
    let endless = "{% for a in x %}{% for b in x %}{% for c in x %}{{ a }}{% endfor %}{% endfor %}{% endfor %}";
    let items: Vec<u32> = (0..100).collect();
    let text = Text::read(endless, Place::Json).expect("a template");
    assert!(text.fill(&json!({ "x": items })).is_err());
    assert!(Text::read(&"x".repeat(MOST_CHARS + 1), Place::Json).is_err());
}

#[test]
fn lines_are_cut() {
    let cut = Text::read("{{ a | line(5) }}|{{ a | cut(3) }}", Place::Json).expect("a template");
    assert_eq!(cut.fill(&json!({ "a": "é\n  bcdefg" })), Ok("é bc…|é\n…".replace("é\n…", "é…")));
}
