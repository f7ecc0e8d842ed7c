use formwork::prelude::*;

model!(
    fn Model(image: Input<64, 64, 3>, aux: Input<10>) -> Output<1> {
        let photo = Rescaling(0.5)(image);
        let facts = Dense(16, activation = relu)(aux);
        let both = Concatenate()(photo, facts);
        Dense(1, activation = sigmoid)(both)
    }
);

fn main() {}
