use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let widths = [8, 16];
        let mut skips = [];
        let last = skips.pop();
        skips.push(x, x);
        x.push(skips);
        let third = widths[2];
        let more = widths.map(8);
        let half = 8.halve();
        widths.push(Dense(3)(x));
        Dense(1)(x)
    }
);

fn main() {}
