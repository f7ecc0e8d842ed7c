use formwork_shape::layers;

use super::each;
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::channels::{self, Channels};
use crate::kernels::{Level, Write, scratch};
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! { GroupNormalization { gamma / gamma_mut: Ix1 optional, beta / beta_mut: Ix1 optional } }

/// What a batch leaves for the way back: two numbers for each group of each sample, and for each channel.
#[derive(Default)]
struct Statistics<T> {
    groups: Buffer<T>,
    channels: Buffer<T>,
}

/// A sample as rows of groups, which are rows of channels.
struct Sample<'a, T> {
    size: usize,
    groups: Channels,
    channels: Channels,
    epsilon: T,
    gamma: Option<&'a [T]>,
    beta: Option<&'a [T]>,
}

impl<T: Real> Kernel<T> for layers::GroupNormalization {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        let sample = Sample::new(self, weights, &x[0]);
        let (x, level, size) = (x[0].data(), pass.threads.level(), sample.of_groups());
        let statistics = work.of::<Statistics<T>>().groups.take(pass.batch * size);
        sample.each(pass, [&mut *y[0].data, statistics], |k, [y, statistics]| {
            sample.forward(level, sample.of(x, k), y, statistics);
        });
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, work: &mut Work) {
        let sample = Sample::new(self, weights, &step.x[0]);
        let (x, dy, level) = (step.x[0].data(), step.dy[0].data(), pass.threads.level());
        let Statistics { groups, channels } = work.of();
        let (of_groups, of_channels) = (sample.of_groups(), sample.of_channels());
        let statistics = &*groups.take(pass.batch * of_groups);
        let sums = channels.take(pass.batch * of_channels);
        let (dx, write) = step.dx[0].target().unwrap_or((&mut [], Write::Overwrite));
        sample.each(pass, [dx, &mut *sums], |k, [dx, sums]| {
            let (x, dy) = (sample.of(x, k), sample.of(dy, k));
            let statistics = &statistics[k * of_groups..][..of_groups];
            sample.slopes(level, x, dy, statistics, sums);
            if !dx.is_empty() {
                sample.backward(level, (x, dy), statistics, sums, (dx, write));
            }
        });
        let (write, count) = (step.dw.write(), sample.channels.channels);
        for (wanted, first) in [(self.scale, count), (self.center, 0)] {
            if wanted {
                let dw = step.dw.next(count);
                if write == Write::Overwrite {
                    dw.fill(T::zero());
                }
                for sums in sums.chunks_exact(of_channels) {
                    dw.iter_mut().zip(&sums[first..]).for_each(|(dw, sum)| *dw += *sum);
                }
            }
        }
    }
}

impl<'a, T: Real> Sample<'a, T> {
    fn new(layer: &layers::GroupNormalization, weights: &'a Weights<T>, x: &View<'_, T>) -> Self {
        let (outer, channels, inner) = each::around(x.shape(), each::axis(layer.axis, x.shape().rank()));
        let groups = if layer.groups == -1 { channels } else { layer.groups as usize };
        Sample {
            size: outer * channels * inner,
            groups: Channels { channels: groups, inner: channels / groups * inner },
            channels: Channels { channels, inner },
            epsilon: T::of(layer.epsilon),
            gamma: layer.scale.then(|| weights.data(0)),
            beta: layer.center.then(|| weights.data(usize::from(layer.scale))),
        }
    }

    /// Numbers that a sample has for its groups: means, and 1 / √(variance + epsilon).
    fn of_groups(&self) -> usize {
        2 * self.groups.channels
    }

    /// Numbers that a sample has for its channels: Σ dy, and Σ dy x̂.
    fn of_channels(&self) -> usize {
        2 * self.channels.channels
    }

    /// Calls `work` with the number of each sample and its part of two slices.
    fn each(&self, pass: &Pass<'_>, slices: [&mut [T]; 2], work: impl Fn(usize, [&mut [T]; 2]) + Sync) {
        let tasks = each::tasks(pass.threads, pass.batch * self.size).min(pass.batch);
        pass.threads.samples_mut(pass.batch, tasks, slices, |samples, mut slices| {
            let count = samples.len();
            for (k, sample) in samples.enumerate() {
                let parts = slices.each_mut().map(|slice| {
                    let each = slice.len() / count;
                    &mut slice[k * each..][..each]
                });
                work(sample, parts);
            }
        });
    }

    /// One of the samples.
    fn of<'p>(&self, data: &'p [T], sample: usize) -> &'p [T] {
        &data[sample * self.size..][..self.size]
    }

    /// Elements of a tile of which every sample has one.
    fn tile(&self) -> usize {
        self.channels.tile().min(self.size).max(1)
    }

    /// The group of a channel.
    fn group(&self, channel: usize) -> usize {
        channel / (self.channels.channels / self.groups.channels)
    }

    fn gamma(&self, channel: usize) -> T {
        self.gamma.map_or(T::one(), |gamma| gamma[channel])
    }

    fn beta(&self, channel: usize) -> T {
        self.beta.map_or(T::zero(), |beta| beta[channel])
    }

    /// The elements of a group; where there are none, there is nothing to be divided.
    fn count(&self) -> T {
        T::of((self.size / self.groups.channels).max(1) as f64)
    }

    /// `y = gamma (x - mean) / √(variance + epsilon) + beta`
    fn forward(&self, level: Level, x: &[T], y: &mut [T], statistics: &mut [T]) {
        self.groups.moments(level, x, statistics);
        let (mean, inverse) = statistics.split_at_mut(self.groups.channels);
        mean.iter_mut().for_each(|sum| *sum /= self.count());
        inverse.iter_mut().for_each(|squares| *squares = (*squares / self.count() + self.epsilon).sqrt().recip());
        scratch::arrays([self.tile(); 3], |[centre, factor, offset]| {
            self.groups.spread(|group| mean[group], centre);
            self.channels.spread(|channel| self.gamma(channel) * inverse[self.group(channel)], factor);
            self.channels.spread(|channel| self.beta(channel), offset);
            channels::normalize(level, x, [centre, factor, offset], y);
        });
    }

    /// Of each channel the sums of `dy` and of `dy x̂`.
    fn slopes(&self, level: Level, x: &[T], dy: &[T], statistics: &[T], sums: &mut [T]) {
        let (mean, inverse) = statistics.split_at(self.groups.channels);
        scratch::arrays([self.tile()], |[centre]| {
            self.groups.spread(|group| mean[group], centre);
            self.channels.slopes(level, x, dy, centre, sums);
        });
        let (_, normed) = sums.split_at_mut(self.channels.channels);
        normed.iter_mut().enumerate().for_each(|(channel, sum)| *sum *= inverse[self.group(channel)]);
    }

    /// With h = dy gamma: `dx = (h - mean(h) - x̂ mean(h x̂)) / σ`
    fn backward(
        &self,
        level: Level,
        (x, dy): (&[T], &[T]),
        statistics: &[T],
        sums: &[T],
        (dx, write): (&mut [T], Write),
    ) {
        let (mean, inverse) = statistics.split_at(self.groups.channels);
        let (plain, normed) = sums.split_at(self.channels.channels);
        scratch::arrays([self.groups.channels; 2], |[push, pull]| {
            let mean_of = |sums: &[T], means: &mut [T]| {
                means.fill(T::zero());
                sums.iter().enumerate().for_each(|(k, sum)| means[self.group(k)] += *sum * self.gamma(k));
                means.iter_mut().zip(inverse).for_each(|(mean, inverse)| *mean *= *inverse / self.count());
            };
            mean_of(plain, push);
            mean_of(normed, pull);
            pull.iter_mut().zip(inverse).for_each(|(pull, inverse)| *pull *= *inverse);
            scratch::arrays([self.tile(); 4], |[centres, factors, pushes, pulls]| {
                for (values, tile) in [(mean, &mut *centres), (&*push, &mut *pushes), (&*pull, &mut *pulls)] {
                    self.groups.spread(|group| values[group], tile);
                }
                self.channels.spread(|channel| self.gamma(channel) * inverse[self.group(channel)], factors);
                channels::gradient(level, x, dy, [centres, factors, pushes, pulls], dx, write);
            });
        });
    }
}

#[cfg(test)]
super::conformance::cases!(GroupNormalization: (axes(1..4), any::<bool>(), any::<bool>(), -1..4isize) => |((input, axis), center, scale, groups)| {
    Case::new(layers::GroupNormalization { groups, axis, center, scale, ..layers::GroupNormalization::TEMPLATE }, [input])
});
