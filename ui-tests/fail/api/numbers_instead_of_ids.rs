use formwork::prelude::*;
use ndarray::Array2;

model!(
    fn Words(ids: Input<10>) -> Output<1> {
        Dense(1)(Flatten()(Embedding(100, 8)(ids)))
    }
);

fn main() {
    let model = Words::new(1);
    let ids = Array2::<f32>::zeros((2, 10));
    let _ = model.predict(WordsInputs { ids: &ids });
}
