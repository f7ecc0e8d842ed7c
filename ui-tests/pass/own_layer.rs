#[path = "../common/my.rs"]
mod my;

use formwork::prelude::*;
use my::Totals;

const WIDTH: usize = 4;

model!(
    fn Model(x: Input<128>, words: Input<10, 8>) -> Output<1> {
        let scale = my::Scale::<128>(gain = 0.5);
        let y = scale(x);
        let z = scale(y);
        let (words, sum) = Totals()(words);
        let sum: Shape<8> = my::Scale::<{ WIDTH * 2 }>()(sum);
        Dense(1)(Concatenate()(z, sum, GlobalMaxPooling1D()(words)))
    }
);

fn main() {
    const { assert!(Model::<f32>::PARAMS == 128 + 8 + 128 + 8 + 8 + 1) };
    let (x, words) = (ndarray::Array2::ones((1, 128)), ndarray::Array3::ones((1, 10, 8)));
    let y = Model::new(1).predict(ModelInputs { x: &x, words: &words }).expect("the arrays fit").output;
    assert_eq!(y.dim(), (1, 1));
}
