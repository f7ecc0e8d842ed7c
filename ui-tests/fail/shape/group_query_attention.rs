use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 8>, image: Input<4, 4, 8>) -> Outputs {
        let a = GroupQueryAttention(4, 8, 3)(x, x);
        let b = GroupQueryAttention(0, 8, 2)(x, x);
        let c = GroupQueryAttention(4, 8, 0)(x, x);
        let d = GroupQueryAttention(4, 8, 2)(x);
        let e = GroupQueryAttention(4, 8, 2)(image, image);
        let f = GroupQueryAttention(4, 8)(x, x);
        let g = GroupedQueryAttention(4, 8, 2)(x, x);
        Outputs { a, b, c, d, e, f, g }
    }
);

fn main() {}
