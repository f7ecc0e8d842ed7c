//! A crate outside of the workspace, whose only dependency is formwork: a layer of its own, models across crates.

use std::path::Path;
use std::process::Command;

/// Runs cargo in `examples/outside`, on what the workspace has built.
fn cargo(arguments: &[&str]) -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let outside = here.join("../examples/outside");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in the target directory");
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(&outside)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .expect("cargo runs this test, too");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "cargo {arguments:?} fails:\n{out}\n{err}");
    assert!(!err.contains("warning"), "{err}");
    out.into_owned()
}

#[test]
fn a_crate_of_its_own_builds_trains_and_passes_its_tests() {
    cargo(&["test", "--quiet"]);
    let out = cargo(&["run", "--quiet"]);
    assert!(out.contains("sieve (Sieve)"), "{out}");
    let numbers = |line: &str| -> Vec<f64> { line.split([' ', ',']).filter_map(|word| word.parse().ok()).collect() };
    let losses = out.lines().find(|line| line.starts_with("loss")).map(numbers).expect("it prints the losses");
    assert!(losses[1] < losses[0] / 2.0, "{out}");
}
