//! Weights in files of the safetensors format, named `layer/variable`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensorError, SafeTensors};
use tempfile::NamedTempFile;

use crate::train::CHECKPOINT as FORMAT;
use crate::weights::Parameters;
use crate::{Error, Real, Result};

/// The element type as files call it.
fn dtype<T: Real>() -> Dtype {
    if size_of::<T>() == 4 { Dtype::F32 } else { Dtype::F64 }
}

/// Writes all variables.
pub(crate) fn save<T: Real>(parameters: &dyn Parameters<T>, model: &str, path: &Path) -> Result<()> {
    let mut variables = Vec::new();
    parameters.visit("", &mut |name, variable| {
        variables.push((name.to_string(), variable.shape().to_vec(), T::to_bytes(variable.data())));
    });
    let tensors: Vec<(&str, TensorView<'_>)> = variables
        .iter()
        .map(|(name, shape, bytes)| Ok((name.as_str(), TensorView::new(dtype::<T>(), shape.clone(), bytes)?)))
        .collect::<Result<_, SafeTensorError>>()
        .map_err(|error| Error::file(path, error))?;
    let about = [("format".to_string(), "formwork".to_string()), ("model".to_string(), model.to_string())];
    let bytes = safetensors::serialize(tensors, Some(about.into())).map_err(|error| Error::file(path, error))?;
    write(path, &bytes)
}

/// Writes a whole file, or leaves what was there.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    replace(path, bytes).map_err(|error| Error::file(path, format!("cannot be written: {error}")))
}

/// Makes the folder that a file will be written to, and sees whether that is possible, before a training rather than after it.
pub(crate) fn prepare(path: &Path) -> Result<()> {
    let folder = folder(path);
    std::fs::create_dir_all(folder).map_err(|e| Error::file(folder, format!("cannot be created: {e}")))?;
    if path.is_dir() {
        return Err(Error::file(path, "is a folder: give the path of a file in it"));
    }
    temporary(folder).map(drop).map_err(|error| Error::file(path, format!("cannot be written: {error}")))
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A file that is gone again unless it gets a name.
fn temporary(folder: &Path) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".formwork-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Puts `bytes` at `path` in one step: written and on the disk under another name first.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = folder(path);
    let mut file = temporary(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // A folder can be opened, and so synchronised, on Unix only.
    #[cfg(unix)]
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}

/// Reads all variables, once everything about the file is known to be right.
pub(crate) fn load<T: Real>(parameters: &mut dyn Parameters<T>, model: &str, path: &Path) -> Result<()> {
    let bytes = std::fs::read(path).map_err(|error| Error::file(path, format!("cannot be read: {error}")))?;
    let file = SafeTensors::deserialize(&bytes).map_err(|error| Error::file(path, foreign(&error)))?;
    // A checkpoint of a training holds more than the weights.
    let checkpoint = SafeTensors::read_metadata(&bytes).is_ok_and(|(_, about)| {
        about.metadata().as_ref().and_then(|about| about.get("format")).is_some_and(|format| format == FORMAT)
    });
    let own = |name: String| if checkpoint { name.strip_prefix("model/").map(str::to_string) } else { Some(name) };
    let mut tensors: BTreeMap<String, TensorView<'_>> =
        file.tensors().into_iter().filter_map(|(name, tensor)| Some((own(name)?, tensor))).collect();
    let mut problems = Vec::new();
    parameters.visit("", &mut |name, variable| match tensors.get(name) {
        None => problems.push(format!("`{name}` is missing")),
        Some(tensor) if tensor.dtype() != dtype::<T>() => {
            problems.push(format!("`{name}` holds {:?}, but the model computes in {}", tensor.dtype(), T::NAME));
        }
        Some(tensor) if tensor.shape() != variable.shape() => {
            problems.push(format!("`{name}` has shape {:?}, but needs {:?}", tensor.shape(), variable.shape()));
        }
        Some(_) => {}
    });
    let mut known = Vec::new();
    parameters.visit("", &mut |name, _| known.push(name.to_string()));
    let unknown = tensors.keys().filter(|name| !known.contains(name));
    problems.extend(unknown.map(|name| format!("`{name}` is not in the model")));
    if !problems.is_empty() {
        return Err(Error::file(path, mismatch(model, &problems)));
    }
    parameters.visit_mut("", &mut |name, variable| {
        if let Some(tensor) = tensors.remove(name) {
            T::from_bytes(tensor.data(), variable.data_mut());
        }
    });
    Ok(())
}

fn foreign(error: &SafeTensorError) -> String {
    format!("is not a whole safetensors file ({error}); files of this format are written by `model.save(..)`")
}

fn mismatch(model: &str, problems: &[String]) -> String {
    let mut text = format!("does not hold the weights of {model}:");
    for problem in problems {
        let _ = write!(text, "\n  {problem}");
    }
    text
}
