//! Data files, compressed by gzip or not.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use crate::{Error, Result};

/// The bytes of a file, unpacked where it is compressed.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read + Send>> {
    let file = File::open(path).map_err(|error| Error::file(path, error))?;
    let mut file = BufReader::new(file);
    let start = file.fill_buf().map_err(|error| Error::file(path, error))?;
    if !start.starts_with(&[0x1f, 0x8b]) {
        return Ok(Box::new(file));
    }
    #[cfg(feature = "gzip")]
    return Ok(Box::new(flate2::bufread::MultiGzDecoder::new(file)));
    #[cfg(not(feature = "gzip"))]
    Err(Error::file(path, "is compressed by gzip: unpack it, or switch on the feature `gzip` of formwork"))
}
