//! A product over any axes, whose sizes may be constants from elsewhere, and heads that share keys.

use formwork::prelude::*;

mod sizes {
    pub const WIDTH: usize = 6;
    pub const EQUATION: &str = "abc,cd->abd";
}

model!(
    fn Steps(x: Input<time, 8>) -> Output<time, 6> {
        let h =
            EinsumDense(sizes::EQUATION, output_shape = (None, sizes::WIDTH), bias_axes = "d", activation = relu)(x);
        GroupQueryAttention(4, 8, 2, use_gate = true)(h, h, use_causal_mask = true)
    }
);

model!(
    fn Heads(x: Input<10, 8>) -> Output<10, 4, 3> {
        EinsumDense("...x,xhd->...hd", output_shape = (4, 3), bias_axes = hd)(x)
    }
);

fn main() {
    const { assert!(Steps::<f32>::PARAMS == (8 * 6 + 6) + 2 * (6 * 32 + 32) + 2 * (6 * 8 + 8) + (32 * 6 + 6)) };
    const { assert!(Heads::<f32>::PARAMS == 8 * 12 + 12) };
}
