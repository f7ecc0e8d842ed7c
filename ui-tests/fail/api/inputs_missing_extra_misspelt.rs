use formwork::prelude::*;
use ndarray::Array2;

model!(
    fn Pair(text_input1: Input<4>, text_input2: Input<4>) -> Output<1> {
        Dense(1)(Concatenate()(text_input1, text_input2))
    }
);

fn main() {
    let model = Pair::new(1);
    let x = Array2::<f32>::zeros((2, 4));
    let _ = model.predict(PairInputs { text_input1: &x });
    let _ = model.predict(PairInputs { text_input1: &x, text_input2: &x, text_input3: &x });
    let _ = model.predict(PairInputs { text_input1: &x, text_inptu2: &x });
    let _ = model.predict((&x, &x));
}
