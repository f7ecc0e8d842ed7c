//! The documentation of every layer is of one skeleton.

use std::fs;
use std::path::Path;

/// What a layer's documentation says, and the words of which one must be there.
const SECTIONS: &[(&str, &[&str])] = &[
    ("a formula", &[" = "]),
    ("its input", &["Input: ", "Inputs: "]),
    ("its output", &["Output: ", "Outputs: ", ", kept."]),
    ("its weights", &["Weights: ", "Weights, "]),
    ("training and inference", &["raining", "nference"]),
    ("its errors", &["Errors: "]),
];

/// The name of the layer that a file declares, its documentation, and its arguments without any.
fn declared(source: &str) -> Option<(String, String, Vec<String>)> {
    let (_, declaration) = source.split_once("layer! {\n")?;
    let (mut docs, mut name, mut bare, mut documented) = (String::new(), None, Vec::new(), false);
    for line in declaration.lines().map(str::trim).filter(|line| !line.starts_with("#[")) {
        match (&name, line.strip_prefix("///")) {
            (None, Some(doc)) => docs += doc,
            (None, None) => name = Some(line.split([' ', '{']).next()?.to_string()),
            (Some(_), Some(_)) => documented = true,
            (Some(_), None) if line == "}" => break,
            (Some(_), None) => {
                if !documented {
                    bare.push(line.to_string());
                }
                documented = false;
            }
        }
        if line.ends_with("{}") {
            break;
        }
    }
    Some((name?, docs, bare))
}

#[test]
fn every_layer_says_all_of_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/layers");
    let (mut count, mut missing) = (0, Vec::new());
    for entry in fs::read_dir(folder).expect("the layers are there") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            continue;
        }
        let source = fs::read_to_string(&path).expect("the file can be read");
        let Some((name, docs, bare)) = declared(&source) else { continue };
        count += 1;
        for (what, words) in SECTIONS {
            if !words.iter().any(|word| docs.contains(word)) {
                missing.push(format!("{name} does not say {what}"));
            }
        }
        missing.extend(bare.into_iter().map(|argument| format!("{name} does not say what `{argument}` is")));
    }
    assert_eq!(count, formwork_shape::Layer::NAMES.len(), "every layer is found");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
