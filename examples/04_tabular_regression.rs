//! How far does a car go on a gallon? A table in, a number out.
//!
//! Run it with `cargo run --release --example 04_tabular_regression`.

use formwork::data::{Csv, train_test_split};
use formwork::prelude::*;
use formwork_examples::data;
use ndarray::{Array2, Axis};

const SEED: u64 = 1;

/// Columns of numbers that mean more or less of something.
const NUMBERS: [&str; 6] = ["cylinders", "displacement", "horsepower", "weight", "acceleration", "year"];

model!(
    /// What is known of a car, and how many miles it goes on a gallon.
    fn Mileage(numbers: Input<6>, origin: Input<3>) -> Output<1> {
        let scaled = Normalization()(numbers);
        let h = Concatenate()(scaled, origin);
        Sequential([
            Dense(32, activation = relu, kernel_regularizer = L2(1e-2)),
            Dense(32, activation = relu, kernel_regularizer = L2(1e-2)),
            Dense(1),
        ])(h)
    }
);

/// Rows of the table, as the model takes them.
struct Cars {
    numbers: Array2<f32>,
    origin: Array2<f32>,
    mpg: Array2<f32>,
}

impl Cars {
    fn select(&self, rows: &[usize]) -> Cars {
        let rows = |of: &Array2<f32>| of.select(Axis(0), rows);
        Cars { numbers: rows(&self.numbers), origin: rows(&self.origin), mpg: rows(&self.mpg) }
    }

    fn inputs(&self) -> MileageInputs<'_> {
        MileageInputs { numbers: &self.numbers, origin: &self.origin }
    }

    fn targets(&self) -> MileageTargets<&ndarray::ArrayRef2<f32>> {
        MileageTargets { output: &self.mpg }
    }
}

fn main() -> Result<()> {
    let table = Csv::read(data("auto_mpg/auto_mpg.csv.gz"))?;
    // America, Europe and Japan are neither more nor less than each other: a column for each.
    let (origin, _) = table.classes("origin")?;
    let origin = to_categorical(&origin, 3)?;
    let cars = Cars { numbers: table.numbers(&NUMBERS)?, origin, mpg: table.numbers(&["mpg"])? };
    let (train, test) = train_test_split(table.len(), 0.2, SEED)?;
    let (train, test) = (cars.select(&train), cars.select(&test));

    // Means and variances come from the cars that the model learns from, not from those that test it.
    let mut model = Mileage::new(SEED);
    model.scaled.adapt(&train.numbers)?;

    let mut model = model.compile(Adam::new(2e-3), MeanSquaredError::new()).metrics((MAE::new(), R2Score::new()));
    let stopping = EarlyStopping::new("val_loss").patience(30).restore_best_weights(true);
    let fit = Fit::epochs(300).batch_size(16).validation_split(0.2).callback(stopping);
    let history = model.fit_arrays(train.inputs(), train.targets(), fit)?;
    println!("waited for data {:.1} % of the time", 100.0 * model.waited_for_data());
    println!("{} epochs, the last one: {}", history.epochs().len(), history.last().cloned().unwrap_or_default());

    // What one car of each ten says.
    let predicted = model.predict(test.inputs())?.output;
    for (predicted, real) in predicted.iter().zip(&test.mpg).step_by(10) {
        println!("predicted {predicted:5.1} miles, measured {real:5.1}");
    }
    let report = model.evaluate_arrays(test.inputs(), test.targets())?;
    println!("test r2 {:.4}", report.metric("r2_score").unwrap_or_default());
    println!("test mean absolute error {:.4}", report.metric("mean_absolute_error").unwrap_or_default());
    Ok(())
}
