//! The names that a body gives anywhere, to tell a late one from an unknown one.

use std::collections::BTreeSet;

use syn::PatIdent;
use syn::visit::Visit;

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
