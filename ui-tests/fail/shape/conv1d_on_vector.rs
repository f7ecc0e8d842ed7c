use formwork::prelude::*;

model!(
    fn Model(series: Input<100>) -> Output<1> {
        let h = Conv1D(16, 5, activation = relu)(series);
        Dense(1)(GlobalMaxPooling1D()(h))
    }
);

fn main() {}
