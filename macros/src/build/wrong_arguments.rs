//! Settings that a layer does not have or that are of the wrong kind: what is said to them.

use syn::Ident;

use super::Builder;
use super::apply::is_function;
use super::arguments::{Given, to_arg};
use super::elsewhere;
use super::value::{Kind, Value};
use crate::graph::LayerKind;
use crate::similar::similar;
use formwork_shape::{Arg, Argument, Field, Initializer, Layer};

impl Builder<'_> {
    /// Which field an argument sets.
    pub(super) fn field_of(&mut self, layer: &Layer, name: &str, place: usize, argument: &Given) -> Option<usize> {
        // Fields that the compiler sets come last.
        let fields: Vec<Field> = layer.fields().iter().copied().filter(|field| !field.want.is_empty()).collect();
        let names = || fields.iter().map(|field| field.name);
        let Some(keyword) = &argument.keyword else {
            if place < fields.len() {
                return Some(place);
            }
            let list = match fields.len() {
                0 if is_function(name) => format!("{name} takes tensors only"),
                _ => too_many(name, &names().collect::<Vec<_>>()),
            };
            let hint = match &argument.value.kind {
                Kind::Tensor(edge) => {
                    format!(
                        "\nhint: settings come first, then the tensors: {name}(..)({})",
                        self.graph.edges[*edge].name
                    )
                }
                Kind::Int(_)
                    if let [only] = &fields[..]
                        && only.want.starts_with("a tuple") =>
                {
                    let tensor = if is_function(name) { "x, " } else { "" };
                    format!("\nhint: several numbers are written as one tuple: {name}({tensor}(2, 1))")
                }
                Kind::Int(_) | Kind::Float(_) if is_function(name) => {
                    "\nhint: a number is joined by an operator, as in x + 1.0, or is a limit, as in clip(x, 0.0, 1.0)"
                        .to_string()
                }
                _ => String::new(),
            };
            self.error_in_place(argument.value.span, format!("{list}{hint}"));
            return None;
        };
        let word = keyword.to_string();
        if let Some(index) = names().position(|field| field == word) {
            return Some(index);
        }
        let hint = match meant(&word, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if word.starts_with("input_") || word == "batch_input_shape" => {
                "the shape of the input is part of the model's signature: `fn Model(x: Input<10>)`".to_string()
            }
            None if word == "seed" => {
                "all random numbers of a model follow from its seed: `Model::new(seed)`".to_string()
            }
            None if let Some(hint) = elsewhere::no_argument(&word) => hint.to_string(),
            None => all_of(name, &names().collect::<Vec<_>>()),
        };
        self.error_in_place(keyword.span(), format!("{name} has no argument `{word}`\nhint: {hint}"));
        None
    }

    /// `Relu` for `relu`: a constant from outside is all in capitals.
    pub(super) fn is_misspelt(&self, words: &[&'static str], value: &Value) -> Option<Ident> {
        let Kind::Opaque(tokens) = &value.kind else { return None };
        let name: Ident = syn::parse2(tokens.clone()).ok()?;
        let text = name.to_string();
        let mixed = text.contains(|c: char| c.is_lowercase());
        (mixed && word_for(&text, words).is_some()).then_some(name)
    }

    pub(super) fn wrong_type(&mut self, layer: &str, field: &Field, value: &Value) {
        let Field { name, want, words, .. } = field;
        if *want == Initializer::WANT && self.wrong_call::<Initializer>(value) {
            return;
        }
        let list = || format!(": one of {}", words.join(", "));
        let known = |word: &str| match word_for(word, words) {
            Some(near) => (format!(", but there is none named `{word}`"), format!("did you mean `{near}`?")),
            None => (list(), String::new()),
        };
        let (what, hint) = match &value.kind {
            Kind::Tensor(edge) => {
                let tensor = &self.graph.edges[*edge].name;
                let hint = format!("settings come first, then the tensors: {layer}(..)({tensor})");
                (format!(", but `{tensor}` is a tensor"), hint)
            }
            Kind::List(values) | Kind::Tuple(values)
                if values.iter().any(|value| matches!(value.kind, Kind::Tensor(_))) =>
            {
                let hint = format!("settings come first, then the tensors: {layer}(..)(a, b)");
                (", but this is a list of tensors".to_string(), hint)
            }
            Kind::Layer(id) => {
                let definition = &mut self.graph.layers[*id];
                definition.kind = LayerKind::Broken;
                let label = definition.label.clone();
                if Initializer::read(&Arg::Call(&label, &[])).is_some() {
                    return self.error_in_place(value.span, format!("words are written without a module: {label}(..)"));
                }
                (String::new(), format!("{label} is a layer: apply it on a line of its own, {label}(..)(x)"))
            }
            Kind::Word(word) if *name == "data_format" && word == "channels_first" => (
                ", but there is none named `channels_first`".to_string(),
                "the channels are the last axis: an image that has them first is turned with Permute((2, 3, 1))"
                    .to_string(),
            ),
            Kind::Word(word) if !words.is_empty() => known(&word.to_string()),
            Kind::Setting(call, _) if *want == Initializer::WANT => known(call),
            Kind::Word(word) if *want != "true or false" => {
                (String::new(), format!("`{word}` is no variable here; a constant is declared with `const`"))
            }
            Kind::Int(_) if *name == "padding" && words.contains(&"same") => {
                let hint = "rows and columns are added by a layer of its own: ZeroPadding2D(1)(x); or keep the size by padding = same";
                (list(), hint.to_string())
            }
            Kind::Int(_) if *name == "activation" => (
                ", but this is an integer".to_string(),
                format!("the width of the input follows from the tensor: {layer}(64, activation = relu)(x)"),
            ),
            Kind::Float(x) if words.is_empty() => (format!(", but it is {x:?}"), String::new()),
            Kind::Int(n) if *n < 0 => (format!(", but it is {n}"), String::new()),
            Kind::Int(n) if *n > i64::from(u32::MAX) => (format!(", but {n} is too large"), String::new()),
            _ if words.is_empty() => (String::new(), String::new()),
            _ => (list(), String::new()),
        };
        let hint = if hint.is_empty() { hint } else { format!("\nhint: {hint}") };
        self.error_in_place(value.span, format!("argument `{name}` of {layer} must be {want}{what}{hint}"));
    }

    /// Says what is wrong with the arguments of a call that gives no `A`; false where there is no such call.
    pub(super) fn wrong_call<A: Argument>(&mut self, value: &Value) -> bool {
        let Kind::Setting(name, arguments) = &value.kind else { return false };
        let Some(call) = A::CALLS.iter().find(|call| call.name == name) else { return false };
        let names: Vec<&str> = call.parameters.iter().map(|(name, _)| *name).collect();
        let (mut set, mut said) = (vec![false; names.len()], false);
        for (place, (keyword, value)) in arguments.iter().enumerate() {
            let place = match keyword {
                Some(word) => names.iter().position(|name| name == word),
                None => (place < names.len()).then_some(place),
            };
            let message = match (place, keyword) {
                (Some(place), _) => {
                    let (parameter, want) = call.parameters[place];
                    let reads = |arg| A::read(&Arg::Call(name, &[(Some(parameter), arg)])).is_some();
                    if std::mem::replace(&mut set[place], true) {
                        format!("argument `{parameter}` of {name} is given twice")
                    } else if to_arg(value).is_some_and(reads) || value.is_broken() {
                        continue;
                    } else {
                        format!("argument `{parameter}` of {name} must be {want}{}", but(value))
                    }
                }
                (None, Some(word)) => {
                    let hint = match meant(word, names.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => all_of(name, &names),
                    };
                    format!("{name} has no argument `{word}`\nhint: {hint}")
                }
                (None, None) => too_many(name, &names),
            };
            self.error_in_place(value.span, message);
            said = true;
        }
        if !said {
            self.error_in_place(
                value.span,
                format!("{name} does not take these arguments\nhint: {}", all_of(name, &names)),
            );
        }
        true
    }
}

/// The one of `words` that is meant by another word for it.
fn word_for(word: &str, words: &[&'static str]) -> Option<&'static str> {
    let elsewhere = elsewhere::initializer(word).filter(|meant| words.contains(meant));
    elsewhere.or_else(|| similar(word, words.iter().copied()))
}

/// What a value is instead, where that is worth saying.
fn but(value: &Value) -> String {
    match &value.kind {
        Kind::Int(n) => format!(", but it is {n}"),
        Kind::Float(x) => format!(", but it is {x:?}"),
        _ => String::new(),
    }
}

/// The argument that is meant by another word for it.
fn meant<'n>(word: &str, names: impl Iterator<Item = &'n str> + Clone) -> Option<&'n str> {
    let elsewhere = elsewhere::argument(word);
    names.clone().find(|name| elsewhere.contains(name)).or_else(|| similar(word, names))
}

fn too_many(name: &str, names: &[&str]) -> String {
    match names {
        [] => format!("{name} takes no arguments"),
        [only] => format!("{name} takes at most 1 argument: {only}"),
        all => format!("{name} takes at most {} arguments: {}", all.len(), all.join(", ")),
    }
}

fn all_of(name: &str, names: &[&str]) -> String {
    match names {
        [] => format!("{name} takes no arguments"),
        [only] => format!("its only argument is `{only}`"),
        all => format!("its arguments are {}", all.join(", ")),
    }
}
