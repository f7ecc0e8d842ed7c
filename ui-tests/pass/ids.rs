use formwork::prelude::*;

model!(
    fn Model(words: Input<10>, tags: Input<10, u16>, lengths: Input<3, u8>) -> Output<1> {
        let words = Embedding(1000, 16)(words);
        let tags = Embedding(12, 4)(tags);
        let lengths = Embedding(5, 2)(Reshape((1, 3))(lengths));
        let sequence = LSTM(8)(Concatenate()(words, tags));
        Dense(1)(Concatenate()(sequence, Flatten()(lengths)))
    }
);

fn main() {
    const { assert!(Model::<f32>::PARAMS == 16_000 + 48 + 10 + 4 * 8 * (20 + 8 + 1) + 14 + 1) };
    let words = ndarray::Array2::<u32>::zeros((2, 10));
    let tags = ndarray::Array2::<u16>::zeros((2, 10));
    let lengths = ndarray::Array2::<u8>::from_elem((2, 3), 5);
    let error = Model::new(1).predict(ModelInputs { words: &words, tags: &tags, lengths: &lengths });
    assert!(error.is_err_and(|error| error.to_string().contains("0..5")));
}
