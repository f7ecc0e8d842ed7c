use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 8>) -> Outputs {
        let a = EinsumDense("bc,cd->bd", output_shape = 4)(x);
        let b = EinsumDense("abc,cd=abd", output_shape = (None, 4))(x);
        let c = EinsumDense("abc,cd->bad", output_shape = (None, 4))(x);
        let d = EinsumDense("abc,cc->abd", output_shape = (None, 4))(x);
        let e = EinsumDense("abc,cd->abe", output_shape = (None, 4))(x);
        let f = EinsumDense("abc,cde->abd", output_shape = (None, 4))(x);
        let g = EinsumDense("abc,cd->ad", output_shape = 4)(x);
        Outputs { a, b, c, d, e, f, g }
    }
);

fn main() {}
