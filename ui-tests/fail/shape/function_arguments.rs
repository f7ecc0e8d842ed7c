use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 8>) -> Outputs {
        let a = clip(x);
        let b = clip(x, 1, 0);
        let c = exp(x, 2);
        let d = exp();
        let e = softmax(x, axis = 3);
        let f = transpose(x, (1, 2, 3));
        let g = reshape(x, (9, 9));
        let h = concatenate(x, x, axis = 3);
        let i = add(x);
        let j = maximum(x, 0.0, 1.0);
        Outputs { a, b, c, d, e, f, g, h, i, j }
    }
);

fn main() {}
