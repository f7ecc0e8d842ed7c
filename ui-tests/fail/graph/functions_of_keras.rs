use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 8>) -> Outputs {
        let a = erf(x);
        let b = median(x, axis = 1);
        let c = isin(x, 3);
        let d = any(x > 0.0, axis = 1);
        let e = moments(x, axis = 1);
        let f = hsplit(x, 2);
        let g = max_pool(x, 2);
        let h = one_hot(x, 8);
        let i = logical_xor(x > 0.0, x < 1.0);
        let j = binary_crossentropy(x, x);
        let k = linspace(0, 1, 8);
        Outputs { a, b, c, d, e, f, g, h, i, j, k }
    }
);

fn main() {}
