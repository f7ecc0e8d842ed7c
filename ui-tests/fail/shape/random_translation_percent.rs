use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 10, 3>) -> Output<10, 10, 3> {
        RandomTranslation(20, 0.1)(x)
    }
);

fn main() {}
