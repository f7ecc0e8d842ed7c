use formwork::prelude::*;
use ndarray::{Array1, Array2};

model!(
    fn Pair(x: Input<8>) -> Outputs<class = Output<3>, score = Output<1>> {
        let class = Dense(3, activation = softmax)(x);
        let score = Dense(1)(x);
        Outputs { class, score }
    }
);

fn main() -> Result<()> {
    let batches = vec![Array2::<f32>::zeros((4, 8)), Array2::<f32>::zeros((4, 8))];
    let class = Array1::<u32>::zeros(8);
    let score = Array2::<f32>::zeros((8, 1));
    let _ = Dataset::from_arrays(PairInputs { x: &batches }, PairTargets { class: &class, score: &score })?;
    Ok(())
}
