//! Is a mail spam? Words go through an embedding into an LSTM, and no mail is longer than it is: each batch is padded to
//! its own longest mail, and the mask that the embedding makes of the padding keeps it out of the LSTM.
//!
//! Run it with `cargo run --release --example 05_spam`.

use std::collections::HashMap;

use formwork::data::{Csv, stratified_split};
use formwork::prelude::*;
use formwork_examples::data;

const SEED: u64 = 1;
const EPOCHS: usize = 8;

/// The words that have an id of their own: 0 is padding, 1 stands for all other words.
const WORDS: usize = 5_000;

model!(
    /// The words of a mail in their order, and how likely it is that it is spam.
    fn Spam(words: Input<_>) -> Output<1> {
        Sequential([
            Embedding(WORDS, 32, mask_zero = true),
            Bidirectional(LSTM(32)),
            Dropout(0.4),
            Dense(1, activation = sigmoid),
        ])(words)
    }
);

/// A mail as the model takes it.
struct Mail {
    ids: Vec<u32>,
    spam: f32,
}

fn main() -> Result<()> {
    let table = Csv::read(data("spam/spam.csv.gz"))?;
    let spam = table.column::<u8>("spam")?;
    let texts = table.rows().map(|row| row.text("words")).collect::<Result<Vec<&str>>>()?;

    // As much spam on both sides; words are counted on the side that the model learns from.
    let (train, test) = stratified_split(&spam.to_vec(), 0.2, SEED)?;
    let ids = vocabulary(train.iter().map(|row| texts[*row]));
    let id = |word: &str| ids.get(word).copied().unwrap_or(1);
    let mails = |rows: &[usize]| -> Vec<Mail> {
        let mail = |row: &usize| Mail { ids: texts[*row].split(' ').map(id).collect(), spam: f32::from(spam[*row]) };
        rows.iter().map(mail).collect()
    };
    let (train, test) = (mails(&train), mails(&test));
    println!("{} mails to learn from, {} to test with", train.len(), test.len());

    // A tenth of the mails says when the model begins to learn the others by heart. References are shuffled, not mails.
    let (training, validation) = Dataset::from_iter(&train).split(0.1)?;
    let training = training.shuffle(train.len(), SEED).map(sample).padded_batch(32).prefetch(2);
    let validation = validation.map(sample).padded_batch(100);
    let testing = Dataset::from_iter(&test).map(sample).padded_batch(100);

    let metrics = (Accuracy::new(), Precision::new(), Recall::new());
    let mut model = Spam::new(SEED).compile(Adam::new(2e-3), BinaryCrossentropy::new()).metrics(metrics);
    let stopping = EarlyStopping::new("val_loss").patience(2).restore_best_weights(true);
    model.fit(&training, Fit::epochs(EPOCHS).validation(&validation).callback(stopping).verbose(true))?;
    println!("waited for data {:.1} % of the time", 100.0 * model.waited_for_data());

    let one: Vec<u32> = "you have won free money click now".split(' ').map(id).collect();
    let one = model.predict_one(SpamInput { words: &ndarray::aview1(&one) })?.output;
    println!("`you have won free money click now` is spam with probability {:.3}", one[0]);

    let report = model.evaluate(&testing)?;
    println!("test accuracy {:.4}", report.metric("accuracy").unwrap_or_default());
    Ok(())
}

/// A mail with its own number of words.
fn sample(mail: &Mail) -> (SpamSample, SpamTarget<[f32; 1]>) {
    (SpamSample { words: mail.ids.clone().into() }, SpamTarget { output: [mail.spam] })
}

/// An id for each of the words that occur most often; among equals the alphabet decides.
fn vocabulary<'t>(texts: impl Iterator<Item = &'t str>) -> HashMap<&'t str, u32> {
    let mut counts = HashMap::new();
    texts.flat_map(|text| text.split(' ')).for_each(|word| *counts.entry(word).or_insert(0) += 1);
    let mut words: Vec<(&str, u32)> = counts.into_iter().collect();
    words.sort_unstable_by_key(|(word, count)| (std::cmp::Reverse(*count), *word));
    words.into_iter().zip(2..WORDS as u32).map(|((word, _), id)| (word, id)).collect()
}
