use formwork::prelude::*;

model!(
    fn Ends(x: Input<8>) -> Output<1>
);

model!(
    fn Equals(x: Input<8>) -> Output<1> = Dense(1)(x)
);

model!(
    fn Where(x: Input<8>) -> Output<1>
    where
        x: f32,
    {
        Dense(1)(x)
    }
);

fn main() {}
