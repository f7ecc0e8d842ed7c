use formwork::prelude::*;

model!(
    fn Model(q: Input<8>, v: Input<10, 8>, w: Input<10, 1>) -> Output<10, 8> {
        let sum: Shape<10, 8> = q + v;
        let weighted: Shape<10, 8> = w * sum;
        let scaled = 2.0 * weighted / 4 - 1 + -weighted;
        tanh(1.0 - scaled) / (v * v + 1)
    }
);

fn main() {
    const { assert!(Model::<f32>::PARAMS == 0) };
    let (q, v, w) = (ndarray::arr2(&[[1.0; 8]]), ndarray::Array3::ones((1, 10, 8)), ndarray::Array3::ones((1, 10, 1)));
    let y = Model::new(1).predict(ModelInputs { q: &q, v: &v, w: &w }).expect("the arrays fit").output;
    // sum = weighted = 2, scaled = 2 * 2 / 4 - 1 - 2 = -2
    assert!(y.iter().all(|y: &f32| (y - 3.0f32.tanh() / 2.0).abs() < 1e-6));
}
