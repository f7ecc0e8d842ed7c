mod folded;

use std::ops::Range;

use formwork_shape::{Activation, layers};

use super::{columns, each};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{After, Backward, Kernel, Pass, Work};
use crate::kernels::channels::{self, Channels};
use crate::kernels::{Write, activation, scratch};
use crate::view::{View, ViewMut, unmasked};
use crate::weights::{Weights, named_weights};
pub(super) use folded::Folded;

named_weights! {
    BatchNormalization {
        gamma / gamma_mut: Ix1 optional,
        beta / beta_mut: Ix1 optional,
        moving_mean / moving_mean_mut: Ix1,
        moving_variance / moving_variance_mut: Ix1,
    }
}

/// The statistics of the last batch, a number a channel, and tiles of such numbers.
#[derive(Default)]
struct Statistics<T> {
    mean: Buffer<T>,
    inverse: Buffer<T>,
    /// How many elements of each channel the statistics are of.
    count: Buffer<T>,
    partial: Buffer<T>,
    rows: [Buffer<T>; 4],
    /// Were they the moving ones, because the layer is frozen or does what it does at inference?
    frozen: bool,
}

/// The part of a tensor that statistics are of: all of it, or what a mask keeps.
#[derive(Clone, Copy)]
struct Kept<'a, T> {
    mask: Option<&'a [T]>,
    /// How many elements a value of the mask stands for.
    cover: usize,
}

impl<'a, T: Real> Kept<'a, T> {
    fn new(x: &View<'_, T>, mask: Option<&'a [T]>) -> Self {
        Kept { mask, cover: mask.map_or(1, |mask| x.data().len() / mask.len().max(1)).max(1) }
    }

    /// The parts of row `row`, of `width` elements, that count.
    fn runs(&self, row: usize, width: usize) -> impl Iterator<Item = Range<usize>> + use<'a, T> {
        let Kept { mask, cover } = *self;
        let run = if mask.is_none() { width } else { cover.min(width) };
        let keeps = move |k: &usize| mask.is_none_or(|mask| mask[(row * width + k) / cover] != T::zero());
        (0..width).step_by(run.max(1)).filter(keeps).map(move |k| k..k + run)
    }
}

impl<T: Real> Kernel<T> for layers::BatchNormalization {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        infer(self, pass, weights, &x[0], &mut y[0], work.of(), Activation::Linear);
    }

    fn train(
        &self,
        pass: &Pass<'_>,
        weights: &mut Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        train(self, pass, weights, x, &mut y[0], work.of(), Activation::Linear);
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        backward(self, pass, weights, step, work.of(), Activation::Linear);
    }

    fn infer_with(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        after: &After<'_, T>,
        x: &View<'_, T>,
        y: &mut ViewMut<'_, T>,
        work: &mut Work,
    ) {
        infer(self, pass, weights, x, y, work.of(), after.activation);
    }

    fn train_with(
        &self,
        pass: &Pass<'_>,
        weights: &mut Weights<T>,
        after: &After<'_, T>,
        x: &View<'_, T>,
        y: &mut ViewMut<'_, T>,
        work: &mut Work,
    ) {
        train(self, pass, weights, &[*x], y, work.of(), after.activation);
    }

    fn backward_with(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        after: &After<'_, T>,
        step: Backward<'_, '_, T>,
        work: &mut Work,
    ) {
        backward(self, pass, weights, step, work.of(), after.activation);
    }
}

/// The rows of a tensor, and the channels in them.
fn layout<T>(layer: &layers::BatchNormalization, x: &View<'_, T>) -> (usize, Channels) {
    let (outer, channels, inner) = each::around(x.shape(), each::axis(layer.axis, x.shape().rank()));
    (x.batch() * outer, Channels { channels, inner })
}

/// Elements of a task: whole tiles.
fn block(channels: &Channels) -> usize {
    channels.tile() * each::TASK.div_ceil(channels.tile().max(1))
}

/// A tile with a number a channel.
fn tile<'a, T: Real>(channels: &Channels, value: impl Fn(usize) -> T, room: &'a mut Buffer<T>) -> &'a [T] {
    let tile = room.take(channels.tile());
    channels.spread(value, tile);
    tile
}

fn infer<T: Real>(
    layer: &layers::BatchNormalization,
    pass: &Pass<'_>,
    weights: &Weights<T>,
    x: &View<'_, T>,
    y: &mut ViewMut<'_, T>,
    Statistics { inverse, rows, .. }: &mut Statistics<T>,
    activation: Activation,
) {
    let (mean, variance) = (weights.data(moving(layer)), weights.data(moving(layer) + 1));
    let inverse = inverse.take(variance.len());
    for (inverse, variance) in inverse.iter_mut().zip(variance) {
        *inverse = (*variance + T::of(layer.epsilon)).sqrt().recip();
    }
    normalize(layer, pass, weights, x, y, (mean, inverse), rows, activation);
}

fn train<T: Real>(
    layer: &layers::BatchNormalization,
    pass: &Pass<'_>,
    weights: &mut Weights<T>,
    x: &[View<'_, T>],
    y: &mut ViewMut<'_, T>,
    statistics: &mut Statistics<T>,
    activation: Activation,
) {
    let (rows, channels) = layout(layer, &x[0]);
    if rows * channels.inner == 0 {
        return;
    }
    let (_, mask) = unmasked(x);
    statistics.frozen = weights.is_frozen() || pass.inference;
    if statistics.frozen {
        infer(layer, pass, weights, &x[0], y, statistics, activation);
        return statistics.mean.take(channels.channels).copy_from_slice(weights.data(moving(layer)));
    }
    match mask {
        Some(_) => statistics.measure_kept(pass, &channels, rows, &x[0], Kept::new(&x[0], mask)),
        None => statistics.measure(pass, &channels, x[0].data()),
    }
    let Statistics { mean, inverse, rows, .. } = statistics;
    let (mean, inverse) = (mean.take(channels.channels), inverse.take(channels.channels));
    let momentum = T::of(layer.momentum);
    let toward = |moving: &mut [T], channel: usize, value: T| {
        moving[channel] = moving[channel] * momentum + value * (T::one() - momentum);
    };
    for channel in 0..channels.channels {
        let variance = inverse[channel];
        inverse[channel] = (variance + T::of(layer.epsilon)).sqrt().recip();
        toward(weights.data_mut(moving(layer)), channel, mean[channel]);
        toward(weights.data_mut(moving(layer) + 1), channel, variance);
    }
    normalize(layer, pass, weights, &x[0], y, (mean, inverse), rows, activation);
}

impl<T: Real> Statistics<T> {
    /// The mean of each channel, in the place of the inverse the variance, and the count.
    fn measure(&mut self, pass: &Pass<'_>, channels: &Channels, x: &[T]) {
        let len = channels.channels;
        let (mean, variance, count) = (self.mean.take(len), self.inverse.take(len), self.count.take(len));
        let size = block(channels);
        let moments = self.partial.take(x.len().div_ceil(size) * 2 * len);
        pass.threads.chunks_mut(moments, 2 * len, &|task, to| {
            channels.moments(pass.threads.level(), &x[task * size..][..size.min(x.len() - task * size)], to);
        });
        let counted = |elements: usize| T::of((elements / len) as f64);
        let all = counted(x.len());
        count.fill(all);
        mean.fill(T::zero());
        for block in moments.chunks_exact(2 * len) {
            mean.iter_mut().zip(block).for_each(|(mean, &sum)| *mean += sum);
        }
        mean.iter_mut().for_each(|mean| *mean /= all);
        variance.fill(T::zero());
        // Squares around the means of blocks become squares around the mean.
        for (index, block) in moments.chunks_exact(2 * len).enumerate() {
            let count = counted(size.min(x.len() - index * size));
            let (sums, squares) = block.split_at(len);
            for channel in 0..len {
                let away = sums[channel] / count - mean[channel];
                variance[channel] += squares[channel] + count * away * away;
            }
        }
        variance.iter_mut().for_each(|variance| *variance /= all);
    }

    /// The same of what a mask keeps.
    fn measure_kept(&mut self, pass: &Pass<'_>, channels: &Channels, rows: usize, x: &View<'_, T>, kept: Kept<'_, T>) {
        let (len, width) = (channels.channels, channels.width());
        let (mean, variance, count) = (self.mean.take(len), self.inverse.take(len), self.count.take(len));
        let sums = columns::sums(pass.threads, rows, width, &mut self.partial, |row, sums| {
            kept.runs(row, width).for_each(|run| sums[run].iter_mut().for_each(|sum| *sum += T::one()));
        });
        channels.fold(sums, count);
        // Statistics of nothing are 0.
        count.iter_mut().for_each(|count| *count = count.max(T::one()));
        let data = x.data();
        let sums = columns::sums(pass.threads, rows, width, &mut self.partial, |row, sums| {
            let x = &data[row * width..][..width];
            for run in kept.runs(row, width) {
                sums[run.clone()].iter_mut().zip(&x[run]).for_each(|(sum, x)| *sum += *x);
            }
        });
        channels.fold(sums, mean);
        mean.iter_mut().zip(&*count).for_each(|(mean, count)| *mean /= *count);
        let centre = tile(channels, |channel| mean[channel], &mut self.rows[0]);
        let sums = columns::sums(pass.threads, rows, width, &mut self.partial, |row, sums| {
            let x = &data[row * width..][..width];
            for run in kept.runs(row, width) {
                for ((sum, x), mean) in sums[run.clone()].iter_mut().zip(&x[run.clone()]).zip(&centre[run]) {
                    *sum += (*x - *mean) * (*x - *mean);
                }
            }
        });
        channels.fold(sums, variance);
        variance.iter_mut().zip(&*count).for_each(|(variance, count)| *variance /= *count);
    }
}

/// Back through the activation that follows, if any, and the normalization.
fn backward<T: Real>(
    layer: &layers::BatchNormalization,
    pass: &Pass<'_>,
    weights: &Weights<T>,
    mut step: Backward<'_, '_, T>,
    Statistics { mean, inverse, count, partial, rows, frozen }: &mut Statistics<T>,
    activation: Activation,
) {
    let (_, channels) = layout(layer, &step.x[0]);
    let (len, size, level) = (channels.channels, block(&channels), pass.threads.level());
    let (x, dy) = (step.x[0].data(), step.dy[0].data());
    let known = if activation == Activation::Linear { dy } else { step.y[0].data() };
    let (mean, inverse) = (mean.take(len), inverse.take(len));
    let [centre, factor, push, pull] = rows;
    let centre = tile(&channels, |channel| mean[channel], centre);
    // The gradient of the normalized values in a block.
    let of_block = |task: usize, work: &mut dyn FnMut(&[T], &[T])| {
        let range = task * size..((task + 1) * size).min(x.len());
        let (x, dy) = (&x[range.clone()], &dy[range.clone()]);
        if activation == Activation::Linear {
            return work(x, dy);
        }
        scratch::elements(dy.len(), |d: &mut [T]| {
            activation::backward(level, activation, &known[range], dy, d, Write::Overwrite, 1);
            work(x, d);
        });
    };

    // Σ dy and Σ dy (x - mean), side by side
    let sums = partial.take(x.len().div_ceil(size).max(1) * 2 * len);
    sums[..2 * len].fill(T::zero());
    pass.threads.chunks_mut(sums, 2 * len, &|task, to| {
        of_block(task, &mut |x, dy| channels.slopes(level, x, dy, centre, to));
    });
    let (sums, others) = sums.split_at_mut(2 * len);
    for other in others.chunks_exact(2 * len) {
        sums.iter_mut().zip(other).for_each(|(sum, value)| *sum += *value);
    }
    let (plain, normed) = sums.split_at_mut(len);
    normed.iter_mut().zip(&*inverse).for_each(|(sum, &inverse)| *sum *= inverse);
    let write = step.dw.write();
    for (wanted, sums) in [(layer.scale, &*normed), (layer.center, &*plain)] {
        if wanted {
            let dw = step.dw.next(len);
            dw.iter_mut().zip(sums).for_each(|(dw, sum)| each::put(write, dw, *sum));
        }
    }

    let Some((dx, write)) = step.dx[0].target() else { return };
    let (_, mask) = unmasked(step.x);
    let count = count.get(if *frozen { 0 } else { len });
    let gamma = |channel: usize| if layer.scale { weights.data(0)[channel] } else { T::one() };
    let factor = tile(&channels, |channel| gamma(channel) * inverse[channel], factor);
    // Statistics that do not come from the batch have no slope.
    let share = |channel: usize| count.get(channel).map_or(T::zero(), |count| count.recip());
    let weight = |channel: usize| gamma(channel) * inverse[channel] * share(channel);
    let push = tile(&channels, |channel| plain[channel] * weight(channel), push);
    let pull = tile(&channels, |channel| normed[channel] * weight(channel) * inverse[channel], pull);
    // dx = gamma / σ (dy - mean(dy) - x̂ mean(dy x̂))
    if mask.is_none() {
        return pass.threads.chunks_mut(dx, size.max(1), &|task, dx| {
            let tiles = [centre, factor, push, pull];
            of_block(task, &mut |x, dy| channels::gradient(level, x, dy, tiles, dx, write));
        });
    }
    let (width, kept) = (channels.width(), Kept::new(&step.x[0], mask));
    each::parts(pass.threads, dx, width, |row, dx| {
        let (x, dy) = (&x[row * width..][..width], &dy[row * width..][..width]);
        // The statistics do not depend on what is masked.
        (0..width).for_each(|k| each::put(write, &mut dx[k], factor[k] * dy[k]));
        for k in kept.runs(row, width).flatten() {
            dx[k] -= push[k] + (x[k] - centre[k]) * pull[k];
        }
    });
}

/// Which variable the moving mean is; the moving variance follows it.
fn moving(layer: &layers::BatchNormalization) -> usize {
    usize::from(layer.scale) + usize::from(layer.center)
}

/// `y = activation(gamma (x - mean) inverse + beta)`
#[allow(clippy::too_many_arguments, reason = "what training and inference share")]
fn normalize<T: Real>(
    layer: &layers::BatchNormalization,
    pass: &Pass<'_>,
    weights: &Weights<T>,
    x: &View<'_, T>,
    y: &mut ViewMut<'_, T>,
    (mean, inverse): (&[T], &[T]),
    rows: &mut [Buffer<T>; 4],
    activation: Activation,
) {
    let (_, channels) = layout(layer, x);
    let gamma = |channel: usize| if layer.scale { weights.data(0)[channel] } else { T::one() };
    let beta = |channel: usize| if layer.center { weights.data(moving(layer) - 1)[channel] } else { T::zero() };
    let [centre, factor, offset, _] = rows;
    let centre = tile(&channels, |channel| mean[channel], centre);
    let factor = tile(&channels, |channel| gamma(channel) * inverse[channel], factor);
    let offset = tile(&channels, beta, offset);
    let (size, level) = (block(&channels), pass.threads.level());
    pass.threads.chunks_mut(y.data, size.max(1), &|task, y| {
        channels::normalize(level, &x.data()[task * size..][..y.len()], [centre, factor, offset], y);
        activation::forward(level, activation, y, 1);
    });
}

#[cfg(test)]
super::conformance::cases!(BatchNormalization: (axes(1..4), [any::<bool>(); 2], 0..4usize) => |((input, axis), [center, scale], masked)| {
    let layer = layers::BatchNormalization { axis, center, scale, ..layers::BatchNormalization::TEMPLATE };
    let mask = (1..input.rank()).contains(&masked).then(|| formwork_shape::Shape::new(&input.dims()[..masked]));
    Case::new(layer, [input]).masked_by(mask)
});
