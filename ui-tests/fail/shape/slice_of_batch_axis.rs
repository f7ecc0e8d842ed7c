use formwork::prelude::*;

model!(
    fn Model(h: Input<10, 8>) -> Output<8> {
        let last = h[(.., -1, ..)];
        Dense(8)(last)
    }
);

fn main() {}
