//! Models with tokens missing, doubled, swapped, replaced: the macro answers each with a model or with messages.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::{Expansion, expand, on_the_stack_of_the_compiler};

const MODELS: &[&str] = &[
    "pub fn Digits(image: Input<28, 28, 1>) -> Output<10> {
        Sequential([
            Conv2D(32, 3, activation = relu), MaxPooling2D(2), Flatten(), Dropout(0.5), Dense(10, activation = softmax),
        ])(image)
    }",
    "fn Compare(left: Input<time>, right: Input<_, u8>, facts: Input<10>) -> Outputs<class = Output<3>, score = Output<1>> {
        let words = Embedding(WORDS, 32);
        let encode = LSTM(64);
        let left = encode(words(left));
        let right = encode(words(right));
        let facts: Shape<16> = Dense(16, activation = relu)(facts);
        let h = Concatenate()(left, right, left * right, facts);
        let class = Dense(3, activation = softmax)(h);
        let score = Dense(1, activation = sigmoid)(h);
        Outputs { class, score }
    }",
    "fn Residual(x: Input<64>) -> Output<10> {
        const DEPTH: usize = 3;
        fn block(x: Tensor, width: usize) -> Tensor {
            let h = Dense(width, activation = relu)(x);
            relu(LayerNormalization()(x + Dense(64)(h)))
        }
        let mut h = x;
        let mut skips = [];
        for (k, width) in [128, 256, 512].iter().enumerate() {
            h = if k % 2 == 0 { block(h, *width) } else { h / 2.0 };
            skips.push(h);
        }
        for _ in 0..DEPTH { h = h + skips.pop(); }
        Dense(10, activation = softmax)(h)
    }",
    "fn Attend(sequence: Input<20, 32>, mask: Input<20, bool>) -> Outputs<context = Output<64>, weights = Output<20, 1>> {
        let (h, state, _carry) = LSTM(64, return_sequences = true, return_state = true)(sequence, mask = mask);
        let last = h[(-1, ..)];
        let score = sum(tanh(h + expand_dims(last, axis = 1)), axis = 2, keepdims = true);
        let weights = softmax(score, axis = 1);
        let context = select(sum(weights * h, axis = 1) > 0.0, state, my::Gate::<64>(gain = 2)(last));
        Outputs { context, weights }
    }",
];

/// Tokens that models are made of, and some that they are not.
const FOREIGN: &str = "x 0 1 -1 4294967296 99999999999999999999 1e999 1.5 \"same\" 'a' _ , ; : :: . .. -> => = == + - * / \
     % & && | ! ? # $ @ < > fn let mut if else for in while match return const pub self Self super async \
     Dense LSTM Conv2D Sequential Embedding Input Output Outputs Shape Tensor relu softmax axis activation größe é \
     r#fn usize None true () [] {} (x) [1, 2] { x } |x| x..";

fn mutate(tokens: TokenStream, foreign: &[TokenTree], random: &mut ChaCha8Rng) -> TokenStream {
    let mut list: Vec<TokenTree> = tokens.into_iter().collect();
    let groups: Vec<usize> = (0..list.len()).filter(|&k| matches!(list[k], TokenTree::Group(_))).collect();
    // Into a group more often than not, because most of a model is inside of one.
    if !groups.is_empty() && random.random_bool(0.75) {
        let place = groups[random.random_range(0..groups.len())];
        if let TokenTree::Group(group) = &list[place] {
            let inner = mutate(group.stream(), foreign, random);
            list[place] = Group::new(group.delimiter(), inner).into();
        }
        return list.into_iter().collect();
    }
    let other = foreign[random.random_range(0..foreign.len())].clone();
    if list.is_empty() {
        return TokenStream::from(other);
    }
    let place = random.random_range(0..list.len());
    match random.random_range(0..8) {
        0 => drop(list.remove(place)),
        1 => list.insert(place, list[place].clone()),
        2 => {
            let second = random.random_range(0..list.len());
            list.swap(place, second);
        }
        3 => list[place] = other,
        4 => list.insert(place, other),
        5 => list.truncate(place),
        6 => {
            let token = list.remove(place);
            let delimiter = [Delimiter::Parenthesis, Delimiter::Bracket, Delimiter::Brace, Delimiter::None];
            let group = Group::new(delimiter[random.random_range(0..4)], token.into());
            list.insert(place, group.into());
        }
        _ => {
            // A group without its delimiters.
            let token = list.remove(place);
            let inner = match token {
                TokenTree::Group(group) => group.stream().into_iter().collect(),
                token => vec![token],
            };
            list.splice(place..place, inner);
        }
    }
    list.into_iter().collect()
}

fn variants(model: &'static str, count: usize, seed: u64) {
    on_the_stack_of_the_compiler(move || {
        let foreign: Vec<TokenTree> = FOREIGN.parse::<TokenStream>().expect("it is tokens").into_iter().collect();
        let model: TokenStream = model.parse().expect("it is tokens");
        if let Expansion::Errors(messages) = expand(model.clone()) {
            panic!("the model itself is right, but {messages:?}");
        }
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for _ in 0..count {
            let mut variant = model.clone();
            for _ in 0..random.random_range(1..=3) {
                variant = mutate(variant, &foreign, &mut random);
            }
            let text = variant.to_string();
            let result = std::panic::catch_unwind(|| expand(variant));
            match result {
                Ok(Expansion::Model) => {}
                Ok(Expansion::Errors(messages)) => {
                    let said = messages.iter().all(|message| message.len() > "\"\"".len() && !message.contains("UInt"));
                    assert!(said, "{text}\nsays {messages:?}");
                }
                Err(_) => panic!("the macro panicked at\n{text}"),
            }
        }
    });
}

#[test]
fn a_mutilated_network_gets_messages() {
    variants(MODELS[0], 500, 1);
}

#[test]
fn a_mutilated_model_of_several_inputs_gets_messages() {
    variants(MODELS[1], 500, 2);
}

#[test]
fn a_mutilated_model_with_helpers_gets_messages() {
    variants(MODELS[2], 500, 3);
}

#[test]
fn mutilated_operators_get_messages() {
    variants(MODELS[3], 500, 4);
}
