use formwork::prelude::*;

model!(
    fn Model(x: Input<20, 6>) -> Outputs {
        let a = Conv1D(0, 3)(x);
        let b = Conv1D(8, 0)(x);
        let c = Conv1D(8, 3, strides = 0)(x);
        let d = Conv1D(8, 3, strides = 2, dilation_rate = 2)(x);
        let e = Conv1D(8, 3, groups = 4)(x);
        let f = Conv1D(8, (3, 3))(x);
        let g = Conv1D(8)(x);
        let h = Conv1D(8, 3, padding = casual)(x);
        let i = Conv1D(8, 3, data_format = channels_first)(x);
        let j = Conv1D(8.0, 3)(x);
        Outputs { a, b, c, d, e, f, g, h, i, j }
    }
);

fn main() {}
