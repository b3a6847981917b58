//! The numbers and texts that an expression names: what its answer may hang on. It evaluates nothing.

use std::collections::BTreeSet;

use cel::{
    IdedExpr as Expression,
    common::ast::{Expr, LiteralValue},
};

/// What an expression names.
#[derive(Debug, Default)]
pub(super) struct Literals {
    pub(super) numbers: BTreeSet<i64>,
    pub(super) texts: BTreeSet<String>,
}

impl Literals {
    pub(super) fn of(root: &Expression) -> Self {
        let mut found = Self::default();
        found.visit(root);
        found
    }

    fn visit(&mut self, expr: &Expression) {
        match &expr.expr {
            Expr::Literal(LiteralValue::Int(number)) => {
                self.numbers.insert(*number.inner());
            }
            Expr::Literal(LiteralValue::UInt(number)) => self.numbers.extend(i64::try_from(*number.inner())),
            Expr::Literal(LiteralValue::String(text)) => {
                self.texts.insert(text.inner().to_owned());
            }
            Expr::Select(select) => self.visit(&select.operand),
            Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).for_each(|part| self.visit(part)),
            Expr::Comprehension(inner) => {
                let parts = [&inner.iter_range, &inner.accu_init, &inner.loop_cond, &inner.loop_step, &inner.result];
                for part in parts {
                    self.visit(part);
                }
            }
            Expr::List(list) => list.elements.iter().for_each(|part| self.visit(part)),
            Expr::Literal(
                LiteralValue::Boolean(_) | LiteralValue::Bytes(_) | LiteralValue::Double(_) | LiteralValue::Null,
            )
            | Expr::Ident(_)
            | Expr::Map(_)
            | Expr::Struct(_)
            | Expr::Unspecified => {}
        }
    }
}
