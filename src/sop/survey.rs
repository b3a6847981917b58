//! Reads a parsed expression before it may ever run: which facts it mentions, and whether its
//! cost is bounded whatever they hold. It evaluates nothing.

use std::collections::BTreeSet;

use cel::{
    IdedExpr as Expression,
    common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, operators},
};

use super::vocabulary;

/// Operators and functions an expression may use: all are pure, none makes a value larger than
/// what it was given.
const FUNCTIONS: &[&str] = &[
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::NOT_STRICTLY_FALSE,
    operators::ADD,
    operators::SUBSTRACT,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::NEGATE,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER,
    operators::GREATER_EQUALS,
    operators::LESS,
    operators::LESS_EQUALS,
    operators::IN,
    operators::INDEX,
    "size",
    "contains",
    "startsWith",
    "endsWith",
];

/// Nodes of one expression.
const MAX_NODES: u32 = 400;
/// How deep an expression may nest, so that no evaluation can exhaust a stack.
const MAX_DEPTH: u32 = 40;
/// Elementary steps of one evaluation, at most; a step takes about 0.1 µs in an unoptimised build.
const MAX_COST: u64 = 30_000;
/// A list or a code among the facts has at most so many items or characters.
const FACT_SIZE: u64 = 100;
/// An item of such a list counts as so many characters.
const ITEM_SIZE: u64 = 20;

/// Why an expression is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flaw {
    /// What is wrong.
    pub(super) message: String,
    /// How to mend it.
    pub(super) hint: String,
}

impl Flaw {
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

/// The fact that an expression mentions, as its path.
pub(super) type Path = Vec<String>;

/// Surveys an expression: the facts it mentions, or why it may not run.
pub(super) fn survey(root: &Expression) -> Result<Vec<Path>, Flaw> {
    let mut survey = Survey::default();
    let weight = survey.visit(root)?;
    if weight.cost > MAX_COST {
        return Err(Flaw::new(
            format!("it may take {} steps", weight.cost),
            format!("at most {MAX_COST}; compare with shorter lists, or split it into two gates"),
        ));
    }
    if survey.paths.is_empty() {
        return Err(Flaw::new(
            "it looks at no fact, so it always says the same",
            "name a fact, such as `request.duration_days`",
        ));
    }
    Ok(survey.paths.into_iter().collect())
}

/// Steps to evaluate, and size of what comes out.
#[derive(Clone, Copy)]
struct Weight {
    cost: u64,
    size: u64,
}

#[derive(Default)]
struct Survey<'e> {
    nodes: u32,
    depth: u32,
    paths: BTreeSet<Path>,
    /// The variable of the comprehension around, if any.
    item: Option<&'e str>,
}

impl<'e> Survey<'e> {
    fn visit(&mut self, expr: &'e Expression) -> Result<Weight, Flaw> {
        self.nodes += 1;
        self.depth += 1;
        if self.nodes > MAX_NODES || self.depth > MAX_DEPTH {
            return Err(Flaw::new(
                "it is too large",
                format!("at most {MAX_NODES} parts, {MAX_DEPTH} deep; split it into two gates"),
            ));
        }
        let weight = match &expr.expr {
            Expr::Literal(literal) => Ok(literal_weight(literal)),
            Expr::Ident(name) => self.ident(name),
            Expr::Select(select) => match self.fact(expr)? {
                Some(weight) => Ok(weight),
                None => self.visit(&select.operand).map(one_more),
            },
            Expr::Call(call) => match self.fact(expr)? {
                Some(weight) => Ok(weight),
                None => self.call(call),
            },
            Expr::Comprehension(inner) => self.comprehension(inner),
            Expr::List(list) => self.all(&list.elements),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                Err(Flaw::new("it builds an object", "compare facts with numbers, codes and lists of them"))
            }
        };
        self.depth -= 1;
        weight
    }

    /// The accumulator of a comprehension is written with `@`, which no author can write.
    fn ident(&self, name: &str) -> Result<Weight, Flaw> {
        if self.item == Some(name) || name.starts_with('@') {
            return Ok(Weight { cost: 1, size: ITEM_SIZE });
        }
        if vocabulary::VARIABLES.contains(&name) {
            return Err(Flaw::new(
                format!("`{name}` alone is no fact"),
                "name one of its parts, such as `request.duration_days`",
            ));
        }
        Err(Flaw::new(
            format!("unknown variable `{name}`"),
            format!("variables are {}", vocabulary::VARIABLES.join(", ")),
        ))
    }

    /// A path of fields from one of the variables, noted if it is a known fact.
    fn fact(&mut self, expr: &'e Expression) -> Result<Option<Weight>, Flaw> {
        let Some(path) = path(expr) else {
            return Ok(None);
        };
        if !path.first().is_some_and(|root| vocabulary::VARIABLES.contains(root)) {
            return Ok(None);
        }
        if !vocabulary::is_fact(&path) {
            return Err(Flaw::new(format!("there is no fact `{}`", path.join(".")), near(&path)));
        }
        self.paths.insert(path.iter().map(|part| (*part).to_owned()).collect());
        Ok(Some(Weight { cost: 2, size: FACT_SIZE }))
    }

    fn call(&mut self, call: &'e CallExpr) -> Result<Weight, Flaw> {
        if !FUNCTIONS.contains(&call.func_name.as_str()) {
            return Err(Flaw::new(
                format!("`{}` is not available", call.func_name),
                "use operators, in, size, has, contains, startsWith, endsWith, all, exists, exists_one and filter",
            ));
        }
        let target = call.target.as_deref();
        let weight = self.all(target.into_iter().chain(&call.args))?;
        Ok(Weight {
            cost: weight.cost.saturating_add(weight.size),
            size: if call.func_name == operators::ADD || call.func_name == operators::CONDITIONAL {
                weight.size
            } else {
                ITEM_SIZE
            },
        })
    }

    fn comprehension(&mut self, inner: &'e ComprehensionExpr) -> Result<Weight, Flaw> {
        if self.item.is_some() {
            return Err(Flaw::new(
                "one comprehension stands inside another",
                "use `in` for the inner one, or split it into two gates",
            ));
        }
        if builds_new_items(inner) {
            return Err(Flaw::new("`map` is not available", "use filter, all or exists"));
        }
        if vocabulary::VARIABLES.contains(&inner.iter_var.as_str()) {
            return Err(Flaw::new(format!("the variable `{}` hides a fact", inner.iter_var), "give it another name"));
        }
        let range = self.visit(&inner.iter_range)?;
        self.item = Some(&inner.iter_var);
        let body = self.all([&inner.accu_init, &inner.loop_cond, &inner.loop_step, &inner.result])?;
        self.item = None;
        Ok(Weight { cost: range.cost.saturating_add(range.size.saturating_mul(body.cost)), size: range.size })
    }

    fn all(&mut self, parts: impl IntoIterator<Item = &'e Expression>) -> Result<Weight, Flaw> {
        let mut sum = Weight { cost: 1, size: 1 };
        for part in parts {
            let weight = self.visit(part)?;
            sum.cost = sum.cost.saturating_add(weight.cost);
            sum.size = sum.size.saturating_add(weight.size);
        }
        Ok(sum)
    }
}

fn one_more(weight: Weight) -> Weight {
    Weight { cost: weight.cost.saturating_add(1), ..weight }
}

fn literal_weight(literal: &LiteralValue) -> Weight {
    let size = match literal {
        LiteralValue::String(text) => text.inner().len(),
        LiteralValue::Bytes(bytes) => bytes.inner().len(),
        LiteralValue::Boolean(_)
        | LiteralValue::Double(_)
        | LiteralValue::Int(_)
        | LiteralValue::Null
        | LiteralValue::UInt(_) => 1,
    };
    Weight { cost: 1, size: u64::try_from(size).unwrap_or(u64::MAX) }
}

/// `filter` collects the items it was given; `map` makes new ones, which could double at each turn.
fn builds_new_items(inner: &ComprehensionExpr) -> bool {
    let Expr::List(_) = inner.accu_init.expr else {
        return false;
    };
    let step = match &inner.loop_step.expr {
        Expr::Call(call) if call.func_name == operators::CONDITIONAL => call.args.get(1),
        Expr::Call(_)
        | Expr::Comprehension(_)
        | Expr::Ident(_)
        | Expr::List(_)
        | Expr::Literal(_)
        | Expr::Map(_)
        | Expr::Select(_)
        | Expr::Struct(_)
        | Expr::Unspecified => None,
    };
    let Some(Expr::Call(append)) = step.map(|step| &step.expr) else {
        return true;
    };
    let Some(Expr::List(added)) = append.args.get(1).map(|added| &added.expr) else {
        return true;
    };
    !matches!(added.elements.as_slice(), [one] if matches!(&one.expr, Expr::Ident(name) if *name == inner.iter_var))
}

/// `a.b["c"]` as `a`, `b`, `c`; nothing when the expression is no plain path.
fn path(expr: &Expression) -> Option<Vec<&str>> {
    match &expr.expr {
        Expr::Ident(name) => Some(vec![name]),
        Expr::Select(select) => {
            let mut parts = path(&select.operand)?;
            parts.push(&select.field);
            Some(parts)
        }
        Expr::Call(call) if call.func_name == operators::INDEX => {
            let [operand, key] = call.args.as_slice() else {
                return None;
            };
            let Expr::Literal(LiteralValue::String(key)) = &key.expr else {
                return None;
            };
            let mut parts = path(operand)?;
            parts.push(key.inner());
            Some(parts)
        }
        Expr::Call(_)
        | Expr::Comprehension(_)
        | Expr::List(_)
        | Expr::Literal(_)
        | Expr::Map(_)
        | Expr::Struct(_)
        | Expr::Unspecified => None,
    }
}

/// The facts that begin like this one.
fn near(path: &[&str]) -> String {
    let known = vocabulary::fact_paths();
    let under = |prefix: &str| -> Vec<&str> {
        known.iter().filter(|fact| fact.starts_with(prefix)).map(String::as_str).collect()
    };
    let exact = under(&format!("{}.", path.join(".")));
    let found = if exact.is_empty() { under(&format!("{}.", path.first().unwrap_or(&""))) } else { exact };
    format!("known: {}", found.join(", "))
}
