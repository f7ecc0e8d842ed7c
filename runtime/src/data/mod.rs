//! Samples, and batches of them: from arrays, iterators and files to what `fit` takes.
//!
//! A [`Dataset`] is a sequence of samples that can be gone over again and again; its methods are those of `tf.data`.
//! [`Dataset::batch`] makes [`Batches`] of it, which `fit`, `evaluate` and a `for` loop take. The types tell one from the
//! other: what works on samples does not compile on batches, nor does another model's data.
//!
//! | | |
//! |---|---|
//! | from | [`from_arrays`](Dataset::from_arrays), [`from_iter`](Dataset::from_iter), [`from_generator`](Dataset::from_generator) |
//! | samples | `map`, `try_map`, `map_random`, `filter`, `take`, `skip`, `shuffle`, `cache`, `repeat`, `zip`, `split`, `padded` |
//! | batches | `batch`, `padded_batch`; then `drop_remainder`, `take`, `skip`, `prefetch` |
//! | files | [`Csv`], [`Dataset::from_csv`], [`read_idx`], [`read_safetensors`], and with features `read_npy`, `read_npz` (`npy`) and `ImageFolder` (`images`) |
//! | arrays | [`Windows`] of a series, [`normalize`], [`train_test_split`], [`stratified_split`], [`pad_sequences`], [`stack()`], [`to_categorical`] |
//!
//! What a data set yields depends on the data, the seeds and the epoch alone, never on threads: the same seed gives the
//! same batches.

mod array;
mod batches;
mod categorical;
#[cfg(feature = "csv")]
mod csv;
mod dataset;
mod element;
mod feed;
mod field;
mod file;
mod gather;
mod idx;
#[cfg(feature = "images")]
mod images;
#[cfg(feature = "csv")]
mod lines;
mod padding;
mod prepare;
mod sample;
mod sample_weights;
mod stage;
mod stored;
mod stream_weights;
mod table;
mod tensors;
mod unbatched;
mod windows;
mod workers;

#[cfg(feature = "csv")]
pub use self::csv::{Csv, CsvRow};
pub use array::{AnyArray, Arrays, OwnedArray, RowOf, TargetArray, arrays, borrowed};
pub(crate) use array::{Borrowed, sources};
pub use batches::{Batch, Batches, Epoch};
pub use categorical::to_categorical;
pub use dataset::Dataset;
pub use element::Element;
pub use feed::Position;
pub(crate) use feed::{Feed, Piece};
pub use field::Field;
#[cfg(feature = "images")]
pub use formwork_shape::Interpolation;
pub(crate) use gather::Gather;
pub use idx::read_idx;
#[cfg(feature = "images")]
pub use images::{Image, ImageFolder};
pub use padding::{Padding, Side, pad_sequences, stack};
pub use prepare::{normalize, stratified_split, train_test_split};
pub use sample::{Columns, Fields, Row, Sample, Stack, Stacked, pad};
pub use sample_weights::SampleWeights;
pub(crate) use sample_weights::Weights;
pub use stored::Stored;
pub(crate) use table::Table;
pub use tensors::read_safetensors;
#[cfg(feature = "npy")]
pub use tensors::{read_npy, read_npz};
pub use unbatched::Unbatched;
pub use windows::Windows;
