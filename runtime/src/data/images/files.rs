//! Which files of a folder are images.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// What is in a folder and not hidden, by name.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let problem = |error| Error::file(folder, error);
    let entries = fs::read_dir(folder).map_err(problem)?.collect::<std::io::Result<Vec<_>>>().map_err(problem)?;
    let shown = entries.iter().filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    let mut paths: Vec<PathBuf> = shown.map(fs::DirEntry::path).collect();
    paths.sort_unstable();
    Ok(paths)
}

/// The images in a folder and in those below it; links to folders, which may lead in a circle, are not followed.
pub(super) fn list(folder: &Path, class: u32, files: &mut Vec<(PathBuf, u32)>) -> Result<()> {
    for entry in entries(folder)? {
        if entry.is_dir() {
            if !entry.is_symlink() {
                list(&entry, class, files)?;
            }
        } else if is_image(&entry) {
            files.push((entry, class));
        }
    }
    Ok(())
}

fn is_image(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    extension.is_some_and(|extension| matches!(&*extension, "png" | "jpg" | "jpeg" | "bmp" | "gif"))
}
