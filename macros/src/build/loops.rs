//! `if`, `for` and the lists that loops run over.

use proc_macro2::Span;
use quote::ToTokens;
use syn::Expr;
use syn::spanned::Spanned;

use super::Builder;
use super::expressions::shorten;
use super::value::{Kind, Value, show};

impl Builder<'_> {
    /// The branch that is taken, which must be known now.
    pub(super) fn if_else(&mut self, branch: &syn::ExprIf) -> Value {
        let span = branch.cond.span();
        let condition = self.expression(&branch.cond, None);
        match condition.kind {
            Kind::Bool(true) => self.scope(&branch.then_branch.stmts).unwrap_or(Value::new(Kind::Unit, span)),
            Kind::Bool(false) => match &branch.else_branch {
                Some((_, otherwise)) => self.expression(otherwise, None),
                None => Value::new(Kind::Unit, span),
            },
            Kind::Broken => Value::broken(span),
            Kind::Opaque(_) => {
                self.unknown_constant(span, &branch.cond);
                Value::broken(span)
            }
            Kind::Int(_) | Kind::Float(_) => {
                self.refuse(span, "the condition of `if` must be true or false, as in `if k == 0`")
            }
            other => {
                let (what, hint) = match &other {
                    Kind::Tensor(_) => {
                        (other.describe(), "\nhint: one value or the other is taken by select(x > 0.0, a, b)")
                    }
                    _ => (other.describe(), ""),
                };
                let message =
                    format!("the condition of `if` must be known while the program compiles, but this is {what}{hint}");
                self.refuse(span, message)
            }
        }
    }

    /// A single round of a loop over what is not known: mistakes in its body are found, and nothing is said of what it
    /// changes.
    fn round_of_unknown(&mut self, each: &syn::ExprForLoop) -> Value {
        let span = each.expr.span();
        let before = self.scopes.clone();
        self.scopes.push(Default::default());
        self.bind_broken(&each.pat);
        self.block(&each.body.stmts);
        self.scopes.pop();
        let changed = |was: Option<&Value>, is: &Value| match (was.map(|value| &value.kind), &is.kind) {
            (Some(Kind::Tensor(was)), Kind::Tensor(is)) => was != is,
            (Some(Kind::List(was)), Kind::List(is)) => was.len() != is.len(),
            (Some(was), is) => std::mem::discriminant(was) != std::mem::discriminant(is),
            (None, _) => true,
        };
        for (scope, before) in self.scopes.iter_mut().zip(&before) {
            for (name, value) in scope.iter_mut().filter(|(name, value)| changed(before.get(*name), value)) {
                *value = Value::broken(before.get(name).map_or(span, |value| value.span));
            }
        }
        Value::broken(span)
    }

    /// A loop, unrolled.
    pub(super) fn for_loop(&mut self, each: &syn::ExprForLoop) -> Value {
        let span = each.expr.span();
        let items = match self.expression(&each.expr, None).kind {
            Kind::List(items) | Kind::Tuple(items) => items,
            Kind::Broken => return self.round_of_unknown(each),
            Kind::Opaque(_) => {
                self.unknown_constant(span, &each.expr);
                return self.round_of_unknown(each);
            }
            other => {
                let what = other.describe();
                self.error(
                    span,
                    format!("`for` runs over a list or a range, but this is {what}\nhint: write `for units in [32, 64]` or `for k in 0..3`"),
                );
                return self.round_of_unknown(each);
            }
        };
        for item in items {
            if self.stopped {
                break;
            }
            self.context.push(format!("`for {} = {}`", each.pat.to_token_stream(), show(&item)));
            self.scopes.push(Default::default());
            self.bind_pattern(&each.pat, item);
            self.block(&each.body.stmts);
            self.scopes.pop();
            self.context.pop();
        }
        Value::new(Kind::Unit, span)
    }

    pub(super) fn range(&mut self, range: &syn::ExprRange) -> Value {
        let span = range.span();
        let mut bound = |expr: &Option<Box<Expr>>| match expr {
            Some(expr) => self.expression(expr, None).kind,
            None => Kind::Unit,
        };
        let (start, end) = (bound(&range.start), bound(&range.end));
        let inclusive = matches!(range.limits, syn::RangeLimits::Closed(_));
        match (start, end) {
            (Kind::Int(start), Kind::Int(end)) => {
                let end = if inclusive { end.saturating_add(1) } else { end };
                if end.saturating_sub(start) > super::NODE_LIMIT as i64 {
                    return self.refuse(
                        span,
                        format!("a loop of {} rounds is more than a model can have", end.saturating_sub(start)),
                    );
                }
                Value::new(Kind::List((start..end).map(|n| Value::new(Kind::Int(n), span)).collect()), span)
            }
            (Kind::Opaque(tokens), _) | (_, Kind::Opaque(tokens)) => Value::new(Kind::Opaque(tokens), span),
            _ => self.refuse(span, "expected a range of integers such as 0..3"),
        }
    }

    pub(super) fn repeat(&mut self, repeat: &syn::ExprRepeat) -> Value {
        let span = repeat.span();
        match self.expression(&repeat.len, None).kind {
            Kind::Int(n) if (0..=super::NODE_LIMIT as i64).contains(&n) => {
                let values = (0..n).map(|_| self.expression(&repeat.expr, None)).collect();
                Value::new(Kind::List(values), span)
            }
            _ => self.refuse(span, "the compiler must know how often this is repeated"),
        }
    }

    fn unknown_constant(&mut self, span: Span, expr: &Expr) {
        self.error(
            span,
            format!(
                "`{}` must be known when the model is unrolled, but it reads a constant from outside\n\
                 hint: declare the constant inside the model: `const DEPTH: usize = 3;`",
                shorten(expr)
            ),
        );
    }
}
