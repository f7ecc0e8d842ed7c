use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 8>) -> Outputs {
        let a = reduce_sum(x, axis = 1);
        let b = argmax(x, axis = 1);
        let c = sqr(x);
        let d = ln(x);
        let e = pow(x, 2);
        let f = cast(x, f32);
        let g = einsum(x, x);
        let h = relux(x);
        let i = concat(x, x);
        let j = reduce_mean(x, axis = 1);
        let k = batch_dot(x, x);
        let l = power(x, x);
        let m = multiply_by(x, 2);
        let n = tf::matmul(x, x);
        Outputs { a, b, c, d, e, f, g, h, i, j, k, l, m, n }
    }
);

fn main() {}
