use formwork::prelude::*;

model!(
    fn Model(query: Input<time, 8>, keys: Input<time, 8>, other: Input<_, 4>) -> Outputs {
        let sum: Shape<time, 8> = query + keys;
        let folded: Shape<_, 4> = Reshape((-1, 4))(sum);
        let last = GRU(4)(other);
        Outputs { sum, folded, last }
    }
);

fn main() {
    let (query, other) = (ndarray::Array3::zeros((2, 5, 8)), ndarray::Array3::zeros((2, 7, 4)));
    let keys = ndarray::Array3::zeros((2, 6, 8));
    let model = Model::new(1);
    let outputs = model.predict(ModelInputs { query: &query, keys: &query, other: &other }).expect("they fit");
    assert_eq!((outputs.sum.dim(), outputs.folded.dim(), outputs.last.dim()), ((2, 5, 8), (2, 10, 4), (2, 4)));
    let error = model.predict(ModelInputs { query: &query, keys: &keys, other: &other }).expect_err("5 is not 6");
    assert!(error.to_string().contains("`time`"), "{error}");
}
