use formwork::prelude::*;

model!(
    fn Model(x: Input<28x28>, y: Input<28, 1u8>, z: Input<3q>) -> Output<10> {
        let h = Dense(5x5)(Flatten()(y));
        Dense(10usize)(h)
    }
);

fn main() {}
