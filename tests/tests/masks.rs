//! Random layers in training: the same numbers for a seed and a step, other numbers everywhere else.

use formwork::prelude::*;
use formwork_tests::numbers;
use ndarray::Array2;

model!(
    fn Single(x: Input<64>) -> Output<64> {
        Dropout(0.5)(PReLU()(x))
    }
);

model!(
    fn Pair(x: Input<64>) -> Outputs<a = Output<64>, b = Output<64>> {
        let h = PReLU()(x);
        Outputs { a: Dropout(0.5)(h), b: Dropout(0.5)(h) }
    }
);

model!(
    fn Shared(x: Input<64>) -> Outputs<a = Output<64>, b = Output<64>> {
        let drop = Dropout(0.5);
        let h = PReLU()(x);
        Outputs { a: drop(h), b: drop(h) }
    }
);

model!(
    fn Inside(x: Input<64>) -> Output<64> {
        Dropout(0.5)(x * 1.0)
    }
);

model!(
    fn NestedPair(x: Input<64>) -> Outputs<a = Output<64>, b = Output<64>> {
        let h = PReLU()(x);
        Outputs { a: Inside()(h), b: Inside()(h) }
    }
);

model!(
    fn NestedShared(x: Input<64>) -> Outputs<a = Output<64>, b = Output<64>> {
        let inside = Inside();
        let h = PReLU()(x);
        Outputs { a: inside(h), b: inside(h) }
    }
);

model!(
    fn Deep(x: Input<64>) -> Output<64> {
        Inside()(x)
    }
);

model!(
    fn NestedDepths(x: Input<64>) -> Outputs<a = Output<64>, b = Output<64>> {
        let h = PReLU()(x);
        Outputs { a: Deep()(h), b: Inside()(h) }
    }
);

/// Which of the outputs the mask kept, told by a loss that has a gradient where an output is 0 only if it was kept.
fn kept(gradient: &Gradients<f32>) -> Vec<bool> {
    gradient.as_slice().iter().map(|g| *g != 0.0).collect()
}

#[test]
fn a_seed_and_a_step_give_one_mask() -> Result<()> {
    // All inputs are negative, so that the gradient of each slope of PReLU shows whether its number was kept.
    let x = Array2::from_elem((1, 64), -1.0);
    let y = Array2::<f32>::ones((1, 64));
    let masks = |seed: u64| -> Result<Vec<Vec<bool>>> {
        let mut model = Single::new(seed);
        let steps = (0..3).map(|_| {
            let targets = SingleTargets { output: &y };
            Ok(kept(&model.gradients(SingleInputs { x: &x }, &targets, &MeanSquaredError::new())?.1))
        });
        steps.collect()
    };
    let (first, again, other) = (masks(1)?, masks(1)?, masks(2)?);
    assert_eq!(first, again);
    assert_ne!(first, other);
    assert_ne!(first[0], first[1]);
    assert_ne!(first[1], first[2]);
    assert!((10..54).contains(&first[0].iter().filter(|kept| **kept).count()));
    Ok(())
}

macro_rules! apart {
    ($($test:ident: $model:ident $inputs:ident $targets:ident $losses:ident),* $(,)?) => { $(
        #[test]
        fn $test() -> Result<()> {
            let x = Array2::from_elem((1, 64), -1.0);
            let y = Array2::<f32>::ones((1, 64));
            let mask_of = |a: f64, b: f64| -> Result<Vec<bool>> {
                let losses =
                    $losses { a: MeanSquaredError::new().weight(a), b: MeanSquaredError::new().weight(b) };
                let targets = $targets { a: &y, b: &y };
                Ok(kept(&$model::new(3).gradients($inputs { x: &x }, &targets, &losses)?.1))
            };
            assert_ne!(mask_of(1.0, 0.0)?, mask_of(0.0, 1.0)?);
            Ok(())
        }
    )* };
}

apart! {
    two_layers_draw_apart: Pair PairInputs PairTargets PairLosses,
    two_uses_of_a_layer_draw_apart: Shared SharedInputs SharedTargets SharedLosses,
    two_nested_models_draw_apart: NestedPair NestedPairInputs NestedPairTargets NestedPairLosses,
    two_uses_of_a_nested_model_draw_apart: NestedShared NestedSharedInputs NestedSharedTargets NestedSharedLosses,
    models_nested_at_two_depths_draw_apart: NestedDepths NestedDepthsInputs NestedDepthsTargets NestedDepthsLosses,
}

#[test]
fn a_prediction_draws_nothing() -> Result<()> {
    let x = numbers(1, (3, 64));
    let model = Inside::new(1);
    assert_eq!(model.predict(InsideInputs { x: &x })?.output, x);
    Ok(())
}
