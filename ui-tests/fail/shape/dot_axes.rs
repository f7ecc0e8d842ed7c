use formwork::prelude::*;

model!(
    fn Model(a: Input<8>, b: Input<8>) -> Outputs {
        let c = Dot(axes = 0)(a, b);
        let d = Dot(axes = 2)(a, b);
        let e = Dot(axes = (1, 1, 1))(a, b);
        let f = Dot()(a, b);
        let g = Dot(axes = 1)(a);
        Outputs { c, d, e, f, g }
    }
);

fn main() {}
