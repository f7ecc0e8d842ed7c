//! A training in a file: all that is needed to go on as if it had never stopped.
//!
//! The file has the safetensors format. The weights are under `model/`, so that they can be loaded without the rest.

use std::collections::HashMap;
use std::path::Path;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use super::state::{Array, State};
use crate::files;
use crate::model::Model;
use crate::{Error, Result};

/// What the metadata call the format.
pub(crate) const FORMAT: &str = "formwork-checkpoint";

/// Names and values that are no arrays.
pub(crate) type About = HashMap<String, String>;

/// Writes a model and all else; the path holds either what it held before or the whole new file.
pub(crate) fn write<M: Model>(path: &Path, model: &M, mut about: About, rest: &State) -> Result<()> {
    let mut arrays: Vec<(String, Vec<usize>, Array)> = Vec::new();
    model.visit("", &mut |name, variable| {
        let mut one = State::new();
        one.put("", variable.data());
        let shape = variable.shape().to_vec();
        arrays.extend(one.arrays.into_values().map(|array| (format!("model/{name}"), shape.clone(), array)));
    });
    for (name, array) in &rest.arrays {
        arrays.push((name.clone(), vec![array.bytes.len() / array.size], array.clone()));
    }
    let views = arrays.iter().map(|(name, shape, array)| {
        let dtype = if array.size == 4 { Dtype::F32 } else { Dtype::F64 };
        Ok((name.as_str(), TensorView::new(dtype, shape.clone(), &array.bytes)?))
    });
    let views: Vec<(&str, TensorView<'_>)> =
        views.collect::<Result<_, safetensors::SafeTensorError>>().map_err(|error| Error::file(path, error))?;
    about.insert("format".to_string(), FORMAT.to_string());
    about.insert("model".to_string(), M::GRAPH.name.to_string());
    let bytes = safetensors::serialize(views, Some(about)).map_err(|error| Error::file(path, error))?;
    files::write(path, &bytes)
}

/// Reads all but the model's weights.
pub(crate) fn read(path: &Path, model: &str) -> Result<(About, State)> {
    let bytes = std::fs::read(path).map_err(|error| Error::file(path, format!("cannot be read: {error}")))?;
    let damaged = |error| Error::file(path, format!("is not a whole checkpoint: {error}"));
    let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(damaged)?;
    let about = metadata.metadata().clone().unwrap_or_default();
    if about.get("format").is_none_or(|format| format != FORMAT) {
        return Err(Error::file(
            path,
            "is not a checkpoint: those are written by BackupAndRestore and ModelCheckpoint",
        ));
    }
    if let Some(other) = about.get("model").filter(|name| *name != model) {
        return Err(Error::file(path, format!("is a checkpoint of the model {other}, not of {model}")));
    }
    let file = SafeTensors::deserialize(&bytes).map_err(damaged)?;
    let mut state = State::new();
    for (name, tensor) in file.tensors() {
        let size = match tensor.dtype() {
            Dtype::F32 => 4,
            Dtype::F64 => 8,
            _ => continue,
        };
        if !name.starts_with("model/") {
            state.arrays.insert(name, Array { size, bytes: tensor.data().to_vec() });
        }
    }
    Ok((about, state))
}
