//! The format of MNIST.

use std::io::Read;
use std::path::Path;

use ndarray::{Array, Dimension};

use super::file::open;
use super::stored::{Stored, count, shaped};
use crate::{Error, Result};

/// The array in an IDX file, the format of MNIST, compressed by gzip or not.
///
/// ```no_run
/// use formwork::data::read_idx;
/// use ndarray::{Array1, Array3};
///
/// let images: Array3<u8> = read_idx("train-images-idx3-ubyte.gz")?;
/// let labels: Array1<u8> = read_idx("train-labels-idx1-ubyte.gz")?;
/// # Ok::<(), formwork::Error>(())
/// ```
///
/// # Errors
/// If the file cannot be read, is shorter or longer than it says, or holds another type or another number of axes.
pub fn read_idx<E: Stored, D: Dimension>(path: impl AsRef<Path>) -> Result<Array<E, D>> {
    let path = path.as_ref();
    let mut file = open(path)?;
    read(&mut file).map_err(|problem| Error::file(path, problem))
}

fn read<E: Stored, D: Dimension>(file: &mut dyn Read) -> Result<Array<E, D>, String> {
    let mut word = || {
        let mut bytes = [0; 4];
        file.read_exact(&mut bytes).map(|()| bytes).map_err(|_| "is no IDX file: it ends within its header".to_string())
    };
    let [zero, also_zero, kind, rank] = word()?;
    if (zero, also_zero) != (0, 0) {
        return Err("is no IDX file: it does not begin with two zeros".into());
    }
    if E::IDX != Some(kind) {
        let held = match kind {
            0x08 => "u8",
            0x09 => "i8",
            0x0b => "i16",
            0x0c => "i32",
            0x0d => "f32",
            0x0e => "f64",
            _ => return Err(format!("is no IDX file: it has no type of number 0x{kind:02x}")),
        };
        return Err(format!("holds {held}, but {} is asked for: convert the array by .mapv(..)", E::NAME));
    }
    let dims = (0..rank).map(|_| word().map(|bytes| u32::from_be_bytes(bytes) as usize));
    let dims = dims.collect::<Result<Vec<usize>, String>>()?;
    let size = count(&dims, size_of::<E>()).ok_or_else(|| format!("says that its shape is {dims:?}"))? * size_of::<E>();
    // What the header says is not believed: memory grows with what is there.
    let mut bytes = Vec::new();
    file.take(size as u64 + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() != size {
        let than = if bytes.len() < size { "shorter" } else { "longer" };
        return Err(format!("is {than} than an array of shape {dims:?}"));
    }
    shaped(&dims, E::from_be(&bytes))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Array3, array};

    use super::*;

    fn bytes(header: &[u8], dims: &[u32], data: &[u8]) -> Vec<u8> {
        let dims = dims.iter().flat_map(|n| n.to_be_bytes());
        header.iter().copied().chain(dims).chain(data.iter().copied()).collect()
    }

    fn parse<E: Stored, D: Dimension>(bytes: &[u8]) -> Result<Array<E, D>, String> {
        read(&mut &bytes[..])
    }

    #[test]
    fn arrays_of_all_types() {
        assert_eq!(parse(&bytes(&[0, 0, 8, 2], &[2, 3], &[1, 2, 3, 4, 5, 6])), Ok(array![[1u8, 2, 3], [4, 5, 6]]));
        assert_eq!(parse(&bytes(&[0, 0, 11, 1], &[2], &[1, 0, 255, 255])), Ok(array![256i16, -1]));
        assert_eq!(parse(&bytes(&[0, 0, 13, 1], &[1], &1.5f32.to_be_bytes())), Ok(array![1.5f32]));
    }

    #[test]
    fn damaged_files_are_refused() {
        let whole = bytes(&[0, 0, 8, 2], &[2, 2], &[1, 2, 3, 4]);
        for end in 0..whole.len() {
            assert!(parse::<u8, ndarray::Ix2>(&whole[..end]).is_err(), "{end}");
        }
        let problem = |bytes: &[u8]| parse::<u8, ndarray::Ix2>(bytes).unwrap_err();
        let longer: Vec<u8> = whole.iter().copied().chain([5]).collect();
        assert!(problem(&longer).contains("longer"));
        assert!(problem(&bytes(&[0, 0, 8, 2], &[u32::MAX, u32::MAX], &[])).contains("shape"));
        assert!(problem(&bytes(&[0, 0, 8, 2], &[u32::MAX, 1], &[1])).contains("shorter"));
        assert!(problem(&bytes(&[0, 0, 7, 2], &[1, 1], &[1])).contains("0x07"));
        assert!(problem(b"PK\x03\x04").contains("two zeros"));
        assert!(parse::<f32, ndarray::Ix2>(&whole).unwrap_err().contains("holds u8, but f32"));
        assert!(parse::<u8, ndarray::Ix3>(&whole).map(|_: Array3<u8>| ()).unwrap_err().contains("[2, 2]"));
        let _: Array2<u8> = parse(&whole).unwrap();
    }

    #[cfg(feature = "gzip")]
    #[test]
    fn files_may_be_compressed() {
        use std::io::Write;

        let path = std::env::temp_dir().join(format!("formwork-idx-{}.gz", std::process::id()));
        let plain = bytes(&[0, 0, 8, 1], &[3], &[7, 8, 9]);
        let mut file = flate2::write::GzEncoder::new(std::fs::File::create(&path).unwrap(), Default::default());
        file.write_all(&plain).unwrap();
        file.finish().unwrap();
        assert_eq!(read_idx::<u8, ndarray::Ix1>(&path).unwrap(), array![7, 8, 9]);
        std::fs::write(&path, &plain).unwrap();
        assert_eq!(read_idx::<u8, ndarray::Ix1>(&path).unwrap(), array![7, 8, 9]);
        std::fs::remove_file(&path).unwrap();
        let missing = read_idx::<u8, ndarray::Ix1>(&path).unwrap_err().to_string();
        assert!(missing.contains("formwork-idx"), "{missing}");
    }
}
