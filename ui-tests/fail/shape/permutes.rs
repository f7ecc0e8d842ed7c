use formwork::prelude::*;

model!(
    fn Model(x: Input<4, 5, 6>) -> Outputs {
        let a = Permute((1, 2))(x);
        let b = Permute((0, 1, 2))(x);
        let c = Permute((1, 1, 2))(x);
        let d = Permute((1, 2, 4))(x);
        let e = Permute(1)(x);
        Outputs { a, b, c, d, e }
    }
);

fn main() {}
