use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let a = Dense(16, input_shape = (8,))(x);
        let b = Dense(16, input_dim = 16)(a);
        Dense(1, batch_input_shape = (None, 16))(b)
    }
);

fn main() {}
