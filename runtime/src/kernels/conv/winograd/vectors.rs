//! Rows of channels, a vector at a time.

use crate::kernels::Vector;

/// Calls `$body` with `$points` a constant: the points along a side.
macro_rules! by_form {
    ($form:expr, $body:ident, $($argument:expr),*) => {
        match $form {
            // SAFETY: the caller answers for the register.
            Form::Two => unsafe { $body::<V, 4, 2>($($argument),*) },
            // SAFETY: the caller answers for the register.
            Form::Four => unsafe { $body::<V, 6, 4>($($argument),*) },
        }
    };
}

/// Runs of channels: the first of each and how many count.
#[inline(always)]
pub(super) fn runs(lanes: usize, count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).step_by(lanes).map(move |first| (first, lanes.min(count - first)))
}

/// # Safety
/// The processor has the register, and `count` elements may be read.
#[inline(always)]
pub(in crate::kernels::conv) unsafe fn load<V: Vector>(from: &[V::Element], count: usize) -> V {
    let from = from[..count].as_ptr();
    // SAFETY: the slice holds `count` elements.
    unsafe { if count == V::LANES { V::load(from) } else { V::load_first(from, count) } }
}

/// # Safety
/// The processor has the register.
#[inline(always)]
pub(in crate::kernels::conv) unsafe fn store<V: Vector>(value: V, to: &mut [V::Element], count: usize) {
    let to = to[..count].as_mut_ptr();
    // SAFETY: the slice holds `count` elements.
    unsafe { if count == V::LANES { value.store(to) } else { value.store_first(to, count) } }
}

pub(super) use by_form;
