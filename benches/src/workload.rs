//! One model with data of its own.

use std::time::{Duration, Instant};

use formwork::Threads;
use serde_json::{Value, json};

/// The samples of a training step and of the larger prediction.
pub const BATCH: usize = 32;

/// A model that trains and predicts on data of its own.
pub struct Workload {
    pub name: &'static str,
    /// Operations of the forward pass for one sample.
    pub flops: usize,
    pub parameters: usize,
    /// Made at the first measurement.
    pub make: fn() -> Steps,
    pub steps: Option<Steps>,
}

/// What is measured.
pub struct Steps {
    pub train: Box<dyn FnMut()>,
    pub infer_batch: Box<dyn FnMut()>,
    pub infer_one: Box<dyn FnMut()>,
}

impl Workload {
    /// Medians in milliseconds; each of the three steps is repeated for `time`.
    pub fn measure(&mut self, time: Duration) -> Value {
        let steps = self.steps.get_or_insert_with(self.make);
        json!({
            "peer": "formwork",
            "model": self.name,
            "threads": Threads::global().count(),
            "train_step_ms": median(time, &mut steps.train),
            "infer32_ms": median(time, &mut steps.infer_batch),
            "infer1_ms": median(time, &mut steps.infer_one),
            "flops": self.flops,
            "parameters": self.parameters,
        })
    }
}

/// The median time of a call in milliseconds, once it is warm.
fn median(time: Duration, call: &mut dyn FnMut()) -> f64 {
    (0..3).for_each(|_| call());
    let start = Instant::now();
    let mut times = Vec::new();
    while start.elapsed() < time || times.len() < 5 {
        let start = Instant::now();
        call();
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}

/// A workload from a model, the names that `model!` derives from its own, and an expression in `n`, the number of
/// samples, for each input.
macro_rules! workload {
    ($name:literal, $Model:ident, $Inputs:ident { $($input:ident: $data:expr),* }, $Targets:ident) => {
        $crate::workload::Workload {
            name: $name,
            flops: $Model::<f32>::FLOPS,
            parameters: $Model::<f32>::PARAMS,
            make: || {
                $(let $input = [$data($crate::workload::BATCH), $data(1)];)*
                let labels = formwork::ndarray::Array1::from_shape_fn($crate::workload::BATCH, |row| row as u32 % 10);
                let training = ($($input[0].clone(),)*);
                let mut compiled = $Model::new(1).compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new());
                let predict = |batch: usize| {
                    let model = $Model::new(1);
                    let ($($input,)*) = ($($input[usize::from(batch == 1)].clone(),)*);
                    let mut outputs = model.predict($Inputs { $($input: &$input),* }).expect("the inputs fit");
                    Box::new(move || {
                        let result = model.predict_into($Inputs { $($input: &$input),* }, &mut outputs);
                        result.expect("the inputs fit");
                        std::hint::black_box(&outputs);
                    })
                };
                $crate::workload::Steps {
                    infer_batch: predict($crate::workload::BATCH),
                    infer_one: predict(1),
                    train: Box::new(move || {
                        let ($($input,)*) = &training;
                        let result = compiled.train_on_batch($Inputs { $($input),* }, $Targets { output: &labels });
                        std::hint::black_box(result.expect("the data fit"));
                    }),
                }
            },
            steps: None,
        }
    };
}

pub(crate) use workload;
