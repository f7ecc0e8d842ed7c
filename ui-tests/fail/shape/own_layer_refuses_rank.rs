#[path = "../../common/my.rs"]
mod my;

use formwork::prelude::*;

model!(
    fn Model(words: Input<10, 8>) -> Output<1> {
        let scaled = my::Scale::<8>()(words);
        Dense(1)(Flatten()(scaled))
    }
);

fn main() {}
