//! Images with more places.

use super::each;
use crate::kernels::Write;
use crate::{Real, Threads};

/// An image of `[height, width, channels]`, each place of which becomes `size` places.
#[derive(Clone, Copy)]
pub(super) struct Enlarge {
    pub dims: [usize; 3],
    pub size: [usize; 2],
    /// Do new values lie on a line between neighbours?
    pub smooth: bool,
}

/// One or two places of an axis with their shares.
#[derive(Clone, Copy)]
struct Between<T> {
    places: [usize; 2],
    shares: [T; 2],
}

impl Enlarge {
    pub fn forward<T: Real>(&self, threads: &Threads, x: &[T], y: &mut [T]) {
        let [height, width, channels] = self.dims;
        let (small, row) = (height * width * channels, self.size[1] * width * channels);
        each::parts(threads, y, row, |index, y| {
            let (sample, row) = (index / (height * self.size[0]), index % (height * self.size[0]));
            let x = &x[sample * small..][..small];
            let down: Between<T> = self.between(row, 0);
            for (place, y) in y.chunks_exact_mut(channels).enumerate() {
                let across = self.between(place, 1);
                if !self.smooth {
                    y.copy_from_slice(&x[(down.places[0] * width + across.places[0]) * channels..][..channels]);
                    continue;
                }
                y.fill(T::zero());
                self.each_source(&down, &across, |at, share| {
                    y.iter_mut().zip(&x[at..]).for_each(|(y, x)| *y += share * *x);
                });
            }
        });
    }

    pub fn backward<T: Real>(&self, threads: &Threads, dy: &[T], (dx, write): (&mut [T], Write)) {
        let [height, width, channels] = self.dims;
        let (small, row) = (height * width * channels, self.size[1] * width * channels);
        let rows = height * self.size[0];
        each::parts(threads, dx, small, |sample, dx| {
            if write == Write::Overwrite {
                dx.fill(T::zero());
            }
            for r in 0..rows {
                let down: Between<T> = self.between(r, 0);
                let dy = &dy[(sample * rows + r) * row..][..row];
                for (place, dy) in dy.chunks_exact(channels).enumerate() {
                    let across = self.between(place, 1);
                    self.each_source(&down, &across, |at, share| {
                        dx[at..at + channels].iter_mut().zip(dy).for_each(|(dx, dy)| *dx += share * *dy);
                    });
                }
            }
        });
    }

    /// Calls `f` with the place in a sample and the share of each value that a new one is made of.
    fn each_source<T: Real>(&self, down: &Between<T>, across: &Between<T>, mut f: impl FnMut(usize, T)) {
        for i in 0..2 {
            for j in 0..2 {
                let share = down.shares[i] * across.shares[j];
                if share != T::zero() {
                    f((down.places[i] * self.dims[1] + across.places[j]) * self.dims[2], share);
                }
            }
        }
    }

    /// What the new place `place` of an axis is made of. Places are seen as areas whose centres are apart by 1.
    fn between<T: Real>(&self, place: usize, axis: usize) -> Between<T> {
        let (n, size) = (self.dims[axis], self.size[axis]);
        if !self.smooth {
            return Between { places: [place / size, 0], shares: [T::one(), T::zero()] };
        }
        let centre = ((place as f64 + 0.5) / size as f64 - 0.5).clamp(0.0, (n - 1) as f64);
        let first = centre as usize;
        let share = centre - first as f64;
        Between { places: [first, (first + 1).min(n - 1)], shares: [T::of(1.0 - share), T::of(share)] }
    }
}
