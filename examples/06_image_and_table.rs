//! Two inputs of different kinds: the picture of an emoji, and a row of facts about it. Which group is it in?
//!
//! Run it with `cargo run --release --example 06_image_and_table`.

use formwork::data::{Csv, read_idx, stratified_split};
use formwork::prelude::*;
use formwork_examples::data;
use ndarray::{Array1, Array2, Array4, Axis};

const SEED: u64 = 1;
const EPOCHS: usize = 60;

/// The place in Unicode, how many characters it is made of, the version that added it, and which phones had it before.
const FACTS: [&str; 6] = ["code", "codes", "version", "docomo", "au", "softbank"];

model!(
    /// A small picture and six facts, and a probability for each of nine groups.
    fn Emoji(picture: Input<16, 16, 3>, facts: Input<6>) -> Output<9> {
        let seen = Sequential([
            Rescaling(1.0 / 255.0),
            RandomFlip(horizontal),
            RandomTranslation(0.1, 0.1),
            Conv2D(32, 3, activation = relu, padding = same),
            MaxPooling2D(2),
            Conv2D(64, 3, activation = relu, padding = same),
            MaxPooling2D(2),
            Flatten(),
            Dropout(0.4),
            Dense(64, activation = relu),
        ])(picture);
        let scaled = Normalization()(facts);
        let known = Dense(64, activation = relu)(scaled);
        let h = Concatenate()(seen, known);
        let h = Dropout(0.3)(Dense(64, activation = relu)(h));
        Dense(9, activation = softmax)(h)
    }
);

struct Emojis {
    pictures: Array4<f32>,
    facts: Array2<f32>,
    groups: Array1<u32>,
}

impl Emojis {
    fn select(&self, rows: &[usize]) -> Emojis {
        Emojis {
            pictures: self.pictures.select(Axis(0), rows),
            facts: self.facts.select(Axis(0), rows),
            groups: self.groups.select(Axis(0), rows),
        }
    }

    fn inputs(&self) -> EmojiInputs<'_> {
        EmojiInputs { picture: &self.pictures, facts: &self.facts }
    }

    fn targets(&self) -> EmojiTargets<&ndarray::ArrayRef1<u32>> {
        EmojiTargets { output: &self.groups }
    }
}

fn main() -> Result<()> {
    let table = Csv::read(data("emoji/facts.csv.gz"))?;
    let (groups, names) = table.classes("category")?;
    let pictures: Array4<u8> = read_idx(data("emoji/images.idx.gz"))?;
    let all = Emojis { pictures: pictures.mapv(f32::from), facts: table.numbers(&FACTS)?, groups };
    let (train, test) = stratified_split(&all.groups.to_vec(), 0.25, SEED)?;
    let (train, test) = (all.select(&train), all.select(&test));
    println!("{} emojis to learn from in {} groups: {}", train.groups.len(), names.len(), names.join(", "));

    let mut model = Emoji::new(SEED);
    model.scaled.adapt(&train.facts)?;
    let mut model = model.compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new()).metrics(Accuracy::new());
    let history = model.fit_arrays(train.inputs(), train.targets(), Fit::epochs(EPOCHS))?;
    println!("training: {}", history.last().cloned().unwrap_or_default());
    println!("waited for data {:.1} % of the time", 100.0 * model.waited_for_data());

    // Does it look at both? Each emoji once with the facts, and once with the picture, of its neighbour.
    let mut accuracy = |inputs: EmojiInputs<'_>| -> Result<f64> {
        Ok(model.evaluate_arrays(inputs, test.targets())?.metric("accuracy").unwrap_or_default())
    };
    let rows = test.groups.len();
    let neighbours = test.select(&(0..rows).map(|row| (row + 1) % rows).collect::<Vec<usize>>());
    let inputs = test.inputs();
    println!("with the facts of others {:.4}", accuracy(EmojiInputs { facts: &neighbours.facts, ..inputs })?);
    println!("with the pictures of others {:.4}", accuracy(EmojiInputs { picture: &neighbours.pictures, ..inputs })?);
    println!("test accuracy {:.4}", accuracy(inputs)?);
    Ok(())
}
