use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let h = formwork::layers::Dense(8)(x);
        let h = keras::layers::Dropout(0.5)(h);
        tf::keras::layers::Dense(1)(h)
    }
);

fn main() {}
