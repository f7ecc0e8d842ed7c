use formwork::prelude::*;

model!(
    fn Deep(x: Input<32>) -> Output<1> {
        const DEPTH: usize = 3;
        const WIDTHS: [usize; 2] = [16, 8];
        let mut h = x;
        for width in [32, 64] {
            h = Dense(width)(h);
        }
        for _ in 0..DEPTH {
            let before = h;
            h = Add()(before, Dense(64)(before));
        }
        for (k, width) in WIDTHS.iter().enumerate() {
            if k == 0 {
                h = Dense(width, activation = relu)(h);
            } else {
                h = Dense(width)(h);
            }
        }
        for (width, last) in [4, 2].iter().zip([false, true]).rev() {
            h = if last { Dense(width, activation = tanh)(h) } else { Dense(width)(h) };
        }
        for k in (1..=2).rev() {
            h = Dense(k * 2 + 1)(h);
        }
        Dense(1)(h)
    }
);

fn main() {
    const WIDTHS: [usize; 13] = [32, 32, 64, 64, 64, 64, 16, 8, 2, 4, 5, 3, 1];
    let parameters: usize = WIDTHS.windows(2).map(|pair| pair[0] * pair[1] + pair[1]).sum();
    assert_eq!(Deep::<f32>::PARAMS, parameters);
}
