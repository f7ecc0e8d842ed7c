//! Who is speaking? Series of twelve numbers a step, of different lengths, from nine speakers who say two vowels.
//!
//! Run it with `cargo run --release --example 07_series`.

use formwork::data::Csv;
use formwork::prelude::*;
use formwork_examples::data;
use ndarray::Array2;

const SEED: u64 = 1;
const EPOCHS: usize = 60;

model!(
    /// A series of any length, and a probability for each speaker.
    fn Speaker(series: Input<time, 12>) -> Output<9> {
        Sequential([Masking(0.0), Bidirectional(LSTM(48)), Dropout(0.4), Dense(9, activation = softmax)])(series)
    }
);

/// A series as the model takes it.
type Sample = (SpeakerSample, SpeakerTarget<u32>);

fn main() -> Result<()> {
    let (train, test) = (read("train")?, read("test")?);
    println!("{} series to learn from, {} to test with", train.len(), test.len());

    // The series of a batch are padded with zeros to the longest of them; `Masking` takes such steps out again.
    let training = Dataset::from_iter(train.iter().cloned()).shuffle(train.len(), SEED).padded_batch(16);
    let testing = Dataset::from_iter(test.iter().cloned()).padded_batch(64);

    let rate = CosineDecay::new(3e-3, (EPOCHS * train.len().div_ceil(16)) as u64);
    let mut model =
        Speaker::new(SEED).compile(Adam::new(rate), SparseCategoricalCrossentropy::new()).metrics(Accuracy::new());
    let history = model.fit(&training, Fit::epochs(EPOCHS))?;
    println!("training: {}", history.last().cloned().unwrap_or_default());
    println!("waited for data {:.1} % of the time", 100.0 * model.waited_for_data());

    let report = model.evaluate(&testing)?;
    println!("test accuracy {:.4}", report.metric("accuracy").unwrap_or_default());
    Ok(())
}

/// The series of a part, `train` or `test`: in the table, each row is a step.
fn read(part: &str) -> Result<Vec<Sample>> {
    let table = Csv::read(data("japanese_vowels/japanese_vowels.csv.gz"))?;
    let columns: Vec<String> = (1..=12).map(|column| format!("c{column}")).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let (numbers, series) = (table.numbers::<f32>(&columns)?, table.column::<u32>("series")?);
    let (speakers, parts) = (table.column::<u32>("speaker")?, table.column::<String>("part")?);
    let steps: Vec<usize> = (0..table.len()).filter(|row| parts[*row] == part).collect();
    let one = |steps: &[usize]| {
        let series = Array2::from_shape_fn((steps.len(), 12), |(step, column)| numbers[[steps[step], column]]);
        (SpeakerSample { series }, SpeakerTarget { output: speakers[steps[0]] })
    };
    Ok(steps.chunk_by(|a, b| series[*a] == series[*b]).map(one).collect())
}
