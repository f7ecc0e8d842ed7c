use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        Sequential([
            Dense(16, activation = relu)
            Dropout(0.5),
            Dense(1),
        ])(x)
    }
);

fn main() {}
