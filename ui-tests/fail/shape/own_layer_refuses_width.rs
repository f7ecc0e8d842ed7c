#[path = "../../common/my.rs"]
mod my;

use formwork::prelude::*;

const WIDTH: usize = 12;

model!(
    fn Literal(x: Input<9>) -> Output<1> {
        let scaled = my::Scale::<8>()(x);
        Dense(1)(scaled)
    }
);

model!(
    fn Const(x: Input<9>) -> Output<1> {
        let scaled = my::Scale::<{ WIDTH * 2 }>()(x);
        Dense(1)(scaled)
    }
);

fn main() {}
