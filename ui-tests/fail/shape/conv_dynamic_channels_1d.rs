use formwork::prelude::*;

model!(
    fn Model(series: Input<100, _>) -> Output<1> {
        Dense(1)(GlobalMaxPooling1D()(Conv1D(8, 3)(series)))
    }
);

fn main() {}
