use formwork::prelude::*;

model!(
    fn Model(series: Input<12, 4>) -> Output<1> {
        let h = series;
        let h = Conv1D(8, 5, dilation_rate = 2)(h);
        let h = Conv1D(8, 5)(h);
        Dense(1)(GlobalMaxPooling1D()(h))
    }
);

fn main() {}
