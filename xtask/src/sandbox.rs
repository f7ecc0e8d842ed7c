//! A crate outside of the workspace that uses formwork as its users do.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::Result;

/// A crate that a command writes into the target directory. It shares the target directory, and with it the built
/// dependencies.
pub struct Sandbox {
    pub root: PathBuf,
    pub target: PathBuf,
}

impl Sandbox {
    /// An empty crate; `dependencies` are lines of its manifest, in which `{root}` is the root of the repository.
    pub fn new(name: &str, dependencies: &str) -> Result<Sandbox> {
        let repository = repository()?;
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository.join("target"), PathBuf::from);
        let root = target.join(name);
        if root.join("src").exists() {
            fs::remove_dir_all(root.join("src"))?;
        }
        fs::create_dir_all(root.join("src"))?;
        let dependencies = dependencies.replace("{root}", &repository.display().to_string());
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [workspace]\n\n[dependencies]\n{dependencies}\n\n[profile.release]\ndebug = \"line-tables-only\"\n"
        );
        let sandbox = Sandbox { root, target };
        sandbox.write("Cargo.toml", &manifest)?;
        fs::copy(repository.join("Cargo.lock"), sandbox.root.join("Cargo.lock"))?;
        Ok(sandbox)
    }

    /// Writes a file of the crate, unless it is there and the same.
    pub fn write(&self, path: &str, text: &str) -> Result<()> {
        let path = self.root.join(path);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            return Ok(());
        }
        fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()).into())
    }

    /// `cargo` in the crate.
    pub fn cargo(&self) -> std::process::Command {
        let mut cargo = std::process::Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        cargo
    }
}

/// The root of the repository.
pub fn repository() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().map(Path::to_path_buf).ok_or_else(|| "xtask is not in a repository".into())
}
