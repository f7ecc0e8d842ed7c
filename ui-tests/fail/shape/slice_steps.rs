use formwork::prelude::*;

model!(
    fn Model(h: Input<10, 8>, n: Input<time, 8>) -> Outputs {
        let a = h[((2..8).step_by(0), ..)];
        let b = h[(..).step_by(-1)];
        let c = h[(..).step_by(2).rev()];
        let d = h[(..).step_by(2).step_by(3)];
        let e = h[(4..12).rev()];
        let f: Shape<5, 8> = h[(1..).step_by(2)];
        let g: Shape<5, 8> = h[(..9).step_by(3)];
        let i: Shape<time, 8> = n[(..).step_by(2)];
        Outputs { a, b, c, d, e, f, g, i }
    }
);

fn main() {}
