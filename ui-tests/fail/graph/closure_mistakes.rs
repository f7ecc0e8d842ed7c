use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<8> {
        let block = |h: Tensor, width: usize| Dense(width)(h);
        let a = block(x);
        let b = block(8, x);
        let c = Dense(8)(block);
        Add()(a, b, c)
    }
);

fn main() {}
