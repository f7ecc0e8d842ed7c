//! The names that a body gives anywhere, to tell a late one from an unknown one, and those that it assigns to.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};
use syn::{Expr, ExprAssign, PatIdent, Stmt};

use crate::ast::Source;

pub(super) fn all(source: &Source) -> BTreeSet<String> {
    let mut names = Names(source.inputs.iter().map(|input| input.name.to_string()).collect());
    source.body.iter().for_each(|statement| names.visit_stmt(statement));
    names.0
}

struct Names(BTreeSet<String>);

impl<'ast> Visit<'ast> for Names {
    fn visit_pat_ident(&mut self, name: &'ast PatIdent) {
        self.0.insert(name.ident.to_string());
    }
}

/// The variables that statements assign to.
pub(super) fn assigned(statements: &[Stmt]) -> BTreeSet<String> {
    let mut names = Assigned(BTreeSet::new());
    statements.iter().for_each(|statement| names.visit_stmt(statement));
    names.0
}

struct Assigned(BTreeSet<String>);

impl<'ast> Visit<'ast> for Assigned {
    fn visit_expr_assign(&mut self, assign: &'ast ExprAssign) {
        if let Expr::Path(path) = &*assign.left
            && let Some(name) = path.path.get_ident()
        {
            self.0.insert(name.to_string());
        }
        visit::visit_expr_assign(self, assign);
    }
}
