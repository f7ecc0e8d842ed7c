//! A layer and its settings: `Conv2D(32, 3, activation = relu)`.

use formwork_shape::layers::TimeDistributed;
use formwork_shape::{Arg, FUNCTIONS, Field, Inner, Layer, OPERATORS, Text};
use proc_macro2::Span;
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, ExprPath, Ident, Lit, Token};

use super::Builder;
use super::apply::is_function;
use super::elsewhere;
use super::expressions::shorten;
use super::value::{Kind, Value};
use crate::graph::{Builtin, Custom, Extras, LayerKind, OpaqueArgument};
use crate::similar::similar;

pub(super) type Arguments = Punctuated<Expr, Token![,]>;

/// One argument as it was written.
pub(super) struct Given {
    pub keyword: Option<Ident>,
    pub value: Value,
}

impl Builder<'_> {
    /// A layer value: `Name(arguments)`.
    pub(super) fn layer(&mut self, path: &ExprPath, arguments: &Arguments, span: Span) -> Value {
        let label = path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let builtin =
            path.path.get_ident().filter(|_| !OPERATORS.contains(&label.as_str())).and_then(|_| Layer::named(&label));
        let takes_layer =
            builtin.is_some_and(|layer| layer.fields().iter().any(|field| field.convert == Inner::CONVERT));
        let (mut given, inner_name) = self.given(arguments, takes_layer, builtin.map_or(&[], |layer| layer.fields()));
        let given_name = self.take_name(&mut given).or(inner_name);
        if let (Some(Layer::TimeDistributed(_)), [Given { value, .. }]) = (&builtin, &given[..])
            && let Some(layers) = self.each_step(value, given_name.as_ref())
        {
            return layers;
        }
        let kind = match builtin {
            Some(layer) => self.builtin(layer, &label, &given, span),
            None => self.custom(path, &label, &given, span),
        };
        let id = self.graph.add_layer(kind, &label, span);
        self.graph.layers[id].given_name = given_name;
        Value::new(Kind::Layer(id), span)
    }

    /// The arguments, and the name of a layer among them, which is that of the layer around it.
    fn given(&mut self, arguments: &Arguments, takes_layer: bool, fields: &[Field]) -> (Vec<Given>, Option<Ident>) {
        let (mut given, mut name) = (Vec::new(), None);
        for (place, argument) in arguments.iter().enumerate() {
            let (keyword, expr) = keyword(argument);
            if let Some((name, equals, value)) =
                compared(argument).filter(|(name, ..)| self.lookup(&name.to_string()).is_none())
            {
                let message = format!("a setting gets its value by one `=`\nhint: write {name} = {}", shorten(value));
                self.error_in_place(equals, message);
                given.push(Given { keyword: Some(name.clone()), value: Value::broken(equals) });
                continue;
            }
            let named = keyword.map_or(fields.get(place).is_some_and(|field| field.name == "activation"), |keyword| {
                *keyword == "activation"
            });
            let value = match named.then(|| self.activation_layer(expr)).flatten() {
                Some(value) => value,
                None if let Some(text) = text(fields, place, keyword, expr) => {
                    Value::new(Kind::Text(text), expr.span())
                }
                None if takes_layer => self.expression(expr, None),
                None => self.setting(expr),
            };
            if let (Expr::Call(_), Kind::Layer(id)) = (expr, &value.kind) {
                name = name.or(self.graph.layers[*id].given_name.take());
            }
            given.push(Given { value, keyword: keyword.cloned() });
        }
        (given, name)
    }

    /// `name = encoder` names the layer's field and variables, as in Keras.
    fn take_name(&mut self, given: &mut Vec<Given>) -> Option<Ident> {
        let place = given.iter().position(|argument| argument.keyword.as_ref().is_some_and(|k| k == "name"))?;
        let argument = given.remove(place);
        match argument.value.kind {
            Kind::Word(name) => Some(name),
            Kind::Broken => None,
            _ => {
                self.error_in_place(argument.value.span, "a layer's name is a word: `name = encoder`");
                None
            }
        }
    }

    /// A custom layer's arguments are plain Rust, evaluated in the user's crate.
    fn custom(&mut self, path: &ExprPath, label: &str, given: &[Given], span: Span) -> LayerKind {
        let simple = path.path.get_ident().is_some();
        if let Some(instead) = elsewhere::no_layer(label).filter(|_| simple) {
            self.error_in_place(span, format!("there is no layer `{label}`\nhint: {instead}"));
            // One mistake, one error: a layer inside of it is not told that it is never applied.
            for argument in given {
                if let Kind::Layer(id) = argument.value.kind {
                    self.graph.layers[id].kind = LayerKind::Broken;
                }
            }
            return LayerKind::Broken;
        }
        let of_tensors = |argument: &Given| {
            let word = argument.keyword.as_ref().map(Ident::to_string);
            matches!(word.as_deref(), Some("inputs" | "outputs")) && argument.value.to_constant().is_none()
        };
        if simple && given.iter().any(of_tensors) {
            let message = "a model is not made inside of itself\n\
                           hint: its inputs are the parameters of the `fn`, its output is the last line, without `;`";
            self.error(span, message);
            return LayerKind::Broken;
        }
        if simple && *label == self.model {
            let message = format!(
                "{label} cannot be a layer of itself\nhint: a part that repeats is a helper: `fn block(x: Tensor) -> Tensor {{ .. }}`"
            );
            self.error_in_place(span, message);
            return LayerKind::Broken;
        }
        if simple && let Some(near) = elsewhere::layer(label) {
            let hint = format!(
                "did you mean `{near}`? A layer of your own with such a name is written with a path: self::{label}"
            );
            self.error_in_place(span, format!("unknown layer `{label}`\nhint: {hint}"));
            return LayerKind::Broken;
        }
        let library = |name: &Ident| ["formwork", "keras", "tensorflow", "tf"].iter().any(|library| name == library);
        if !simple && library(&path.path.segments[0].ident) && Layer::named(label).is_some() {
            let message = format!("built-in layers are written without a module\nhint: write {label}(..)(x)");
            self.error_in_place(span, message);
            return LayerKind::Broken;
        }
        if !simple && is_function(label) {
            let hint = match FUNCTIONS.iter().any(|(function, _)| *function == label) {
                true => format!("{label}(x) needs no path"),
                false => "functions are written without a path, layers with a capital letter".to_string(),
            };
            let path = path.to_token_stream().to_string().replace(' ', "");
            self.error(span, format!("`{path}` is no layer\nhint: {hint}"));
            return LayerKind::Broken;
        }
        if simple && let Some(near) = similar(label, Layer::NAMES.iter().copied().filter(|n| !OPERATORS.contains(n))) {
            self.error_in_place(
                span,
                format!("unknown layer `{label}`\nhint: did you mean `{near}`? A layer of your own with such a name is written with a path: self::{label}"),
            );
            return LayerKind::Broken;
        }
        let mut arguments = Vec::new();
        let mut keywords = Vec::new();
        for Given { keyword, value } in given {
            let Some(tokens) = value.to_constant() else {
                if !value.is_broken() {
                    let what = value.kind.describe();
                    let hint = match &value.kind {
                        Kind::Tensor(edge) => {
                            let tensor = &self.graph.edges[*edge].name;
                            format!("\nhint: settings come first, then the tensors: {label}(..)({tensor})")
                        }
                        _ => String::new(),
                    };
                    self.error_in_place(
                        value.span,
                        format!("an argument of {label} must be a constant, but this is {what}{hint}"),
                    );
                }
                return LayerKind::Broken;
            };
            match keyword {
                Some(keyword) => keywords.push((keyword.clone(), tokens)),
                None => arguments.push(tokens),
            }
        }
        LayerKind::Custom(Custom { path: path.clone(), arguments, keywords, each_step: false })
    }

    /// A built-in layer, called `name` in messages, with its arguments.
    pub(super) fn builtin(&mut self, mut layer: Layer, name: &str, given: &[Given], span: Span) -> LayerKind {
        let fields = layer.fields();
        let mut set = vec![false; fields.len()];
        let (mut opaque, mut extras) = (Vec::new(), Extras::default());
        let mut broken = false;
        // Layers among the arguments are the last ones of the model, and are taken out of it from the last one on.
        let is_layer = |place: &usize| matches!(given[*place].value.kind, Kind::Layer(_));
        let (inner, others): (Vec<usize>, Vec<usize>) = (0..given.len()).partition(is_layer);
        for place in inner.into_iter().rev().chain(others) {
            let argument = &given[place];
            if let Some(taken) = self.extra(&mut extras, (name, fields), argument) {
                broken |= !taken;
                continue;
            }
            let Some(index) = self.field(&layer, name, place, argument) else {
                broken = true;
                if argument.keyword.is_none() {
                    break;
                }
                continue;
            };
            let field = &fields[index];
            if std::mem::replace(&mut set[index], true) {
                let at = argument.keyword.as_ref().map_or(argument.value.span, Ident::span);
                self.error_in_place(at, format!("argument `{}` of {name} is given twice", field.name));
                broken = true;
                continue;
            }
            if argument.value.is_broken() {
                broken = true;
                continue;
            }
            let none = matches!(&argument.value.kind, Kind::Word(word) if word == "None");
            if field.convert == Inner::CONVERT && (field.required || !none) {
                match self.inner(name, &argument.value) {
                    Some(inner) => {
                        layer.set(index, &Arg::Layer(Box::leak(Box::new(inner.layer))));
                        if !inner.opaque.is_empty() {
                            opaque.push(opaque_inner(field, &inner, argument.value.span));
                        }
                        extras.take_in(inner.extras);
                        if let (Layer::TimeDistributed(_), Some(then)) = (&layer, &mut extras.then) {
                            **then = at_each_step(then, argument.value.span);
                        }
                    }
                    None => broken = true,
                }
                continue;
            }
            if field.name == "activation" && matches!(argument.value.kind, Kind::Layer(_)) {
                broken |= !self.then(&mut extras, &layer, &argument.value);
                continue;
            }
            if let Some(word) = self.is_misspelt(field.words, &argument.value) {
                self.wrong_type(name, field, &Value::new(Kind::Word(word), argument.value.span));
                broken = true;
                continue;
            }
            if argument.value.is_opaque() {
                opaque.push(OpaqueArgument {
                    field: Ident::new(field.name, argument.value.span),
                    convert: field.convert,
                    value: argument.value.to_constant().expect("an opaque value is a constant"),
                });
                continue;
            }
            let mut value = argument.value.clone();
            broken |= !self.seed(&mut extras, field, &mut value);
            // Keras' activation = None.
            let linear = matches!(&value.kind, Kind::Word(word) if word == "None" && field.words.contains(&"linear"));
            let read = if linear { Some(Arg::Word("linear")) } else { to_arg(&value) };
            let read = read.is_some_and(|arg| layer.set(index, &arg));
            if !read {
                self.wrong_type(name, field, &value);
                broken = true;
            }
        }
        let missing = fields.iter().zip(&set).find(|(field, set)| field.required && !**set);
        if let Some((field, _)) = missing.filter(|_| !broken) {
            let example = example(name, fields);
            self.error_in_place(span, format!("{name} needs the argument `{}`\nhint: write {example}", field.name));
            broken = true;
        }
        if broken { LayerKind::Broken } else { LayerKind::Builtin(Builtin { layer, opaque, extras }) }
    }

    /// `TimeDistributed(Sequential([a, b]))`, each of the layers at every step, and `TimeDistributed(Encoder())`, a layer
    /// of one's own or a nested model; `None` for a built-in layer, which is an argument like others.
    fn each_step(&mut self, value: &Value, name: Option<&Ident>) -> Option<Value> {
        let layers = match &value.kind {
            Kind::Chain(layers) => layers.iter().map(|layer| self.each_step_of(layer)).collect::<Option<Vec<_>>>(),
            Kind::Layer(id) if matches!(self.graph.layers[*id].kind, LayerKind::Custom(_)) => {
                let layer = self.each_step_of(value);
                self.graph.layers[*id].given_name = name.cloned();
                return Some(layer.unwrap_or_else(|| Value::broken(value.span)));
            }
            _ => return None,
        };
        Some(layers.map_or(Value::broken(value.span), |layers| Value::new(Kind::Chain(layers), value.span)))
    }

    fn each_step_of(&mut self, layer: &Value) -> Option<Value> {
        let Kind::Layer(id) = layer.kind else { return self.each_step(layer, None) };
        let definition = &mut self.graph.layers[id];
        if definition.given_name.is_some() {
            self.used_twice("TimeDistributed", layer.span);
            return None;
        }
        match &mut definition.kind {
            LayerKind::Custom(custom) => custom.each_step = true,
            LayerKind::Broken => return None,
            LayerKind::Builtin(inner) => {
                definition.kind = LayerKind::Builtin(at_each_step(inner, definition.span));
                definition.label = "TimeDistributed".to_string();
            }
        }
        Some(layer.clone())
    }

    /// The layer inside another, which is written in place: it is no layer of the model itself.
    fn inner(&mut self, name: &str, value: &Value) -> Option<Builtin> {
        let form = format!("hint: write the layer in place: {}(x)", example_of(name));
        let Kind::Layer(id) = value.kind else {
            let what = value.kind.describe();
            self.error_in_place(value.span, format!("{name} takes a layer, but this is {what}\n{form}"));
            return None;
        };
        if id + 1 != self.graph.layers.len() || self.graph.layers[id].given_name.is_some() {
            self.used_twice(name, value.span);
            return None;
        }
        let layer = self.graph.layers.pop().expect("it is the last");
        match layer.kind {
            LayerKind::Builtin(inner) => Some(inner),
            LayerKind::Custom(_) => {
                self.error_in_place(
                    value.span,
                    format!("{name} takes a built-in layer, but {} is a layer of your own\n{form}", layer.label),
                );
                None
            }
            LayerKind::Broken => None,
        }
    }

    fn used_twice(&mut self, name: &str, span: Span) {
        let message = format!(
            "the layer inside {name} cannot be used on its own too\nhint: write it in place: {}(x)",
            example_of(name)
        );
        self.error_in_place(span, message);
    }
}

/// `TimeDistributed(layer)`, with an activation after it that is a layer too.
fn at_each_step(layer: &Builtin, span: Span) -> Builtin {
    let mut outer = Layer::TimeDistributed(TimeDistributed::TEMPLATE);
    outer.set(0, &Arg::Layer(Box::leak(Box::new(layer.layer))));
    let opaque = match layer.opaque.is_empty() {
        true => Vec::new(),
        false => vec![opaque_inner(&TimeDistributed::FIELDS[0], layer, span)],
    };
    let mut extras = layer.extras.clone();
    extras.then = extras.then.map(|then| Box::new(at_each_step(&then, span)));
    Builtin { layer: outer, opaque, extras }
}

/// A layer around another, as it is written.
fn example_of(name: &str) -> String {
    format!("{name}({}(64))", if name == "Bidirectional" { "LSTM" } else { "Dense" })
}

/// The layer inside another, where its arguments are for constant evaluation.
fn opaque_inner(field: &Field, inner: &Builtin, span: Span) -> OpaqueArgument {
    let value = crate::emit::inner(inner);
    let value = if field.required { value } else { quote!(::core::option::Option::Some(#value)) };
    OpaqueArgument { field: Ident::new(field.name, span), convert: "", value }
}

/// `activation = relu`
pub(super) fn keyword(argument: &Expr) -> (Option<&Ident>, &Expr) {
    if let Expr::Assign(assign) = argument
        && let Expr::Path(path) = &*assign.left
        && let Some(ident) = path.path.get_ident()
    {
        return (Some(ident), &assign.right);
    }
    (None, argument)
}

/// `activation == relu`
fn compared(argument: &Expr) -> Option<(&Ident, Span, &Expr)> {
    match argument {
        Expr::Binary(syn::ExprBinary { left, op: syn::BinOp::Eq(equals), right, .. }) => match &**left {
            Expr::Path(path) => path.path.get_ident().map(|name| (name, equals.span(), &**right)),
            _ => None,
        },
        _ => None,
    }
}

/// A text, where the setting is one.
fn text(fields: &[Field], place: usize, keyword: Option<&Ident>, expr: &Expr) -> Option<String> {
    let place = keyword.map_or(Some(place), |keyword| fields.iter().position(|field| keyword == field.name));
    let field = fields.get(place?).filter(|field| [Text::CONVERT, Text::CONVERT_OPTIONAL].contains(&field.convert));
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => field.map(|_| text.value()),
        _ => None,
    }
}

/// How a layer is written, with its required arguments.
fn example(name: &str, fields: &[Field]) -> String {
    if fields.iter().any(|field| field.convert == Inner::CONVERT) {
        return example_of(name);
    }
    let required: Vec<String> =
        fields.iter().filter(|field| field.required).map(|field| format!("{} = ..", field.name)).collect();
    let tensor = if is_function(name) { "x, " } else { "" };
    format!("{name}({tensor}{})", required.join(", "))
}

/// A value as the rules read it. What it borrows lives as long as the compiler runs.
pub(super) fn to_arg(value: &Value) -> Option<Arg<'static>> {
    let list = |values: &[Value]| -> Option<Arg<'static>> {
        let values = values.iter().map(to_arg).collect::<Option<Vec<_>>>()?;
        Some(Arg::List(Box::leak(values.into_boxed_slice())))
    };
    Some(match &value.kind {
        Kind::Int(n) => Arg::Int(*n),
        Kind::Float(x) => Arg::Float(*x),
        Kind::Bool(b) => Arg::Bool(*b),
        Kind::Word(word) => Arg::Word(Box::leak(word.to_string().into_boxed_str())),
        Kind::Text(text) => Arg::Text(Box::leak(text.clone().into_boxed_str())),
        Kind::Tuple(values) | Kind::List(values) => list(values)?,
        // `()` is a tuple of nothing.
        Kind::Unit => Arg::List(&[]),
        Kind::Setting(name, arguments) => {
            let mut read: Vec<(Option<&'static str>, Arg<'static>)> = Vec::new();
            for (keyword, value) in arguments {
                let keyword = keyword.clone().map(|k| &*Box::leak(k.into_boxed_str()));
                read.push((keyword, to_arg(value)?));
            }
            Arg::Call(Box::leak(name.clone().into_boxed_str()), Box::leak(read.into_boxed_slice()))
        }
        _ => return None,
    })
}

impl Builder<'_> {
    /// The value of a setting: as any expression, but a lower-case word need not be a variable.
    pub(super) fn setting(&mut self, expr: &Expr) -> Value {
        if let Expr::Call(call) = expr
            && let Expr::Path(path) = &*call.func
            && let Some(name) = path.path.get_ident()
            && name.to_string().starts_with(|c: char| c.is_uppercase())
            && Layer::named(&name.to_string()).is_none()
            && self.lookup(&name.to_string()).is_none()
        {
            let mut arguments = Vec::new();
            for argument in &call.args {
                let (keyword, expr) = keyword(argument);
                arguments.push((keyword.map(Ident::to_string), self.setting(expr)));
            }
            if arguments.iter().any(|(_, value)| value.is_broken()) {
                return Value::broken(expr.span());
            }
            if arguments.iter().any(|(_, value)| value.is_opaque()) {
                return Value::new(Kind::Opaque(expr.to_token_stream()), expr.span());
            }
            return Value::new(Kind::Setting(name.to_string(), arguments), expr.span());
        }
        self.expression(expr, None)
    }
}
