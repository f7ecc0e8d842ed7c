//! What the poolings share: windows over up to three spatial axes.

use formwork_shape::{Padding, Shape, Window};

use super::each;
use crate::Real;
use crate::kernel::{Backward, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};

/// The settings of a pooling with any number of spatial axes.
#[derive(Clone, Copy)]
pub(super) struct Pooling<'a> {
    pub pool_size: &'a [usize],
    pub strides: &'a [usize],
    pub padding: Padding,
}

/// A pooling with its lengths; fewer than three axes are the last ones.
struct Sizes {
    pool: [usize; 3],
    strides: [usize; 3],
    before: [usize; 3],
    input: [usize; 3],
    output: [usize; 3],
    channels: usize,
}

/// Which place won for each output in the last training step.
#[derive(Default)]
struct Winners {
    places: Vec<u32>,
}

impl Sizes {
    fn new(pooling: &Pooling<'_>, x: &Shape, y: &Shape) -> Sizes {
        let axes = pooling.pool_size.len();
        let place = |values: &dyn Fn(usize) -> usize, other: usize| {
            std::array::from_fn(|k| if k + axes < 3 { other } else { values(k + axes - 3) })
        };
        let before = |k: usize| {
            let window = Window { size: pooling.pool_size[k], stride: pooling.strides[k], dilation: 1 };
            window.pad_before(x.dim(k), pooling.padding)
        };
        Sizes {
            pool: place(&|k| pooling.pool_size[k], 1),
            strides: place(&|k| pooling.strides[k], 1),
            before: place(&before, 0),
            input: place(&|k| x.dim(k), 1),
            output: place(&|k| y.dim(k), 1),
            channels: x.last(),
        }
    }

    /// The elements of a row of the output: along its last spatial axis.
    fn row(&self) -> usize {
        self.output[2] * self.channels
    }

    /// The rows of a sample of the output.
    fn rows(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// The elements of a sample of the input.
    fn sample(&self) -> usize {
        self.input.iter().product::<usize>() * self.channels
    }

    /// The places of an axis that window `k` covers.
    fn covered(&self, axis: usize, k: usize) -> std::ops::Range<usize> {
        let first = k * self.strides[axis];
        let end = (first + self.pool[axis]).saturating_sub(self.before[axis]).min(self.input[axis]);
        first.saturating_sub(self.before[axis]).min(end)..end
    }

    /// How many places of the input the window of place `place` in row `row` covers.
    fn count(&self, row: usize, place: usize) -> usize {
        let (i, j) = (row / self.output[1], row % self.output[1]);
        self.covered(0, i).len() * self.covered(1, j).len() * self.covered(2, place).len()
    }

    /// Calls `f` with each place of the input in the window of place `place` in row `row`, in order.
    fn each_place(&self, row: usize, place: usize, mut f: impl FnMut(usize)) {
        let (i, j) = (row / self.output[1], row % self.output[1]);
        for a in self.covered(0, i) {
            for b in self.covered(1, j) {
                for c in self.covered(2, place) {
                    f((a * self.input[1] + b) * self.input[2] + c);
                }
            }
        }
    }
}

impl Pooling<'_> {
    /// The mean of each window; padding does not count.
    pub fn average<T: Real>(&self, pass: &Pass<'_>, x: &View<'_, T>, y: &mut ViewMut<'_, T>) {
        let sizes = Sizes::new(self, x.shape(), y.shape());
        let channels = sizes.channels;
        each::parts(pass.threads, y.data, sizes.row(), |row, y| {
            let (x, row) = (&x.data()[row / sizes.rows() * sizes.sample()..], row % sizes.rows());
            for (place, y) in y.chunks_exact_mut(channels).enumerate() {
                y.fill(T::zero());
                sizes.each_place(row, place, |from| {
                    y.iter_mut().zip(&x[from * channels..]).for_each(|(y, x)| *y += *x);
                });
                let share = T::of(sizes.count(row, place) as f64).recip();
                y.iter_mut().for_each(|y| *y *= share);
            }
        });
    }

    /// Every place of a window has an equal share of its gradient.
    pub fn average_backward<T: Real>(&self, pass: &Pass<'_>, step: Backward<'_, '_, T>) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        let dy = &step.dy[0];
        let sizes = Sizes::new(self, step.x[0].shape(), dy.shape());
        let channels = sizes.channels;
        each::parts(pass.threads, dx, sizes.sample(), |sample, dx| {
            if write == Write::Overwrite {
                dx.fill(T::zero());
            }
            let dy = &dy.data()[sample * sizes.rows() * sizes.row()..][..sizes.rows() * sizes.row()];
            for (row, dy) in dy.chunks_exact(sizes.row()).enumerate() {
                for (place, dy) in dy.chunks_exact(channels).enumerate() {
                    let share = T::of(sizes.count(row, place) as f64).recip();
                    sizes.each_place(row, place, |to| {
                        dx[to * channels..].iter_mut().zip(dy).for_each(|(dx, dy)| *dx += *dy * share);
                    });
                }
            }
        });
    }

    /// The largest value of each window.
    pub fn max<T: Real>(&self, pass: &Pass<'_>, x: &View<'_, T>, y: &mut ViewMut<'_, T>) {
        let sizes = Sizes::new(self, x.shape(), y.shape());
        let channels = sizes.channels;
        each::parts(pass.threads, y.data, sizes.row(), |row, y| {
            let (x, row) = (&x.data()[row / sizes.rows() * sizes.sample()..], row % sizes.rows());
            for (place, y) in y.chunks_exact_mut(channels).enumerate() {
                y.fill(T::neg_infinity());
                sizes.each_place(row, place, |from| {
                    for (y, x) in y.iter_mut().zip(&x[from * channels..]) {
                        // NaN wins, and nothing wins over NaN.
                        *y = if *x > *y || x.is_nan() { *x } else { *y };
                    }
                });
            }
        });
    }

    /// Notes for each output the first place of its window that has its value.
    pub fn note<T: Real>(&self, pass: &Pass<'_>, x: &View<'_, T>, y: &ViewMut<'_, T>, work: &mut Work) {
        let sizes = Sizes::new(self, x.shape(), y.shape());
        let (channels, width) = (sizes.channels, sizes.row());
        let winners = &mut work.of::<Winners>().places;
        winners.clear();
        winners.resize(y.data.len(), u32::MAX);
        let y = &*y.data;
        each::parts(pass.threads, winners, width, |row, winners| {
            let (x, y) = (&x.data()[row / sizes.rows() * sizes.sample()..], &y[row * width..][..width]);
            let row = row % sizes.rows();
            for (place, (winners, y)) in winners.chunks_exact_mut(channels).zip(y.chunks_exact(channels)).enumerate() {
                sizes.each_place(row, place, |from| {
                    for ((winner, y), x) in winners.iter_mut().zip(y).zip(&x[from * channels..]) {
                        *winner = if *winner == u32::MAX && *x == *y { from as u32 } else { *winner };
                    }
                });
            }
        });
    }

    /// The place that won has all of the gradient; where nothing did, because of NaN, nobody has it.
    pub fn max_backward<T: Real>(&self, pass: &Pass<'_>, step: Backward<'_, '_, T>, work: &mut Work) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        let (x, dy) = (&step.x[0], &step.dy[0]);
        let (channels, size) = (dy.last(), dy.shape().size());
        let winners = &work.of::<Winners>().places;
        each::parts(pass.threads, dx, x.shape().size(), |sample, dx| {
            if write == Write::Overwrite {
                dx.fill(T::zero());
            }
            let range = sample * size..(sample + 1) * size;
            let (winners, dy) =
                (winners[range.clone()].chunks_exact(channels), dy.data()[range].chunks_exact(channels));
            for (winners, dy) in winners.zip(dy) {
                for (channel, (winner, dy)) in winners.iter().zip(dy).enumerate() {
                    if *winner != u32::MAX {
                        dx[*winner as usize * channels + channel] += *dy;
                    }
                }
            }
        });
    }
}

/// The settings of a pooling layer.
macro_rules! settings {
    ($layer:expr) => {
        $crate::layer_kernels::pooling::Pooling {
            pool_size: &$layer.pool_size,
            strides: $layer.strides.as_ref().unwrap_or(&$layer.pool_size),
            padding: $layer.padding,
        }
    };
}

pub(super) use settings;
