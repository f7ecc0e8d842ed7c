//! What all optimizers have in common, against the formulas of Keras.

use formwork::Threads;
use formwork::random::{Purpose, Random};
use formwork::train::*;
use formwork::weights::{Parameters, Variable, Weights};
use formwork_shape::{Initializer, Shape, WeightSpec};

/// One trainable variable and one that training leaves alone.
struct Model(Weights<f64>);

impl Parameters<f64> for Model {
    fn visit<'a>(&'a self, path: &str, f: &mut dyn FnMut(&str, &'a Variable<f64>)) {
        self.0.visit(path, f);
    }

    fn visit_mut<'a>(&'a mut self, path: &str, f: &mut dyn FnMut(&str, &'a mut Variable<f64>)) {
        self.0.visit_mut(path, f);
    }
}

fn model(len: usize) -> Model {
    let spec =
        |name, trainable| WeightSpec { name, shape: Shape::new(&[len]), initializer: Initializer::Ones, trainable };
    Model(Weights::new(&[spec("moving_mean", false), spec("kernel", true)], &mut Random::new(0, Purpose::Weights, 0)))
}

fn gradients(model: &Model, g: f64) -> Gradients<f64> {
    let mut gradients = Gradients::zeros(model);
    gradients.as_mut_slice().fill(g);
    gradients
}

/// The weight after steps along these gradients.
fn after(optimizer: &mut dyn Optimizer<f64>, steps: &[f64]) -> f64 {
    let mut model = model(3);
    for g in steps {
        let g = gradients(&model, *g);
        optimizer.apply(&mut model, &g);
    }
    optimizer.finish(&mut model);
    assert_eq!(model.0.data(0), [1.0; 3], "what is not trainable stays");
    model.0.data(1)[0]
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-12, "{a} is not {b}");
}

#[test]
fn accumulated_gradients_are_one_step_along_their_mean() {
    close(after(&mut SGD::new(0.1).gradient_accumulation_steps(3), &[1.0, 2.0]), 1.0);
    close(after(&mut SGD::new(0.1).gradient_accumulation_steps(3), &[1.0, 2.0, 6.0, 100.0]), 1.0 - 0.1 * 3.0);
    // As in Keras, moments count updates, but a schedule counts batches: the rates of the second and the fourth are used.
    let two = after(&mut Adam::new(0.1).gradient_accumulation_steps(2), &[1.0, 3.0, 2.0, 0.0]);
    close(two, after(&mut Adam::new(0.1), &[2.0, 1.0]));
    let rate = || ExponentialDecay::new(0.1, 1, 0.5);
    let two = after(&mut SGD::new(rate()).gradient_accumulation_steps(2), &[1.0, 1.0, 1.0, 1.0]);
    close(two, 1.0 - 0.05 - 0.0125);
}

#[test]
fn averaged_weights_take_over_at_the_end() {
    // The weights are 0.9 and 0.8; the average starts from the first.
    close(after(&mut SGD::new(0.1).use_ema(0.5), &[1.0, 1.0]), 0.85);
    // Overwritten in the second step, the third goes on from the average.
    close(after(&mut SGD::new(0.1).use_ema(0.5).ema_overwrite_frequency(2), &[1.0, 1.0, 1.0]), 0.8);
}

#[test]
fn clipping_is_exact_at_its_limits() {
    let norm = 3.0_f64.sqrt();
    close(after(&mut SGD::new(1.0).clipnorm(1.0), &[2.0]), 1.0 - 1.0 / norm);
    close(after(&mut SGD::new(1.0).global_clipnorm(100.0), &[2.0]), -1.0);
    close(after(&mut SGD::new(1.0).clipvalue(0.5), &[-2.0]), 1.5);
    // The last one counts.
    close(after(&mut SGD::new(1.0).clipvalue(0.5).clipnorm(1.0), &[2.0]), 1.0 - 1.0 / norm);
}

#[test]
fn decay_comes_before_the_step() {
    close(after(&mut SGD::new(0.1).weight_decay(0.5), &[1.0]), 1.0 - 0.05 - 0.1);
}

#[test]
fn the_rate_can_be_changed() {
    let mut optimizer = SGD::new(CosineDecay::new(0.1, 10));
    close(Optimizer::<f64>::learning_rate(&optimizer), 0.1);
    Optimizer::<f64>::set_learning_rate(&mut optimizer, 0.3);
    close(after(&mut optimizer, &[1.0]), 0.7);
}

#[test]
fn a_copy_starts_anew() {
    let mut optimizer = Adam::new(0.1);
    let once = after(&mut optimizer, &[1.0]);
    close(after(&mut optimizer.clone(), &[1.0]), once);
}

#[test]
fn large_variables_are_the_same_bits_on_one_thread() {
    let len = 100_000;
    let run = || {
        let mut optimizer = Adam::new(0.1).amsgrad(true).weight_decay(0.01);
        let mut model = model(len);
        for step in 0..3 {
            let mut g = Gradients::zeros(&model);
            let fill = |(i, g): (usize, &mut f64)| *g = ((i * 37 + step) % 101) as f64 - 50.0;
            g.as_mut_slice().iter_mut().enumerate().for_each(fill);
            optimizer.apply(&mut model, &g);
        }
        model.0.data(1).to_vec()
    };
    let parallel = run();
    let serial = std::sync::Mutex::new(Vec::new());
    Threads::global().run(2, &|index| {
        if index == 0 {
            *serial.lock().unwrap() = run();
        }
    });
    assert_eq!(parallel, *serial.lock().unwrap());
}

#[test]
#[should_panic(expected = "these are not the gradients of this model")]
fn gradients_of_another_model_are_refused() {
    let g = gradients(&model(2), 1.0);
    SGD::new(0.1).apply(&mut model(3), &g);
}

#[test]
fn a_scaled_loss_gives_the_same_steps() {
    close(after(&mut SGD::new(0.1).loss_scale_factor(8.0), &[8.0, 16.0]), 1.0 - 0.1 - 0.2);
    let scaled = &mut SGD::new(0.1).loss_scale_factor(4.0).gradient_accumulation_steps(2).clipvalue(0.5);
    close(after(scaled, &[4.0, 4.0]), 1.0 - 0.05);
}

#[test]
fn a_dynamic_scale_halves_at_overflow_and_doubles_after_good_steps() {
    let scale = |optimizer: &LossScaleOptimizer<SGD>| Optimizer::<f64>::loss_scale(optimizer);
    let mut optimizer = LossScaleOptimizer::new(SGD::new(0.1)).initial_scale(4.0).dynamic_growth_steps(2);
    close(after(&mut optimizer, &[4.0, f64::INFINITY]), 0.9);
    assert_eq!(scale(&optimizer), 2.0);
    close(after(&mut optimizer, &[2.0, 2.0, 4.0]), 1.0 - 0.3);
    assert_eq!(scale(&optimizer), 4.0);
    // What a checkpoint holds.
    let state = Optimizer::<f64>::state(&optimizer);
    let mut other = LossScaleOptimizer::new(SGD::new(0.1));
    Optimizer::<f64>::check_state(&other, &model(3), &state).unwrap();
    Optimizer::<f64>::restore(&mut other, &state);
    assert_eq!(scale(&other), 4.0);
    assert!(Optimizer::<f64>::check(&LossScaleOptimizer::new(SGD::new(0.1)).initial_scale(0.0), &model(3)).is_err());
}

#[test]
fn each_layer_has_the_optimizer_of_its_name() {
    struct Two(Weights<f64>, Weights<f64>);

    impl Parameters<f64> for Two {
        fn visit<'a>(&'a self, _: &str, f: &mut dyn FnMut(&str, &'a Variable<f64>)) {
            self.0.visit("first", f);
            self.1.visit("second", f);
        }

        fn visit_mut<'a>(&'a mut self, _: &str, f: &mut dyn FnMut(&str, &'a mut Variable<f64>)) {
            self.0.visit_mut("first", f);
            self.1.visit_mut("second", f);
        }
    }

    let mut two = Two(model(2).0, model(2).0);
    let mut optimizer = MultiOptimizer::new(SGD::new(0.1)).layer("second", SGD::new(0.01).momentum(0.5));
    let mut gradients = Gradients::zeros(&two);
    gradients.as_mut_slice().copy_from_slice(&[1.0, 2.0, 3.0, 4.0]);
    optimizer.check(&two).unwrap();
    for _ in 0..2 {
        optimizer.apply(&mut two, &gradients);
    }
    let near = |got: &[f64], wanted: [f64; 2]| got.iter().zip(wanted).for_each(|(a, b)| close(*a, b));
    near(two.0.data(1), [0.8, 0.6]);
    near(two.1.data(1), [1.0 - 0.03 * 2.5, 1.0 - 0.04 * 2.5]);
    let state = optimizer.state();
    let mut other = MultiOptimizer::new(SGD::new(0.1)).layer("second", SGD::new(0.01).momentum(0.5));
    other.check_state(&two, &state).unwrap();
    other.restore(&state);
    for optimizer in [&mut optimizer, &mut other] {
        let mut copy = Two(two.0.clone(), two.1.clone());
        optimizer.apply(&mut copy, &gradients);
        near(copy.1.data(1), [0.925 - 0.03 * 1.75, 0.9 - 0.04 * 1.75]);
    }
    let error = MultiOptimizer::new(SGD::new(0.1)).layer("third", SGD::new(0.1)).check(&two).unwrap_err();
    assert!(error.to_string().contains("an optimizer for `third`, but the layers with weights are first, second"));
}
