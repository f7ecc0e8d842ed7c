use formwork::prelude::*;

model!(
    fn Model(h: Input<10, 8>) -> Outputs {
        let a = h[10];
        let b = h[-11];
        let c = h[(2..12, ..)];
        let d = h[(5..5, ..)];
        let e = h[(6..3, ..)];
        let f = h[(.., -1, ..)];
        let g = h[(0, 0)];
        let i = h[(.., 8)];
        let j = h[1.5];
        let k = h[h];
        Outputs { a, b, c, d, e, f, g, i, j, k }
    }
);

fn main() {}
