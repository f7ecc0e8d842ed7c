//! The processes that are asked.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use super::program;
use crate::Result;
use crate::sandbox::repository;

/// A library that answers.
pub struct Peer {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// Formwork itself, built for release.
    pub fn formwork(threads: usize) -> Result<Peer> {
        Peer::start(&mut Peer::formwork_program(threads)?)
    }

    /// The program of the workloads, built for release.
    pub fn formwork_program(threads: usize) -> Result<Command> {
        build(&repository()?, &["--package", "formwork-benches"])?;
        // Beside this very program, which was built for release as well.
        let binary = std::env::current_exe()?.with_file_name("formwork-benches");
        let mut command = Command::new(binary);
        command.env("FORMWORK_THREADS", threads.to_string());
        Ok(command)
    }

    /// A library of Rust, from a workspace of its own.
    fn rust(folder: &Path, threads: usize, library: &str) -> Result<Peer> {
        let target = repository()?.join("target/peers");
        build(folder, &["--target-dir", &target.to_string_lossy()])?;
        Peer::start(Command::new(target.join("release/rust-peers")).arg(threads.to_string()).arg(library))
    }

    fn start(command: &mut Command) -> Result<Peer> {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(questions), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("a process has no pipes".into());
        };
        Ok(Peer { process, questions, answers: BufReader::new(answers) })
    }

    /// The answer to one question.
    pub fn ask(&mut self, name: &str, seconds: f64) -> Result<Value> {
        self.ask_of(name, seconds, "")
    }

    /// The answer to a question about steps of which the name begins with `step`.
    pub fn ask_of(&mut self, name: &str, seconds: f64, step: &str) -> Result<Value> {
        writeln!(self.questions, "{name} {seconds} {step}")?;
        self.questions.flush()?;
        let mut line = String::new();
        // What a library prints on its own is no answer.
        while !line.starts_with(['{', '[']) {
            line.clear();
            if self.answers.read_line(&mut line)? == 0 {
                return Err(format!("no answer to `{name}`").into());
            }
        }
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The peers of `benches/peers` whose libraries are installed; the others are named on standard error.
pub fn installed(threads: usize) -> Vec<Peer> {
    let Ok(folder) = repository().map(|root| root.join("benches/peers")) else { return Vec::new() };
    let python = program("PEERS_PYTHON", "python3");
    let scripts = [
        ("keras_peer.py", "tensorflow"),
        ("keras_peer.py", "jax"),
        ("torch_peer.py", "eager"),
        ("torch_peer.py", "compile"),
        ("torch_peer.py", "ort"),
    ];
    let mut peers = Vec::new();
    for (script, backend) in scripts {
        let mut command = Command::new(&python);
        command.arg(folder.join(script)).arg(threads.to_string()).arg(backend);
        command.env("OMP_WAIT_POLICY", "PASSIVE").env("OMP_NUM_THREADS", threads.to_string()).stderr(Stdio::null());
        keep(Peer::start(&mut command), &format!("{script} {backend}"), &mut peers);
    }
    for library in ["burn", "candle"] {
        keep(Peer::rust(&folder.join("rust"), threads, library), library, &mut peers);
    }
    peers
}

/// Builds what is in `folder` for release.
fn build(folder: &Path, arguments: &[&str]) -> Result<()> {
    let mut build = Command::new(program("CARGO", "cargo"));
    build.current_dir(folder).args(["build", "--release", "--quiet"]).args(arguments);
    if build.status()?.success() { Ok(()) } else { Err(format!("{} does not compile", folder.display()).into()) }
}

/// Keeps a peer that answers.
fn keep(peer: Result<Peer>, name: &str, peers: &mut Vec<Peer>) {
    let answering = peer.and_then(|mut peer| peer.ask("hello", 0.0).map(|_| peer));
    match answering {
        Ok(peer) => peers.push(peer),
        Err(_) => eprintln!("{name} is not installed"),
    }
}
