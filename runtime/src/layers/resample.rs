//! Images of another size: each new value is a weighted sum of values around its place, on one axis after the other.

use formwork_shape::Interpolation;

use super::each;
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::Pass;
use crate::kernels::Write;

/// The part of an axis of `len` places that becomes `out` places. Where it reaches over the edges, the image is padded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub len: usize,
    pub start: isize,
    pub size: usize,
    pub out: usize,
}

impl Window {
    /// All of an axis.
    pub fn whole(len: usize, out: usize) -> Window {
        Window { len, start: 0, size: len, out }
    }

    /// The largest part of an image that has the ratio of its new size, from its middle.
    pub fn cropped(dims: [usize; 2], out: [usize; 2]) -> [Window; 2] {
        std::array::from_fn(|axis| {
            let size = dims[axis].min(fitting(dims, out, axis)).max(1);
            Window { len: dims[axis], start: ((dims[axis] - size) / 2) as isize, size, out: out[axis] }
        })
    }

    /// The smallest area around an image that has the ratio of its new size.
    pub fn padded(dims: [usize; 2], out: [usize; 2]) -> [Window; 2] {
        std::array::from_fn(|axis| {
            // As many places before the image as behind it: an odd one that is missing is left out.
            let before = (dims[axis].max(fitting(dims, out, axis)) - dims[axis]) / 2;
            Window { len: dims[axis], start: -(before as isize), size: dims[axis] + 2 * before, out: out[axis] }
        })
    }
}

/// The length of an axis in the ratio of the new size, by the other axis.
fn fitting(dims: [usize; 2], out: [usize; 2], axis: usize) -> usize {
    ((dims[1 - axis] * out[axis]) as f64 / out[1 - axis] as f64) as usize
}

/// What each new place of an axis is made of: how many places from which on, and their shares.
#[derive(Default)]
struct Taps<T> {
    first: Vec<(usize, usize)>,
    shares: Vec<T>,
}

impl<T: Real> Taps<T> {
    fn set(&mut self, window: Window, interpolation: Interpolation, antialias: bool) {
        self.first.clear();
        self.shares.clear();
        let ratio = window.size as f64 / window.out as f64;
        let stretch = if antialias { ratio.max(1.0) } else { 1.0 };
        for place in 0..window.out {
            let mut centre = window.start as f64 + (place as f64 + 0.5) * ratio;
            if interpolation == Interpolation::Bicubic && !antialias {
                centre = (centre * STEPS).round_ties_even() / STEPS;
            }
            let (low, high) = (window.start, window.start + window.size as isize - 1);
            if interpolation == Interpolation::Nearest {
                let at = (centre.floor() as isize).clamp(low, high);
                let inside = (0..window.len as isize).contains(&at);
                self.first.push((if inside { at as usize } else { 0 }, usize::from(inside)));
                self.shares.extend(inside.then(T::one));
                continue;
            }
            let reach = radius(interpolation) * stretch;
            let from = ((centre - reach - 0.5).ceil() as isize).max(low);
            let to = ((centre + reach - 0.5).floor() as isize).min(high);
            let weight = |at: isize| kernel(interpolation, (at as f64 + 0.5 - centre) / stretch);
            let sum: f64 = (from..=to).map(weight).sum();
            let inside = from.max(0)..to.min(window.len as isize - 1) + 1;
            // What lies outside of the image alone is made of nothing.
            let first = if inside.is_empty() { 0 } else { inside.start as usize };
            self.first.push((first, inside.clone().count()));
            self.shares.extend(inside.map(|at| T::of(weight(at) / sum)));
        }
    }

    /// Each new place, the first place that it is made of, and the shares from there on.
    fn each(&self) -> impl Iterator<Item = (usize, usize, &[T])> {
        let mut rest = self.shares.as_slice();
        self.first.iter().enumerate().map(move |(place, (first, count))| {
            let (shares, others) = rest.split_at(*count);
            rest = others;
            (place, *first, shares)
        })
    }

    /// Adds to each new place what it is made of, less `less`; places have `width` numbers.
    fn gather(&self, from: &[T], to: &mut [T], width: usize, less: T) {
        for (place, first, shares) in self.each() {
            let to = &mut to[place * width..][..width];
            for (from, share) in from[first * width..].chunks_exact(width).zip(shares) {
                to.iter_mut().zip(from).for_each(|(to, from)| *to += *share * (*from - less));
            }
        }
    }

    /// The way back: adds the gradient of each new place to what it was made of.
    fn scatter(&self, from: &[T], to: &mut [T], width: usize) {
        for (place, first, shares) in self.each() {
            let from = &from[place * width..][..width];
            for (to, share) in to[first * width..].chunks_exact_mut(width).zip(shares) {
                to.iter_mut().zip(from).for_each(|(to, from)| *to += *share * *from);
            }
        }
    }
}

/// TensorFlow reads bicubic shares out of a table with so many steps from place to place.
const STEPS: f64 = 1024.0;

/// How far a kernel reaches.
fn radius(interpolation: Interpolation) -> f64 {
    match interpolation {
        Interpolation::Nearest => 0.5,
        Interpolation::Bilinear => 1.0,
        Interpolation::Bicubic => 2.0,
        Interpolation::Lanczos3 => 3.0,
        Interpolation::Lanczos5 => 5.0,
    }
}

fn kernel(interpolation: Interpolation, x: f64) -> f64 {
    let (distance, radius) = (x.abs(), radius(interpolation));
    match interpolation {
        Interpolation::Nearest | Interpolation::Bilinear => (1.0 - distance).max(0.0),
        // Keys, "Cubic convolution interpolation for digital image processing", 1981, with a = -1/2.
        Interpolation::Bicubic if distance < 1.0 => (1.5 * distance - 2.5) * distance * distance + 1.0,
        Interpolation::Bicubic if distance < 2.0 => ((-0.5 * distance + 2.5) * distance - 4.0) * distance + 2.0,
        Interpolation::Lanczos3 | Interpolation::Lanczos5 if distance < 1e-9 => 1.0,
        Interpolation::Lanczos3 | Interpolation::Lanczos5 if distance < radius => {
            let angle = std::f64::consts::PI * x;
            radius * angle.sin() * (angle / radius).sin() / (angle * angle)
        }
        _ => 0.0,
    }
}

/// A change of size, and room for what lies between the axes.
#[derive(Default)]
pub(super) struct Resample<T> {
    taps: [Taps<T>; 2],
    between: Buffer<T>,
}

impl<T: Real> Resample<T> {
    fn set(&mut self, windows: [Window; 2], (interpolation, antialias): (Interpolation, bool)) {
        for (taps, window) in self.taps.iter_mut().zip(windows) {
            taps.set(window, interpolation, antialias);
        }
    }

    /// `y` from images `x` of `channels` numbers a place; `fill` is what surrounds them.
    pub fn forward(
        &mut self,
        pass: &Pass<'_>,
        windows: [Window; 2],
        how: (Interpolation, bool),
        (x, channels, fill): (&[T], usize, T),
        y: &mut [T],
    ) {
        self.set(windows, how);
        let [height, width] = windows.map(|window| window.len);
        let [out_height, out_width] = windows.map(|window| window.out);
        let row = out_width * channels;
        let Resample { taps: [down, across], between } = self;
        let between = between.take(pass.batch * height * row);
        each::parts(pass.threads, between, row.max(1), |index, between| {
            let x = &x[index * width * channels..][..width * channels];
            between.fill(T::zero());
            across.gather(x, between, channels, fill);
        });
        let between = &*between;
        each::parts(pass.threads, y, (out_height * row).max(1), |sample, y| {
            y.fill(fill);
            down.gather(&between[sample * height * row..][..height * row], y, row, T::zero());
        });
    }

    /// The gradient of the images from that of the new ones.
    pub fn backward(
        &mut self,
        pass: &Pass<'_>,
        windows: [Window; 2],
        how: (Interpolation, bool),
        (dy, channels): (&[T], usize),
        (dx, write): (&mut [T], Write),
    ) {
        self.set(windows, how);
        let [height, width] = windows.map(|window| window.len);
        let [out_height, out_width] = windows.map(|window| window.out);
        let row = out_width * channels;
        let Resample { taps: [down, across], between } = self;
        let between = between.take(pass.batch * height * row);
        each::parts(pass.threads, between, (height * row).max(1), |sample, between| {
            between.fill(T::zero());
            down.scatter(&dy[sample * out_height * row..][..out_height * row], between, row);
        });
        let between = &*between;
        each::parts(pass.threads, dx, (width * channels).max(1), |index, dx| {
            if write == Write::Overwrite {
                dx.fill(T::zero());
            }
            across.scatter(&between[index * row..][..row], dx, channels);
        });
    }
}
