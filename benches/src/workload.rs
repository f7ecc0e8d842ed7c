//! One model with data of its own.

use std::time::{Duration, Instant};

use formwork::Threads;
use serde_json::{Value, json};

/// The samples of a training step and of the larger prediction, unless others are asked for.
pub const BATCH: usize = 32;

/// One step of training, or one prediction, of data made before.
pub type Step = Box<dyn FnMut()>;

/// A model that trains and predicts on data of its own.
pub struct Workload {
    pub name: &'static str,
    /// Operations of the forward pass for one sample.
    pub flops: usize,
    pub parameters: usize,
    /// Makes a training step, or a prediction, of this many samples.
    pub train: fn(usize) -> Step,
    pub infer: fn(usize) -> Step,
    /// What was made so far, by the key of its time.
    pub made: Vec<(String, Step)>,
}

impl Workload {
    /// Median times in milliseconds of steps of `batch` samples, each repeated for `time`; of all steps, or of those of which
    /// the key begins with `only`.
    pub fn measure(&mut self, batch: usize, time: Duration, only: &str) -> Value {
        let mut answer = json!({
            "peer": "formwork",
            "model": self.name,
            "threads": Threads::global().count(),
            "batch": batch,
            "flops": self.flops,
            "parameters": self.parameters,
        });
        let mut steps = vec![("train_step_ms".to_owned(), self.train, batch)];
        for samples in [batch, 1] {
            steps.push((format!("infer{samples}_ms"), self.infer, samples));
        }
        for (key, make, samples) in steps {
            if key.starts_with(only) && answer.get(&key).is_none() {
                let place = format!("{key} of {samples}");
                let at = self.made.iter().position(|(made, _)| *made == place).unwrap_or_else(|| {
                    self.made.push((place, make(samples)));
                    self.made.len() - 1
                });
                answer[key] = json!(median(time, &mut self.made[at].1));
            }
        }
        answer
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
            train: |batch| {
                $(let $input = $data(batch);)*
                let labels = formwork::ndarray::Array1::from_shape_fn(batch, |row| row as u32 % 10);
                let mut compiled = $Model::new(1).compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new());
                Box::new(move || {
                    let inputs = $Inputs { $($input: &$input),* };
                    let result = compiled.train_on_batch(inputs, $Targets { output: &labels });
                    std::hint::black_box(result.expect("the data fit"));
                })
            },
            infer: |batch| {
                $(let $input = $data(batch);)*
                let model = $Model::new(1);
                let mut outputs = model.predict($Inputs { $($input: &$input),* }).expect("the inputs fit");
                Box::new(move || {
                    let result = model.predict_into($Inputs { $($input: &$input),* }, &mut outputs);
                    result.expect("the inputs fit");
                    std::hint::black_box(&outputs);
                })
            },
            made: Vec::new(),
        }
    };
}

pub(crate) use workload;
