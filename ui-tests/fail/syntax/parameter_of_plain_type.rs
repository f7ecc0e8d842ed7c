use formwork::prelude::*;

model!(
    fn Model(x: Input<8>, training: bool) -> Output<2> {
        let h = Dropout(0.5)(x);
        Dense(2)(h)
    }
);

model!(
    fn Wide(x: Input<8>, width: usize) -> Output<2> {
        Dense(2)(Dense(16)(x))
    }
);

fn main() {}
