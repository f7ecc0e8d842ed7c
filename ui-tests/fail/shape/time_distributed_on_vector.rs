use formwork::prelude::*;

model!(
    fn Model(x: Input<16>) -> Output<8> {
        TimeDistributed(Dense(8))(x)
    }
);

fn main() {}
