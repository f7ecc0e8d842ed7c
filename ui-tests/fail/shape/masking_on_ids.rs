use formwork::prelude::*;

model!(
    fn Model(ids: Input<20, u32>) -> Output<4> {
        LSTM(4)(Masking()(ids))
    }
);

fn main() {}
