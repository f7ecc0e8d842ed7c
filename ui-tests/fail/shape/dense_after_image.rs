use formwork::prelude::*;

model!(
    fn Model(photo: Input<64, 64, 3>) -> Output<10> {
        let scaled = Rescaling(0.0039)(photo);
        Dense(10)(scaled)
    }
);

fn main() {}
