//! The transforms of squares of inputs, outputs and gradients.

use std::ops::Range;

use crate::Real;
use crate::kernels::{Vector, VectorRoutine, Write};

use super::Squares;
use super::forms::{self, Form};
use super::vectors::{by_form, load, runs, store};

/// `Bᵀ d B` of each square.
pub(super) struct Inputs<'a, T> {
    pub squares: &'a Squares<'a>,
    pub part: Range<usize>,
    pub x: &'a [T],
    pub plane: usize,
    pub to: &'a mut [T],
}

impl<T: Real> VectorRoutine<T> for Inputs<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let form = self.squares.winograd.form;
        by_form!(form, inputs, self);
    }
}

/// # Safety
/// The processor has the register.
#[inline(always)]
unsafe fn inputs<V: Vector, const N: usize, const O: usize>(work: Inputs<'_, V::Element>)
where
    V::Element: Real,
{
    let Inputs { squares, part, x, plane, to } = work;
    let (conv, region) = (&squares.winograd.conv, squares.region);
    let [_, height, width] = conv.input;
    let step = squares.winograd.padded(conv.channels);
    let line = width * conv.channels;
    // SAFETY: the caller answers for the register.
    let zero = unsafe { V::splat(V::Element::default()) };
    // All of it is written anew for each square.
    let mut half = [[zero; N]; N];
    for (place, square) in part.enumerate() {
        let (image, row, col) = squares.place(square);
        let image = &x[(region.images.start + image) * height * line..][..height * line];
        let top = (region.rows.start + row) as isize - conv.pad_before[1] as isize;
        let left = col as isize - conv.pad_before[2] as isize;
        let inside = top >= 0 && left >= 0 && top as usize + N <= height && left as usize + N <= width;
        for (channel, count) in runs(V::LANES, conv.channels) {
            for j in 0..N {
                let mut column = [zero; N];
                for i in 0..N {
                    let (row, col) = (top + i as isize, left + j as isize);
                    if inside && count == V::LANES {
                        let from = (top as usize + i) * line + (left as usize + j) * conv.channels + channel;
                        // SAFETY: the square lies inside the image, and the vector within its channels.
                        column[i] = unsafe { V::load(image.as_ptr().add(from)) };
                        // What the next square has besides, which lies in as many streams as a square has rows.
                        if j >= N - O {
                            V::prefetch(image.as_ptr().wrapping_add(from + O * conv.channels));
                        }
                    } else if row >= 0 && col >= 0 && (row as usize) < height && (col as usize) < width {
                        let from = &image[row as usize * line + col as usize * conv.channels + channel..];
                        // SAFETY: the caller answers for the register; the slice is checked.
                        column[i] = unsafe { load(from, count) };
                    }
                }
                // SAFETY: the caller answers for the register.
                let column = unsafe { forms::input::<V, N>(column) };
                for i in 0..N {
                    half[i][j] = column[i];
                }
            }
            for i in 0..N {
                // SAFETY: the caller answers for the register.
                let row = unsafe { forms::input::<V, N>(half[i]) };
                for j in 0..N {
                    let to = &mut to[(i * N + j) * plane + place * step + channel..];
                    // SAFETY: the caller answers for the register; the slice is checked.
                    unsafe { store(row[j], to, V::LANES) };
                }
            }
        }
    }
}

/// Where the outputs go.
pub(in crate::kernels::conv) enum Put<'a, T> {
    All(&'a mut [T], Write),
    /// The largest of each two by two of them, NaN if one is, is written in their place, and its place if that is wanted.
    Largest(&'a mut [T], Option<&'a mut [u8]>),
}

/// `Aᵀ m A` of each square, with the bias.
pub(super) struct Outputs<'a, 'p, T> {
    pub squares: &'a Squares<'a>,
    pub part: Range<usize>,
    pub from: &'a [T],
    pub plane: usize,
    pub put: &'a mut Put<'p, T>,
    pub bias: Option<&'a [T]>,
}

impl<T: Real> VectorRoutine<T> for Outputs<'_, '_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let form = self.squares.winograd.form;
        by_form!(form, outputs, self);
    }
}

/// # Safety
/// The processor has the register.
#[inline(always)]
unsafe fn outputs<V: Vector, const N: usize, const O: usize>(work: Outputs<'_, '_, V::Element>)
where
    V::Element: Real,
{
    let Outputs { squares, part, from, plane, put, bias } = work;
    let conv = &squares.winograd.conv;
    let rows = squares.region.rows.len();
    let (width, step) = (conv.output[2], squares.winograd.padded(conv.filters));
    // SAFETY: the caller answers for the register.
    let zero = unsafe { V::splat(V::Element::default()) };
    // All of it is written anew for each square.
    let mut half = [[zero; N]; O];
    for (place, square) in part.enumerate() {
        let (image, row, col) = squares.place(square);
        let (down, across) = (O.min(rows - row), O.min(width - col));
        for (filter, count) in runs(V::LANES, conv.filters) {
            for j in 0..N {
                let mut column = [zero; N];
                for i in 0..N {
                    let from = &from[(i * N + j) * plane + place * step + filter..];
                    // SAFETY: the caller answers for the register; the slice is checked.
                    column[i] = unsafe { load(from, V::LANES) };
                }
                // SAFETY: the caller answers for the register.
                let column = unsafe { forms::output::<V, N, O>(column) };
                for i in 0..O {
                    half[i][j] = column[i];
                }
            }
            let bias = match bias {
                // SAFETY: the caller answers for the register; the slice is checked.
                Some(bias) => unsafe { load(&bias[filter..], count) },
                None => zero,
            };
            match &mut *put {
                Put::All(to, write) => {
                    for i in 0..down {
                        // SAFETY: the caller answers for the register.
                        let line = unsafe { forms::output::<V, N, O>(half[i]) };
                        for j in 0..across {
                            let to = &mut to[((image * rows + row + i) * width + col + j) * conv.filters + filter..];
                            // SAFETY: the caller answers for the register; the slices are checked.
                            unsafe {
                                let first = if *write == Write::Add { bias.add(load(to, count)) } else { bias };
                                store(line[j].add(first), to, count);
                            }
                        }
                    }
                }
                Put::Largest(to, places) => {
                    for i in (0..down).step_by(2) {
                        // SAFETY: the caller answers for the register.
                        let (above, below) =
                            unsafe { (forms::output::<V, N, O>(half[i]), forms::output::<V, N, O>(half[i + 1])) };
                        for j in (0..across).step_by(2) {
                            let at =
                                ((image * rows + row + i) / 2 * (width / 2) + (col + j) / 2) * conv.filters + filter;
                            // SAFETY: the caller answers for the register; the slices are checked.
                            unsafe {
                                let largest = if let Some(places) = places {
                                    let [a, b, c, d] = [V::place(0), V::place(1), V::place(2), V::place(3)];
                                    let (above, first) = above[j].larger_of(above[j + 1], [a, b]);
                                    let (below, second) = below[j].larger_of(below[j + 1], [c, d]);
                                    let (largest, place) = above.larger_of(below, [first, second]);
                                    place.store_places(places[at..at + count].as_mut_ptr(), count);
                                    largest
                                } else {
                                    above[j].larger(above[j + 1]).larger(below[j].larger(below[j + 1]))
                                };
                                store(largest.add(bias), &mut to[at..], count);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `A dy Aᵀ` of each square.
pub(super) struct Gradients<'a, T> {
    pub squares: &'a Squares<'a>,
    pub part: Range<usize>,
    pub dy: &'a [T],
    pub plane: usize,
    pub to: &'a mut [T],
}

impl<T: Real> VectorRoutine<T> for Gradients<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let form = self.squares.winograd.form;
        by_form!(form, gradients, self);
    }
}

/// # Safety
/// The processor has the register.
#[inline(always)]
unsafe fn gradients<V: Vector, const N: usize, const O: usize>(work: Gradients<'_, V::Element>)
where
    V::Element: Real,
{
    let Gradients { squares, part, dy, plane, to } = work;
    let conv = &squares.winograd.conv;
    let rows = squares.region.rows.len();
    let (width, step) = (conv.output[2], squares.winograd.padded(conv.filters));
    // SAFETY: the caller answers for the register.
    let zero = unsafe { V::splat(V::Element::default()) };
    for (place, square) in part.enumerate() {
        let (image, row, col) = squares.place(square);
        let (down, across) = (O.min(rows - row), O.min(width - col));
        // What lies beyond the image stays 0 for all filters.
        let mut half = [[zero; O]; N];
        for (filter, count) in runs(V::LANES, conv.filters) {
            for j in 0..across {
                let mut column = [zero; O];
                for i in 0..down {
                    let from = &dy[((image * rows + row + i) * width + col + j) * conv.filters + filter..];
                    V::prefetch(from.as_ptr().wrapping_add(O * conv.filters));
                    // SAFETY: the caller answers for the register; the slice is checked.
                    column[i] = unsafe { load(from, count) };
                }
                // SAFETY: the caller answers for the register.
                let column = unsafe { forms::gradient::<V, N, O>(column) };
                for i in 0..N {
                    half[i][j] = column[i];
                }
            }
            for i in 0..N {
                // SAFETY: the caller answers for the register.
                let row = unsafe { forms::gradient::<V, N, O>(half[i]) };
                for j in 0..N {
                    let to = &mut to[(i * N + j) * plane + place * step + filter..];
                    // SAFETY: the caller answers for the register; the slice is checked.
                    unsafe { store(row[j], to, V::LANES) };
                }
            }
        }
    }
}
