use formwork::prelude::*;

model!(
    fn Model(x: Input<4>) -> Output<3> {
        Dense(3, dtype = f32)(x)
    }
);

fn main() {}
