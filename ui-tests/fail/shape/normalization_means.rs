use formwork::prelude::*;

model!(
    fn Model(x: Input<3>) -> Output<3> {
        Normalization(mean = (0.5, 0.4), variance = (0.1, 0.2))(x)
    }
);

fn main() {}
