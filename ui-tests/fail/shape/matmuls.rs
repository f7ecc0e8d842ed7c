use formwork::prelude::*;

model!(
    fn Model(a: Input<4, 8>, b: Input<6, 4>, row: Input<8>, c: Input<3, 8, 4>) -> Outputs {
        let d = matmul(a, b);
        let e = matmul(a, row);
        let f = matmul(a, c);
        let g = matmul(a);
        let h = matmul(c, transpose(c, (1, 3, 2)));
        let i = matmul(c, transpose(c, (2, 1)));
        Outputs { d, e, f, g, h, i }
    }
);

fn main() {}
