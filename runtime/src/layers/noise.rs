//! Random factors that several values share.

use formwork_shape::{Noise, Shape};

use crate::Real;
use crate::kernels::scratch;
use crate::random::Random;

/// Fills `factors`, one for each value of `batch` samples of this shape, with what `value` makes of random numbers in 0..1:
/// as many numbers as `noise` has lengths for, or one for each value without it.
pub(super) fn fill<T: Real>(
    noise: Option<&Noise>,
    (batch, shape): (usize, &Shape),
    factors: &mut [T],
    random: &mut Random,
    value: impl Fn(f64) -> T + Sync,
) {
    let Some(noise) = noise else { return random.units(factors, value) };
    let axes = || std::iter::once(batch).chain(shape.dims().iter().copied()).zip(noise.as_slice());
    let drawn = axes().map(|(len, wanted)| if *wanted == 1 { 1 } else { len }).product();
    scratch::elements(drawn, |few: &mut [T]| {
        random.units(few, value);
        for (place, factor) in factors.iter_mut().enumerate() {
            // From the last axis on: the place among all values, and that among those that were drawn.
            let (mut rest, mut at, mut stride) = (place, 0, 1);
            for (len, wanted) in axes().collect::<smallvec::SmallVec<[_; 8]>>().into_iter().rev() {
                if *wanted != 1 {
                    at += rest % len * stride;
                    stride *= len;
                }
                rest /= len;
            }
            *factor = few[at];
        }
    });
}
