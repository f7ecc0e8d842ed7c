use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        println!("{x}");
        let h = vec![Dense(4)];
        Dense(1)(x)
    }
);

fn main() {}
