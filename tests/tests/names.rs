//! A model may call its inputs, layers and outputs as it likes: nothing that the macro writes stands in the way.

use formwork::prelude::*;
use ndarray::array;

model!(
    pub fn Names(axis: Input<2>, x: Input<2>, n: Input<2>, batch: Input<2>, sample: Input<2>) -> Outputs {
        let random = Dense(3)(axis);
        let seed = Dense(3)(x);
        let ws = Dense(3)(n);
        let pass = Dense(3)(batch);
        let edges = Dense(3)(sample);
        let dw = random + seed + ws;
        let outputs = Dense(2)(dw * 1.0);
        let views = Dense(2)(pass - edges);
        Outputs { outputs, views }
    }
);

#[test]
fn any_name_will_do() {
    let model = Names::new(1);
    let (a, b) = (array![[1.0f32, 2.0]], array![1.0f32, 2.0]);
    let batch = NamesInputs { axis: &a, x: &a, n: &a, batch: &a, sample: &a };
    let many = model.predict(batch).unwrap();
    let one = model.predict_one(NamesInput { axis: &b, x: &b, n: &b, batch: &b, sample: &b }).unwrap();
    assert_eq!(one.outputs, many.outputs.row(0));
    assert_eq!(one.views, many.views.row(0));
    let targets = NamesTargets { outputs: &a, views: &a };
    let losses = NamesLosses { outputs: MeanSquaredError::new(), views: MeanSquaredError::new() };
    let mut model = model.compile(Adam::new(1e-2), losses);
    let data = Dataset::from_arrays(batch, targets).unwrap().batch(1);
    let before = model.evaluate(&data).unwrap().loss;
    model.fit(&data, Fit::epochs(20)).unwrap();
    assert!(model.evaluate(&data).unwrap().loss < before);
    assert_eq!(model.random.kernel().shape(), [2, 3]);
}

model!(
    pub fn Calls(x: Input<2>) -> Output<1> {
        let late = Dense(8);
        let h = Dense(1)(relu(Dense(3)(Dense(4)(x))));
        Dense(1)(late(h))
    }
);

#[test]
fn layers_are_numbered_as_they_are_applied() {
    let model = Calls::new(1);
    let mut shapes = Vec::new();
    model.visit("", &mut |path, variable| {
        if path.ends_with("kernel") {
            shapes.push((path.to_string(), variable.shape().to_vec()));
        }
    });
    let expected = [("dense", [2, 4]), ("dense_1", [4, 3]), ("h", [3, 1]), ("late", [1, 8]), ("dense_2", [8, 1])];
    assert_eq!(shapes, expected.map(|(name, shape)| (format!("{name}/kernel"), shape.to_vec())));
    let summary = model.summary().to_string();
    let places: Vec<usize> =
        expected.iter().map(|(name, _)| summary.find(&format!("{name} (Dense)")).unwrap()).collect();
    assert!(places.is_sorted(), "{summary}");
}
