//! Burn with its `flex` backend.

use burn::nn::conv::{Conv1d, Conv1dConfig, Conv2d, Conv2dConfig};
use burn::nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig};
use burn::nn::pool::{MaxPool1d, MaxPool1dConfig, MaxPool2d, MaxPool2dConfig};
use burn::nn::{Embedding, EmbeddingConfig, Gru, GruConfig, Linear, LinearConfig, Lstm, LstmConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::prelude::*;
use burn::tensor::Distribution;
use burn::tensor::activation::relu;

use crate::{BATCH, Steps};

/// The calls of a workload, if it is written below.
pub fn make(name: &str) -> Option<Steps> {
    let device = &Device::flex().autodiff();
    let linear = |from, to| LinearConfig::new(from, to).init(device);
    let image = |channels, size| move |rows, device: &Device| random([rows, channels, size, size], device);
    let series = |steps, features| move |rows, device: &Device| random([rows, steps, features], device);
    Some(match name {
        "mlp" => {
            let model = Mlp { hidden: linear(784, 128), last: linear(128, 10) };
            steps(model, Mlp::forward, |rows, device| random([rows, 784], device))
        }
        "cnn28" => steps(Cnn::new(1, 1600, device), Cnn::forward, image(1, 28)),
        "cnn64" => steps(Cnn::new(3, 12544, device), Cnn::forward, image(3, 64)),
        "image_aux" => {
            let convolution = Conv2dConfig::new([3, 32], [3, 3]).init(device);
            let model = ImageAux { convolution, facts: linear(10, 16), last: linear(123_024, 10) };
            let data = move |rows, device: &Device| (image(3, 64)(rows, device), random([rows, 10], device));
            steps(model, ImageAux::forward, data)
        }
        "image_text" => {
            let model = ImageText {
                convolution: Conv2dConfig::new([3, 32], [3, 3]).init(device),
                photo: linear(123_008, 128),
                embedding: EmbeddingConfig::new(1000, 64).init(device),
                lstm: LstmConfig::new(64, 64, true).init(device),
                words: linear(64, 128),
                last: linear(256, 10),
            };
            let data = move |rows, device: &Device| {
                let words = Tensor::<2, Int>::random([rows, 100], Distribution::Uniform(0.0, 999.0), device);
                (image(3, 64)(rows, device), words)
            };
            steps(model, ImageText::forward, data)
        }
        "lstm_seq" => {
            let model = Long { lstm: LstmConfig::new(20, 32, true).init(device), last: linear(320, 10) };
            steps(model, Long::whole, series(10, 20))
        }
        "lstm100" => {
            let model = Long { lstm: LstmConfig::new(64, 128, true).init(device), last: linear(128, 10) };
            steps(model, Long::end, series(100, 64))
        }
        "gru100" => {
            let model = Gated { gru: GruConfig::new(64, 128, true).init(device), last: linear(128, 10) };
            steps(model, Gated::forward, series(100, 64))
        }
        "conv1d" => {
            let model = Signal {
                first: Conv1dConfig::new(16, 64, 5).init(device),
                pool: MaxPool1dConfig::new(2).init(),
                second: Conv1dConfig::new(64, 128, 3).init(device),
                last: linear(128, 10),
            };
            steps(model, Signal::forward, |rows, device| random([rows, 16, 128], device))
        }
        _ => return None,
    })
}

/// Times `forward` of `model` with its gradients and Adam, and of its copy that records nothing.
fn steps<M, X, F, D>(model: M, forward: F, data: D) -> Steps
where
    M: Module + 'static,
    X: Clone + 'static,
    F: Fn(&M, X) -> Tensor<2> + Copy + 'static,
    D: Fn(usize, &Device) -> X + 'static,
{
    let (recording, plain) = (Device::flex().autodiff(), Device::flex());
    let loss: CrossEntropyLoss = CrossEntropyLossConfig::new().init(&recording);
    let labels: Vec<i32> = (0..BATCH as i32).map(|row| row % 10).collect();
    let labels = Tensor::<1, Int>::from_ints(labels.as_slice(), &recording);
    let mut optimizer = AdamConfig::new().init();
    let predict = |rows| {
        let (model, x) = (model.valid(), data(rows, &plain));
        Box::new(move || drop(std::hint::black_box(forward(&model, x.clone()).into_data())))
    };
    let (infer_batch, infer_one) = (predict(BATCH), predict(1));
    let x = data(BATCH, &recording);
    let mut trained = Some(model);
    let train = Box::new(move || {
        let Some(model) = trained.take() else { return };
        let gradients = loss.forward(forward(&model, x.clone()), labels.clone()).backward();
        let gradients = GradientsParams::from_grads(gradients, &model);
        trained = Some(optimizer.step(1e-3, model, gradients));
    });
    Steps { train, infer_batch, infer_one }
}

fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Default, device)
}

#[derive(Module, Debug)]
struct Mlp {
    hidden: Linear,
    last: Linear,
}

impl Mlp {
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.last.forward(relu(self.hidden.forward(x)))
    }
}

#[derive(Module, Debug)]
struct Cnn {
    first: Conv2d,
    second: Conv2d,
    pool: MaxPool2d,
    last: Linear,
}

impl Cnn {
    fn new(channels: usize, features: usize, device: &Device) -> Self {
        Cnn {
            first: Conv2dConfig::new([channels, 32], [3, 3]).init(device),
            second: Conv2dConfig::new([32, 64], [3, 3]).init(device),
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            last: LinearConfig::new(features, 10).init(device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = self.pool.forward(relu(self.first.forward(x)));
        let x = self.pool.forward(relu(self.second.forward(x)));
        self.last.forward(x.flatten(1, 3))
    }
}

#[derive(Module, Debug)]
struct ImageAux {
    convolution: Conv2d,
    facts: Linear,
    last: Linear,
}

impl ImageAux {
    fn forward(&self, (image, aux): (Tensor<4>, Tensor<2>)) -> Tensor<2> {
        let photo = relu(self.convolution.forward(image)).flatten(1, 3);
        self.last.forward(Tensor::cat(vec![photo, relu(self.facts.forward(aux))], 1))
    }
}

#[derive(Module, Debug)]
struct ImageText {
    convolution: Conv2d,
    photo: Linear,
    embedding: Embedding,
    lstm: Lstm,
    words: Linear,
    last: Linear,
}

impl ImageText {
    fn forward(&self, (image, text): (Tensor<4>, Tensor<2, Int>)) -> Tensor<2> {
        let photo = relu(self.convolution.forward(image)).flatten(1, 3);
        let photo = relu(self.photo.forward(photo));
        let (_, state) = self.lstm.forward(self.embedding.forward(text), None);
        let words = relu(self.words.forward(state.hidden));
        self.last.forward(Tensor::cat(vec![photo, words], 1))
    }
}

#[derive(Module, Debug)]
struct Long {
    lstm: Lstm,
    last: Linear,
}

impl Long {
    fn whole(&self, x: Tensor<3>) -> Tensor<2> {
        self.last.forward(self.lstm.forward(x, None).0.flatten(1, 2))
    }

    fn end(&self, x: Tensor<3>) -> Tensor<2> {
        self.last.forward(self.lstm.forward(x, None).1.hidden)
    }
}

#[derive(Module, Debug)]
struct Gated {
    gru: Gru,
    last: Linear,
}

impl Gated {
    fn forward(&self, x: Tensor<3>) -> Tensor<2> {
        let steps = self.gru.forward(x, None);
        let [rows, length, features] = steps.dims();
        self.last.forward(steps.slice([0..rows, length - 1..length, 0..features]).flatten(1, 2))
    }
}

#[derive(Module, Debug)]
struct Signal {
    first: Conv1d,
    pool: MaxPool1d,
    second: Conv1d,
    last: Linear,
}

impl Signal {
    fn forward(&self, x: Tensor<3>) -> Tensor<2> {
        let x = self.pool.forward(relu(self.first.forward(x)));
        let x = relu(self.second.forward(x)).mean_dim(2).flatten(1, 2);
        self.last.forward(x)
    }
}
