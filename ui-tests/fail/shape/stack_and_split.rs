use formwork::prelude::*;

model!(
    fn Model(a: Input<8>, b: Input<9>, ids: Input<8, u32>) -> Outputs {
        let c = stack([a, b], axis = 1);
        let d = stack([a, ids], axis = 1);
        let (e, f, g) = split(a, 3, axis = 1);
        let (h, i) = split(a, 4, axis = 1);
        let j = split(b, 9, axis = 1);
        let k = stack([a, a], axis = 4);
        let (l, m, n) = split(a, [5, 3], axis = 1);
        let (o, p) = split(a, [8], axis = -1);
        let (q, r) = split(a, [2, 5], axis = 1);
        Outputs { c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r }
    }
);

fn main() {}
