use formwork::prelude::*;

model!(
    fn Model(ids: Input<8, u32>) -> Outputs {
        let a = exp(ids);
        let b = tanh(ids);
        let c = sum(ids, axis = 1, keepdims = true);
        let d = softmax(ids);
        let e = clip(ids, 0, 1);
        let f = abs(ids);
        let g = -ids;
        let h = ids / 2.0;
        let i = ids[0..2];
        Outputs { a, b, c, d, e, f, g, h, i }
    }
);

fn main() {}
