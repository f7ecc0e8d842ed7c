//! What the compiler says to mistakes, and what it accepts. `TRYBUILD=overwrite cargo test -p formwork-ui-tests` blesses
//! what it says now: read it as somebody who sees it for the first time before it is committed.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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

#[test]
fn rustfmt_formats_parentheses_and_leaves_braces_as_they_are() {
    let body = "fn Model( image:Input<28,28,1>,facts:Input<time,3>)->Outputs<a=Output<10>,b=Output<1>>{
  let h:Shape<784>=Flatten()( image );  for units in [3,4]{h=Dense( units,activation=relu )(h) ;}
        Outputs{a:Dense(10)(h),b:Dense(1)(facts[( -1,.. )])}}";
    let braces = format!("model! {{ {body} }}\n");
    // It may move whole lines to the side.
    let words = |text: &str| text.lines().map(str::trim_start).collect::<Vec<_>>().join("\n");
    assert_eq!(words(&formatted(&braces)), words(&braces));
    assert_eq!(formatted(&formatted(&braces)), formatted(&braces));
    let parentheses = formatted(&format!("model!( {body} );"));
    assert_eq!(
        parentheses,
        "model!(
    fn Model(image: Input<28, 28, 1>, facts: Input<time, 3>) -> Outputs<a = Output<10>, b = Output<1>> {
        let h: Shape<784> = Flatten()(image);
        for units in [3, 4] {
            h = Dense(units, activation = relu)(h);
        }
        Outputs { a: Dense(10)(h), b: Dense(1)(facts[(-1, ..)]) }
    }
);
"
    );
    assert_eq!(formatted(&parentheses), parentheses);
}

fn formatted(source: &str) -> String {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path", ".."])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("rustfmt is part of the toolchain");
    rustfmt.stdin.take().expect("it is piped").write_all(source.as_bytes()).expect("it reads its input");
    let output = rustfmt.wait_with_output().expect("it ends");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("it writes text")
}

/// The files of a folder with an extension.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(Path::new(folder)).expect("the folder exists");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    paths.filter(|path| path.extension().is_some_and(|other| other == extension)).collect()
}
