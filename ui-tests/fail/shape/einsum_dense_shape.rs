use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 8>, y: Input<_, 8>) -> Outputs {
        let a = EinsumDense("abc,cd->abd", output_shape = 4)(x);
        let b = EinsumDense("abc,cd->abd", output_shape = (12, 4))(x);
        let c = EinsumDense("abc,cd->abd", output_shape = (None, None))(x);
        let d = EinsumDense("abc,cd->abd", output_shape = (None, 4), bias_axes = "c")(x);
        let e = EinsumDense("abc,cd->abd", output_shape = (None, 4), bias_axes = "bd")(y);
        let f = EinsumDense("abc,bd->adc", output_shape = (4, None))(y);
        let h = EinsumDense("abc,cd->abd")(x);
        let i = EinsumDense(64, output_shape = 4)(x);
        Outputs { a, b, c, d, e, f, h, i }
    }
);

fn main() {}
