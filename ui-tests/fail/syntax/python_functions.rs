use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Outputs {
        let heads = [Dense(4)(x) for k in 0..3];
        let mut h = x;
        for k in range(3) {
            h = Dense(8)(h);
        }
        print(h);
        println!("{:?}", h);
        let a = dbg!(h);
        let b = np.sqrt(x) + tf.constant(3.0);
        let c = tf.math.top_k(x);
        let d = torch.randn(8);
        let e = argmax(x);
        let f = zeros((8,));
        let g = hypot(x, x);
        let i = x.sum();
        let j = x.astype(f32);
        let k = one_hot(x, 8);
        let l = where(x > 0.0, x, 0.0);
        Outputs { a, b, c, d, e, f, g, i, j, k, h }
    }
);

fn main() {}
