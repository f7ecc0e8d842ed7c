//! A convolutional network tells clothes apart, and callbacks watch over its training.
//!
//! Run it with `cargo run --release --example 03_fashion_mnist`. It learns from 3,000 images, or from all 60,000 where
//! Debian's package of them is installed (`apt-get install dataset-fashion-mnist`).

use formwork::data::read_idx;
use formwork::prelude::*;
use formwork_examples::data;
use ndarray::{Array1, Array3, Array4, Axis};

const SEED: u64 = 1;
const EPOCHS: usize = 15;

/// Where Debian's package puts its files.
const PACKAGE: &str = "/usr/share/datasets/fashion-mnist";

model!(
    /// An image in, one probability a kind of clothes out.
    fn Fashion(image: Input<28, 28, 1>) -> Output<10> {
        Sequential([
            Rescaling(1.0 / 255.0),
            Conv2D(32, 3, activation = relu),
            MaxPooling2D(2),
            Conv2D(64, 3, activation = relu),
            MaxPooling2D(2),
            Flatten(),
            Dropout(0.4),
            Dense(128, activation = relu),
            Dropout(0.2),
            Dense(10, activation = softmax),
        ])(image)
    }
);

fn main() -> Result<()> {
    let (images, labels) = read("train")?;
    let (test_images, test_labels) = read("t10k")?;
    println!("{} images to learn from, {} to test with", labels.len(), test_labels.len());

    // The last tenth says when to stop; the images of the test say nothing until the end.
    let all = Dataset::from_arrays(FashionInputs { image: &images }, FashionTargets { output: &labels })?;
    let (train, valid) = all.split(0.1)?;
    let (train, valid) = (train.shuffle(labels.len(), SEED).batch(32), valid.batch(100));
    let test = Dataset::from_arrays(FashionInputs { image: &test_images }, FashionTargets { output: &test_labels })?;

    // Callbacks are asked after each epoch, in this order.
    let folder = std::env::temp_dir();
    let best = folder.join("formwork_fashion.safetensors");
    let mut stopping = EarlyStopping::new("val_loss").patience(4).restore_best_weights(true);
    let fit = Fit::epochs(EPOCHS)
        .validation(&valid)
        .verbose(true)
        .callback(ReduceLROnPlateau::new("val_loss").factor(0.3).patience(2))
        .callback(ModelCheckpoint::new(best.to_string_lossy()).save_best_only(true))
        .callback(CSVLogger::new(folder.join("formwork_fashion.csv")))
        .callback(&mut stopping);

    let mut model =
        Fashion::new(SEED).compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new()).metrics(Accuracy::new());
    let history = model.fit(&train, fit)?;
    println!("the best epoch was number {}", stopping.best_epoch() + 1);
    println!("waited for data {:.1} % of the time", 100.0 * model.waited_for_data());
    history.save_svg(folder.join("formwork_fashion.svg"))?;
    println!("curves in {}", folder.join("formwork_fashion.svg").display());

    let report = model.evaluate(&test.batch(100))?;
    println!("test accuracy {:.4}", report.metric("accuracy").unwrap_or_default());
    Ok(())
}

/// The images and labels of a part, `train` or `t10k`.
fn read(part: &str) -> Result<(Array4<f32>, Array1<u8>)> {
    let package = std::path::Path::new(PACKAGE);
    let folder = if package.is_dir() { package.to_path_buf() } else { data("fashion_mnist") };
    let images: Array3<u8> = read_idx(folder.join(format!("{part}-images-idx3-ubyte.gz")))?;
    let labels = read_idx(folder.join(format!("{part}-labels-idx1-ubyte.gz")))?;
    // A grey image has one channel: its last axis.
    Ok((images.mapv(f32::from).insert_axis(Axis(3)), labels))
}
