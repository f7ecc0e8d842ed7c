use formwork::prelude::*;

const SIDE: usize = 64;

model!(
    fn Model(photo: Input<SIDE, SIDE, 3>) -> Output<10> {
        let scaled = Rescaling(0.0039)(photo);
        Dense(10)(scaled)
    }
);

fn main() {}
