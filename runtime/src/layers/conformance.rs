//! What every layer is held to, over random arguments and shapes: the outputs have the shape of the rule and do not
//! depend on what was in memory before, gradients agree with finite differences, results are the same bits for a seed
//! and for any number of threads, samples do not mix at inference, and `f32` is close to `f64` at every instruction level.

mod random;
mod run;

use formwork_shape::{In, Kind, Layer, Shape, for_each_layer, layers};
pub(super) use proptest::option;
pub(super) use proptest::prelude::*;
pub(super) use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

pub(super) use self::random::*;
pub(super) use self::run::{Data, Run, outs};
use crate::kernel::{Kernel, Work};
use crate::kernels::Level;
use crate::{Real, Threads};

/// A layer's random arguments and inputs.
pub(super) trait Conform {
    fn cases() -> BoxedStrategy<Case>;
}

/// Gives a layer its random cases.
macro_rules! cases {
    ($layer:ident: $strategy:expr => $case:expr) => {
        impl $crate::layer_kernels::conformance::Conform for formwork_shape::layers::$layer {
            fn cases() -> proptest::strategy::BoxedStrategy<$crate::layer_kernels::conformance::Case> {
                #[allow(unused_imports)]
                use $crate::layer_kernels::conformance::*;
                $strategy.prop_map($case).boxed()
            }
        }
    };
}

pub(super) use cases;

/// A layer with its arguments, and the shapes of its inputs.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub layer: Layer,
    pub inputs: Vec<Shape>,
    /// Inputs are ids below this.
    pub ids: Option<usize>,
    /// How many of the inputs, the last ones, are masks.
    pub masks: usize,
    /// Is the first input a condition?
    pub condition: bool,
}

impl Case {
    pub fn new(layer: impl Into<Layer>, inputs: impl IntoIterator<Item = Shape>) -> Case {
        Case { layer: layer.into(), inputs: inputs.into_iter().collect(), ids: None, masks: 0, condition: false }
    }

    /// The same with a mask of its steps, where `wanted`.
    pub fn masked(self, wanted: bool) -> Case {
        let steps = Shape::new(&[self.inputs[0].dim(0)]);
        self.masked_by(wanted.then_some(steps))
    }

    /// The same with a mask of that shape, if any.
    pub fn masked_by(mut self, mask: Option<Shape>) -> Case {
        self.masks = usize::from(mask.is_some());
        self.inputs.extend(mask);
        self
    }

    /// The first input is a condition.
    pub fn with_condition(self) -> Case {
        Case { condition: true, ..self }
    }

    /// All inputs are masks.
    pub fn of_masks(self) -> Case {
        Case { masks: self.inputs.len(), ..self }
    }

    pub fn of_ids(self, limit: usize) -> Case {
        Case { ids: Some(limit), ..self }
    }

    /// The inputs as the rule sees them.
    pub fn ins(&self) -> Vec<In> {
        let kind = |i: usize| match self.ids {
            _ if i + self.masks >= self.inputs.len() || (self.condition && i == 0) => Kind::Mask,
            Some(_) => Kind::Int,
            None => Kind::Float,
        };
        self.inputs.iter().enumerate().map(|(i, shape)| In { kind: kind(i), ..In::new("x", *shape) }).collect()
    }
}

macro_rules! one_test_a_layer {
    ($($layer:ident),*) => {
        $(#[test]
        #[allow(non_snake_case)]
        fn $layer() {
            conform(<layers::$layer as Conform>::cases());
        })*

        /// The layer as the kernel that computes it.
        pub(super) fn kernel<T: Real>(layer: &Layer) -> &dyn Kernel<T> {
            match layer { $(Layer::$layer(layer) => layer),* }
        }
    };
}

for_each_layer!(one_test_a_layer);

fn conform(cases: BoxedStrategy<Case>) {
    let threads = [Threads::new(1), Threads::new(2)];
    let levels: Vec<Threads> = Level::available().map(|level| Threads::new(2).with_level(level)).collect();
    TestRunner::new(Config { cases: 128, failure_persistence: None, ..Config::default() })
        .run(&(cases, 1..4usize, any::<u64>()), |(case, batch, seed)| {
            let specs = match case.layer.outputs(&case.ins()) {
                Ok(_) => case.layer.weights(&case.ins()),
                // A random window may be larger than its input.
                Err(_) => return Err(TestCaseError::reject("the rule refuses it")),
            };
            prop_assert_eq!(specs.as_slice().iter().any(|spec| spec.shape.size() > 0), case.layer.facts().weighted);
            let run = Run::<f64>::new(&case, batch, seed);
            let all = run.all(&threads[0]);
            prop_assert!(all.numbers().all(f64::is_finite), "something is not finite or was not written");
            prop_assert_eq!(&all, &run.all(&threads[0]), "the same seed, other numbers");
            prop_assert_eq!(&all, &run.all(&threads[1]), "two threads, other numbers");
            run.gradients_are_slopes(&threads[0], &all)?;
            run.later_writers_add(&threads[0], &all)?;
            run.samples_do_not_mix(&threads[0])?;
            let still = Run { inference: true, ..run };
            let all_still = still.all(&threads[0]);
            let predicted = still.forward(&threads[0], false, &mut still.weights.clone(), &still.x, &mut Work::at(5));
            prop_assert_eq!(&all_still.y, &predicted, "training does not do what inference does");
            still.gradients_are_slopes(&threads[0], &all_still)?;
            for threads in &levels {
                let single = Run::<f32>::new(&case, batch, seed).all(threads);
                for (a, b) in all.numbers().zip(single.numbers()) {
                    let close = (a - b).abs() <= 2e-3 * (1.0 + a.abs());
                    prop_assert!(close, "f64 has {}, f32 {} at {:?}", a, b, threads.level());
                }
            }
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}
