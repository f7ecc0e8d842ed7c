use formwork::prelude::*;

model!(
    fn Model(x: Input<16, 4>) -> Output<16, 4> {
        let mut h = x;
        let mut skips = vec![];
        for rate in [1, 2, 4] {
            let y = Conv1D(4, 2, padding = causal, dilation_rate = rate)(h);
            skips.push(y);
            h = h + y;
        }
        Add()(skips)
    }
);

fn main() {}
