//! Images that are moved, turned and zoomed: each new value is read from where an affine map says that it comes from.

use formwork_shape::{FillMode, Interpolation, Shape};

use super::each;
use crate::Real;
use crate::kernel::Pass;
use crate::kernels::Write;

/// How values between places and beyond the edges are read.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    pub interpolation: Interpolation,
    pub fill_mode: FillMode,
    pub fill_value: f64,
}

/// Column and row that new column `x` and row `y` are read from: `a x + b y + c`, `d x + e y + f`.
pub(super) type Map = [f64; 6];

/// The maps of the images of the last training step.
#[derive(Default)]
pub(super) struct Maps {
    pub maps: Vec<Map>,
}

/// Turns and stretches about the middle of an image of this height and width.
pub(super) fn about_middle(dims: [usize; 2], [a, b, d, e]: [f64; 4]) -> Map {
    let [y, x] = dims.map(|len| (len as f64 - 1.0) / 2.0);
    [a, b, x - a * x - b * y, d, e, y - d * x - e * y]
}

/// The place that is read for place `at` of an axis; none for the fill value.
fn place(at: isize, len: usize, mode: FillMode) -> Option<usize> {
    let n = len as isize;
    let at = match mode {
        FillMode::Constant => return usize::try_from(at).ok().filter(|at| *at < len),
        FillMode::Nearest => at.clamp(0, n - 1),
        FillMode::Wrap => at.rem_euclid(n),
        FillMode::Reflect => {
            let at = at.rem_euclid(2 * n);
            at.min(2 * n - 1 - at)
        }
    };
    Some(at as usize)
}

impl Reading {
    /// Calls `f` with each place, none for the fill value, that a new value is made of, and its share.
    fn sources(&self, map: &Map, dims: [usize; 2], (x, y): (usize, usize), mut f: impl FnMut(Option<usize>, f64)) {
        let (x, y) = (x as f64, y as f64);
        let [a, b, c, d, e, g] = *map;
        let from = [d * x + e * y + g, a * x + b * y + c];
        let at = |row: isize, column: isize| {
            let (row, column) = (place(row, dims[0], self.fill_mode)?, place(column, dims[1], self.fill_mode)?);
            Some(row * dims[1] + column)
        };
        if self.interpolation == Interpolation::Nearest {
            let [row, column] = from.map(|at| at.round() as isize);
            return f(at(row, column), 1.0);
        }
        let [row, column] = from.map(|at| at.floor() as isize);
        let [down, across] = [from[0] - row as f64, from[1] - column as f64];
        for (i, share) in [1.0 - down, down].into_iter().enumerate() {
            for (j, part) in [1.0 - across, across].into_iter().enumerate() {
                if share * part != 0.0 {
                    f(at(row + i as isize, column + j as isize), share * part);
                }
            }
        }
    }

    pub fn forward<T: Real>(&self, pass: &Pass<'_>, maps: &[Map], shape: &Shape, x: &[T], y: &mut [T]) {
        let [height, width, channels] = [0, 1, 2].map(|axis| shape.dim(axis));
        let fill = T::of(self.fill_value);
        each::parts(pass.threads, y, (width * channels).max(1), |index, y| {
            let (sample, row) = (index / height, index % height);
            let x = &x[sample * height * width * channels..];
            for (column, y) in y.chunks_exact_mut(channels).enumerate() {
                y.fill(T::zero());
                self.sources(&maps[sample], [height, width], (column, row), |at, share| {
                    let share = T::of(share);
                    match at {
                        Some(at) => y.iter_mut().zip(&x[at * channels..]).for_each(|(y, x)| *y += share * *x),
                        None => y.iter_mut().for_each(|y| *y += share * fill),
                    }
                });
            }
        });
    }

    pub fn backward<T: Real>(
        &self,
        pass: &Pass<'_>,
        maps: &[Map],
        shape: &Shape,
        dy: &[T],
        (dx, write): (&mut [T], Write),
    ) {
        let [height, width, channels] = [0, 1, 2].map(|axis| shape.dim(axis));
        each::parts(pass.threads, dx, shape.size().max(1), |sample, dx| {
            if write == Write::Overwrite {
                dx.fill(T::zero());
            }
            let dy = &dy[sample * height * width * channels..];
            for place in 0..height * width {
                let dy = &dy[place * channels..][..channels];
                self.sources(&maps[sample], [height, width], (place % width, place / width), |at, share| {
                    if let Some(at) = at {
                        let dx = &mut dx[at * channels..][..channels];
                        dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += T::of(share) * *dy);
                    }
                });
            }
        });
    }
}

/// The kernel of a layer that draws a map for each image; `map` draws it for an image of this height and width.
macro_rules! warped {
    ($layer:ident, $map:expr) => {
        impl<T: Real> Kernel<T> for $layer {
            fn infer(
                &self,
                pass: &Pass<'_>,
                _: &Weights<T>,
                x: &[View<'_, T>],
                y: &mut [ViewMut<'_, T>],
                _: &mut Work,
            ) {
                super::each::copy(pass.threads, y[0].data, x[0].data());
            }

            fn train(
                &self,
                pass: &Pass<'_>,
                _: &mut Weights<T>,
                x: &[View<'_, T>],
                y: &mut [ViewMut<'_, T>],
                work: &mut Work,
            ) {
                let mut random = work.random(pass, self.seed);
                let draw: fn(&$layer, [usize; 2], &mut Random) -> Map = $map;
                let dims = [x[0].shape().dim(0), x[0].shape().dim(1)];
                let maps = &mut work.of::<Maps>().maps;
                maps.clear();
                let still = $crate::layer_kernels::warp::about_middle(dims, [1.0, 0.0, 0.0, 1.0]);
                maps.extend(
                    (0..pass.batch).map(|_| if pass.inference { still } else { draw(self, dims, &mut random) }),
                );
                reading(self).forward(pass, maps, x[0].shape(), x[0].data(), y[0].data);
            }

            fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
                let Some(target) = step.dx[0].target() else { return };
                let maps = &work.of::<Maps>().maps;
                reading(self).backward(pass, maps, step.x[0].shape(), step.dy[0].data(), target);
            }
        }

        fn reading(layer: &$layer) -> Reading {
            let $layer { interpolation, fill_mode, fill_value, .. } = *layer;
            Reading { interpolation, fill_mode, fill_value }
        }
    };
}

pub(super) use warped;

/// A random number between the limits of a factor.
pub(super) fn draw(random: &mut crate::random::Random, [low, high]: [f64; 2]) -> f64 {
    random.uniform(low, high)
}
