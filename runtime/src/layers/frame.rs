//! A small image inside a large one: zero padding and cropping.

use super::each;
use crate::kernels::Write;
use crate::{Real, Threads};

/// Where the small image lies: rows, and elements in a row.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub small: [usize; 2],
    pub large: [usize; 2],
    pub at: [usize; 2],
}

impl Frame {
    /// `large` becomes the small image between zeros, or grows by it.
    pub fn paste<T: Real>(&self, threads: &Threads, small: &[T], (large, write): (&mut [T], Write)) {
        let [rows, row] = self.small;
        each::parts(threads, large, self.large[0] * self.large[1], |sample, large| {
            if write == Write::Overwrite {
                large.fill(T::zero());
            }
            let small = &small[sample * rows * row..][..rows * row];
            for r in 0..rows {
                let to = &mut large[(self.at[0] + r) * self.large[1] + self.at[1]..][..row];
                to.iter_mut().zip(&small[r * row..]).for_each(|(to, from)| *to += *from);
            }
        });
    }

    /// `small` becomes its part of the large image, or grows by it.
    pub fn cut<T: Real>(&self, threads: &Threads, large: &[T], (small, write): (&mut [T], Write)) {
        let [rows, row] = self.small;
        let size = self.large[0] * self.large[1];
        each::parts(threads, small, rows * row, |sample, small| {
            let large = &large[sample * size..][..size];
            for r in 0..rows {
                let from = &large[(self.at[0] + r) * self.large[1] + self.at[1]..][..row];
                let to = &mut small[r * row..][..row];
                to.iter_mut().zip(from).for_each(|(to, from)| each::put(write, to, *from));
            }
        });
    }
}
