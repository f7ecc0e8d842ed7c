//! Windows along one line at a time: what they cover along the outer axes is joined first, in whole lines, so that neither
//! few channels nor windows that overlap mean short loops.

use std::ops::Range;

use crate::Real;

use super::Window;

/// Each window of output line `line` becomes what `join` makes of the places that it covers, or `empty`.
///
/// `room` is for a line of the input.
#[inline(always)]
pub(super) fn join<T: Real>(
    window: &Window,
    image: &[T],
    line: usize,
    room: &mut [T],
    y: &mut [T],
    empty: T,
    join: impl Fn(T, T) -> T + Copy,
) {
    let (channels, len) = (window.channels, room.len());
    let mut lines = window.covered_lines(line).map(|place| &image[place * channels..][..len]);
    let joined = match (lines.next(), lines.next()) {
        (None, _) => return y.fill(empty),
        (Some(only), None) => only,
        (Some(first), Some(second)) => {
            for ((to, &a), &b) in room.iter_mut().zip(first).zip(second) {
                *to = join(a, b);
            }
            for line in lines {
                room.iter_mut().zip(line).for_each(|(to, &x)| *to = join(*to, x));
            }
            &*room
        }
    };
    let whole = stretch(window);
    for index in (0..whole.start).chain(whole.end..window.output[2]) {
        let y = &mut y[index * channels..][..channels];
        y.fill(empty);
        for place in window.covered(2, index) {
            y.iter_mut().zip(&joined[place * channels..]).for_each(|(y, &x)| *y = join(*y, x));
        }
    }
    if whole.is_empty() {
        return;
    }
    let y = &mut y[whole.start * channels..whole.end * channels];
    let first = window.covered(2, whole.start).start;
    y.copy_from_slice(&joined[first * channels..][..y.len()]);
    for place in 1..window.pool[2] {
        y.iter_mut().zip(&joined[(first + place) * channels..]).for_each(|(y, &x)| *y = join(*y, x));
    }
}

/// Each place of a line of the input becomes the sum of `dy` of the windows that cover it.
#[inline(always)]
pub(super) fn spread<T: Real>(window: &Window, dy: &[T], to: &mut [T]) {
    let (channels, whole) = (window.channels, stretch(window));
    to.fill(T::zero());
    for index in (0..whole.start).chain(whole.end..window.output[2]) {
        let dy = &dy[index * channels..][..channels];
        for place in window.covered(2, index) {
            to[place * channels..].iter_mut().zip(dy).for_each(|(to, &dy)| *to += dy);
        }
    }
    if whole.is_empty() {
        return;
    }
    let dy = &dy[whole.start * channels..whole.end * channels];
    let first = window.covered(2, whole.start).start;
    for place in first..first + window.pool[2] {
        to[place * channels..].iter_mut().zip(dy).for_each(|(to, &dy)| *to += dy);
    }
}

/// The windows of a line that lie next to each other and within the input: those of one place of each are one stretch.
fn stretch(window: &Window) -> Range<usize> {
    let ([_, _, input], [_, _, pool], [_, _, before]) = (window.input, window.pool, window.pad_before);
    if window.strides[2] != 1 || pool == 0 {
        return 0..0;
    }
    let end = (input + before + 1).saturating_sub(pool).min(window.output[2]);
    before.min(end)..end
}
