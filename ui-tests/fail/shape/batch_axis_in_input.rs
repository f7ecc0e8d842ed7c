use formwork::prelude::*;

model!(
    fn Model(image: Input<32, 64, 64, 3>, aux: Input<32, 10>) -> Output<1> {
        let photo = Flatten()(Conv2D(32, 3, activation = relu)(image));
        let facts = Dense(16, activation = relu)(aux);
        Dense(1)(Concatenate()(photo, facts))
    }
);

fn main() {}
