//! A small volume inside a large one: zero padding and cropping.

use formwork_shape::Shape;

use super::each;
use crate::kernels::Write;
use crate::{Real, Threads};

/// Where the small volume lies: planes, rows, and elements in a row.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    small: [usize; 3],
    large: [usize; 3],
    at: [usize; 3],
}

impl Frame {
    /// Of samples with up to three spatial axes, where the small volume begins behind `sides[k][0]` places of axis `k`.
    pub fn new(small: &Shape, large: &Shape, sides: &[[usize; 2]]) -> Self {
        let channels = small.last();
        let volume = |length: &dyn Fn(usize) -> usize, none: usize| {
            let mut volume = [none; 3];
            for (k, to) in volume[3 - sides.len()..].iter_mut().enumerate() {
                *to = length(k);
            }
            // Channels lie within a row.
            volume[2] *= channels;
            volume
        };
        Frame {
            small: volume(&|k| small.dim(k), 1),
            large: volume(&|k| large.dim(k), 1),
            at: volume(&|k| sides[k][0], 0),
        }
    }

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

/// The kernel of a cropping; the closure finds the numbers of all sides.
macro_rules! cropping_kernel {
    ($layer:ident, |$this:ident| $sides:expr) => {
        super::plain::kernel!(
            $layer, |$this, pass, work|
            infer(x, y) => {
                let frame = super::frame::Frame::new(y[0].shape(), x[0].shape(), &$sides);
                frame.cut(pass.threads, x[0].data(), (y[0].data, $crate::kernels::Write::Overwrite));
            },
            backward(step) => {
                let Some(target) = step.dx[0].target() else { return };
                let frame = super::frame::Frame::new(step.dy[0].shape(), step.x[0].shape(), &$sides);
                frame.paste(pass.threads, step.dy[0].data(), target);
            },
        );
    };
}

/// The kernel of a padding with zeros; the closure finds the numbers of all sides.
macro_rules! padding_kernel {
    ($layer:ident, |$this:ident| $sides:expr) => {
        super::plain::kernel!(
            $layer, |$this, pass, work|
            infer(x, y) => {
                let frame = super::frame::Frame::new(x[0].shape(), y[0].shape(), &$sides);
                frame.paste(pass.threads, x[0].data(), (y[0].data, $crate::kernels::Write::Overwrite));
            },
            backward(step) => {
                let Some(target) = step.dx[0].target() else { return };
                let frame = super::frame::Frame::new(step.x[0].shape(), step.dy[0].shape(), &$sides);
                frame.cut(pass.threads, step.dy[0].data(), target);
            },
        );
    };
}

pub(super) use {cropping_kernel, padding_kernel};
