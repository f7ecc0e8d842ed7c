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
    let x = Array2::<f32>::zeros((4, 8));
    let (class, score) = (Array1::<u32>::zeros(4), Array2::<f32>::zeros((4, 1)));
    let score: Array1<f32> = Pair::new(1).predict(PairInputs { x: &x })?.score;
    let _ = (&class, &score);
    Ok(())
}
