//! A small volume inside a large one: zero padding and cropping.

use super::each;
use crate::kernels::Write;
use crate::{Real, Threads};

/// Where the small volume lies: planes, rows, and elements in a row.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub small: [usize; 3],
    pub large: [usize; 3],
    pub at: [usize; 3],
}

impl Frame {
    /// Calls `f` with the place of each row in the small volume and in the large one.
    fn rows(&self, mut f: impl FnMut(usize, usize)) {
        let [planes, rows, row] = self.small;
        for plane in 0..planes {
            for r in 0..rows {
                let large = ((self.at[0] + plane) * self.large[1] + self.at[1] + r) * self.large[2] + self.at[2];
                f((plane * rows + r) * row, large);
            }
        }
    }

    /// `large` becomes the small volume between zeros, or grows by it.
    pub fn paste<T: Real>(&self, threads: &Threads, small: &[T], (large, write): (&mut [T], Write)) {
        let (row, size) = (self.small[2], self.small.iter().product::<usize>());
        each::parts(threads, large, self.large.iter().product(), |sample, large| {
            if write == Write::Overwrite {
                large.fill(T::zero());
            }
            let small = &small[sample * size..][..size];
            self.rows(|from, to| {
                let to = &mut large[to..][..row];
                to.iter_mut().zip(&small[from..]).for_each(|(to, from)| *to += *from);
            });
        });
    }

    /// `small` becomes its part of the large volume, or grows by it.
    pub fn cut<T: Real>(&self, threads: &Threads, large: &[T], (small, write): (&mut [T], Write)) {
        let (row, size) = (self.small[2], self.large.iter().product::<usize>());
        each::parts(threads, small, self.small.iter().product(), |sample, small| {
            let large = &large[sample * size..][..size];
            self.rows(|to, from| {
                let (from, to) = (&large[from..][..row], &mut small[to..][..row]);
                to.iter_mut().zip(from).for_each(|(to, from)| each::put(write, to, *from));
            });
        });
    }
}
