use formwork::prelude::*;

model!(
    fn Model(x: Input<1, 2, 3, 4, 5, 6, 7>) -> Output<5040> {
        Flatten()(x)
    }
);

fn main() {}
