//! The layer's gradients are the slopes of what it computes.

use formwork::ndarray::{Array2, array};
use formwork::prelude::*;
use outside::{FEATURES, Gate, Sieve, SieveInputs, SieveLosses, SieveTargets};

/// The loss as a function of one weight.
fn loss(model: &Sieve<f64>, x: &Array2<f64>, kept: &Array2<f64>, passed: &Array2<f64>) -> f64 {
    let y = model.predict(SieveInputs { measurement: x }).expect("the arrays fit");
    let square = |y: &Array2<f64>, t: &Array2<f64>| (y - t).mapv(|d| d * d).mean().expect("there are some");
    square(&y.kept, kept) + square(&y.passed, passed)
}

#[test]
fn gradients_are_slopes() {
    let x = Array2::from_shape_fn((5, FEATURES), |(row, column)| ((3 * row + 5 * column) % 7) as f64 / 3.0 - 1.0);
    let kept = Array2::from_elem((5, 6), 0.25);
    let passed = Array2::from_elem((5, FEATURES), 0.75);
    let mut model = Sieve::<f64>::seeded(3);
    let losses = SieveLosses { kept: MeanSquaredError::new(), passed: MeanSquaredError::new() };
    let targets = SieveTargets { kept: &kept, passed: &passed };
    let (value, gradients) = model.gradients(SieveInputs { measurement: &x }, &targets, &losses).expect("it fits");
    assert!((value - loss(&model, &x, &kept, &passed)).abs() < 1e-12);

    let mut paths = Vec::new();
    model.visit("", &mut |path, variable| paths.push((path.to_string(), variable.data().len())));
    assert_eq!(paths.len(), 4, "w and b of the gate, kernel and bias of the Dense layer");
    let h = 1e-6;
    for (path, len) in paths {
        let exact = gradients.get(&path).expect("it is trainable").iter().copied().collect::<Vec<_>>();
        for i in 0..len {
            let mut at = |change: f64| {
                model.visit_mut("", &mut |other, variable| {
                    if other == path {
                        variable.data_mut()[i] += change;
                    }
                });
                loss(&model, &x, &kept, &passed)
            };
            let (above, below) = (at(h), at(-2.0 * h));
            at(h);
            let slope = (above - below) / (2.0 * h);
            assert!((slope - exact[i]).abs() < 1e-7 * (1.0 + slope.abs()), "{path}[{i}]: {slope} {}", exact[i]);
        }
    }
}

model!(
    /// The same gate twice: its gradients add up.
    fn Twice(x: Input<2>) -> Output<1> {
        let gate = Gate::<2>();
        let (once, _) = gate(x);
        let (twice, open) = gate(once);
        Dense(1)(twice + open)
    }
);

#[test]
fn a_shared_layer_has_one_set_of_weights() {
    const { assert!(Twice::<f32>::PARAMS == 4 + 3) };
    let y = Twice::new(1).predict(TwiceInputs { x: &array![[0.0, 0.0]] }).expect("the array fits").output;
    assert_eq!(y.dim(), (1, 1));
}
