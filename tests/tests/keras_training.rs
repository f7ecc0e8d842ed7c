//! Losses, optimizers, schedules and metrics give Keras' numbers.

use formwork::train::*;
use formwork::weights::{Parameters, Variable, Weights};
use formwork::{Real, View};
use formwork_shape::{Initializer, Shape, WeightSpec};
use formwork_tests::settings;
use serde_json::Value;

fn cases(kind: &str) -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/training.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let all = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let cases: Vec<Value> = all.filter(|case| case["kind"] == kind).collect();
    assert!(!cases.is_empty());
    cases
}

fn numbers(array: &Value) -> Vec<f32> {
    array["data"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect()
}

fn shape(array: &Value) -> Vec<usize> {
    array["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect()
}

fn close(id: &str, got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len(), "{id}");
    for (place, (a, b)) in got.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= 1e-4 + 1e-4 * b.abs(), "{id}: {a} is not {b} at {place}");
    }
}

fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().map(|x| x.wide()).collect()
}

fn option(config: &Value, name: &str) -> Option<f64> {
    config[name].as_f64()
}

/// Runs `f` with a comparison of a case's arrays.
fn compare<R>(case: &Value, gradient: Option<&mut [f32]>, f: impl FnOnce(Comparison<'_, f32>) -> R) -> R {
    let y = numbers(&case["y_pred"]);
    let dims = shape(&case["y_pred"]);
    let output = View::numbers(&y, dims[0], Shape::new(&dims[1..]));
    let t = numbers(&case["y_true"]);
    let ids: Vec<u32> = t.iter().map(|t| *t as u32).collect();
    let target_dims = shape(&case["y_true"]);
    let target = match case["y_true"]["dtype"].as_str() {
        Some("int32") => View::ids(&ids, dims[0], Shape::new(&target_dims[1..])),
        _ => View::numbers(&t, dims[0], Shape::new(&target_dims[1..])),
    };
    let weights = case["sample_weight"].is_object().then(|| numbers(&case["sample_weight"]));
    f(Comparison { output, target, sample_weights: weights.as_deref(), mask: None, gradient })
}

#[test]
fn losses() {
    for case in cases("loss") {
        let id = case["id"].as_str().unwrap();
        let config = &case["config"];
        let logits = config["from_logits"] == true;
        let reduction = if config["reduction"] == "sum" { Reduction::Sum } else { Reduction::SumOverBatchSize };
        let smoothing = option(config, "label_smoothing").unwrap_or(0.0);
        macro_rules! plain {
            ($loss:expr) => {
                Box::new($loss.reduction(reduction)) as Box<dyn Loss<f32>>
            };
        }
        let loss = match (case["loss"].as_str().unwrap(), logits) {
            ("MeanSquaredError", _) => plain!(MeanSquaredError::new()),
            ("MeanAbsoluteError", _) => plain!(MeanAbsoluteError::new()),
            ("MeanAbsolutePercentageError", _) => plain!(MeanAbsolutePercentageError::new()),
            ("MeanSquaredLogarithmicError", _) => plain!(MeanSquaredLogarithmicError::new()),
            ("Huber", _) => plain!(Huber::new()),
            ("LogCosh", _) => plain!(LogCosh::new()),
            ("CosineSimilarity", _) => plain!(CosineSimilarity::new()),
            ("Poisson", _) => plain!(Poisson::new()),
            ("KLDivergence", _) => plain!(KLDivergence::new()),
            ("Hinge", _) => plain!(Hinge::new()),
            ("SquaredHinge", _) => plain!(SquaredHinge::new()),
            ("CategoricalHinge", _) => plain!(CategoricalHinge::new()),
            ("BinaryCrossentropy", false) => plain!(BinaryCrossentropy::new().label_smoothing(smoothing)),
            ("BinaryCrossentropy", true) => plain!(BinaryCrossentropy::from_logits().label_smoothing(smoothing)),
            ("CategoricalCrossentropy", false) => plain!(CategoricalCrossentropy::new().label_smoothing(smoothing)),
            ("CategoricalCrossentropy", true) => {
                plain!(CategoricalCrossentropy::from_logits().label_smoothing(smoothing))
            }
            ("SparseCategoricalCrossentropy", false) => plain!(SparseCategoricalCrossentropy::new()),
            ("SparseCategoricalCrossentropy", true) => plain!(SparseCategoricalCrossentropy::from_logits()),
            ("BinaryFocalCrossentropy", false) => plain!(BinaryFocalCrossentropy::new()),
            (other, _) => panic!("no loss {other}"),
        };
        let mut gradient = vec![9.0; numbers(&case["y_pred"]).len()];
        let value = compare(&case, Some(&mut gradient), |batch| loss.compute(batch));
        close(id, &[value], &wide(&numbers(&case["value"])));
        close(&format!("{id} gradient"), &wide(&gradient), &wide(&numbers(&case["y_pred_grad"])));
        let alone = compare(&case, None, |batch| loss.compute(batch));
        assert_eq!(alone, value, "{id}: the value does not depend on the gradient being asked for");
    }
}

fn optimizer(case: &Value) -> Box<dyn Optimizer<f32>> {
    let config = &case["config"];
    let get = |name: &str| option(config, name).unwrap_or_else(|| panic!("{name} of {case}"));
    let rate = get("learning_rate");
    macro_rules! with_settings {
        ($optimizer:expr) => {
            Box::new(settings!($optimizer, |name| option(config, name)))
        };
    }
    match case["optimizer"].as_str().unwrap() {
        "SGD" => with_settings!(SGD::new(rate).momentum(get("momentum")).nesterov(config["nesterov"] == true)),
        "RMSprop" => with_settings!(
            RMSprop::new(rate).rho(get("rho")).momentum(get("momentum")).centered(config["centered"] == true)
        ),
        "Adam" => with_settings!(Adam::new(rate).amsgrad(config["amsgrad"] == true)),
        "AdamW" => with_settings!(AdamW::new(rate)),
        "Adagrad" => with_settings!(Adagrad::new(rate)),
        "Adadelta" => with_settings!(Adadelta::new(rate)),
        "Adamax" => with_settings!(Adamax::new(rate)),
        "Nadam" => with_settings!(Nadam::new(rate)),
        "Lion" => with_settings!(Lion::new(rate)),
        "Ftrl" => with_settings!(Ftrl::new(rate)),
        other => panic!("no optimizer {other}"),
    }
}

struct Variables(Weights<f32>);

impl Parameters<f32> for Variables {
    fn visit<'a>(&'a self, path: &str, f: &mut dyn FnMut(&str, &'a Variable<f32>)) {
        self.0.visit(path, f);
    }

    fn visit_mut<'a>(&'a mut self, path: &str, f: &mut dyn FnMut(&str, &'a mut Variable<f32>)) {
        self.0.visit_mut(path, f);
    }
}

fn variables(initial: &Value) -> Variables {
    let mut random = formwork::random::Random::new(0, formwork::random::Purpose::Weights, 0);
    let arrays = initial.as_array().unwrap();
    let spec = |(name, array): (&'static str, &Value)| WeightSpec {
        name,
        shape: Shape::new(&shape(array)),
        initializer: Initializer::Zeros,
        trainable: true,
    };
    let specs: Vec<WeightSpec> = ["kernel", "bias"].into_iter().zip(arrays).map(spec).collect();
    let mut weights = Weights::new(&specs, &mut random);
    for (i, array) in arrays.iter().enumerate() {
        weights.data_mut(i).copy_from_slice(&numbers(array));
    }
    Variables(weights)
}

#[test]
fn optimizers() {
    for case in cases("optimizer") {
        let id = case["id"].as_str().unwrap();
        let mut optimizer = optimizer(&case);
        let mut weights = variables(&case["initial"]);
        let steps = case["grads"].as_array().unwrap().iter().zip(case["after"].as_array().unwrap());
        for (step, (g, after)) in steps.enumerate() {
            let mut gradients = Gradients::zeros(&weights);
            let flat: Vec<f32> = g.as_array().unwrap().iter().flat_map(numbers).collect();
            gradients.as_mut_slice().copy_from_slice(&flat);
            optimizer.apply(&mut weights, &gradients);
            let got: Vec<f32> = (0..2).flat_map(|i| weights.0.data(i).to_vec()).collect();
            let expected: Vec<f32> = after.as_array().unwrap().iter().flat_map(numbers).collect();
            close(&format!("{id} step {step}"), &wide(&got), &wide(&expected));
        }
    }
}

#[test]
fn schedules() {
    for case in cases("schedule") {
        let id = case["id"].as_str().unwrap();
        let config = &case["config"];
        let get = |name: &str| option(config, name).unwrap_or_else(|| panic!("{name} of {case}"));
        let steps = |name: &str| get(name) as u64;
        let schedule: Box<dyn Schedule> = match case["schedule"].as_str().unwrap() {
            "ExponentialDecay" => Box::new(
                ExponentialDecay::new(get("initial_learning_rate"), steps("decay_steps"), get("decay_rate"))
                    .staircase(config["staircase"] == true),
            ),
            "InverseTimeDecay" => Box::new(
                InverseTimeDecay::new(get("initial_learning_rate"), steps("decay_steps"), get("decay_rate"))
                    .staircase(config["staircase"] == true),
            ),
            "PiecewiseConstantDecay" => {
                let list = |name: &str| -> Vec<f64> {
                    config[name].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
                };
                let values = list("values");
                let pieces: Vec<(u64, f64)> = list("boundaries")
                    .iter()
                    .zip(&values)
                    .map(|(boundary, value)| (*boundary as u64, *value))
                    .collect();
                Box::new(PiecewiseConstantDecay::new(pieces, values[values.len() - 1]))
            }
            "PolynomialDecay" => Box::new(
                PolynomialDecay::new(get("initial_learning_rate"), steps("decay_steps"))
                    .end(get("end_learning_rate"))
                    .power(get("power"))
                    .cycle(config["cycle"] == true),
            ),
            "CosineDecay" => {
                let schedule = CosineDecay::new(get("initial_learning_rate"), steps("decay_steps")).alpha(get("alpha"));
                Box::new(match option(config, "warmup_target") {
                    Some(target) => schedule.warmup(target, steps("warmup_steps")),
                    None => schedule,
                })
            }
            "CosineDecayRestarts" => Box::new(
                CosineDecayRestarts::new(get("initial_learning_rate"), steps("first_decay_steps"))
                    .t_mul(get("t_mul"))
                    .m_mul(get("m_mul"))
                    .alpha(get("alpha")),
            ),
            other => panic!("no schedule {other}"),
        };
        let at = case["steps"].as_array().unwrap().iter().map(|step| schedule.at(step.as_u64().unwrap()));
        let expected: Vec<f64> = case["values"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        close(id, &at.collect::<Vec<_>>(), &expected);
    }
}

#[test]
fn metrics() {
    for case in cases("metric") {
        let id = case["id"].as_str().unwrap();
        let config = &case["config"];
        let mut metric: Box<dyn Metric<f32>> = match case["metric"].as_str().unwrap() {
            "BinaryAccuracy" => Box::new(BinaryAccuracy::new().threshold(option(config, "threshold").unwrap())),
            "CategoricalAccuracy" => Box::new(CategoricalAccuracy::new()),
            "SparseCategoricalAccuracy" => Box::new(SparseCategoricalAccuracy::new()),
            "SparseTopKCategoricalAccuracy" => {
                Box::new(SparseTopKCategoricalAccuracy::new(option(config, "k").unwrap() as usize))
            }
            "Precision" => Box::new(Precision::new()),
            "Recall" => Box::new(Recall::new()),
            "AUC" => Box::new(AUC::new()),
            "MeanSquaredError" => Box::new(MSE::new()),
            "MeanAbsoluteError" => Box::new(MAE::new()),
            "RootMeanSquaredError" => Box::new(RMSE::new()),
            "R2Score" => Box::new(R2Score::new()),
            other => panic!("no metric {other}"),
        };
        // A reset forgets the first round.
        for round in 0..2 {
            metric.reset();
            for update in case["updates"].as_array().unwrap() {
                compare(update, None, |batch| metric.update(batch));
            }
            close(&format!("{id} round {round}"), &[metric.result()], &wide(&numbers(&case["value"])));
        }
    }
}

formwork::model!(
    fn Words(ids: Input<3, u32>) -> Output<1> {
        Dense(1)(Flatten()(Embedding(5, 2)(ids)))
    }
);

/// Ids that a batch reads several times, as Keras 3.15 on JAX trains them: their gradients are added before they are squared.
#[test]
fn a_row_read_twice_has_one_gradient() {
    fn check(optimizer: impl Optimizer<f32>, expected: [f32; 6]) {
        let mut model = Words::new(1);
        model.visit_mut("", &mut |_, variable| {
            let data = variable.data_mut();
            let last = data.len().saturating_sub(1).max(1) as f32;
            data.iter_mut().enumerate().for_each(|(place, w)| *w = 2.0 * place as f32 / last - 1.0);
        });
        let (ids, y) = (ndarray::array![[1u32, 1, 2], [1, 3, 3]], ndarray::array![[1.0f32], [2.0]]);
        let mut compiled = model.compile(optimizer, MeanSquaredError::new());
        for _ in 0..3 {
            compiled.train_on_batch(WordsInputs { ids: &ids }, WordsTargets { output: &y }).unwrap();
        }
        let rows = compiled.embedding.embeddings().slice(ndarray::s![1..4, ..]).to_owned();
        for (w, expected) in rows.iter().zip(expected) {
            assert!((w - expected).abs() < 2e-6, "{rows} instead of {expected:?}");
        }
    }
    check(SGD::new(0.01), [-0.635_128_3, -0.370_703_3, -0.091_846_1, 0.143_320_93, 0.349_495_86, 0.604_336_7]);
    check(Adam::new(0.001), [-0.558_555_25, -0.336_332_98, -0.108_111_43, 0.114_110_73, 0.336_332_9, 0.558_555_3]);
    check(RMSprop::new(0.001), [-0.562_907_34, -0.340_683_55, -0.103_757_87, 0.118_458_99, 0.340_675_77, 0.562_911_3]);
    check(Adagrad::new(0.001), [-0.557_827_9, -0.335_572_9, -0.108_972_56, 0.113_337_35, 0.335_417_48, 0.557_812_6]);
}
