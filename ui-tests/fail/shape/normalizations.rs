use formwork::prelude::*;

model!(
    fn Model(image: Input<8, 8, 6>, x: Input<6>) -> Outputs {
        let a = GroupNormalization(4)(image);
        let b = LayerNormalization(axis = 4)(image);
        let c = BatchNormalization(epsilon = -1.0)(x);
        let d = GroupNormalization(0)(image);
        let e = UnitNormalization(axis = 0)(x);
        let f = RMSNormalization(axis = 3)(x);
        let g = BatchNormalization(momentum = 99)(x);
        Outputs { a, b, c, d, e, f, g }
    }
);

fn main() {}
