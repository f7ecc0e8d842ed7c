//! The names of the model's fields: one for each layer.

use std::collections::BTreeMap;

use proc_macro2::Span;
use syn::Ident;
use syn::ext::IdentExt;

use crate::graph::Graph;

/// A field name for each layer: the `let` name where it names one layer only, else the type as Keras writes it.
pub fn fields(graph: &Graph) -> Vec<Ident> {
    let mut given: BTreeMap<String, usize> = BTreeMap::new();
    for layer in &graph.layers {
        if let Some(name) = &layer.given_name {
            *given.entry(name.to_string()).or_default() += 1;
        }
    }
    // What the model keeps beside its layers.
    let mut taken: BTreeMap<String, usize> = BTreeMap::from([("__core".to_string(), 1)]);
    let unique = |name: &Ident| given[&name.to_string()] == 1 && name != "_" && name != "__core";
    for layer in &graph.layers {
        if let Some(name) = layer.given_name.as_ref().filter(|name| unique(name)) {
            taken.insert(name.to_string(), 1);
        }
    }
    let mut fields = Vec::new();
    for layer in &graph.layers {
        fields.push(match layer.given_name.as_ref().filter(|name| unique(name)) {
            Some(name) => at(name, Span::call_site()),
            None => numbered(&snake(&layer.label), &mut taken),
        });
    }
    fields
}

/// A name as messages, files and tables show it: without the `r#` that Rust needs for `type` and the like.
pub fn plain(name: &Ident) -> String {
    name.unraw().to_string()
}

/// The same name with another span.
pub fn at(name: &Ident, span: Span) -> Ident {
    let mut name = name.clone();
    name.set_span(span);
    name
}

/// The identifier of a plain name, if it can be one.
pub fn ident(plain: &str, span: Span) -> Option<Ident> {
    match syn::parse_str::<Ident>(plain) {
        Ok(name) => Some(at(&name, span)),
        Err(_) => syn::parse_str::<Ident>(&format!("r#{plain}")).ok().map(|name| at(&name, span)),
    }
}

/// `conv2d`, `conv2d_1`, `conv2d_2`
fn numbered(base: &str, taken: &mut BTreeMap<String, usize>) -> Ident {
    let mut count = taken.get(base).copied().unwrap_or(0);
    let mut name = if count == 0 { base.to_string() } else { format!("{base}_{count}") };
    while count > 0 && taken.contains_key(&name) {
        count += 1;
        name = format!("{base}_{count}");
    }
    taken.insert(base.to_string(), count + 1);
    if name != base {
        taken.insert(name.clone(), 1);
    }
    Ident::new(&name, Span::call_site())
}

/// A layer's type as a field: `MaxPooling2D` is `max_pooling2d`, `LSTM` is `lstm`, an operator is called by its name.
pub fn snake(label: &str) -> String {
    match label {
        "+" => return "add".to_string(),
        "-" => return "subtract".to_string(),
        "*" => return "multiply".to_string(),
        "/" => return "divide".to_string(),
        _ => {}
    }
    let letters: Vec<char> = label.chars().collect();
    let mut snake = String::new();
    for (k, c) in letters.iter().enumerate() {
        let after_lower = k > 0 && letters[k - 1].is_lowercase();
        let before_lower = k > 0 && letters.get(k + 1).is_some_and(|next| next.is_lowercase());
        if c.is_uppercase() && (after_lower || before_lower) {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    if syn::parse_str::<Ident>(&snake).is_err() {
        snake.push('_');
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::snake;

    #[test]
    fn layers_are_called_as_keras_calls_them() {
        assert_eq!(snake("MaxPooling2D"), "max_pooling2d");
        assert_eq!(snake("LSTM"), "lstm");
        assert_eq!(snake("GlobalAveragePooling1D"), "global_average_pooling1d");
        assert_eq!(snake("Conv2DTranspose"), "conv2d_transpose");
        assert_eq!(snake("LeakyReLU"), "leaky_re_lu");
    }
}
