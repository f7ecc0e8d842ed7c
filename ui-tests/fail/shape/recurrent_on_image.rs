use formwork::prelude::*;

model!(
    fn Model(photo: Input<28, 28, 1>) -> Output<1> {
        let h = SimpleRNN(8)(photo);
        Dense(1)(h)
    }
);

fn main() {}
