//! The passes of a normalization over rows, each channel of which has statistics of its own.
//!
//! Several rows are taken as one long one, a tile, so that few channels do not mean short loops.

use crate::Real;
use crate::kernels::level::{Routine, multiply_add};
use crate::kernels::{Level, Write, reduce, scratch};

/// Elements that a tile has at least; few in tests, so that small tensors have several.
const TILE: usize = if cfg!(test) { 8 } else { 256 };

/// Rows of `channels` runs of `inner` elements: a channel has its run in every row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Channels {
    pub channels: usize,
    pub inner: usize,
}

impl Channels {
    /// Elements of a row.
    pub fn width(&self) -> usize {
        self.channels * self.inner
    }

    /// Elements of a tile.
    pub fn tile(&self) -> usize {
        self.width() * TILE.div_ceil(self.width().max(1))
    }

    /// Writes a value a channel to each element of the channel in a tile, or in a row.
    #[inline(always)]
    pub fn spread<T: Real>(&self, value: impl Fn(usize) -> T, to: &mut [T]) {
        for row in to.chunks_exact_mut(self.width().max(1)) {
            for (channel, run) in row.chunks_exact_mut(self.inner.max(1)).enumerate() {
                run.fill(value(channel));
            }
        }
    }

    /// The sums of the elements of each channel in a tile, or in a row.
    #[inline(always)]
    pub fn fold<T: Real>(&self, tile: &[T], to: &mut [T]) {
        to.fill(T::zero());
        for row in tile.chunks_exact(self.width().max(1)) {
            if self.inner == 1 {
                to.iter_mut().zip(row).for_each(|(to, &value)| *to += value);
                continue;
            }
            for (to, run) in to.iter_mut().zip(row.chunks_exact(self.inner.max(1))) {
                *to += reduce::fold([run], T::zero(), |[value]| value, |a, b| a + b);
            }
        }
    }

    /// Of each channel of some rows the sum, then the sum of the squares of the distances from the mean of these rows.
    pub fn moments<T: Real>(&self, level: Level, x: &[T], to: &mut [T]) {
        scratch::arrays([self.tile(); 2], |[sums, centre]| level.run(Moments { channels: self, x, sums, centre, to }));
    }

    /// Of each channel of some rows the sum of `dy`, then that of `dy (x - centre)`; `centre` is a tile.
    pub fn slopes<T: Real>(&self, level: Level, x: &[T], dy: &[T], centre: &[T], to: &mut [T]) {
        assert_eq!(x.len(), dy.len(), "a gradient for each element");
        scratch::arrays([self.tile(); 2], |[plain, centred]| {
            level.run(Slopes { channels: self, x, dy, centre, plain, centred, to });
        });
    }
}

struct Moments<'a, T> {
    channels: &'a Channels,
    x: &'a [T],
    sums: &'a mut [T],
    centre: &'a mut [T],
    to: &'a mut [T],
}

impl<T: Real> Routine for Moments<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Moments { channels, x, sums, centre, to } = self;
        let (total, squares) = to.split_at_mut(channels.channels);
        sums.fill(T::zero());
        for row in x.chunks(sums.len()) {
            sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += x);
        }
        channels.fold(sums, total);
        let share = T::of((x.len() / channels.channels) as f64).recip();
        channels.spread(|channel| total[channel] * share, centre);
        sums.fill(T::zero());
        for row in x.chunks(sums.len()) {
            for ((sum, &x), &centre) in sums.iter_mut().zip(row).zip(&*centre) {
                *sum = multiply_add::<FMA, T>(x - centre, x - centre, *sum);
            }
        }
        channels.fold(sums, squares);
    }
}

struct Slopes<'a, T> {
    channels: &'a Channels,
    x: &'a [T],
    dy: &'a [T],
    centre: &'a [T],
    plain: &'a mut [T],
    centred: &'a mut [T],
    to: &'a mut [T],
}

impl<T: Real> Routine for Slopes<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Slopes { channels, x, dy, centre, plain, centred, to } = self;
        plain.fill(T::zero());
        centred.fill(T::zero());
        for (x, dy) in x.chunks(plain.len()).zip(dy.chunks(plain.len())) {
            let sums = plain.iter_mut().zip(&mut *centred);
            for (((plain, centred), (&x, &dy)), &centre) in sums.zip(x.iter().zip(dy)).zip(centre) {
                *plain += dy;
                *centred = multiply_add::<FMA, T>(dy, x - centre, *centred);
            }
        }
        let (first, second) = to.split_at_mut(channels.channels);
        channels.fold(plain, first);
        channels.fold(centred, second);
    }
}

/// `y = (x - centre) factor + offset` over some rows; the last three are a tile.
pub(crate) fn normalize<T: Real>(level: Level, x: &[T], [centre, factor, offset]: [&[T]; 3], y: &mut [T]) {
    level.run(Normalize { x, centre, factor, offset, y });
}

struct Normalize<'a, T> {
    x: &'a [T],
    centre: &'a [T],
    factor: &'a [T],
    offset: &'a [T],
    y: &'a mut [T],
}

impl<T: Real> Routine for Normalize<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Normalize { x, centre, factor, offset, y } = self;
        for (x, y) in x.chunks(centre.len()).zip(y.chunks_mut(centre.len())) {
            let tile = centre.iter().zip(factor).zip(offset);
            for ((y, &x), ((&centre, &factor), &offset)) in y.iter_mut().zip(x).zip(tile) {
                *y = multiply_add::<FMA, T>(x - centre, factor, offset);
            }
        }
    }
}

/// `dx = factor dy - push - (x - centre) pull` over some rows; all but the first two are a tile.
pub(crate) fn gradient<T: Real>(level: Level, x: &[T], dy: &[T], tiles: [&[T]; 4], dx: &mut [T], write: Write) {
    level.run(Gradient { x, dy, tiles, dx, write });
}

struct Gradient<'a, T> {
    x: &'a [T],
    dy: &'a [T],
    tiles: [&'a [T]; 4],
    dx: &'a mut [T],
    write: Write,
}

impl<T: Real> Routine for Gradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        match self.write {
            Write::Overwrite => self.each::<FMA>(|dx, value| *dx = value),
            Write::Add => self.each::<FMA>(|dx, value| *dx += value),
        }
    }
}

impl<T: Real> Gradient<'_, T> {
    #[inline(always)]
    fn each<const FMA: bool>(self, put: impl Fn(&mut T, T)) {
        let Gradient { x, dy, tiles: [centre, factor, push, pull], dx, .. } = self;
        let len = centre.len();
        for ((x, dy), dx) in x.chunks(len).zip(dy.chunks(len)).zip(dx.chunks_mut(len)) {
            let tile = centre.iter().zip(factor).zip(push.iter().zip(pull));
            for ((dx, (&x, &dy)), ((&centre, &factor), (&push, &pull))) in dx.iter_mut().zip(x.iter().zip(dy)).zip(tile)
            {
                put(dx, multiply_add::<FMA, T>(factor, dy, multiply_add::<FMA, T>(centre - x, pull, -push)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::gemm::tests::{assert_close, numbers, pools};

    /// Sums over the elements of each channel.
    fn sums(channels: Channels, term: impl Fn(usize, usize) -> f64, len: usize) -> Vec<f64> {
        let mut sums = vec![0.0; channels.channels];
        for place in 0..len {
            let channel = place / channels.inner % channels.channels;
            sums[channel] += term(place, channel);
        }
        sums
    }

    fn check<T: Real>(channels: Channels, rows: usize) {
        let len = rows * channels.width();
        let (x, dy, former) = (numbers::<T>(len, 1), numbers::<T>(len, 2), numbers::<T>(len, 3));
        let values = numbers::<T>(4 * channels.channels, 4);
        let value = |k: usize, channel: usize| values[k * channels.channels + channel];
        let tiles: [Vec<T>; 4] = std::array::from_fn(|k| {
            let mut tile = vec![T::zero(); channels.tile()];
            channels.spread(|channel| value(k, channel), &mut tile);
            tile
        });
        let [a, b, c, d] = tiles.each_ref().map(Vec::as_slice);
        let channel = |place: usize| place / channels.inner % channels.channels;
        let expected = |f: &dyn Fn(usize, [f64; 4]) -> f64| -> Vec<f64> {
            (0..len).map(|place| f(place, std::array::from_fn(|k| value(k, channel(place)).wide()))).collect()
        };
        let total = sums(channels, |place, _| x[place].wide(), len);
        let mean = |channel: usize| total[channel] / (len / channels.channels) as f64;
        let squares = sums(channels, |place, channel| (x[place].wide() - mean(channel)).powi(2), len);
        let plain = sums(channels, |place, _| dy[place].wide(), len);
        let centred = sums(channels, |at, channel| dy[at].wide() * (x[at].wide() - value(0, channel).wide()), len);
        let normal = expected(&|at, [a, b, c, _]| (x[at].wide() - a) * b + c);
        let back = |at: usize, [a, b, c, d]: [f64; 4]| b * dy[at].wide() - c - (x[at].wide() - a) * d;
        let (over, more) = (expected(&back), expected(&|at, values| former[at].wide() + back(at, values)));
        for threads in pools() {
            let (level, what) = (threads.level(), format!("{rows} rows, {channels:?}, {:?}", threads.level()));
            let mut to = vec![T::nan(); 2 * channels.channels];
            channels.moments(level, &x, &mut to);
            assert_close(&to, &[total.clone(), squares.clone()].concat(), rows * channels.inner, &what);
            to.fill(T::nan());
            channels.slopes(level, &x, &dy, a, &mut to);
            assert_close(&to, &[plain.clone(), centred.clone()].concat(), rows * channels.inner, &what);
            let mut y = vec![T::nan(); len];
            normalize(level, &x, [a, b, c], &mut y);
            assert_close(&y, &normal, 3, &what);
            y.fill(T::nan());
            gradient(level, &x, &dy, [a, b, c, d], &mut y, Write::Overwrite);
            assert_close(&y, &over, 4, &what);
            y.copy_from_slice(&former);
            gradient(level, &x, &dy, [a, b, c, d], &mut y, Write::Add);
            assert_close(&y, &more, 4, &what);
        }
    }

    #[test]
    fn rows_of_many_widths() {
        for (rows, channels, inner) in [(1, 1, 1), (5, 3, 1), (7, 2, 5), (300, 32, 1), (40, 7, 3), (2, 17, 33)] {
            check::<f32>(Channels { channels, inner }, rows);
            check::<f64>(Channels { channels, inner }, rows);
        }
    }
}
