//! Arrays in safetensors files, and in those of NumPy.

use std::path::Path;

use ndarray::{Array, Dimension};
use safetensors::SafeTensors;

use super::stored::{Stored, shaped};
use crate::{Error, Result};

/// The array of that name in a safetensors file.
///
/// # Errors
/// If the file cannot be read or is damaged, has no array of that name, or one of another type or number of axes.
pub fn read_safetensors<E: Stored, D: Dimension>(path: impl AsRef<Path>, name: &str) -> Result<Array<E, D>> {
    let path = path.as_ref();
    let problem = |problem: String| Error::file(path, problem);
    let bytes = std::fs::read(path).map_err(|error| Error::file(path, error))?;
    let file = SafeTensors::deserialize(&bytes).map_err(|error| problem(format!("is no safetensors file: {error}")))?;
    let tensor = file.tensor(name).map_err(|_| {
        let mut names = file.names();
        names.sort_unstable();
        problem(format!("has no array `{name}`, only {names:?}"))
    })?;
    if tensor.dtype() != E::DTYPE {
        let held = tensor.dtype();
        return Err(problem(format!("`{name}` holds {held:?}, but {} is asked for", E::NAME)));
    }
    shaped(tensor.shape(), E::from_le(tensor.data())).map_err(|error| problem(format!("`{name}` {error}")))
}

/// The array in a file of NumPy's format (`.npy`).
///
/// # Errors
/// If the file cannot be read or is damaged, or holds another type or another number of axes.
#[cfg(feature = "npy")]
pub fn read_npy<E: ndarray_npy::ReadableElement, D: Dimension>(path: impl AsRef<Path>) -> Result<Array<E, D>> {
    let path = path.as_ref();
    ndarray_npy::read_npy(path).map_err(|error| Error::file(path, error))
}

/// The array of that name in an archive of NumPy's (`.npz`), compressed or not.
///
/// # Errors
/// If the file cannot be read or is damaged, has no array of that name, or one of another type or number of axes.
#[cfg(feature = "npy")]
pub fn read_npz<E: ndarray_npy::ReadableElement, D: Dimension>(
    path: impl AsRef<Path>,
    name: &str,
) -> Result<Array<E, D>> {
    let path = path.as_ref();
    let file = std::fs::File::open(path).map_err(|error| Error::file(path, error))?;
    let mut archive = ndarray_npy::NpzReader::new(file).map_err(|error| Error::file(path, error))?;
    let names = archive.names().map_err(|error| Error::file(path, error))?;
    let plain = |name: &str| name.trim_end_matches(".npy").to_string();
    if !names.iter().any(|other| plain(other) == plain(name)) {
        let names: Vec<String> = names.iter().map(|name| plain(name)).collect();
        return Err(Error::file(path, format!("has no array `{name}`, only {names:?}")));
    }
    archive
        .by_name(name)
        .or_else(|_| archive.by_name(&format!("{name}.npy")))
        .map_err(|error| Error::file(path, format!("`{name}`: {error}")))
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn temporary(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("formwork-{}-{name}", std::process::id()))
    }

    #[test]
    fn safetensors() {
        let path = temporary("data.safetensors");
        let numbers: Vec<u8> = [1i64, -2, 3, 4].iter().flat_map(|n| n.to_le_bytes()).collect();
        let view = safetensors::tensor::TensorView::new(safetensors::Dtype::I64, vec![2, 2], &numbers).unwrap();
        std::fs::write(&path, safetensors::serialize([("ids", view)], None).unwrap()).unwrap();
        assert_eq!(read_safetensors::<i64, ndarray::Ix2>(&path, "ids").unwrap(), array![[1, -2], [3, 4]]);
        let problem = |error: Error| error.to_string();
        assert!(problem(read_safetensors::<i64, ndarray::Ix2>(&path, "x").unwrap_err()).contains("only [\"ids\"]"));
        assert!(problem(read_safetensors::<f32, ndarray::Ix2>(&path, "ids").unwrap_err()).contains("I64"));
        assert!(problem(read_safetensors::<i64, ndarray::Ix1>(&path, "ids").unwrap_err()).contains("[2, 2]"));
        std::fs::write(&path, b"not tensors").unwrap();
        assert!(problem(read_safetensors::<i64, ndarray::Ix2>(&path, "ids").unwrap_err()).contains("no safetensors"));
        std::fs::remove_file(path).unwrap();
    }

    #[cfg(feature = "npy")]
    #[test]
    fn numpy() {
        let (single, several) = (temporary("a.npy"), temporary("a.npz"));
        let numbers = array![[1.5f32, 2.0], [3.0, 4.0], [5.0, 6.0]];
        ndarray_npy::write_npy(&single, &numbers).unwrap();
        assert_eq!(read_npy::<f32, ndarray::Ix2>(&single).unwrap(), numbers);
        assert!(read_npy::<f64, ndarray::Ix2>(&single).is_err());
        assert!(read_npy::<f32, ndarray::Ix1>(&single).is_err());
        let bytes = std::fs::read(&single).unwrap();
        for end in [0, 5, 20, bytes.len() - 1] {
            std::fs::write(&single, &bytes[..end]).unwrap();
            assert!(read_npy::<f32, ndarray::Ix2>(&single).unwrap_err().to_string().contains("a.npy"));
        }
        let mut archive = ndarray_npy::NpzWriter::new(std::fs::File::create(&several).unwrap());
        archive.add_array("x", &numbers).unwrap();
        archive.finish().unwrap();
        assert_eq!(read_npz::<f32, ndarray::Ix2>(&several, "x").unwrap(), numbers);
        let error =
            read_npz::<f32, ndarray::Ix2>(&several, "y").map(|_: ndarray::Array2<f32>| ()).unwrap_err().to_string();
        assert!(error.contains("`y`") && error.contains("[\"x\"]"), "{error}");
        std::fs::remove_file(single).unwrap();
        std::fs::remove_file(several).unwrap();
    }
}
