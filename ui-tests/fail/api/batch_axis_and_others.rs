use formwork::prelude::*;
use ndarray::{Array1, Array2, Array3, Array5};

const WIDTH: usize = 3;

model!(
    fn Pair(photo: Input<64, 64, WIDTH>, steps: Input<time, 8>, facts: Input<10>) -> Output<1> {
        Dense(1)(Concatenate()(Flatten()(photo), LSTM(4)(steps), facts))
    }
);

fn main() -> Result<()> {
    let (row, table) = (Array1::<f32>::zeros(8), Array2::<f32>::zeros((8, 8)));
    let (cube, films) = (Array3::<f32>::zeros((2, 8, 8)), Array5::<f32>::zeros((1, 1, 64, 64, 3)));
    let model = Pair::new(1);
    model.predict(PairInputs { photo: &table, steps: &row, facts: &films })?;
    model.predict_one(PairInput { photo: &row, steps: &films, facts: &cube })?;
    Ok(())
}
