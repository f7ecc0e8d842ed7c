use formwork::prelude::*;

model!(
    fn Model(x: Input<4>) -> Output<3> {
        Dense(3, kernel_initializer = HeNormal(seed = 0.5))(x)
    }
);

fn main() {}
