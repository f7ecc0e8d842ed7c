use formwork::prelude::*;

const TWICE: usize = 2;

model!(
    fn Model(x: Input<4, 8>) -> Outputs {
        let a = std(x);
        let b = norm(x, ord = 2, axis = 1);
        let c = prod(x, axis = 3);
        let d = power(x, x);
        let e = power(2.0, x);
        let f = roll(x, 1);
        let g = roll(x, 1, axis = 3);
        let h = repeat(x, 0, axis = 1);
        let i = tile(x, (2, 1, 1));
        let j = tile(x, (1, 2, 1, 1));
        let k = pad(x, 1);
        let l = pad(x, ((1, 1), (2, 2)));
        let m = pad(x, ((0, 0), (4, 4), (0, 0)), mode = reflect);
        let n = pad(x, ((1, 0), (4, 4), (0, 0)));
        let o = pad(x, ((0, 0), (1, 1), (0, 0)), mode = zeros);
        let p = swapaxes(x, 0, 1);
        let q = flip(x);
        let r = flip(x, axis = (1, 1));
        let s = x.cumsum();
        let t = x.repeat(2);
        Outputs { a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t }
    }
);

model!(
    fn Constant(x: Input<4, 8>) -> Output<9, 8> {
        repeat(x, TWICE, axis = 1)
    }
);

fn main() {}
