//! Functions of the language on tensors, `sum(x, axis = 1)`, and slices, `h[(-1, ..)]`.

use formwork_shape::{Activation, Argument, Dims, FUNCTIONS, Layer, MAX_RANK, OPERATORS, layers};
use proc_macro2::Span;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Expr, ExprIndex, ExprLit, Lit, Pat};

use super::Builder;
use super::arguments::{Arguments, Given, keyword};
use super::elsewhere;
use super::numbers::function_of;
use super::value::{Kind, Value, show};
use crate::similar::similar;

impl Builder<'_> {
    /// A lower-case call that is no helper: tensors come first, settings after them.
    pub(super) fn function_of_tensors(
        &mut self,
        name: &str,
        arguments: &Arguments,
        span: Span,
        pattern: Option<&Pat>,
    ) -> Value {
        let functions = || FUNCTIONS.iter().map(|(function, _)| *function);
        if !functions().chain(Activation::WORDS.iter().copied()).any(|known| known == name) {
            self.unknown_function(name, span);
            // A text, such as an equation, is no mistake of its own.
            let is_text = |expr: &&Expr| matches!(expr, Expr::Lit(ExprLit { lit: Lit::Str(_), .. }));
            arguments.iter().map(|argument| keyword(argument).1).filter(|expr| !is_text(expr)).for_each(|expr| {
                self.setting(expr);
            });
            return Value::broken(span);
        }
        let (inputs, settings) = self.tensors_and_settings(arguments);
        if inputs.iter().any(Value::is_broken) {
            return Value::broken(span);
        }
        if let [number] = &inputs[..]
            && settings.is_empty()
            && let Some(value) = self.number_of(name, number, span)
        {
            return value;
        }
        let activation = Activation::read(&formwork_shape::Arg::Word(name)).filter(|_| settings.is_empty());
        let activation = activation.or_else(|| approximate_gelu(name, &settings));
        if let Some(activation) = activation {
            return self.operator(Layer::Activation(layers::Activation { activation }), name, inputs, span, pattern);
        }
        let Some(&(_, layer)) = FUNCTIONS.iter().find(|(function, _)| *function == name) else {
            return self.refuse(span, format!("{name} takes one tensor and no settings: {name}(x)"));
        };
        if let Some((left, right)) = operands(&inputs, &settings)
            && let Some(value) = self.function_with_number(name, left, right, span, pattern)
        {
            return value;
        }
        if matches!(layer, Layer::Power(_)) && settings.is_empty() && inputs.len() == 2 {
            let message =
                "power takes a tensor and a number\nhint: of positive tensors, a to the power of b is exp(b * log(a))";
            return self.refuse(span, message);
        }
        if let (Layer::Math(_), Some(setting)) = (layer, settings.first()) {
            return self.refuse(setting.value.span, format!("{name} takes one tensor and no settings: {name}(x)"));
        }
        let settings = match layer {
            // The comparison itself is no setting.
            Layer::Compare(_) => named("value", settings),
            _ => settings,
        };
        let kind = self.builtin(layer, name, &settings, span);
        self.operator(kind, name, inputs, span, pattern)
    }

    /// `sqrt(64.0)`
    fn number_of(&mut self, name: &str, number: &Value, span: Span) -> Option<Value> {
        let (_, Layer::Math(layers::Math { function })) = FUNCTIONS.iter().find(|(function, _)| *function == name)?
        else {
            return None;
        };
        let x = match number.kind {
            Kind::Int(n) => n as f64,
            Kind::Float(x) => x,
            Kind::Opaque(_) => {
                let message = format!(
                    "{name} is not computed of a constant from outside the model\n\
                     hint: declare its result there, `const SCALE: f64 = ..;`, or this constant inside the model"
                );
                return Some(self.refuse(number.span, message));
            }
            _ => return None,
        };
        Some(match function_of(*function, x) {
            Some(kind) => Value::new(kind, span),
            None => self.refuse(span, format!("{name}({}) is no finite number", show(number))),
        })
    }

    fn tensors_and_settings(&mut self, arguments: &Arguments) -> (Vec<Value>, Vec<Given>) {
        let (mut inputs, mut settings): (Vec<Value>, Vec<Given>) = (Vec::new(), Vec::new());
        for argument in arguments {
            let (name, expr) = keyword(argument);
            let value = self.setting(expr);
            let is_tensor = matches!(value.kind, Kind::Tensor(_) | Kind::Broken) || is_list_of_tensors(&value);
            match name {
                None if settings.is_empty() && (is_tensor || inputs.is_empty()) => inputs.push(value),
                _ => settings.push(Given { keyword: name.cloned(), value }),
            }
        }
        (inputs, settings)
    }

    fn unknown_function(&mut self, name: &str, span: Span) {
        let names = self.visible_names();
        let functions = FUNCTIONS.iter().map(|(function, _)| *function);
        let known = functions.chain(Activation::WORDS.iter().copied()).chain(names.iter().map(String::as_str));
        let known = known.chain(Layer::NAMES.iter().copied().filter(|layer| !OPERATORS.contains(layer)));
        let hint = match similar(name, known) {
            _ if elsewhere::function(name).is_some() => {
                format!("write {}", elsewhere::function(name).expect("it is known"))
            }
            _ if let Some(instead) = elsewhere::no_function(name) => instead.to_string(),
            Some(near) => format!("did you mean `{near}`?"),
            None => "layers begin with a capital letter; a helper of your own is written inside the model: \
                     `fn block(x: Tensor) -> Tensor { .. }`"
                .to_string(),
        };
        self.error(span, format!("unknown function `{name}`\nhint: {hint}"));
    }

    /// `h[(-1, ..)]`: a place or a range for each axis of a sample; `list[0]`: an element of a list.
    pub(super) fn index(&mut self, index: &ExprIndex, pattern: Option<&Pat>) -> Value {
        let span = index.index.span();
        let value = self.expression(&index.expr, None);
        match &value.kind {
            Kind::Tensor(_) => {}
            Kind::List(values) | Kind::Tuple(values) => {
                let values = values.clone();
                return match self.expression(&index.index, None).kind {
                    Kind::Int(k) if (0..values.len() as i64).contains(&k) => values[k as usize].clone(),
                    Kind::Broken => Value::broken(span),
                    _ => self.refuse(
                        span,
                        format!("the list has {} elements, so this must be in 0..{}", values.len(), values.len()),
                    ),
                };
            }
            Kind::Broken => return value,
            // A place in an array from outside.
            Kind::Opaque(array) => {
                let place = self.expression(&index.index, None);
                return match place.to_constant() {
                    Some(place) => Value::new(Kind::Opaque(quote!(#array[#place])), value.span),
                    None => Value::broken(span),
                };
            }
            Kind::Word(name) => {
                let name = name.clone();
                self.unknown_tensor(&name);
                return Value::broken(span);
            }
            other => {
                let what = other.describe();
                return self.refuse(span, format!("only a tensor or a list has parts, but this is {what}"));
            }
        }
        let places: Vec<&Expr> = match &*index.index {
            Expr::Tuple(tuple) => tuple.elems.iter().collect(),
            single => vec![single],
        };
        let Some(slice) = self.slice(&places, span) else { return Value::broken(span) };
        self.operator(Layer::Slice(slice), "slice", vec![value], span, pattern)
    }

    fn slice(&mut self, places: &[&Expr], span: Span) -> Option<layers::Slice> {
        if places.len() > MAX_RANK {
            self.error(span, format!("a slice names at most {MAX_RANK} axes"));
            return None;
        }
        let (mut starts, mut ends, mut steps) = (Vec::new(), Vec::new(), Vec::new());
        for place in places {
            let (range, step) = self.stepped(place)?;
            let (start, end) = match range {
                Expr::Range(range) => {
                    let closed = matches!(range.limits, syn::RangeLimits::Closed(_));
                    let start = self.bound(range.start.as_deref(), 0)?;
                    let end = self.bound(range.end.as_deref(), isize::MAX)?;
                    let end = match end {
                        // `..=-1` is the whole rest: one after the last place is not 0.
                        -1 if closed => isize::MAX,
                        isize::MAX => end,
                        _ => end + isize::from(closed),
                    };
                    (start, end)
                }
                single => (self.bound(Some(single), 0)?, isize::MAX),
            };
            steps.push(step);
            starts.push(start);
            ends.push(end);
        }
        Some(layers::Slice { starts: Dims::of(&starts), ends: Dims::of(&ends), steps: Dims::of(&steps) })
    }

    /// `(0..8).step_by(2)` as its range and 2, `(0..8).rev()` as its range and -1; a place, which is no range, has step 0.
    fn stepped<'e>(&mut self, place: &'e Expr) -> Option<(&'e Expr, isize)> {
        match place {
            Expr::Range(_) => Some((place, 1)),
            Expr::Paren(inner) => self.stepped(&inner.expr),
            Expr::MethodCall(call) if call.method == "rev" && call.args.is_empty() => {
                match self.stepped(&call.receiver)? {
                    (range, 0) => Some((range, 0)),
                    (range, 1) => Some((range, -1)),
                    _ => {
                        self.error(call.method.span(), "a range is turned around first\nhint: (..).rev().step_by(2)");
                        None
                    }
                }
            }
            Expr::MethodCall(call) if call.method == "step_by" && call.args.len() == 1 => {
                let (range, turned) = self.stepped(&call.receiver)?;
                match self.bound(call.args.first(), 1)? {
                    step if step > 0 && turned.abs() == 1 => Some((range, step * turned)),
                    step => {
                        let message = match turned.abs() {
                            1 => format!(
                                "a step is at least 1, but this is {step}\nhint: (..).rev() goes from the last place to the first"
                            ),
                            _ => "a range has one step\nhint: (0..8).step_by(2) takes the places 0, 2, 4 and 6"
                                .to_string(),
                        };
                        self.error(call.args.span(), message);
                        None
                    }
                }
            }
            single => Some((single, 0)),
        }
    }

    fn bound(&mut self, expr: Option<&Expr>, default: isize) -> Option<isize> {
        let Some(expr) = expr else { return Some(default) };
        match self.expression(expr, None).kind {
            Kind::Int(n) => isize::try_from(n).ok(),
            Kind::Broken => None,
            other => {
                let what = other.describe();
                self.error(
                    expr.span(),
                    format!(
                        "a slice takes whole numbers that the compiler knows, as in h[(-1, ..)] or x[(2..5, ..)], but this is {what}"
                    ),
                );
                None
            }
        }
    }
}

fn is_list_of_tensors(value: &Value) -> bool {
    match &value.kind {
        Kind::List(values) | Kind::Tuple(values) => {
            !values.is_empty() && values.iter().all(|value| matches!(value.kind, Kind::Tensor(_)))
        }
        _ => false,
    }
}

/// The two arguments of a call that has no others.
fn operands<'v>(inputs: &'v [Value], settings: &'v [Given]) -> Option<(&'v Value, &'v Value)> {
    match (inputs, settings) {
        ([left, right], []) => Some((left, right)),
        ([left], [Given { keyword: None, value: right }]) => Some((left, right)),
        _ => None,
    }
}

/// `gelu(x, approximate = true)`
fn approximate_gelu(name: &str, settings: &[Given]) -> Option<Activation> {
    match settings {
        [Given { keyword, value: Value { kind: Kind::Bool(approximate), .. } }]
            if name == "gelu" && keyword.as_ref().is_none_or(|keyword| keyword == "approximate") =>
        {
            Some(if *approximate { Activation::GeluTanh } else { Activation::Gelu })
        }
        _ => None,
    }
}

/// Settings without a keyword as that one.
fn named(field: &str, settings: Vec<Given>) -> Vec<Given> {
    let named = settings.into_iter().map(|given| Given {
        keyword: given.keyword.or_else(|| Some(syn::Ident::new(field, given.value.span))),
        value: given.value,
    });
    named.collect()
}
