use formwork::prelude::*;

model!(
    fn Model(a: Input<8>, b: Input<9>, c: Input<8, 1>, d: Input<2, 8>) -> Outputs {
        let e = Multiply()(a, b);
        let f = Maximum()(a, c);
        let g = Average()(a);
        let h = Subtract()(a, a, a);
        let i = Minimum()(a, d);
        let j = Concatenate(axis = 1)(c, d);
        let k = Concatenate(axis = 2)(a, b);
        let l = Concatenate([a, b]);
        Outputs { e, f, g, h, i, j, k, l }
    }
);

fn main() {}
