//! Tables of text.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use ::csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};
use ndarray::{Array1, Array2};

use super::dataset::Dataset;
use super::file::open;
use super::lines::{Lines, Watched};
use crate::{Error, Real, Result};

/// A CSV file in memory: columns by the names in its first line. It may be compressed by gzip.
///
/// ```no_run
/// use formwork::data::Csv;
///
/// let table = Csv::read("wine.csv")?;
/// let samples = table.numbers::<f32>(&["alcohol", "ash", "hue"])?;   // (rows, 3)
/// let (labels, names) = table.classes("cultivar")?;                   // ids, and the name of each
/// # Ok::<(), formwork::Error>(())
/// ```
///
/// Where values are missing (an empty field, `NA`, `?`), [`numbers`](Csv::numbers) is an error; row by row,
/// [`CsvRow::optional`] tells what to do without them. A file that does not fit into memory is read row by row, too:
/// [`Dataset::from_csv`].
#[derive(Clone, Debug)]
pub struct Csv {
    head: Arc<Head>,
    rows: Vec<StringRecord>,
}

#[derive(Debug)]
struct Head {
    path: PathBuf,
    names: StringRecord,
}

/// One row of a CSV file.
#[derive(Clone, Debug)]
pub struct CsvRow<'r> {
    head: &'r Head,
    record: &'r StringRecord,
}

impl Csv {
    /// Reads a file whose fields are separated by commas.
    ///
    /// # Errors
    /// If the file cannot be read, or its rows have different numbers of fields.
    pub fn read(path: impl AsRef<Path>) -> Result<Csv> {
        Csv::read_with(path, ',')
    }

    /// Reads a file whose fields are separated by another ASCII character, such as `';'` or `'\t'`.
    ///
    /// # Errors
    /// As [`read`](Csv::read).
    pub fn read_with(path: impl AsRef<Path>, delimiter: char) -> Result<Csv> {
        let (head, records) = begin(path.as_ref(), delimiter)?;
        let rows = records.collect::<Result<Vec<StringRecord>>>()?;
        Ok(Csv { head, rows })
    }

    /// The number of rows, without the names.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The names of the columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.head.names.iter()
    }

    /// The rows.
    pub fn rows(&self) -> impl Iterator<Item = CsvRow<'_>> {
        self.rows.iter().map(|record| CsvRow { head: &self.head, record })
    }

    /// Columns of numbers side by side, of shape (rows, columns).
    ///
    /// # Errors
    /// If there is no column of a name, or a field is no finite number; the message names line and column.
    pub fn numbers<T: Real + FromStr>(&self, columns: &[&str]) -> Result<Array2<T>> {
        let mut numbers = Array2::zeros((self.len(), columns.len()));
        for (mut numbers, row) in numbers.outer_iter_mut().zip(self.rows()) {
            numbers.assign(&row.numbers(columns)?);
        }
        Ok(numbers)
    }

    /// One column: numbers, integers, or anything else that can be parsed.
    ///
    /// # Errors
    /// As [`numbers`](Csv::numbers).
    pub fn column<E: FromStr>(&self, name: &str) -> Result<Array1<E>> {
        self.rows().map(|row| row.parse(name)).collect()
    }

    /// The class of each row as an id, and the name of each class, in alphabetical order.
    ///
    /// # Errors
    /// If there is no column of this name.
    pub fn classes(&self, name: &str) -> Result<(Array1<u32>, Vec<String>)> {
        let texts = self.rows().map(|row| row.text(name).map(str::to_string)).collect::<Result<Vec<String>>>()?;
        let mut names = texts.clone();
        names.sort_unstable();
        names.dedup();
        let id = |text: &String| names.binary_search(text).unwrap_or_default() as u32;
        Ok((texts.iter().map(id).collect(), names))
    }
}

impl<'r> CsvRow<'r> {
    /// The line of the file.
    pub fn line(&self) -> u64 {
        self.record.position().map_or(0, ::csv::Position::line)
    }

    /// The text in a column.
    ///
    /// # Errors
    /// If there is no column of this name.
    pub fn text(&self, name: &str) -> Result<&'r str> {
        let mut places = self.head.names.iter().enumerate().filter(|(_, other)| *other == name);
        let problem = match (places.next(), places.next()) {
            (Some((place, _)), None) => return Ok(self.record.get(place).unwrap_or_default()),
            (Some(_), Some(_)) => format!("has several columns `{name}`: give each a name of its own"),
            (None, _) => {
                let names: Vec<&str> = self.head.names.iter().collect();
                format!("has no column `{name}`, only {}", names.join(", "))
            }
        };
        Err(Error::file(&self.head.path, problem))
    }

    /// What a column holds, parsed.
    ///
    /// # Errors
    /// If there is no column of this name, or it holds something else.
    pub fn parse<E: FromStr>(&self, name: &str) -> Result<E> {
        let text = self.text(name)?;
        text.parse().map_err(|_| self.wrong(name, text, std::any::type_name::<E>()))
    }

    /// What a column holds, parsed; none where the value is missing: an empty field, `?`, `NA` and what else pandas reads so.
    ///
    /// ```
    /// # let path = std::env::temp_dir().join(format!("formwork-ages-{}.csv", std::process::id()));
    /// # std::fs::write(&path, "age\n30\nNA\n").unwrap();
    /// # let table = formwork::data::Csv::read(&path)?;
    /// # std::fs::remove_file(path).unwrap();
    /// let ages = table.rows().map(|row| Ok(row.optional("age")?.unwrap_or(40.0)));
    /// assert_eq!(ages.collect::<formwork::Result<Vec<f32>>>()?, [30.0, 40.0]);
    /// # Ok::<(), formwork::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no column of this name, or it holds something else.
    pub fn optional<E: FromStr>(&self, name: &str) -> Result<Option<E>> {
        if MISSING.contains(&self.text(name)?) { Ok(None) } else { self.parse(name).map(Some) }
    }

    /// The error of a field that does not hold what was asked for.
    fn wrong(&self, name: &str, text: &str, wanted: &str) -> Error {
        let line = self.line();
        let held = if text.is_empty() { "is empty".to_string() } else { format!("holds `{}`", text.escape_debug()) };
        let hint =
            if MISSING.contains(&text) { ": leave the row out, or read the column by `row.optional(..)`" } else { "" };
        Error::file(&self.head.path, format!("line {line}: column `{name}` {held}, but {wanted} is asked for{hint}"))
    }

    /// The numbers in some columns.
    ///
    /// # Errors
    /// If there is no column of a name, or one holds no finite number.
    pub fn numbers<T: Real + FromStr>(&self, columns: &[&str]) -> Result<Array1<T>> {
        let number = |name: &&str| match self.parse::<T>(name)? {
            number if number.is_finite() => Ok(number),
            _ => Err(self.wrong(name, self.text(name)?, "a finite number")),
        };
        columns.iter().map(number).collect()
    }
}

/// What stands for a value that is missing: what pandas takes for one, and the `?` of the UCI tables.
const MISSING: [&str; 18] = [
    "", "?", "NA", "N/A", "n/a", "#NA", "#N/A", "#N/A N/A", "<NA>", "NaN", "nan", "-NaN", "-nan", "NULL", "null",
    "None", "1.#IND", "1.#QNAN",
];

impl<'a, S: Send + 'a> Dataset<'a, S> {
    /// Samples that `read` makes of the rows of a CSV file, which is read anew in each epoch. Its first line names the
    /// columns; it may be compressed by gzip.
    ///
    /// ```no_run
    /// # use formwork::prelude::*;
    /// # model!(fn House(facts: Input<2>) -> Output<1> { Dense(1)(facts) });
    /// let data = Dataset::from_csv("houses.csv", |row| {
    ///     let facts = row.numbers::<f32>(&["rooms", "area"])?;
    ///     let price = row.numbers::<f32>(&["price"])?;
    ///     Ok((HouseSample { facts }, HouseTarget { output: price }))
    /// });
    /// let batches = data.shuffle(1_000, 7).batch(32).prefetch(2);
    /// ```
    ///
    /// A file that is missing or damaged is an error when the training begins or comes there.
    pub fn from_csv(
        path: impl AsRef<Path>,
        read: impl Fn(&CsvRow<'_>) -> Result<S> + Clone + Send + Sync + 'a,
    ) -> Self {
        let path = path.as_ref().to_path_buf();
        Dataset::from_generator(move || {
            let read = read.clone();
            let (rows, error) = match begin(&path, ',') {
                Ok((head, records)) => {
                    (Some(records.map(move |record| read(&CsvRow { head: &head, record: &record? }))), None)
                }
                Err(error) => (None, Some(Err(error))),
            };
            error.into_iter().chain(rows.into_iter().flatten())
        })
    }
}

type Records = Box<dyn Iterator<Item = Result<StringRecord>> + Send>;

/// The names of the columns, and the rows.
fn begin(path: &Path, delimiter: char) -> Result<(Arc<Head>, Records)> {
    let Ok(delimiter) = u8::try_from(delimiter) else {
        return Err(Error::file(path, format!("`{delimiter}` cannot separate fields: it is no ASCII character")));
    };
    let file: Box<dyn Read + Send> = open(path)?;
    let (file, lines) = Watched::new(file);
    let mut reader = ReaderBuilder::new().delimiter(delimiter).trim(Trim::All).from_reader(file);
    let names = reader.headers().map_err(|error| Error::file(path, told(&error, &lines)))?.clone();
    if names.iter().all(str::is_empty) {
        return Err(Error::file(path, "is empty: its first line must name the columns"));
    }
    let head = Arc::new(Head { path: path.to_path_buf(), names });
    let path = path.to_path_buf();
    let records = reader.into_records().map(move |record| {
        let mut record = record.map_err(|error| Error::file(&path, told(&error, &lines)))?;
        if let Some(mut position) = record.position().cloned() {
            position.set_line(lines.at(position.byte()));
            record.set_position(Some(position));
        }
        Ok(record)
    });
    Ok((head, Box::new(records)))
}

/// What is wrong with a file, and in which of its lines.
fn told(error: &::csv::Error, lines: &Lines) -> String {
    let line = error.position().map_or(0, |position| lines.at(position.byte()));
    match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => format!(
            "line {line} has {len} fields, but the first line names {expected_len} columns: a field with a separator in it stands \
             in quotes"
        ),
        ErrorKind::Utf8 { .. } => format!("line {line} holds what is no text in UTF-8: save the file in that encoding"),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn table<R>(text: &str, name: &str, test: impl FnOnce(&Path) -> R) -> R {
        let path = std::env::temp_dir().join(format!("formwork-{}-{name}.csv", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let result = test(&path);
        std::fs::remove_file(path).unwrap();
        result
    }

    #[test]
    fn columns_by_name() {
        let text = "width, height,kind\n1.5,2,cat\n3,4,\"dog, big\"\n5,6,cat\n";
        table(text, "names", |path| {
            let table = Csv::read(path).unwrap();
            assert_eq!(table.numbers::<f32>(&["height", "width"]).unwrap(), array![[2.0, 1.5], [4.0, 3.0], [6.0, 5.0]]);
            assert_eq!(table.column::<u8>("height").unwrap(), array![2, 4, 6]);
            let (ids, names) = table.classes("kind").unwrap();
            assert_eq!((ids, names), (array![0, 1, 0], vec!["cat".to_string(), "dog, big".to_string()]));
            assert_eq!((table.len(), table.names().count()), (3, 3));
        });
    }

    /// A mark of the byte order, `\r\n`, quotes, spaces and empty lines.
    #[test]
    fn tables_of_other_programs() {
        let text = "\u{feff}\"a\", b \r\n\r\n\"1\", 2 \r\n3,\"4\"\r\n\r\n";
        let numbers = table(text, "windows", |path| Csv::read(path).unwrap().numbers::<f64>(&["b", "a"]).unwrap());
        assert_eq!(numbers, array![[2.0, 1.0], [4.0, 3.0]]);
        let lines = |path: &Path| Csv::read(path).unwrap().rows().map(|row| row.line()).collect::<Vec<_>>();
        assert_eq!(table(text, "lines", lines), [3, 4]);
        assert_eq!(table("\n\na,b\n1,\"2\n\n\"\n\n3,4\n", "more_lines", lines), [4, 8]);
        let text = "epoch,loss,val_loss\n0,1.5,NA\n1,1.25,\n2,1.0,?\n3,0.5,2\n";
        table(text, "missing_values", |path| {
            let table = Csv::read(path).unwrap();
            let values = table.rows().map(|row| row.optional::<f32>("val_loss")).collect::<Result<Vec<_>>>();
            assert_eq!(values.unwrap(), [None, None, None, Some(2.0)]);
            let error = table.rows().map(|row| row.optional::<u8>("loss")).find_map(Result::err).unwrap().to_string();
            assert!(error.contains("line 2: column `loss` holds `1.5`, but u8 is asked for"), "{error}");
        });
    }

    #[test]
    fn what_is_wrong_is_named_by_line_and_column() {
        let problem = |text: &str, name: &str| {
            table(text, name, |path| {
                Csv::read(path).and_then(|table| table.numbers::<f32>(&["a", "b"])).unwrap_err().to_string()
            })
        };
        let error = problem("a,b\n1,2\n3,x\n", "text");
        assert!(error.contains("line 3") && error.contains("`b` holds `x`") && error.contains("f32"), "{error}");
        assert!(problem("a,b\n1,\n", "empty_field").contains("`b` is empty"));
        assert!(problem("a,c\n1,2\n", "no_column").contains("no column `b`, only a, c"));
        assert!(problem("a,b\n1,2,3\n", "ragged").contains("line 2 has 3 fields, but the first line names 2 columns"));
        assert!(
            problem("a,b\n1,2\n\n1\n", "short").contains("line 4 has 1 fields, but the first line names 2 columns")
        );
        assert!(problem("a,b,a\n1,2,3\n", "twice").contains("has several columns `a`"));
        for text in ["nan", "inf", "1e400"] {
            let error = problem(&format!("a,b\n1,2\n3,{text}\n"), text);
            assert!(error.contains(&format!("line 3: column `b` holds `{text}`, but a finite number is")), "{error}");
        }
        let error = problem("a,b\n1,NA\n", "missing");
        assert!(error.contains("leave the row out, or read the column by `row.optional(..)`"), "{error}");
        assert!(problem("a,b\n1,\"2\n3,4\n", "quote").contains(r"line 2: column `b` holds `2\n3,4`"));
        let latin = std::env::temp_dir().join(format!("formwork-{}-latin.csv", std::process::id()));
        std::fs::write(&latin, b"a,b\n1,2\n3,\xff\n").unwrap();
        let error = Csv::read(&latin).unwrap_err().to_string();
        std::fs::remove_file(latin).unwrap();
        assert!(error.contains("line 3 holds what is no text in UTF-8"), "{error}");
        assert!(problem("", "nothing").contains("is empty"));
        assert!(Csv::read("/nowhere/at.csv").unwrap_err().to_string().contains("at.csv"));
    }
}
