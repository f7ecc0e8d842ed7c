//! The transforms of the weights and of their gradients.

use std::ops::Range;

use crate::Real;
use crate::kernels::gemm::panel_of;
use crate::kernels::{Vector, VectorRoutine, Write};

use super::Winograd;
use super::forms::{self, Form};
use super::vectors::{by_form, load, runs, store};

/// `G g Gᵀ` of some channels.
pub(super) struct Weights<'a, T> {
    pub winograd: &'a Winograd,
    /// `(3, 3, channels, filters of a cell)`.
    pub weights: &'a [T],
    pub channels: Range<usize>,
    /// All transformed weights; nobody else writes these channels.
    pub to: *mut T,
}

impl<T: Real> VectorRoutine<T> for Weights<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let form = self.winograd.form;
        by_form!(form, weights, self);
    }
}

/// # Safety
/// The processor has the register.
#[inline(always)]
unsafe fn weights<V: Vector, const N: usize, const O: usize>(work: Weights<'_, V::Element>)
where
    V::Element: Real,
{
    let Weights { winograd, weights, channels, to } = work;
    let (all, plane, (rows, filters)) = (winograd.conv.channels, winograd.plane(), winograd.cell());
    let vectors = winograd.padded(filters) / V::LANES;
    for channel in channels {
        let (cell, row) = (channel / rows, channel % rows);
        for (filter, count) in runs(V::LANES, filters) {
            let vector = filter / V::LANES;
            let (first, width) = panel_of(winograd.level, vectors, vector);
            // The cells before, the panels before, the channels before, the vectors before.
            let place = (cell * rows * vectors + first * rows + row * width + vector - first) * V::LANES;
            // SAFETY: the caller answers for the register; slices are checked; a channel has its own places.
            unsafe {
                let mut half = [[V::splat(V::Element::default()); N]; 3];
                for col in 0..3 {
                    let mut taps = [half[0][0]; 3];
                    for row in 0..3 {
                        taps[row] = load(&weights[((row * 3 + col) * all + channel) * filters + filter..], count);
                    }
                    half[col] = forms::weights::<V, N>(taps);
                }
                for i in 0..N {
                    let row = forms::weights::<V, N>([half[0][i], half[1][i], half[2][i]]);
                    for j in 0..N {
                        row[j].store(to.add((i * N + j) * plane + place));
                    }
                }
            }
        }
    }
}

/// `Gᵀ u G` of some channels, summed over shards.
pub(super) struct Gather<'a, T> {
    pub winograd: &'a Winograd,
    pub partial: &'a [T],
    pub shards: usize,
    /// Elements of a shard.
    pub step: usize,
    pub channels: Range<usize>,
    /// The whole gradient, `(3, 3, channels, filters of a cell)`; nobody else writes these channels.
    pub to: *mut T,
    pub write: Write,
}

impl<T: Real> VectorRoutine<T> for Gather<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let form = self.winograd.form;
        by_form!(form, gather, self);
    }
}

/// # Safety
/// The processor has the register.
#[inline(always)]
unsafe fn gather<V: Vector, const N: usize, const O: usize>(work: Gather<'_, V::Element>)
where
    V::Element: Real,
{
    let Gather { winograd, partial, shards, step, channels, to, write } = work;
    let (all, (_, filters)) = (winograd.conv.channels, winograd.cell());
    let cols = winograd.padded(filters);
    for channel in channels {
        for (filter, count) in runs(V::LANES, filters) {
            // SAFETY: the caller answers for the register.
            let mut sums = [[unsafe { V::splat(V::Element::default()) }; N]; N];
            for i in 0..N {
                for j in 0..N {
                    let place = ((i * N + j) * all + channel) * cols + filter;
                    for shard in 0..shards {
                        // SAFETY: the caller answers for the register; the slice is checked.
                        unsafe { sums[i][j] = sums[i][j].add(load(&partial[shard * step + place..], V::LANES)) };
                    }
                }
            }
            // SAFETY: the caller answers for the register; a channel has its own places in the gradient.
            unsafe {
                let mut half = [[sums[0][0]; 3]; N];
                for j in 0..N {
                    let mut column = [sums[0][j]; N];
                    for i in 1..N {
                        column[i] = sums[i][j];
                    }
                    half[j] = forms::gathered::<V, N>(column);
                }
                for row in 0..3 {
                    let mut line = [half[0][row]; N];
                    for j in 1..N {
                        line[j] = half[j][row];
                    }
                    let taps = forms::gathered::<V, N>(line);
                    for col in 0..3 {
                        let to = to.add(((row * 3 + col) * all + channel) * filters + filter);
                        let to = std::slice::from_raw_parts_mut(to, count);
                        let value = if write == Write::Add { taps[col].add(load(to, count)) } else { taps[col] };
                        store(value, to, count);
                    }
                }
            }
        }
    }
}
