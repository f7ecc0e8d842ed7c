use std::ops::Range;

use formwork_shape::layers;

use super::{columns, each};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut, unmasked};
use crate::weights::{Variable, Weights, named_weights, new_stamp};

named_weights! {
    BatchNormalization {
        gamma / gamma_mut: Ix1 optional,
        beta / beta_mut: Ix1 optional,
        moving_mean / moving_mean_mut: Ix1,
        moving_variance / moving_variance_mut: Ix1,
    }
}

/// The statistics of the last batch, a number a channel, and rows that repeat such numbers as the elements of a row lie.
#[derive(Default)]
struct Statistics<T> {
    mean: Buffer<T>,
    inverse: Buffer<T>,
    /// How many elements of each channel the statistics are of.
    count: Buffer<T>,
    partial: Buffer<T>,
    rows: [Buffer<T>; 5],
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

/// A tensor as rows of `channels` runs of `inner` elements.
#[derive(Clone, Copy)]
struct Layout {
    rows: usize,
    channels: usize,
    inner: usize,
}

impl Layout {
    fn new<T>(layer: &layers::BatchNormalization, x: &View<'_, T>) -> Layout {
        let (outer, channels, inner) = each::around(x.shape(), each::axis(layer.axis, x.shape().rank()));
        Layout { rows: x.batch() * outer, channels, inner }
    }

    fn width(&self) -> usize {
        self.channels * self.inner
    }

    /// The sums of columns as sums of channels, in place.
    fn fold<T: Real>(&self, sums: &mut [T]) {
        if self.inner != 1 {
            for channel in 0..self.channels {
                sums[channel] = each::sum(&sums[channel * self.inner..][..self.inner]);
            }
        }
    }

    /// A row of a number a channel.
    fn row<'a, T: Real>(&self, value: impl Fn(usize) -> T, room: &'a mut Buffer<T>) -> &'a [T] {
        let row = room.take(self.width());
        for (channel, run) in row.chunks_exact_mut(self.inner.max(1)).enumerate() {
            run.fill(value(channel));
        }
        row
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
        let (mean, variance) = (weights.data(moving(self)), weights.data(moving(self) + 1));
        let Statistics { inverse, rows, .. } = work.of::<Statistics<T>>();
        let inverse = inverse.take(variance.len());
        for (inverse, variance) in inverse.iter_mut().zip(variance) {
            *inverse = (*variance + T::of(self.epsilon)).sqrt().recip();
        }
        normalize(self, pass, weights, &x[0], &mut y[0], (mean, inverse), rows);
    }

    fn train(
        &self,
        pass: &Pass<'_>,
        weights: &mut Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        let layout = Layout::new(self, &x[0]);
        if layout.rows * layout.inner == 0 {
            return;
        }
        let (_, mask) = unmasked(x);
        let kept = Kept::new(&x[0], mask);
        let frozen = weights.is_frozen() || pass.inference;
        work.of::<Statistics<T>>().frozen = frozen;
        if frozen {
            self.infer(pass, weights, x, y, work);
            let mean = work.of::<Statistics<T>>().mean.take(layout.channels);
            return mean.copy_from_slice(weights.data(moving(self)));
        }
        let width = layout.width();
        let Statistics { mean, inverse, count, partial, rows, .. } = work.of::<Statistics<T>>();
        let (mean, inverse) = (mean.take(layout.channels), inverse.take(layout.channels));
        let count = count.take(layout.channels);
        let data = x[0].data();
        if mask.is_some() {
            let sums = columns::sums(pass.threads, layout.rows, width, partial, |row, sums| {
                kept.runs(row, width).for_each(|run| sums[run].iter_mut().for_each(|sum| *sum += T::one()));
            });
            layout.fold(sums);
            // Statistics of nothing are 0.
            count.iter_mut().zip(&*sums).for_each(|(count, sum)| *count = sum.max(T::one()));
        } else {
            count.fill(T::of((layout.rows * layout.inner) as f64));
        }

        let sums = columns::sums(pass.threads, layout.rows, width, partial, |row, sums| {
            let x = &data[row * width..][..width];
            for run in kept.runs(row, width) {
                sums[run.clone()].iter_mut().zip(&x[run]).for_each(|(sum, x)| *sum += *x);
            }
        });
        layout.fold(sums);
        let terms = sums.iter().zip(&*count);
        mean.iter_mut().zip(terms).for_each(|(mean, (sum, count))| *mean = *sum / *count);

        let centre = layout.row(|channel| mean[channel], &mut rows[0]);
        let sums = columns::sums(pass.threads, layout.rows, width, partial, |row, sums| {
            let x = &data[row * width..][..width];
            for run in kept.runs(row, width) {
                for ((sum, x), mean) in sums[run.clone()].iter_mut().zip(&x[run.clone()]).zip(&centre[run]) {
                    *sum += (*x - *mean) * (*x - *mean);
                }
            }
        });
        layout.fold(sums);
        let momentum = T::of(self.momentum);
        let toward = |moving: &mut [T], channel: usize, value: T| {
            moving[channel] = moving[channel] * momentum + value * (T::one() - momentum);
        };
        for channel in 0..layout.channels {
            let variance = sums[channel] / count[channel];
            inverse[channel] = (variance + T::of(self.epsilon)).sqrt().recip();
            toward(weights.data_mut(moving(self)), channel, mean[channel]);
            toward(weights.data_mut(moving(self) + 1), channel, variance);
        }
        normalize(self, pass, weights, &x[0], &mut y[0], (mean, inverse), rows);
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, work: &mut Work) {
        let layout = Layout::new(self, &step.x[0]);
        let (_, mask) = unmasked(step.x);
        let kept = Kept::new(&step.x[0], mask);
        let (width, channels) = (layout.width(), layout.channels);
        let (x, dy) = (step.x[0].data(), step.dy[0].data());
        let Statistics { mean, inverse, count, partial, rows, frozen } = work.of::<Statistics<T>>();
        let (mean, inverse) = (mean.take(channels), inverse.take(channels));
        let [centre, spread, factor, push, pull] = rows;
        let centre = layout.row(|channel| mean[channel], centre);
        let spread = layout.row(|channel| inverse[channel], spread);

        // Σ dy and Σ dy x̂, side by side
        let sums = columns::sums(pass.threads, layout.rows, 2 * width, partial, |row, sums| {
            let (x, dy) = (&x[row * width..][..width], &dy[row * width..][..width]);
            let (plain, normed) = sums.split_at_mut(width);
            for k in 0..width {
                plain[k] += dy[k];
                normed[k] += dy[k] * (x[k] - centre[k]) * spread[k];
            }
        });
        let (plain, normed) = sums.split_at_mut(width);
        layout.fold(plain);
        layout.fold(normed);
        let write = step.dw.write();
        for (wanted, sums) in [(self.scale, &*normed), (self.center, &*plain)] {
            if wanted {
                let dw = step.dw.next(channels);
                dw.iter_mut().zip(sums).for_each(|(dw, sum)| each::put(write, dw, *sum));
            }
        }

        let Some((dx, write)) = step.dx[0].target() else { return };
        let count = count.get(if *frozen { 0 } else { channels });
        let gamma = |channel: usize| if self.scale { weights.data(0)[channel] } else { T::one() };
        let factor = layout.row(|channel| gamma(channel) * inverse[channel], factor);
        // Statistics that do not come from the batch have no slope.
        let share = |channel: usize| count.get(channel).map_or(T::zero(), |count| count.recip());
        let push = layout.row(|channel| plain[channel] * share(channel), push);
        let pull = layout.row(|channel| normed[channel] * share(channel) * inverse[channel], pull);
        // dx = gamma / σ (dy - mean(dy) - x̂ mean(dy x̂))
        each::parts(pass.threads, dx, width, |row, dx| {
            let (x, dy) = (&x[row * width..][..width], &dy[row * width..][..width]);
            if mask.is_none() {
                for k in 0..width {
                    each::put(write, &mut dx[k], factor[k] * (dy[k] - push[k] - (x[k] - centre[k]) * pull[k]));
                }
                return;
            }
            // The statistics do not depend on what is masked.
            (0..width).for_each(|k| each::put(write, &mut dx[k], factor[k] * dy[k]));
            for k in kept.runs(row, width).flatten() {
                dx[k] -= factor[k] * (push[k] + (x[k] - centre[k]) * pull[k]);
            }
        });
    }
}

/// The weights of a convolution with the normalization after it in them, kept until one of both changes.
#[derive(Default)]
pub(super) struct Folded<T> {
    /// Of which variables, and what tells the result from all others.
    key: Option<([u64; 6], u64)>,
    weights: Buffer<T>,
    bias: Buffer<T>,
    factor: Buffer<T>,
}

impl<T: Real> Folded<T> {
    /// The weights, what tells them from others, and the bias; filters are the last axis of the weights, and variable
    /// `bias`, if any, is the bias.
    pub fn fold<'a>(
        &'a mut self,
        layer: &layers::BatchNormalization,
        statistics: &Weights<T>,
        weights: &Weights<T>,
        bias: Option<usize>,
    ) -> (&'a [T], u64, Option<&'a [T]>) {
        let all = statistics.variables().iter().map(Variable::stamp);
        let all = all.chain([weights.stamp(0), bias.map_or(0, |bias| weights.stamp(bias))]);
        let mut stamps = [0; 6];
        stamps.iter_mut().zip(all).for_each(|(to, stamp)| *to = stamp);
        let (mean, variance) = (statistics.data(moving(layer)), statistics.data(moving(layer) + 1));
        let (filters, values) = (mean.len(), weights.data(0));
        let stamp = match self.key {
            Some((key, stamp)) if key == stamps => stamp,
            _ => {
                self.key = None;
                let factor = self.factor.take(filters);
                for (filter, factor) in factor.iter_mut().enumerate() {
                    let gamma = if layer.scale { statistics.data(0)[filter] } else { T::one() };
                    *factor = gamma * (variance[filter] + T::of(layer.epsilon)).sqrt().recip();
                }
                let rows = self.weights.take(values.len()).chunks_exact_mut(filters);
                for (to, from) in rows.zip(values.chunks_exact(filters)) {
                    to.iter_mut().zip(from).zip(&*factor).for_each(|((to, &value), &factor)| *to = value * factor);
                }
                for (filter, to) in self.bias.take(filters).iter_mut().enumerate() {
                    let beta = if layer.center { statistics.data(moving(layer) - 1)[filter] } else { T::zero() };
                    let bias = bias.map_or(T::zero(), |bias| weights.data(bias)[filter]);
                    *to = beta + (bias - mean[filter]) * factor[filter];
                }
                let stamp = new_stamp();
                self.key = Some((stamps, stamp));
                stamp
            }
        };
        (self.weights.get(values.len()), stamp, Some(self.bias.get(filters)))
    }
}

/// Which variable the moving mean is; the moving variance follows it.
fn moving(layer: &layers::BatchNormalization) -> usize {
    usize::from(layer.scale) + usize::from(layer.center)
}

/// `y = gamma (x - mean) inverse + beta`
fn normalize<T: Real>(
    layer: &layers::BatchNormalization,
    pass: &Pass<'_>,
    weights: &Weights<T>,
    x: &View<'_, T>,
    y: &mut ViewMut<'_, T>,
    (mean, inverse): (&[T], &[T]),
    rows: &mut [Buffer<T>; 5],
) {
    let layout = Layout::new(layer, x);
    let width = layout.width();
    let gamma = |channel: usize| if layer.scale { weights.data(0)[channel] } else { T::one() };
    let beta = |channel: usize| if layer.center { weights.data(moving(layer) - 1)[channel] } else { T::zero() };
    let [centre, factor, offset, ..] = rows;
    let centre = layout.row(|channel| mean[channel], centre);
    let factor = layout.row(|channel| gamma(channel) * inverse[channel], factor);
    let offset = layout.row(beta, offset);
    each::parts(pass.threads, y.data, width, |row, y| {
        let x = &x.data()[row * width..][..width];
        for k in 0..width {
            y[k] = (x[k] - centre[k]) * factor[k] + offset[k];
        }
    });
}

#[cfg(test)]
super::conformance::cases!(BatchNormalization: (axes(1..4), [any::<bool>(); 2], 0..4usize) => |((input, axis), [center, scale], masked)| {
    let layer = layers::BatchNormalization { axis, center, scale, ..layers::BatchNormalization::TEMPLATE };
    let mask = (1..input.rank()).contains(&masked).then(|| formwork_shape::Shape::new(&input.dims()[..masked]));
    Case::new(layer, [input]).masked_by(mask)
});
