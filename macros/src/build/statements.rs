//! Statements: `let`, assignment, `for`, `if`, constants and local helpers.

use std::rc::Rc;

use syn::spanned::Spanned;
use syn::{Expr, Item, Local, Stmt};

use super::value::{Function, Kind, Value};
use super::{Builder, NODE_LIMIT};

impl Builder<'_> {
    /// Runs statements in the current scope; the value is that of the tail expression.
    pub(super) fn block(&mut self, statements: &[Stmt]) -> Option<Value> {
        // Helpers may be used before they are written.
        for statement in statements {
            if let Stmt::Item(item) = statement {
                self.item(item);
            }
        }
        let mut result = None;
        for (k, statement) in statements.iter().enumerate() {
            if self.limit_reached(statement) {
                return Some(Value::broken(statement.span()));
            }
            let last = k + 1 == statements.len();
            match statement {
                Stmt::Local(local) => self.local(local),
                Stmt::Item(_) => {}
                // `;;`
                Stmt::Expr(Expr::Verbatim(nothing), Some(_)) if nothing.is_empty() => {}
                Stmt::Expr(expr, None) if last => {
                    let value = self.expression(expr, None);
                    if !matches!(value.kind, Kind::Unit) {
                        result = Some(value);
                    }
                }
                Stmt::Expr(expr, _) => self.statement(expr),
                Stmt::Macro(call) => {
                    let value = self.macro_call(&call.mac);
                    result = (last && call.semi_token.is_none()).then_some(value);
                }
            }
        }
        result
    }

    /// Runs statements in a scope of their own.
    pub(super) fn scope(&mut self, statements: &[Stmt]) -> Option<Value> {
        self.scopes.push(Default::default());
        let value = self.block(statements);
        self.scopes.pop();
        value
    }

    fn limit_reached(&mut self, statement: &Stmt) -> bool {
        self.steps += 1;
        if (self.steps > 50 * NODE_LIMIT || self.graph.nodes.len() > NODE_LIMIT) && !self.stopped {
            self.stopped = true;
            self.error(statement.span(), format!("the model unrolls to more than {NODE_LIMIT} layers"));
        }
        self.stopped
    }

    fn local(&mut self, local: &Local) {
        let (pattern, stated) = match &local.pat {
            syn::Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
            pattern => (pattern, None),
        };
        let Some(init) = &local.init else {
            self.error(local.span(), "a `let` in a model needs a value: `let x = Dense(64)(input);`");
            return self.bind_broken(pattern);
        };
        if let Some((_, diverge)) = &init.diverge {
            self.error(diverge.span(), "`let .. else` cannot be used in a model");
        }
        let value = self.expression(&init.expr, Some(pattern));
        if let Some(ty) = stated {
            self.state(&value, ty);
        }
        self.bind_pattern(pattern, value);
    }

    /// `let x: Shape<28, 28, 1> = ..`
    fn state(&mut self, value: &Value, ty: &syn::Type) {
        match (crate::ast::stated_shape(ty), &value.kind) {
            (Ok(dims), Kind::Tensor(edge)) => self.graph.edges[*edge].stated.push((dims, ty.span())),
            // `let n: usize = 3` is plain Rust.
            (Err(_), Kind::Int(_) | Kind::Float(_) | Kind::Bool(_) | Kind::Opaque(_) | Kind::Broken) => {}
            (Ok(_), Kind::Broken) => {}
            (Ok(_), other) => {
                let what = other.describe();
                self.error(ty.span(), format!("only a tensor has a shape, but this is {what}"));
            }
            (Err(error), _) => {
                self.graph.incomplete = true;
                self.errors.add(&error);
            }
        }
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Const(constant) => {
                let value = self.expression(&constant.expr, None);
                self.bind(&constant.ident, value);
            }
            Item::Fn(function) => {
                let parameters = function.sig.inputs.iter().filter_map(|parameter| match parameter {
                    syn::FnArg::Typed(typed) => Some(syn::Pat::Type(typed.clone())),
                    syn::FnArg::Receiver(_) => None,
                });
                let value = Kind::Function(Rc::new(Function {
                    name: function.sig.ident.to_string(),
                    parameters: parameters.collect(),
                    body: function.block.stmts.clone(),
                    captured: self.constants(),
                }));
                self.bind(&function.sig.ident, Value::new(value, function.sig.ident.span()));
            }
            Item::Use(_) => {}
            other => self.error(other.span(), "only constants and functions can be declared in a model"),
        }
    }

    /// What a local `fn` sees of its surroundings.
    fn constants(&self) -> std::collections::BTreeMap<String, Value> {
        let visible = self
            .scopes
            .iter()
            .flatten()
            .filter(|(_, value)| !matches!(value.kind, Kind::Tensor(_) | Kind::Layer(_) | Kind::Chain(_)));
        visible.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn statement(&mut self, expr: &Expr) {
        match expr {
            Expr::Assign(assign) => {
                let name = match &*assign.left {
                    Expr::Path(path) => path.path.get_ident().cloned(),
                    _ => None,
                };
                let value = self.expression(&assign.right, name.as_ref().map(as_pattern).as_ref());
                self.assign(&assign.left, value);
            }
            Expr::Binary(binary) if is_compound(&binary.op) => {
                let value = self.compound(binary);
                self.assign(&binary.left, value);
            }
            Expr::ForLoop(_) | Expr::If(_) | Expr::Block(_) => {
                self.expression(expr, None);
            }
            other => {
                let value = self.expression(other, None);
                if let Kind::Tensor(edge) = value.kind {
                    // The edge is not used by anybody: that is reported with all others.
                    self.graph.edges[edge].unused_ok = false;
                }
            }
        }
    }

    fn assign(&mut self, target: &Expr, value: Value) {
        let name = match target {
            Expr::Path(path) => path.path.get_ident(),
            _ => None,
        };
        let Some(name) = name else {
            let hint = match target {
                Expr::Field(_) => {
                    "\nhint: a layer gets its settings where it is made, as in Dense(64, trainable = false); \
                     those of a model change while the program runs: `model.dense.set_trainable(false)`"
                }
                Expr::Index(_) => {
                    "\nhint: a tensor is made whole, as by select(condition, a, b) or concatenate(a, b, axis = 1)"
                }
                _ => "",
            };
            return self.error(target.span(), format!("only a variable can be assigned to{hint}"));
        };
        let key = name.to_string();
        match self.scopes.iter_mut().rev().find_map(|scope| scope.get_mut(&key)) {
            Some(slot) => *slot = value,
            None => {
                let message = format!("no variable named `{name}` here\nhint: declare it with `let {name} = ..;`");
                self.error(name.span(), message);
                self.bind(name, value);
            }
        }
    }
}

fn as_pattern(name: &syn::Ident) -> syn::Pat {
    syn::Pat::Ident(syn::PatIdent {
        attrs: Vec::new(),
        by_ref: None,
        mutability: None,
        ident: name.clone(),
        subpat: None,
    })
}

pub(super) fn is_compound(op: &syn::BinOp) -> bool {
    use syn::BinOp::*;
    matches!(op, AddAssign(_) | SubAssign(_) | MulAssign(_) | DivAssign(_) | RemAssign(_))
}
