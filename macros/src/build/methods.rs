//! Methods of lists and of numbers, which the compiler runs while it unrolls a model.

use proc_macro2::Span;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Expr, ExprField, ExprMethodCall, Ident, Member};

use super::Builder;
use super::arguments::example_call;
use super::elsewhere;
use super::value::{Kind, Value};
use crate::graph::{EdgeId, LayerKind};
use crate::similar::similar;
use formwork_shape::{Activation, Argument, FUNCTIONS, Initializer, Layer, OPERATORS};

/// What is said to `x.shape`.
const SHAPE: &str = "a tensor's shape is not asked for: it is proved\nhint: state it, `let h: Shape<64> = ..;`, and give a \
                     number that is used twice a name: `const WIDTH: usize = 64;`";

/// What the modules of other libraries are called.
const MODULES: [&str; 14] =
    ["tf", "np", "numpy", "keras", "layers", "torch", "nn", "F", "K", "ops", "jnp", "jax", "math", "backend"];

impl Builder<'_> {
    /// `widths.iter().rev()`, `skips.push(h)`, `width.min(512)`
    pub(super) fn method(&mut self, call: &ExprMethodCall) -> Value {
        let span = call.method.span();
        let name = call.method.to_string();
        if matches!(name.as_str(), "push" | "pop") {
            return self.changes(call, &name);
        }
        if matches!(name.as_str(), "append" | "add" | "insert" | "extend") && self.list_in(&call.receiver).is_some() {
            self.error(span, format!("`.{name}` cannot be used in a model\nhint: write .push(..)"));
            let item = call.args.last().map(|item| self.expression(item, None));
            // The list goes on as if it had been pushed.
            if let (Some(Kind::List(items)), Some(item)) = (self.list_in(&call.receiver), item) {
                items.push(item);
            }
            return Value::broken(span);
        }
        if self.in_a_module(&call.receiver, &name, span) {
            return Value::broken(span);
        }
        let receiver = self.expression(&call.receiver, None);
        match receiver.kind {
            Kind::List(items) | Kind::Tuple(items) => self.of_list(items, call, &name),
            Kind::Int(n) => self.of_number(n, call, &name),
            // `.pop()`, `.first()` and `.last()` are options in Rust; here they have reported what they did not find.
            Kind::Tensor(_) | Kind::Layer(_) | Kind::Chain(_) if name == "unwrap" => Value::new(receiver.kind, span),
            Kind::Broken => Value::broken(span),
            Kind::Opaque(constant) => {
                let arguments: Vec<Value> = call.args.iter().map(|argument| self.expression(argument, None)).collect();
                match arguments.iter().map(Value::to_constant).collect::<Option<Vec<_>>>() {
                    Some(arguments) => {
                        let method = &call.method;
                        Value::new(Kind::Opaque(quote!(#constant.#method(#(#arguments),*))), receiver.span)
                    }
                    None => Value::broken(span),
                }
            }
            Kind::Tensor(_) if name == "shape" => self.refuse(span, SHAPE),
            Kind::Tensor(edge) => self.of_tensor(edge, &name, span),
            other => {
                let what = other.describe();
                let hint = match &other {
                    Kind::Layer(_) | Kind::Chain(_) => self.of_whole_model(&name).unwrap_or_default(),
                    _ => String::new(),
                };
                self.refuse(span, format!("`.{name}` cannot be called on {what}{hint}"))
            }
        }
    }

    /// What is done with a model, not inside of it.
    fn of_whole_model(&self, method: &str) -> Option<String> {
        let example = match method {
            "compile" => "compile(Adam::new(1e-3), MeanSquaredError::new())",
            "summary" => "summary()",
            "fit" | "evaluate" | "predict" | "save" | "load" => method,
            "save_weights" => "save",
            "load_weights" => "load",
            _ => return None,
        };
        let (model, parentheses) = (&self.model, if example.ends_with(')') { "" } else { "(..)" });
        Some(format!(
            "\nhint: this is done with the model, after `model!` and not inside: `{model}::new(7).{example}{parentheses}`"
        ))
    }

    /// `pair.0`
    pub(super) fn member(&mut self, field: &ExprField) -> Value {
        let span = field.member.span();
        let name = match &field.member {
            Member::Named(name) => name.to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        };
        if self.in_a_module(&field.base, &name, span) {
            return Value::broken(span);
        }
        let base = self.expression(&field.base, None);
        let message = match (base.kind, &field.member) {
            (Kind::Broken, _) => return Value::broken(span),
            (Kind::Tuple(values), Member::Unnamed(index)) if (index.index as usize) < values.len() => {
                return values[index.index as usize].clone();
            }
            (Kind::Tuple(values), _) => format!("`.{name}` is no place of a tuple of {} values", values.len()),
            (Kind::Tensor(_), _) if name == "shape" => SHAPE.to_string(),
            (Kind::Tensor(edge), _) if self.of_custom_layer(edge) => format!(
                "a tensor has no `.{name}`\nhint: several outputs are taken by their places: `let (first, second) = ..(x);`"
            ),
            (Kind::Tensor(_), _) if name == "T" || name == "mT" => {
                format!("a tensor has no `.{name}`\nhint: write transpose(x, (2, 1))")
            }
            (other, _) => format!("{} has no `.{name}`", other.describe()),
        };
        self.refuse(span, message)
    }

    /// Is `keras.layers.Dense` or `tf.nn.relu` written as a part of what is no variable? Then it has been reported.
    fn in_a_module(&mut self, base: &Expr, name: &str, span: Span) -> bool {
        let Some(root) = root(base).filter(|root| self.lookup(&root.to_string()).is_none()) else { return false };
        let of_a_path = matches!(base, Expr::Path(_));
        let message = match name {
            _ if root == "self" => {
                "a model has no `self`\nhint: a layer that is used again has a name: `let encode = Dense(64);`, then encode(x)".to_string()
            }
            "add" if of_a_path => {
                "layers are added to no model: they are chained\nhint: write Sequential([Dense(64, activation = relu), Dense(10)])(x)".to_string()
            }
            name if name.starts_with(|c: char| c.is_uppercase()) => {
                format!("layers are written without a module: {name}(..)(x)")
            }
            name if is_word(name) => format!("words and functions are written without a module: {name}"),
            name if MODULES.iter().any(|module| root == module) => match elsewhere::no_function(name) {
                Some(hint) => format!("`{root}.{name}` is no function of a model\nhint: {hint}"),
                None => match elsewhere::function(name) {
                    Some(instead) => format!("`{root}.{name}` is no function of a model\nhint: write {instead}"),
                    None => format!("`{root}.{name}` is no function of a model\nhint: layers and functions are written without a module: Dense(64)(x), relu(x)"),
                },
            },
            _ => return self.is_unknown(root),
        };
        self.error(span, message);
        true
    }

    /// A lower-case word that is no variable has neither methods nor members.
    fn is_unknown(&mut self, root: &Ident) -> bool {
        let lower = root.to_string().starts_with(|c: char| c.is_lowercase());
        if lower {
            self.unknown_tensor(root);
        }
        lower
    }

    fn variable(&mut self, expr: &Expr) -> Option<&mut Kind> {
        let Expr::Path(path) = expr else { return None };
        let name = path.path.get_ident()?.to_string();
        self.scopes.iter_mut().rev().find_map(|scope| scope.get_mut(&name)).map(|value| &mut value.kind)
    }

    fn list_in(&mut self, expr: &Expr) -> Option<&mut Kind> {
        self.variable(expr).filter(|kind| matches!(kind, Kind::List(_)))
    }

    /// The methods that change the list in a variable.
    fn changes(&mut self, call: &ExprMethodCall, name: &str) -> Value {
        let span = call.method.span();
        let item = match (name, call.args.len()) {
            ("push", 1) => Some(self.expression(&call.args[0], None)),
            ("pop", 0) => None,
            _ => {
                let takes = if name == "push" { "one value" } else { "nothing" };
                return self.refuse(span, format!("`.{name}` takes {takes}"));
            }
        };
        match (self.variable(&call.receiver), item) {
            (Some(Kind::List(items)), Some(item)) => {
                items.push(item);
                Value::new(Kind::Unit, span)
            }
            (Some(Kind::List(items)), None) => items.pop().unwrap_or_else(|| self.empty(name, span)),
            (Some(Kind::Broken), _) => Value::broken(span),
            _ => {
                let message = format!(
                    "`.{name}` changes a list that is held by a variable\nhint: declare it first: `let mut skips = [];`"
                );
                self.refuse(span, message)
            }
        }
    }

    fn empty(&mut self, name: &str, span: Span) -> Value {
        self.refuse(span, format!("the list is empty, so `.{name}` finds nothing"))
    }

    fn of_list(&mut self, items: Vec<Value>, call: &ExprMethodCall, name: &str) -> Value {
        let span = call.method.span();
        let list = |items: Vec<Value>| Value::new(Kind::List(items), span);
        let argument = call.args.first().map(|argument| self.expression(argument, None));
        if argument.as_ref().is_some_and(Value::is_broken) {
            return Value::broken(span);
        }
        let count = match &argument {
            Some(Value { kind: Kind::Int(n), .. }) => usize::try_from(*n).ok(),
            _ => None,
        };
        match (name, argument.map(|argument| argument.kind), count) {
            ("iter" | "into_iter" | "copied" | "cloned" | "unwrap", None, _) => list(items),
            ("rev", None, _) => list(items.into_iter().rev().collect()),
            ("len", None, _) => Value::new(Kind::Int(items.len() as i64), span),
            ("is_empty", None, _) => Value::new(Kind::Bool(items.is_empty()), span),
            ("first", None, _) => items.into_iter().next().unwrap_or_else(|| self.empty(name, span)),
            ("last", None, _) => items.into_iter().next_back().unwrap_or_else(|| self.empty(name, span)),
            ("enumerate", None, _) => {
                let numbered = items
                    .into_iter()
                    .enumerate()
                    .map(|(k, item)| Value::new(Kind::Tuple(vec![Value::new(Kind::Int(k as i64), span), item]), span));
                list(numbered.collect())
            }
            ("zip", Some(Kind::List(others) | Kind::Tuple(others)), _) => {
                let pairs = items.into_iter().zip(others);
                list(pairs.map(|(a, b)| Value::new(Kind::Tuple(vec![a, b]), span)).collect())
            }
            ("chain", Some(Kind::List(others) | Kind::Tuple(others)), _) => {
                list(items.into_iter().chain(others).collect())
            }
            ("zip" | "chain", _, _) => self.refuse(span, format!("`.{name}` takes another list")),
            ("skip", _, Some(n)) => list(items.into_iter().skip(n).collect()),
            ("take", _, Some(n)) => list(items.into_iter().take(n).collect()),
            ("step_by", _, Some(n)) if n > 0 => list(items.into_iter().step_by(n).collect()),
            _ => {
                let known = "iter, rev, enumerate, zip, chain, skip, take, step_by, first, last, len, push and pop";
                let hint = match name {
                    "sum" => "\nhint: write Add()(list)",
                    "map" | "for_each" | "collect" | "filter" => {
                        "\nhint: write a loop: let mut list = []; for k in 0..3 { list.push(Dense(64)(x)); }"
                    }
                    _ => "",
                };
                self.refuse(span, format!("`.{name}` cannot be used in a model: lists have {known}{hint}"))
            }
        }
    }

    fn of_number(&mut self, n: i64, call: &ExprMethodCall, name: &str) -> Value {
        let span = call.method.span();
        let other = match call.args.first().map(|argument| self.expression(argument, None).kind) {
            Some(Kind::Int(other)) => Some(other),
            Some(Kind::Broken) => return Value::broken(span),
            _ => None,
        };
        let value = match (name, other) {
            ("min", Some(other)) => Some(n.min(other)),
            ("max", Some(other)) => Some(n.max(other)),
            ("pow", Some(other)) => u32::try_from(other).ok().and_then(|other| n.checked_pow(other)),
            ("div_ceil", Some(other)) if n >= 0 && other > 0 => Some((n as u64).div_ceil(other as u64) as i64),
            _ => None,
        };
        match value {
            Some(value) => Value::new(Kind::Int(value), span),
            None => {
                self.refuse(span, format!("`.{name}` cannot be used here: integers have min, max, pow and div_ceil"))
            }
        }
    }

    /// Does the tensor come from a nested model, or from a layer of the user's own?
    fn of_custom_layer(&self, edge: EdgeId) -> bool {
        let node = self.graph.edges[edge].from.map(|(node, _)| &self.graph.nodes[node]);
        node.is_some_and(|node| matches!(self.graph.layers[node.layer].kind, LayerKind::Custom(_)))
    }

    /// A tensor has no methods: what is meant is written otherwise.
    fn of_tensor(&mut self, edge: EdgeId, method: &str, span: Span) -> Value {
        // A tensor without a name is called after the layer that made it, `Dense()`.
        let tensor = self.graph.edges[edge].name.as_str();
        let tensor = if tensor.contains('(') { ".." } else { tensor };
        let helper = self.lookup(method).is_some_and(|value| matches!(value.kind, Kind::Function(_)));
        let hint = if helper {
            format!("\nhint: a helper is called as {method}({tensor}, ..)")
        } else if let Some(hint) = self.of_whole_model(method) {
            hint
        } else if let Some(call) = function_for(method, tensor) {
            format!("\nhint: write {call}")
        } else if let Some(hint) = elsewhere::no_function(method) {
            format!("\nhint: {hint}")
        } else {
            let layers = Layer::NAMES.iter().copied().filter(|layer| !OPERATORS.contains(layer));
            let example = match similar(method, layers) {
                _ if Activation::WORDS.contains(&method) => method.to_string(),
                Some(layer) => format!("{layer}(..)"),
                None => "Dense(64)".to_string(),
            };
            format!("\nhint: layers and functions are applied to it: {example}({tensor})")
        };
        self.refuse(span, format!("a tensor has no methods{hint}"))
    }
}

/// The call that does what a method of another library does to `tensor`.
fn function_for(method: &str, tensor: &str) -> Option<String> {
    if let Some(call) = elsewhere::function(method) {
        return Some(call.to_string());
    }
    let known = FUNCTIONS.iter().find(|(function, _)| *function == method && *function != "flatten");
    known.map(|(function, layer)| example_call(function, tensor, layer.fields()))
}

/// The first name of `tf.nn.relu`.
fn root(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) => path.path.get_ident(),
        Expr::Field(field) => root(&field.base),
        _ => None,
    }
}

/// An activation, an initializer or a function of tensors.
fn is_word(name: &str) -> bool {
    let known = |words: &[&str]| words.contains(&name);
    known(Activation::WORDS) || known(Initializer::WORDS) || FUNCTIONS.iter().any(|(function, _)| *function == name)
}
