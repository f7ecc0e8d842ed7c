//! What data and files can get wrong.

use std::fmt;
use std::path::PathBuf;

/// A mistake in data or a file. The message says what, where, and how to mend it; the model is as it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Data that does not fit the model.
    Data(String),
    /// A file that cannot be read or written, or holds something else.
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Training that cannot go on.
    Training(String),
}

/// The result of what data and files can get wrong.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn data(message: impl Into<String>) -> Self {
        Error::Data(message.into())
    }

    /// As an error of the data to validate on.
    pub(crate) fn in_validation(self) -> Self {
        match self {
            Error::Data(message) => Error::Data(format!("in the validation data: {message}")),
            other => other,
        }
    }

    pub(crate) fn file(path: impl Into<PathBuf>, problem: impl fmt::Display) -> Self {
        Error::File { path: path.into(), problem: problem.to_string() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Data(message) | Error::Training(message) => f.write_str(message),
            Error::File { path, problem } => write!(f, "{}: {problem}", path.display()),
        }
    }
}

impl std::error::Error for Error {}

/// So that `?` may follow ndarray's conversions, as in `Array::from_shape_vec((rows, 13), numbers)?`.
impl From<ndarray::ShapeError> for Error {
    fn from(error: ndarray::ShapeError) -> Self {
        let problem = error.to_string();
        let problem = problem.split_once(": ").map_or(problem.as_str(), |(_, words)| words);
        Error::data(format!("these numbers do not make an array of that shape: {problem}"))
    }
}
