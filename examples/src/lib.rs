//! Data for the examples.

use std::error::Error;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use ndarray::{Array1, Array4, Axis, concatenate};

/// Where a data file of the examples lies.
pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

/// Handwritten digits.
#[derive(Clone, Debug)]
pub struct Digits {
    /// Ink from 0 to 1, of shape (samples, 28, 28, 1).
    pub images: Array4<f32>,
    /// The digit that each image shows.
    pub labels: Array1<u8>,
}

impl Digits {
    /// The samples of these rows.
    pub fn select(&self, rows: &[usize]) -> Digits {
        Digits { images: self.images.select(Axis(0), rows), labels: self.labels.select(Axis(0), rows) }
    }

    /// These digits, and each of them four times more, moved by a pixel up, down, left and right: a digit is the same
    /// wherever it stands, and a network that has seen it so does better on digits that it has not seen.
    pub fn with_shifts(&self) -> Digits {
        let (rows, height, width, _) = self.images.dim();
        let pixels: Vec<f32> = self.images.iter().copied().collect();
        let mut images = Array4::zeros((5 * rows, height, width, 1));
        let moves = [(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)];
        let copies = images.as_slice_mut().unwrap_or_default().chunks_exact_mut(pixels.len());
        for (copy, (down, right)) in copies.zip(moves) {
            let (lines, from_lines) = (kept(height, down), kept(height, -down));
            let (columns, from_columns) = (kept(width, right), kept(width, -right));
            for (to, from) in copy.chunks_exact_mut(height * width).zip(pixels.chunks_exact(height * width)) {
                for (line, from_line) in lines.clone().zip(from_lines.clone()) {
                    let from = &from[from_line * width..][from_columns.clone()];
                    to[line * width..][columns.clone()].copy_from_slice(from);
                }
            }
        }
        let labels = concatenate(Axis(0), &[self.labels.view(); 5]).expect("they have one shape");
        Digits { images, labels }
    }
}

/// Where the pixels of an axis of `len` are that stay in sight when all move by `by`.
fn kept(len: usize, by: isize) -> Range<usize> {
    by.max(0).unsigned_abs()..len - by.min(0).unsigned_abs()
}

/// 4,000 digits to train on and 1,000 others to test with, as many of each class.
///
/// # Errors
/// If the file is missing or damaged.
pub fn mnist() -> Result<(Digits, Digits), Box<dyn Error>> {
    let all = read_digits(&data("mnist_5k/mnist_5k.csv.gz"))?;
    // The rows are sorted by digit, 500 of each, so every fifth row is a fair sample.
    let (test, train): (Vec<usize>, Vec<usize>) = (0..all.labels.len()).partition(|row| row % 5 == 4);
    Ok((all.select(&train), all.select(&test)))
}

/// Reads a compressed table: a digit a line, 784 pixels from 0 to 255 and then the label.
///
/// # Errors
/// If it cannot be read or holds anything else; the message names the file and the line.
pub fn read_digits(path: &Path) -> Result<Digits, Box<dyn Error>> {
    let at = |line: usize, what: &dyn std::fmt::Display| format!("{}, line {line}: {what}", path.display());
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(GzDecoder::new(file));
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for (row, record) in reader.deserialize::<Vec<u8>>().enumerate() {
        let record = record.map_err(|error| at(row + 1, &error))?;
        match record.split_last() {
            Some((label @ 0..=9, image)) if image.len() == 28 * 28 => {
                pixels.extend(image.iter().map(|&pixel| f32::from(pixel) / 255.0));
                labels.push(*label);
            }
            _ => return Err(at(row + 1, &"expected 784 pixels and a label from 0 to 9").into()),
        }
    }
    Ok(Digits { images: Array4::from_shape_vec((labels.len(), 28, 28, 1), pixels)?, labels: labels.into() })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_split_has_as_many_of_each_digit() {
        let (train, test) = mnist().unwrap();
        for digit in 0..10 {
            assert_eq!(train.labels.iter().filter(|label| **label == digit).count(), 400);
            assert_eq!(test.labels.iter().filter(|label| **label == digit).count(), 100);
        }
        assert!(train.images.iter().all(|ink| (0.0..=1.0).contains(ink)));
    }

    #[test]
    fn shifts_move_every_digit_by_a_pixel() {
        let (_, test) = mnist().unwrap();
        let (all, rows) = (test.with_shifts(), test.labels.len());
        assert_eq!(all.images.dim(), (5 * rows, 28, 28, 1));
        let ink = |copy: usize, y: usize, x: usize| all.images[[copy * rows + 7, y, x, 0]];
        for (y, x) in [(10, 12), (14, 14), (18, 9)] {
            let original = test.images[[7, y, x, 0]];
            let moved = [ink(0, y, x), ink(1, y - 1, x), ink(2, y + 1, x), ink(3, y, x - 1), ink(4, y, x + 1)];
            assert_eq!(moved, [original; 5]);
        }
        assert!((0..5).all(|copy| all.labels[copy * rows + 7] == test.labels[7]));
    }

    #[test]
    fn a_damaged_file_is_refused_with_its_place() {
        let path = std::env::temp_dir().join(format!("formwork-digits-{}.csv.gz", std::process::id()));
        let good = format!("{}7\n", "0,".repeat(784));
        for (bad, place) in
            [("1,2,3\n", "line 2"), (&*format!("{}x\n", "0,".repeat(784)), "line 2"), ("256\n", "line 2")]
        {
            let mut file = flate2::write::GzEncoder::new(File::create(&path).unwrap(), Default::default());
            file.write_all(format!("{good}{bad}").as_bytes()).unwrap();
            file.finish().unwrap();
            let message = read_digits(&path).unwrap_err().to_string();
            assert!(message.contains(place) && message.contains("formwork-digits"), "{message}");
        }
        std::fs::remove_file(&path).unwrap();
        assert!(read_digits(&path).unwrap_err().to_string().contains("formwork-digits"));
    }
}
