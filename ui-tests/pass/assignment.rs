use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<8> {
        let mut h = Dense(8)(x);
        h = Dense(8)(h);
        h += x;
        h *= 0.5;
        h -= Dense(8)(x);
        h /= 2;
        h
    }
);

fn main() {
    const { assert!(Model::<f32>::PARAMS == 3 * (64 + 8)) };
    const { assert!(Model::<f32>::FLOPS == 3 * 128 + 2 * 8 + 2 * 2 * 8) };
}
