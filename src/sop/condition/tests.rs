//! Expressions that were written to break something.

use super::*;
use crate::sop::samples::facts;

/// Pieces of expressions, put together at random but always in the same way.
const PIECES: &[&str] = &[
    "request",
    ".",
    "permanent",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "!",
    "-",
    "?",
    ":",
    "||",
    "&&",
    "'",
    "\"",
    "\\",
    "1",
    "9223372036854775808",
    "0x",
    "1e999",
    "u",
    "null",
    "true",
    "in",
    "has(",
    "all(",
    "exists(x, ",
    "map(",
    "x",
    "request.controls",
    "prior.rejected",
    "scores.max",
    "@result",
    "__proto__",
    "`",
    "\u{0}",
    "é",
    "\u{202e}",
    "//",
    "/*",
    "%",
    "+",
    "==",
    ">",
    ",",
    "size(",
    "type(",
    "b'\\xff'",
    "r'''",
    "\n",
    "timestamp(",
    "duration('1s')",
    ".?",
    "optional.of(",
];

/// Written by hand: each looks as if it could slip through.
const ODD: &[&str] = &[
    "",
    " ",
    "true",
    "!false",
    "1",
    "'true'",
    "null",
    "[]",
    "{}",
    "[true][0]",
    "{'a': true}.a",
    "request",
    "request.",
    ".request",
    "request..controls",
    "request?.controls",
    "request.controls?",
    "prior.unknown || true",
    "true || prior.unknown",
    "prior",
    "has(prior)",
    "has(prior.unknown)",
    "prior.rejected",
    "prior.rejected == 0 || true || true",
    "!prior.rejected",
    "prior.rejected == 'x'",
    "type(prior) == map",
    "dyn(prior.rejected) == 0",
    "bool('true')",
    "string(prior.rejected) == '0'",
    "prior.similar / prior.rejected == 1 || true",
    "request.regions.all(r, prior)",
    "request.regions.exists(r, r || true)",
    "[].all(x, x)",
    "[].all(x, prior.rejected > 0) ",
    "request.attachments.chars > 0",
    "request[request.kind]",
    "request['kind'] == prior['nothing']",
    "optional.of(true).value()",
    "cel.bind(a, true, a)",
    "request.kind.matches('(a+)+$')",
    "timestamp('2020-01-01T00:00:00Z') < timestamp('2021-01-01T00:00:00Z')",
    "prior.similar == prior.similar / 0",
    "9223372036854775807 + prior.similar > 0",
    "-9223372036854775808 == prior.similar - 9223372036854775807",
];

/// Facts that say nothing: no expression that depends on them can hold.
fn nothing() -> Facts {
    Facts::from([("request".to_owned(), Json::Null)])
}

fn check(env: &Arc<Env>, text: &str) {
    let Ok(condition) = Condition::compile(env, text) else {
        return;
    };
    let (full, empty) = (facts(), nothing());
    condition.judge(&Ground::new(env, &full));
    let verdict = condition.judge(&Ground::new(env, &empty));
    let decided_by_a_literal = text.starts_with("true") || text.contains("has(") || text.starts_with("[]");
    assert!(verdict != Verdict::Holds || decided_by_a_literal, "{text}");
}

#[test]
fn odd_expressions_never_panic_and_never_hold_by_accident() {
    let env = environment();
    for text in ODD {
        check(&env, text);
    }
    let mut seed: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut draw = |bound: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).expect("31 bits") % bound
    };
    for _ in 0..300 {
        let text: String = (0..=draw(12)).map(|_| PIECES[draw(PIECES.len())]).collect();
        check(&env, &text);
    }
}

#[test]
fn the_largest_expressions_neither_exhaust_the_stack_nor_the_time() {
    let env = environment();
    let chain = |piece: &str| piece.repeat(MAX_CHARS / piece.len());
    for text in [
        format!("request.controls{}", chain("+1").get(..980).expect("long")),
        chain("!"),
        chain("-"),
        chain("("),
        chain("["),
        chain("a?b:"),
        chain("has("),
        format!("request{}", chain(".a").get(..990).expect("long")),
        format!("request.kind{}", chain("[0]").get(..900).expect("long")),
        format!("{}x", chain("--(").get(..600).expect("long")),
    ] {
        check(&env, &text);
    }
}

#[test]
fn the_costliest_expression_is_fast_enough() {
    let env = environment();
    let text = "request.clauses.all(c, !(c in request.regions))";
    let mut full = facts();
    if let Some(Json::Object(request)) = full.get_mut("request") {
        for (list, prefix) in [("clauses", "c"), ("regions", "r")] {
            let items = (0..100).map(|n| Json::String(format!("{prefix}-{n:0>20}"))).collect();
            request.insert(list.to_owned(), Json::Array(items));
        }
    }
    let condition = Condition::compile(&env, text).expect("within the bound");
    assert_eq!(condition.judge(&Ground::new(&env, &full)), Verdict::Holds);
}
