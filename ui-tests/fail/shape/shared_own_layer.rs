#[path = "../../common/my.rs"]
mod my;

use formwork::prelude::*;

model!(
    fn Model(a: Input<8>, b: Input<9>) -> Output<1> {
        let scale = my::Scale::<8>();
        let x = scale(a);
        let y = scale(b);
        Dense(1)(Concatenate()(x, y))
    }
);

fn main() {}
