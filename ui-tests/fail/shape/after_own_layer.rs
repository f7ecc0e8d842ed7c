#[path = "../../common/my.rs"]
mod my;

use formwork::prelude::*;

model!(
    fn Model(
        words: Input<10, 8>,
        x: Input<9>,
    ) -> Outputs<a = Output<4>, b = Output<9>, c = Output<18>, d = Output<3, 3>, e = Output<8>> {
        let (words, sum) = my::Totals()(words);
        let a = Dense(4)(words);
        let b = Add()(sum, x);
        let c = Concatenate()(sum, words);
        let d = Reshape((3, 3))(sum);
        let e: Shape<7> = sum * 2.0;
        Outputs { a, b, c, d, e }
    }
);

fn main() {}
