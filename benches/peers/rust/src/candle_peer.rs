//! candle on the processor.

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::rnn::{self, RNN};
use candle_nn::{AdamW, Module, Optimizer, ParamsAdamW, VarBuilder, VarMap, conv2d, linear, loss};

use crate::{BATCH, Steps};

type Forward = Box<dyn Fn(&Tensor) -> Result<Tensor>>;

/// The calls of a workload, if it is written below.
///
/// # Panics
/// If candle cannot make the model.
pub fn make(name: &str) -> Option<Steps> {
    let variables = VarMap::new();
    let (shape, forward) =
        model(name, &VarBuilder::from_varmap(&variables, DType::F32, &Device::Cpu)).expect("the model can be made")?;
    Some(steps(&variables, &shape, forward).expect("the data can be made"))
}

/// The shape of a sample, and the model.
fn model(name: &str, parameters: &VarBuilder) -> Result<Option<(Vec<usize>, Forward)>> {
    let part = |name: &str| parameters.pp(name);
    let convolutional = |channels, size, features| -> Result<(Vec<usize>, Forward)> {
        let first = conv2d(channels, 32, 3, Default::default(), part("first"))?;
        let second = conv2d(32, 64, 3, Default::default(), part("second"))?;
        let last = linear(features, 10, part("last"))?;
        let forward: Forward = Box::new(move |x| {
            let x = first.forward(x)?.relu()?.max_pool2d(2)?;
            let x = second.forward(&x)?.relu()?.max_pool2d(2)?;
            last.forward(&x.flatten_from(1)?)
        });
        Ok((vec![channels, size, size], forward))
    };
    Ok(Some(match name {
        "mlp" => {
            let (hidden, last) = (linear(784, 128, part("hidden"))?, linear(128, 10, part("last"))?);
            (vec![784], Box::new(move |x| last.forward(&hidden.forward(x)?.relu()?)))
        }
        "cnn28" => convolutional(1, 28, 1600)?,
        "cnn64" => convolutional(3, 64, 12544)?,
        "lstm_seq" => {
            let lstm = rnn::lstm(20, 32, Default::default(), part("lstm"))?;
            let last = linear(320, 10, part("last"))?;
            let forward: Forward =
                Box::new(move |x| last.forward(&lstm.states_to_tensor(&lstm.seq(x)?)?.flatten_from(1)?));
            (vec![10, 20], forward)
        }
        "lstm100" => {
            let lstm = rnn::lstm(64, 128, Default::default(), part("lstm"))?;
            let last = linear(128, 10, part("last"))?;
            let forward: Forward = Box::new(move |x| {
                let states = lstm.seq(x)?;
                last.forward(states[states.len() - 1].h())
            });
            (vec![100, 64], forward)
        }
        "gru100" => {
            let gru = rnn::gru(64, 128, Default::default(), part("gru"))?;
            let last = linear(128, 10, part("last"))?;
            let forward: Forward = Box::new(move |x| {
                let states = gru.seq(x)?;
                last.forward(&states[states.len() - 1].h)
            });
            (vec![100, 64], forward)
        }
        _ => return Ok(None),
    }))
}

fn steps(variables: &VarMap, shape: &[usize], forward: Forward) -> Result<Steps> {
    let forward = std::rc::Rc::new(forward);
    let data = |rows| Tensor::rand(0f32, 1f32, [&[rows], shape].concat(), &Device::Cpu);
    let predict = |rows| -> Result<Box<dyn FnMut()>> {
        let (x, forward) = (data(rows)?, forward.clone());
        Ok(Box::new(move || drop(std::hint::black_box(forward(&x).expect("the shapes fit")))))
    };
    let (infer_batch, infer_one) = (predict(BATCH)?, predict(1)?);
    let adam = ParamsAdamW { lr: 1e-3, weight_decay: 0.0, ..Default::default() };
    let mut optimizer = AdamW::new(variables.all_vars(), adam)?;
    let x = data(BATCH)?;
    let labels = Tensor::from_iter((0..BATCH as u32).map(|row| row % 10), &Device::Cpu)?;
    let train = Box::new(move || {
        let loss = loss::cross_entropy(&forward(&x).expect("the shapes fit"), &labels).expect("the labels fit");
        optimizer.backward_step(&loss).expect("gradients exist");
    });
    Ok(Steps { train, infer_batch, infer_one })
}
