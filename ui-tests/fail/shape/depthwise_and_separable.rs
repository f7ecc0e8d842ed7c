use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 3>, words: Input<20, 8>, row: Input<9>) -> Outputs {
        let a = DepthwiseConv2D(3)(words);
        let b = DepthwiseConv2D(3, depth_multiplier = 0)(image);
        let c = DepthwiseConv2D(30)(image);
        let d = SeparableConv2D(8, 3)(row);
        let e = SeparableConv2D(0, 3)(image);
        let f = SeparableConv1D(8, 30)(words);
        let g = SeparableConv1D(8, 3)(image);
        let h = SeparableConv2D(8, 3, depth_multiplier = 0)(image);
        let i = SeparableConv1D(8, 3, padding = causal)(words);
        Outputs { a, b, c, d, e, f, g, h, i }
    }
);

fn main() {}
