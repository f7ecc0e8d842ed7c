//! Volumes with more places: each place becomes several.

use super::each;
use crate::kernels::Write;
use crate::{Real, Threads};

/// A volume of `[depth, height, width, channels]`, each place of which becomes `size` places.
#[derive(Clone, Copy)]
pub(super) struct Enlarge {
    pub dims: [usize; 4],
    pub size: [usize; 3],
}

impl Enlarge {
    /// The row of the input that row `row` of the output repeats.
    fn source(&self, row: usize) -> usize {
        let [depth, height, ..] = self.dims;
        let [planes, rows] = [depth * self.size[0], height * self.size[1]];
        let (sample, plane, row) = (row / rows / planes, row / rows % planes, row % rows);
        (sample * depth + plane / self.size[0]) * height + row / self.size[1]
    }

    pub fn forward<T: Real>(&self, threads: &Threads, x: &[T], y: &mut [T]) {
        let [_, _, width, channels] = self.dims;
        each::parts(threads, y, self.size[2] * width * channels, |row, y| {
            let x = &x[self.source(row) * width * channels..];
            for (place, y) in y.chunks_exact_mut(channels).enumerate() {
                y.copy_from_slice(&x[place / self.size[2] * channels..][..channels]);
            }
        });
    }

    pub fn backward<T: Real>(&self, threads: &Threads, dy: &[T], (dx, write): (&mut [T], Write)) {
        let [depth, height, width, channels] = self.dims;
        let rows = depth * height * self.size[0] * self.size[1];
        let row = self.size[2] * width * channels;
        each::parts(threads, dx, depth * height * width * channels, |sample, dx| {
            if write == Write::Overwrite {
                dx.fill(T::zero());
            }
            for r in sample * rows..(sample + 1) * rows {
                let to = (self.source(r) - sample * depth * height) * width * channels;
                for (place, dy) in dy[r * row..][..row].chunks_exact(channels).enumerate() {
                    let dx = &mut dx[to + place / self.size[2] * channels..][..channels];
                    dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += *dy);
                }
            }
        });
    }
}
