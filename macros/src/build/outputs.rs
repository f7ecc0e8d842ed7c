//! What a model returns.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Ident, Stmt};

use super::Builder;
use super::value::{Kind, Value};
use crate::ast::{Declared, Dimension, Source};
use crate::graph::{LayerKind, Output};
use crate::names;
use crate::similar::similar;

impl Builder<'_> {
    /// The names of the outputs: declared ones, those of `Outputs { .. }`, or the variables.
    pub(super) fn outputs(&mut self, source: &Source, result: Option<Value>) {
        let Some(result) = result else {
            self.nothing_returned(source);
            return;
        };
        let span = result.span;
        let found: Vec<(Option<Ident>, Value)> = match result.kind {
            Kind::Broken => return,
            Kind::Tuple(values) => values.into_iter().map(|value| (None, value)).collect(),
            Kind::Outputs(fields) => fields.into_iter().map(|(name, value)| (Some(name), value)).collect(),
            _ => vec![(None, result)],
        };
        match &source.outputs {
            Declared::Broken => self.graph.incomplete = true,
            Declared::Several(declared) => self.named_outputs(declared, found, span),
            Declared::One(_, declared) if found.len() != 1 => {
                self.error(
                    *declared,
                    format!(
                        "one output is declared, but the body returns {}\n\
                         hint: declare each by name: `-> Outputs<class = Output<10>, score = Output<1>>`",
                        found.len()
                    ),
                );
            }
            Declared::One(..) => {
                let (_, value) = found.into_iter().next().expect("there is one");
                self.output(Ident::new("output", span), value);
            }
            Declared::Open if found.len() == 1 && found[0].0.is_none() => {
                let (_, value) = found.into_iter().next().expect("there is one");
                self.output(Ident::new("output", span), value);
            }
            Declared::Open => {
                for (name, value) in found {
                    let name = name.or_else(|| self.variable_name(&value));
                    match name {
                        Some(name) => self.output(name, value),
                        None => self.error(
                            value.span,
                            "this output has no name\nhint: bind it with `let`, or end the body with `Outputs { name: .. }`",
                        ),
                    }
                }
            }
        }
    }

    fn variable_name(&self, value: &Value) -> Option<Ident> {
        match value.kind {
            Kind::Tensor(edge) => names::ident(&self.graph.edges[edge].name, value.span),
            _ => None,
        }
    }

    fn named_outputs(&mut self, declared: &[(Ident, Vec<Dimension>)], found: Vec<(Option<Ident>, Value)>, span: Span) {
        let named = found.iter().all(|(name, _)| name.is_some());
        if !named {
            if found.len() != declared.len() {
                let names: Vec<String> = declared.iter().map(|(name, _)| format!("`{name}`")).collect();
                self.error(
                    span,
                    format!(
                        "{} outputs are declared ({}), but the body returns {}\nhint: end the body in `Outputs {{ {} }}`",
                        declared.len(),
                        names.join(", "),
                        found.len(),
                        names.join(", ").replace('`', "")
                    ),
                );
                return;
            }
            for ((name, _), (_, value)) in declared.iter().zip(found) {
                self.output(name.clone(), value);
            }
            return;
        }
        let names: Vec<String> = declared.iter().map(|(name, _)| name.to_string()).collect();
        let returned = |name: &String| found.iter().any(|(other, _)| other.as_ref().is_some_and(|other| other == name));
        let mut missing: Vec<String> = names.iter().filter(|name| !returned(name)).cloned().collect();
        for (name, value) in &found {
            let name = name.as_ref().expect("all are named");
            if names.contains(&name.to_string()) {
                continue;
            }
            // `Outputs { prize }` is one mistake, whether or not there is a tensor of that name.
            if let Kind::Word(word) = &value.kind
                && word != name
            {
                self.unknown_tensor(word);
            }
            let hint = match similar(&name.to_string(), missing.iter().map(String::as_str)).map(str::to_string) {
                // A misspelt output is not missing as well.
                Some(near) => {
                    missing.retain(|name| *name != near);
                    format!("did you mean `{near}`?")
                }
                None => format!("the declared outputs are {}", names.join(", ")),
            };
            self.error(name.span(), format!("no output `{name}` is declared\nhint: {hint}"));
        }
        for name in missing {
            let message = format!(
                "output `{name}` is declared, but the body does not return it\n\
                 hint: add it to `Outputs {{ .. }}`, or remove it from the signature"
            );
            self.error(span, message);
        }
        for (name, _) in declared {
            if let Some((Some(found_name), value)) = found.iter().find(|(other, _)| other.as_ref() == Some(name)) {
                self.output(names::at(name, found_name.span()), value.clone());
            }
        }
    }

    fn nothing_returned(&mut self, source: &Source) {
        if self.graph.incomplete {
            return;
        }
        let name = &source.name;
        match source.body.last() {
            Some(Stmt::Expr(_, Some(semi))) => self.error(
                semi.span(),
                format!("{name} returns nothing, because its last line ends in `;`\nhint: remove the `;`"),
            ),
            _ => self.error(
                name.span(),
                format!("{name} returns nothing\nhint: end the body with the output tensor, without `;`"),
            ),
        }
    }

    fn output(&mut self, name: Ident, value: Value) {
        let called = if name == "output" { "the output".to_string() } else { format!("output `{name}`") };
        match value.kind {
            Kind::Tensor(edge) if self.graph.edges[edge].from.is_none() => self.error(
                value.span,
                format!(
                    "{called} is the input itself: a model needs at least one layer between them\n\
                     hint: apply one, if only Activation(linear)({})",
                    self.graph.edges[edge].name
                ),
            ),
            Kind::Tensor(edge) => {
                let same = |output: &&Output| output.edge == edge || output.name == name;
                match self.graph.outputs.iter().find(same).map(|other| (other.name.clone(), other.edge)) {
                    Some((other, same)) if same == edge => self.error(
                        value.span,
                        format!("outputs `{other}` and `{name}` are the same tensor\nhint: return it once"),
                    ),
                    Some(_) => self.error(
                        value.span,
                        format!("two outputs are named `{name}`\nhint: end the body with `Outputs {{ first: a, second: b }}`"),
                    ),
                    None => self.graph.outputs.push(Output { name, edge, mask: None }),
                }
            }
            Kind::Broken => {}
            // What is wrong with it has been said.
            Kind::Layer(layer) if matches!(self.graph.layers[layer].kind, LayerKind::Broken) => {
                self.graph.incomplete = true;
            }
            Kind::Word(word) => self.unknown_tensor(&word),
            other => {
                let (what, hint) = (other.describe(), other.hint());
                self.error(value.span, format!("{called} must be a tensor, but this is {what}{hint}"));
            }
        }
    }
}
