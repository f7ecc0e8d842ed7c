use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 8>, one: Input<1>) -> Outputs {
        let a = squeeze(x, axis = 1);
        let b = squeeze(one, axis = 1);
        let c = expand_dims(x, axis = 4);
        let d = expand_dims(x);
        let e = squeeze(x);
        let f = expand_dims(x, axis = 0);
        Outputs { a, b, c, d, e, f }
    }
);

fn main() {}
