use formwork::prelude::*;

model!(
    fn Model(ids: Input<10>, other: Input<10>) -> Outputs {
        let a = Embedding(0, 8)(ids);
        let b = Embedding(100, 0)(ids);
        let c = Embedding(100)(ids);
        let d = Embedding(100, 8, input_length = 10)(other);
        let e = Embedding(100, 8, mask_zero = 1)(other);
        Outputs { a, b, c, d, e }
    }
);

fn main() {}
