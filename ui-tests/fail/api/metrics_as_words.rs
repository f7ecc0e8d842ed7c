use formwork::prelude::*;

model!(
    fn Small(x: Input<8>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {
    let model = Small::new(1).compile(Adam::new(1), MeanSquaredError::new());
    let _ = model.metrics(["accuracy"]);
}
