//! Slips of the keys: models with a token too few, too many, or another one. Whatever comes of it, the compiler blames
//! what was written, never the whole macro call, in words of users, and says no more than a few times.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use proc_macro2::{Group, TokenStream, TokenTree};
use serde_json::Value;

/// What is mutated: together they have every form of the language.
const MODELS: [&str; 4] = [
    "pub fn Photo(image: Input<28, 28, 1>, facts: Input<SIZE>) -> Outputs<class = Output<10>, score = Output<1>> {
        let h = Sequential([Conv2D(8, 3, activation = relu), MaxPooling2D(2), Flatten()])(image);
        let facts: Shape<16> = Dense(16)(facts);
        let class = Dense(10, activation = softmax)(Concatenate()(h, facts));
        Outputs { class, score: Dense(1)(facts) }
    }",
    "fn Text(words: Input<time>, mask: Input<time, bool>) -> Output<2> {
        let encode = Bidirectional(LSTM(8, return_sequences = true));
        let h = encode(Embedding(100, 16)(words), mask = mask);
        let last = h[(-1, ..)] * 0.5;
        let all = sum(tanh(h + expand_dims(last, axis = 1)), axis = 1);
        softmax(Dense(2)(all - last), axis = -1)
    }",
    "fn Deep(x: Input<64>) -> Output<3> {
        const WIDTH: usize = 64;
        fn block(x: Tensor, width: usize) -> Tensor {
            let h = Dense(width, activation = relu)(x);
            LayerNormalization()(x + Dense(WIDTH)(h))
        }
        let mut h = x;
        let mut skips = [];
        for (k, width) in [32, 2 * WIDTH].iter().enumerate() {
            h = if k == 0 { block(h, width) } else { Dropout(0.5)(h) };
            skips.push(h);
        }
        Dense(3)(Add()(h, skips.pop()))
    }",
    "fn Pair(a: Input<6>, b: Input<6>) -> Output<4> {
        let encoder = Encoder();
        let (mean, _) = encoder(a);
        let (other, spread) = encoder(b);
        my::Scale::<4>(gain = 2.0)(mean - other / spread)
    }",
];

/// What stands before each mutant.
const AROUND: &str = "use formwork::prelude::*; use crate::{my, Encoder}; const SIZE: usize = 12; ";

/// So many errors may come of one slip: a brace that is not closed leaves many names without meaning.
const MOST: usize = 6;

/// What comes instead of a token, in turn.
const OTHERS: [&str; 12] = [",", "=", "0", "-1", "1.5", "relu", "\"relu\"", "Dense", "(x)", "[3]", "<2>", ":"];

/// The tokens of a model with the token at `place` changed, counted through all groups; `None` past the last one.
fn mutant(tokens: TokenStream, place: &mut usize, change: &dyn Fn(TokenTree) -> Vec<TokenTree>) -> Option<TokenStream> {
    let mut found = false;
    let mut changed: Vec<TokenTree> = Vec::new();
    for token in tokens {
        if found {
            changed.push(token);
            continue;
        }
        if *place == 0 {
            found = true;
            changed.extend(change(token));
            continue;
        }
        *place -= 1;
        match token {
            TokenTree::Group(group) => match mutant(group.stream(), place, change) {
                Some(inner) => {
                    found = true;
                    changed.push(Group::new(group.delimiter(), inner).into());
                }
                None => changed.push(group.into()),
            },
            other => changed.push(other),
        }
    }
    found.then(|| changed.into_iter().collect())
}

fn other(k: usize) -> TokenTree {
    let tokens: TokenStream = OTHERS[k % OTHERS.len()].parse().expect("it is a token");
    match tokens.clone().into_iter().collect::<Vec<_>>().as_slice() {
        [single] => single.clone(),
        _ => Group::new(proc_macro2::Delimiter::None, tokens).into(),
    }
}

/// Every model with each of its tokens left out, doubled, or replaced.
fn mutants() -> Vec<String> {
    let mut mutants = Vec::new();
    for model in MODELS {
        let tokens: TokenStream = model.parse().expect("it is Rust");
        for start in 0.. {
            let mut place = start;
            let change = |token: TokenTree| match start % 3 {
                0 => vec![],
                1 => vec![token.clone(), token],
                _ => vec![other(start / 3)],
            };
            match mutant(tokens.clone(), &mut place, &change) {
                Some(mutant) => mutants.push(mutant.to_string().replace('\n', " ")),
                None => break,
            }
        }
    }
    mutants
}

/// The errors of a crate: line and column if a token of its own is blamed, and what is printed.
fn errors_of(name: &str, source: &str) -> Vec<(Option<(usize, usize)>, String)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    // On what the workspace has built.
    let crate_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\nformwork = {{ path = {:?} }}\n\n[workspace]\n",
        here.join("../runtime")
    );
    std::fs::create_dir_all(crate_dir.join("src")).expect("the target directory can be written to");
    std::fs::write(crate_dir.join("Cargo.toml"), manifest).expect("the target directory can be written to");
    std::fs::write(crate_dir.join("src/lib.rs"), source).expect("the target directory can be written to");
    std::fs::copy(here.join("../Cargo.lock"), crate_dir.join("Cargo.lock")).expect("the workspace has a lock file");
    let output = Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--offline", "--message-format=json"])
        .current_dir(&crate_dir)
        .env("CARGO_TARGET_DIR", crate_dir.join("../.."))
        .output()
        .expect("cargo runs this test, too");
    let lines = String::from_utf8(output.stdout).expect("JSON is text");
    let messages = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("a message is JSON"));
    let errors = messages.filter(|message| message["message"]["level"] == "error").filter_map(|message| {
        let message = &message["message"];
        let spans = message["spans"].as_array().expect("it has a list of places");
        let primary = spans.iter().find(|span| span["is_primary"] == true)?;
        let number = |name: &str| primary[name].as_u64().expect("it is a number") as usize;
        let text = message["rendered"].as_str().expect("it is text").to_string();
        // Of a whole macro call the compiler names the definition.
        let own = primary["file_name"] == "src/lib.rs";
        Some((own.then(|| (number("line_start"), number("column_start"))), text))
    });
    errors.collect()
}

#[test]
fn a_slip_of_the_keys_is_blamed_on_its_place() {
    let mutants = mutants();
    let mut source = format!(
        "#![allow(dead_code, unused)]\n#[path = {:?}]\npub mod my;\nuse formwork::prelude::*;\n",
        Path::new(env!("CARGO_MANIFEST_DIR")).join("common/my.rs")
    );
    source += "model!(pub fn Encoder(x: Input<6>) -> Outputs<mean = Output<4>, spread = Output<4>> { Outputs { mean: Dense(4)(x), spread: Dense(4)(x) } });\n";
    let before = source.lines().count() + 1;
    for (k, mutant) in mutants.iter().enumerate() {
        source += &format!("mod m{k} {{ {AROUND}model!({mutant}); }}\n");
    }
    let errors = errors_of("slips", &source);
    let mut of_each: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (place, text) in errors {
        let internal = ["panicked at", "macro panicked", "UInt<", "UTerm", "__fw", "__private"];
        match place {
            Some((line, column)) if line >= before && internal.iter().all(|word| !text.contains(word)) => {
                let k = line - before;
                let inside = format!("mod m{k} {{ {AROUND}model!(").chars().count();
                of_each.entry(k).or_default().push(text.clone());
                if column <= inside {
                    wrong.push(text);
                }
            }
            _ => wrong.push(text),
        }
    }
    assert!(wrong.is_empty(), "{} errors blame no token of the model:\n{}", wrong.len(), wrong.concat());
    assert!(of_each.len() * 3 > mutants.len() * 2, "{} of {} are mistakes", of_each.len(), mutants.len());
    for (k, texts) in &of_each {
        assert!(texts.len() <= MOST, "one slip gives {} errors: {}\n{}", texts.len(), mutants[*k], texts.concat());
    }
    let errors: usize = of_each.values().map(Vec::len).sum();
    assert!(errors * 2 <= of_each.len() * 3, "{} slips give {errors} errors", of_each.len());
}
