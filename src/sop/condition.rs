//! One CEL expression: parsed once, bounded, and judged against facts. Whatever goes wrong while
//! it is judged makes it not evaluable, never true.

use std::{
    collections::{HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use cel::{
    Context, Env, ExecutionError, IdedExpr as Expression, Value,
    common::ast::{CallExpr, Expr, operators},
    objects::{Key, Map},
};
use serde_json::Value as Json;

use super::{
    literals::Literals,
    survey::{Flaw, Path, survey},
};
use crate::words::Facts;

/// The longest expression, in characters.
pub const MAX_CHARS: usize = 1_000;
/// Brackets in brackets, at most, and the stack that so many need in an unoptimised build.
const PARSER_DEPTH: u16 = 24;
const PARSER_STACK: usize = 32 << 20;
/// What takes longer counts as not evaluable. The survey has bounded the steps, so only a
/// machine that stands still gets here, and a second and third try tell that from a slow rule.
const MAX_TIME: Duration = Duration::from_millis(if cfg!(debug_assertions) { 250 } else { 5 });
const TRIES: usize = 3;
/// The longest explanation, in characters.
const MAX_WHY: usize = 200;

/// What an expression says of the facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It yields `true`.
    Holds,
    /// It yields `false`.
    Fails,
    /// A fact is missing, a type does not fit, or it took too long: why. Never a pass.
    NotEvaluable(String),
}

/// Facts as expressions see them.
pub(super) struct Ground<'f> {
    facts: &'f Facts,
    /// What the procedure says of itself.
    own: Option<&'f Facts>,
    context: Context<'static, 'static>,
}

impl<'f> Ground<'f> {
    /// All facts.
    pub(super) fn new(env: &Arc<Env>, facts: &'f Facts) -> Self {
        Self::narrowed(env, (facts, None), |_, _| true)
    }

    /// The facts, and what the procedure says of itself, as far as these conditions mention them, since making values of all of them takes longer than to judge.
    pub(super) fn of<'c>(
        env: &Arc<Env>,
        (facts, own): (&'f Facts, &'f Facts),
        conditions: impl IntoIterator<Item = &'c Condition>,
    ) -> Self {
        let paths = conditions.into_iter().flat_map(Condition::paths);
        let mentioned: HashSet<[&str; 2]> = paths.filter_map(|path| path.first_chunk()).map(named).collect();
        Self::narrowed(env, (facts, Some(own)), |root, field| mentioned.contains(&[root, field]))
    }

    fn narrowed(
        env: &Arc<Env>,
        (facts, own): (&'f Facts, Option<&'f Facts>),
        wanted: impl Fn(&str, &str) -> bool,
    ) -> Self {
        let mut context = Context::with_env(Arc::clone(env));
        for (name, value) in facts.iter().chain(own.into_iter().flatten()) {
            let value = match value {
                Json::Object(fields) => object(fields.iter().filter(|(field, _)| wanted(name, field))),
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => to_cel(value),
            };
            context.add_variable_from_value(name.as_str(), value);
        }
        Self { facts, own, context }
    }
}

fn named(path: &[String; 2]) -> [&str; 2] {
    path.each_ref().map(String::as_str)
}

fn object<'j>(fields: impl Iterator<Item = (&'j String, &'j Json)>) -> Value {
    let map: HashMap<Key, Value> =
        fields.map(|(key, value)| (Key::String(Arc::new(key.clone())), to_cel(value))).collect();
    Value::Map(Map { map: Arc::new(map) })
}

/// Every whole number that fits is an `int`, so that arithmetic with literals needs no conversion.
fn to_cel(value: &Json) -> Value {
    match value {
        Json::Null => Value::Null,
        Json::Bool(yes) => Value::Bool(*yes),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(int), _) => Value::Int(int),
            (None, Some(float)) => Value::Float(float),
            (None, None) => Value::Null,
        },
        Json::String(text) => Value::String(Arc::new(text.clone())),
        Json::Array(items) => Value::List(Arc::new(items.iter().map(to_cel).collect())),
        Json::Object(fields) => object(fields.iter()),
    }
}

/// The environment of all expressions: the standard library without optional values.
pub(super) fn environment() -> Arc<Env> {
    Arc::new(Env::stdlib().with_optional_support(false))
}

/// A parsed expression that passed its survey.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    root: Expression,
    paths: Vec<Path>,
}

impl Condition {
    pub(super) fn compile(env: &Env, text: &str) -> Result<Self, Flaw> {
        if text.chars().count() > MAX_CHARS {
            return Err(Flaw::new(
                "the expression is too long",
                format!("at most {MAX_CHARS} characters; split it into two gates"),
            ));
        }
        // The parser needs much stack for little text, and its panics end with its thread.
        thread::scope(|scope| {
            thread::Builder::new()
                .stack_size(PARSER_STACK)
                .spawn_scoped(scope, || parse(env, text))
                .map_err(|error| unreadable(&error.to_string()))?
                .join()
                .unwrap_or_else(|_| Err(unreadable("the parser gave up")))
        })
    }

    /// The numbers and texts that it names.
    pub(super) fn literals(&self) -> Literals {
        Literals::of(&self.root)
    }

    /// The facts it mentions.
    pub(super) fn paths(&self) -> &[Path] {
        &self.paths
    }

    /// What it says, with its two-valued operators read from left to right: `||` does not hide a
    /// part that cannot be evaluated behind a later one that holds.
    pub(super) fn judge(&self, ground: &Ground<'_>) -> Verdict {
        for _ in 0..TRIES {
            let begun = Instant::now();
            let outcome = catch_unwind(AssertUnwindSafe(|| truth(&self.root, &ground.context)));
            if begun.elapsed() > MAX_TIME {
                continue;
            }
            return match outcome {
                Ok(Ok(true)) => Verdict::Holds,
                Ok(Ok(false)) => Verdict::Fails,
                Ok(Err(why)) => Verdict::NotEvaluable(shortened(&why)),
                Err(_) => Verdict::NotEvaluable("the evaluation broke off".to_owned()),
            };
        }
        Verdict::NotEvaluable(format!("it took longer than {} ms", MAX_TIME.as_millis()))
    }

    /// The facts it mentions with their values; an absent one is null.
    pub(super) fn looked_at(&self, ground: &Ground<'_>) -> Facts {
        self.paths.iter().map(|path| (path.join("."), ground.value_at(path))).collect()
    }

    /// Tries every part on facts that have all names and types, and says which cannot be meant.
    pub(super) fn trial(&self, ground: &Ground<'_>) -> Result<(), String> {
        catch_unwind(AssertUnwindSafe(|| try_parts(&self.root, &ground.context)))
            .unwrap_or_else(|_| Err("the evaluation broke off".to_owned()))
    }
}

fn parse(env: &Env, text: &str) -> Result<Condition, Flaw> {
    let parser = env.parser().max_recursion_depth(PARSER_DEPTH);
    let root = parser.parse(text).map_err(|errors| {
        let first = errors.errors.first().map_or("", |error| error.msg.as_str());
        unreadable(first.split(" expecting ").next().unwrap_or(first))
    })?;
    let paths = survey(&root)?;
    Ok(Condition { root, paths })
}

fn unreadable(why: &str) -> Flaw {
    Flaw::new(format!("not a CEL expression: {}", shortened(why)), "see https://cel.dev for the syntax")
}

impl Ground<'_> {
    fn value_at(&self, path: &[String]) -> Json {
        let mut parts = path.iter();
        let known = |root: &String| self.facts.get(root).or_else(|| self.own.and_then(|own| own.get(root)));
        let mut value = parts.next().and_then(known);
        for part in parts {
            value = value.and_then(|value| value.get(part));
        }
        value.cloned().unwrap_or(Json::Null)
    }
}

fn shortened(why: &str) -> String {
    why.lines().next().unwrap_or_default().chars().take(MAX_WHY).collect()
}

fn as_call(expr: &Expression) -> Option<(&str, &[Expression])> {
    let Expr::Call(CallExpr { func_name, target: None, args }) = &expr.expr else {
        return None;
    };
    Some((func_name, args))
}

fn truth(expr: &Expression, context: &Context<'_, '_>) -> Result<bool, String> {
    match as_call(expr) {
        Some((operators::LOGICAL_AND, [a, b])) => Ok(truth(a, context)? && truth(b, context)?),
        Some((operators::LOGICAL_OR, [a, b])) => Ok(truth(a, context)? || truth(b, context)?),
        Some((operators::LOGICAL_NOT, [a])) => Ok(!truth(a, context)?),
        Some((operators::CONDITIONAL, [condition, yes, no])) => {
            let branch = if truth(condition, context)? { yes } else { no };
            truth(branch, context)
        }
        Some(_) | None => leaf(expr, context).map_err(|why| match why {
            Why::NoBool(kind) => format!("it yields a {kind}, not true or false"),
            Why::Error(ExecutionError::NoSuchKey(name)) => format!("there is no fact `{name}`"),
            Why::Error(error) => error.to_string(),
        }),
    }
}

enum Why {
    NoBool(String),
    Error(ExecutionError),
}

fn leaf(expr: &Expression, context: &Context<'_, '_>) -> Result<bool, Why> {
    let value = Value::resolve(expr, context).map_err(Why::Error)?;
    if let Value::Bool(yes) = value { Ok(yes) } else { Err(Why::NoBool(value.type_of().to_string())) }
}

fn try_parts(expr: &Expression, context: &Context<'_, '_>) -> Result<(), String> {
    match as_call(expr) {
        Some((
            operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT | operators::CONDITIONAL,
            parts,
        )) => parts.iter().try_for_each(|part| try_parts(part, context)),
        Some(_) | None => match leaf(expr, context) {
            Ok(_) => Ok(()),
            Err(Why::NoBool(kind)) => Err(format!("it yields a {kind}, not true or false")),
            Err(Why::Error(error)) if depends_on_values(&error) => Ok(()),
            Err(Why::Error(error)) => Err(error.to_string()),
        },
    }
}

/// Errors that other values would not give.
fn depends_on_values(error: &ExecutionError) -> bool {
    matches!(
        error,
        ExecutionError::NoSuchKey(_)
            | ExecutionError::IndexOutOfBounds(_)
            | ExecutionError::DivisionByZero(_)
            | ExecutionError::RemainderByZero(_)
            | ExecutionError::Overflow(..)
    )
}

#[cfg(test)]
mod tests;
