#[path = "../../common/my.rs"]
mod my;

use formwork::prelude::*;

model!(
    fn Extra(x: Input<8>) -> Output<1> {
        let scaled = my::Scale::<8>(0.5)(x);
        Dense(1)(scaled)
    }
);

model!(
    fn Unknown(x: Input<8>) -> Output<1> {
        let scaled = my::Scale::<8>(gian = 0.5)(x);
        Dense(1)(scaled)
    }
);

model!(
    fn WrongType(x: Input<8>) -> Output<1> {
        let scaled = my::Scale::<8>(gain = relu)(x);
        Dense(1)(scaled)
    }
);

fn main() {}
