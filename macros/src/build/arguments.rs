//! From `Conv2D(32, 3, activation = relu)` to a layer with its settings.

use formwork_shape::{Arg, Field, Inner, Layer, OPERATORS, Text};
use proc_macro2::Span;
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, ExprPath, Ident, Lit, Token};

use super::Builder;
use super::apply::is_function;
use super::expressions::shorten;
use super::value::{Kind, Value};
use super::wrappers::example_of;
use crate::graph::{Builtin, LayerKind, OpaqueArgument};

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
        let (mut given, inner_name) = self.read(arguments, takes_layer, builtin.map_or(&[], |layer| layer.fields()));
        let given_name = self.take_name(&mut given).or(inner_name);
        if let (Some(Layer::TimeDistributed(_)), [Given { value, .. }]) = (&builtin, &given[..])
            && let Some(layers) = self.each_step(value, given_name.as_ref())
        {
            return layers;
        }
        let kind = match builtin {
            Some(layer) => self.builtin(layer, &label, &given, span),
            None => self.layer_of_the_users_own(path, &label, &given, span),
        };
        let id = self.graph.add_layer(kind, &label, span);
        self.graph.layers[id].given_name = given_name;
        Value::new(Kind::Layer(id), span)
    }

    /// The arguments, and the name of a layer among them, which is that of the layer around it.
    fn read(&mut self, arguments: &Arguments, takes_layer: bool, fields: &[Field]) -> (Vec<Given>, Option<Ident>) {
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
                None => {
                    let name = keyword.map(Ident::to_string);
                    let name = name.or_else(|| fields.get(place).map(|field| field.name.to_string()));
                    self.setting_that(expr, name.is_some_and(|name| name.ends_with("_initializer")))
                }
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

    /// A built-in layer, called `name` in messages, with its arguments.
    pub(super) fn builtin(&mut self, layer: Layer, name: &str, given: &[Given], span: Span) -> LayerKind {
        let fields = layer.fields();
        let mut builtin = Builtin::from(layer);
        let mut set = vec![false; fields.len()];
        let mut broken = false;
        // Layers among the arguments are the last ones of the model, and are taken out of it from the last one on.
        let is_layer = |place: &usize| matches!(given[*place].value.kind, Kind::Layer(_));
        let (inner, others): (Vec<usize>, Vec<usize>) = (0..given.len()).partition(is_layer);
        for place in inner.into_iter().rev().chain(others) {
            let argument = &given[place];
            if let Some(taken) = self.take_extra(&mut builtin.extras, (name, fields), argument) {
                broken |= !taken;
                continue;
            }
            let Some(index) = self.field_of(&layer, name, place, argument) else {
                broken = true;
                if argument.keyword.is_none() {
                    break;
                }
                continue;
            };
            if std::mem::replace(&mut set[index], true) {
                let at = argument.keyword.as_ref().map_or(argument.value.span, Ident::span);
                self.error_in_place(at, format!("argument `{}` of {name} is given twice", fields[index].name));
                broken = true;
                continue;
            }
            broken |= !self.set(&mut builtin, name, index, &argument.value);
        }
        let missing = fields.iter().zip(&set).find(|(field, set)| field.required && !**set);
        if let Some((field, _)) = missing.filter(|_| !broken) {
            let example = example(name, fields);
            self.error_in_place(span, format!("{name} needs the argument `{}`\nhint: write {example}", field.name));
            broken = true;
        }
        if broken { LayerKind::Broken } else { builtin.into() }
    }

    /// Sets the field `index` of a layer that is called `name`; false after a mistake.
    fn set(&mut self, builtin: &mut Builtin, name: &str, index: usize, value: &Value) -> bool {
        let field = &builtin.layer.fields()[index];
        if value.is_broken() {
            return false;
        }
        if field.convert == Inner::CONVERT && (field.required || !value.is_none()) {
            let Some(inner) = self.take_wrapped_layer(name, value) else { return false };
            builtin.wrap(index, inner, value.span);
            return true;
        }
        if field.name == "activation" && matches!(value.kind, Kind::Layer(_)) {
            return self.take_activation(&mut builtin.extras, &builtin.layer, value);
        }
        if let Some(word) = self.is_misspelt(field.words, value) {
            self.wrong_type(name, field, &Value::new(Kind::Word(word), value.span));
            return false;
        }
        if value.is_opaque() {
            let field_name = Ident::new(field.name, value.span);
            let constant = value.to_constant().expect("an opaque value is a constant");
            builtin.opaque.push(OpaqueArgument { field: field_name, convert: field.convert, value: constant });
            return true;
        }
        if !self.take_seed(&mut builtin.extras, field, value) {
            return false;
        }
        // Keras' activation = None.
        let linear = value.is_none() && field.words.contains(&"linear");
        let arg = if linear { Some(Arg::Word("linear")) } else { to_arg(value) };
        let read = arg.is_some_and(|arg| builtin.layer.set(index, &arg));
        if !read {
            self.wrong_type(name, field, value);
        }
        read
    }
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
    if is_function(name) {
        return example_call(name, "x", fields);
    }
    let required: Vec<String> =
        fields.iter().filter(|field| field.required).map(|field| format!("{} = ..", field.name)).collect();
    format!("{name}({})", required.join(", "))
}

/// A call of a function with a value for each setting that it needs.
pub(super) fn example_call(function: &str, tensor: &str, fields: &[Field]) -> String {
    let required = fields.iter().filter(|field| field.required).map(|field| match field.name {
        "axis" => ", axis = 1",
        "axis1" => ", 1",
        "dims" => ", (2, 1)",
        "pad_width" => ", ((0, 0), (1, 1))",
        "target_shape" => ", (64,)",
        "x_min" => ", 0.0",
        "x_max" => ", 1.0",
        _ => ", 2",
    });
    format!("{function}({tensor}{})", required.collect::<String>())
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
        self.setting_that(expr, false)
    }

    /// The same, of which it may be known that it `is_no_layer`: there is an initializer `Identity`, too.
    fn setting_that(&mut self, expr: &Expr, is_no_layer: bool) -> Value {
        if let Expr::Call(call) = expr
            && let Expr::Path(path) = &*call.func
            && let Some(name) = path.path.get_ident()
            && (is_no_layer || name.to_string().starts_with(|c: char| c.is_uppercase()))
            && (is_no_layer || Layer::named(&name.to_string()).is_none())
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
