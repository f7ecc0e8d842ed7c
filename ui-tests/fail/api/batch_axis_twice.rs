use formwork::prelude::*;
use ndarray::{Array2, Array3, Array4, Axis};

const WIDTH: usize = 3;

model!(
    fn Pair(photo: Input<64, 64, WIDTH>, steps: Input<time, 8>) -> Output<1> {
        Dense(1)(Concatenate()(Flatten()(photo), LSTM(4)(steps)))
    }
);

fn main() -> Result<()> {
    let photo = Array4::<f32>::zeros((1, 64, 64, 3)).insert_axis(Axis(0));
    let steps = Array3::<f32>::zeros((1, 20, 8)).insert_axis(Axis(0));
    Pair::new(1).predict(PairInputs { photo: &photo, steps: &steps })?;
    Pair::new(1).predict(PairInputs { photo: &Array2::zeros((1, 64)), steps: &steps.into_dyn() })?;
    Ok(())
}
