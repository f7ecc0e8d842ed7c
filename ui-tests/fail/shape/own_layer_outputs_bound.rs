#[path = "../../common/my.rs"]
mod my;

use formwork::prelude::*;

model!(
    fn One(words: Input<10, 8>) -> Output<1> {
        let words = my::Totals()(words);
        Dense(1)(Flatten()(words))
    }
);

model!(
    fn Three(words: Input<10, 8>) -> Output<1> {
        let (words, sum, more) = my::Totals()(words);
        Dense(1)(Add()(sum, more, GlobalMaxPooling1D()(words)))
    }
);

fn main() {}
