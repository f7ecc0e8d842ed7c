//! What the compiler says to mistakes, and what it accepts. `TRYBUILD=overwrite cargo test -p formwork-ui-tests` blesses
//! what it says now: read it as somebody who sees it for the first time before it is committed.

use std::path::{Path, PathBuf};
use std::process::Command;

const KINDS: [&str; 4] = ["shape", "graph", "syntax", "api"];

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    for kind in KINDS {
        cases.compile_fail(format!("fail/{kind}/*.rs"));
    }
    cases.pass("pass/*.rs");
}

/// What nobody should have to read: numbers as types, and names that the macro made up.
const FORBIDDEN: [&str; 5] = ["UInt<", "UTerm", "__fw", "__core", "__private"];

#[test]
fn messages_name_nothing_internal() {
    for golden in KINDS.iter().flat_map(|kind| files(&format!("fail/{kind}"), "stderr")) {
        let text = std::fs::read_to_string(&golden).expect("it was listed");
        for word in FORBIDDEN {
            assert!(!text.contains(word), "{} contains {word}", golden.display());
        }
        let numbered = text.match_indices("__").find(|(at, _)| {
            let mut rest = text[at + 2..].chars();
            rest.next().is_some_and(|c| c.is_ascii_uppercase()) && rest.next().is_some_and(|c| c.is_ascii_digit())
        });
        assert!(numbered.is_none(), "{} contains an internal name at byte {numbered:?}", golden.display());
    }
}

#[test]
fn rustfmt_understands_models() {
    let formatted = Command::new("rustfmt")
        .args(["--check", "--edition", "2024", "--config-path", ".."])
        .args(files("pass", "rs"))
        .status()
        .expect("rustfmt is part of the toolchain");
    assert!(formatted.success());
}

/// The files of a folder with an extension.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(Path::new(folder)).expect("the folder exists");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    paths.filter(|path| path.extension().is_some_and(|other| other == extension)).collect()
}
