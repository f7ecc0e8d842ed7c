use formwork::prelude::*;

model!(
    fn Model(a: Input<time, 8>, b: Input<steps, 8>, c: Input<_, 8>) -> Outputs {
        let d = a + b;
        let e = Average()(a, b);
        let f = Dot(axes = 1)(a, b);
        let g = a + c;
        Outputs { d, e, f, g }
    }
);

fn main() {}
