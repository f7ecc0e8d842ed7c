use formwork::prelude::*;

model!(
    fn Model(image: [f32; 784]) -> Output<1> {
        Dense(1)(image)
    }
);

fn main() {}
