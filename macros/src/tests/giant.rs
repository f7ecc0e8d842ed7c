//! Models larger than anybody writes.

use super::{Expansion, expand, on_the_stack_of_the_compiler};

/// Expands what `model` says in about the stack of the compiler.
fn check(model: String, expected: Option<&'static str>) {
    on_the_stack_of_the_compiler(move || {
        let tokens = model.parse().expect("it is tokens");
        match (expand(tokens), expected) {
            (Expansion::Model, None) => {}
            (Expansion::Model, Some(text)) => panic!("a model, but expected: {text}"),
            (Expansion::Errors(messages), expected) => {
                let said = expected.is_some_and(|text| messages.len() == 1 && messages[0].contains(text));
                assert!(said, "expected {expected:?}, not {:?}", &messages[..messages.len().min(5)]);
            }
        }
    });
}

fn model(body: &str) -> String {
    format!("fn Giant(x: Input<8>) -> Output<8> {{ {body} }}")
}

#[test]
fn two_thousand_layers_are_a_model() {
    check(model(&format!("{} x", "let x = Dense(8)(x);".repeat(2_000))), None);
}

#[test]
fn five_hundred_branches_meet() {
    let branches: String = (0..500).map(|k| format!("let b{k} = Dense(8)(x);")).collect();
    let names: Vec<String> = (0..500).map(|k| format!("b{k}")).collect();
    check(model(&format!("{branches} Dense(8)(Concatenate()({}))", names.join(", "))), None);
}

#[test]
fn a_loop_without_an_end_in_sight_is_refused() {
    let body = "let mut h = x; for _ in 0..100_000 { h = Dense(8)(h); } h";
    check(model(body), Some("a loop of 100000 rounds is more than a model can have"));
}

#[test]
fn a_loop_of_arithmetic_is_refused() {
    let body = "let mut n = 8; for _ in 0..4_000_000_000 { n = 8; } Dense(n)(x)";
    check(model(body), Some("a loop of 4000000000 rounds is more than a model can have"));
}

#[test]
fn loops_inside_loops_are_refused() {
    let body = "let mut h = x; for _ in 0..1_000 { for _ in 0..1_000 { h = Dense(8)(h); } } h";
    check(model(body), Some("the model unrolls to more than 20000 layers"));
}

const DEEP: &str = "nested too deeply";

#[test]
fn deep_parentheses_are_refused() {
    check(model(&format!("{}x{}", "(".repeat(5_000), ")".repeat(5_000))), Some(DEEP));
}

#[test]
fn deep_calls_are_refused() {
    check(model(&format!("{}x{}", "Dense(8)(".repeat(3_000), ")".repeat(3_000))), Some(DEEP));
}

#[test]
fn deep_blocks_are_refused() {
    check(model(&format!("{}x{}", "{".repeat(5_000), "}".repeat(5_000))), Some(DEEP));
}

#[test]
fn long_sums_are_refused() {
    check(model(&format!("x{}", " + x".repeat(20_000))), Some(DEEP));
}

#[test]
fn long_chains_of_signs_are_refused() {
    check(model(&format!("{}x", "- ".repeat(20_000))), Some(DEEP));
}

#[test]
fn long_chains_of_methods_are_refused() {
    check(model(&format!("x{}", ".unwrap()".repeat(20_000))), Some(DEEP));
}

#[test]
fn long_chains_of_conditions_are_refused() {
    check(model(&format!("if false {{ x }} {} else {{ x }}", "else if false { x }".repeat(20_000))), Some(DEEP));
}

#[test]
fn deep_types_are_refused() {
    let shape = format!("{}8{}", "Input<".repeat(5_000), " >".repeat(5_000));
    check(format!("fn Giant(x: {shape}) -> Output<8> {{ x }}"), Some(DEEP));
}

#[test]
fn what_people_write_is_not_too_deep() {
    let sum = " + x".repeat(100);
    let calls = format!("{}x{}", "Dense(8)(".repeat(40), ")".repeat(40));
    check(model(&format!("let x = x{sum}; {calls}")), None);
}

#[test]
fn a_list_of_a_thousand_layers_is_a_model() {
    check(model(&format!("Sequential([{}])(x)", "Dense(8), ".repeat(1_000))), None);
}

#[test]
fn numbers_of_any_length_are_refused() {
    let digits = "9".repeat(10_000);
    check(model(&format!("Dense({digits})(x)")), Some("larger than an integer can be"));
}

#[test]
fn names_may_be_of_any_language() {
    check("fn Größe(länge: Input<8>) -> Output<8> { let 出力 = Dense(8)(länge); 出力 }".to_string(), None);
}

#[test]
fn nothing_is_no_model() {
    check(String::new(), Some("model! is empty"));
}
