use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let a = x.relu();
        let b = x.reshape(2, 4);
        Dense(1)(a)
    }
);

fn main() {}
