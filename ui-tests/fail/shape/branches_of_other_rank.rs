use formwork::prelude::*;

model!(
    fn Model(image_input: Input<64, 64, 3>, aux_input: Input<10>) -> Output<1> {
        let photo = Conv2D(32, (3, 3), activation = relu)(image_input);
        let facts = Dense(16, activation = relu)(aux_input);
        Dense(1, activation = sigmoid)(Concatenate()(photo, facts))
    }
);

fn main() {}
