use formwork::prelude::*;

model!(
    fn Both(image: Input<8, 8, 3>, facts: Input<_, 4>) -> Output<4> {
        let h = LSTM(4)(facts);
        Add()(Dense(4)(Flatten()(image)), h)
    }
);

model!(
    fn Swapped(image: Input<8, 8, 3>, facts: Input<10, 4>) -> Output<1> {
        let h = Both()(facts, image);
        Dense(1)(h)
    }
);

model!(
    fn TooFew(image: Input<8, 8, 3>) -> Output<1> {
        let h = Both()(image);
        Dense(1)(h)
    }
);

model!(
    fn TooMany(image: Input<8, 8, 3>, facts: Input<10, 4>) -> Output<1> {
        let h = Both()(image, facts, facts);
        Dense(1)(h)
    }
);

fn main() {}
