//! Steps whose lengths are divided by roots, as most optimizers take them.

use crate::Real;

use super::level::Level;
use super::vector::{Vector, VectorRoutine};

/// How many bytes ahead numbers are asked for: as long as a cache takes to answer, or another core to give up what it has read.
const AHEAD: usize = 1 << 11;

/// Bytes that are asked for at once.
const LINE: usize = 64;

/// What a step is divided by: `sqrt(scale v + inner) + outer` of each number `v`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Root<'a, T> {
    pub(crate) of: &'a [T],
    pub(crate) scale: T,
    pub(crate) inner: T,
    pub(crate) outer: T,
}

/// `to -= (a x + ..) / (sqrt(scale v + inner) + outer)` with the factor `a` of each slice `x`, to three units in the last place of
/// the quotient.
///
/// # Panics
/// If the lengths differ.
pub(crate) fn descend<T: Real, const N: usize>(level: Level, to: &mut [T], terms: [(T, &[T]); N], root: Root<'_, T>) {
    let len = to.len();
    assert!(root.of.len() == len && terms.iter().all(|(_, x)| x.len() == len), "the slices of a step have one length");
    let root = Root { outer: finite(root.outer), ..root };
    level.run_vectors(All { step: Descend { to, terms, root }, follow: 0 });
}

/// What is added to a root, so that the sum is finite and its inverse a normal number: what is larger leaves as little of a step.
fn finite<T: Real>(outer: T) -> T {
    let most = T::max_value() * T::of(0.25);
    if outer > most { most } else { outer }
}

struct Descend<'a, T, const N: usize> {
    to: &'a mut [T],
    terms: [(T, &'a [T]); N],
    root: Root<'a, T>,
}

impl<T: Real, const N: usize> Step<T> for Descend<'_, T, N> {
    fn len(&self) -> usize {
        self.to.len()
    }

    #[inline(always)]
    unsafe fn step<V: Vector<Element = T>, const WHOLE: bool>(&mut self, at: usize, count: usize) {
        let Descend { to, terms, root } = self;
        // SAFETY: the caller answers for both.
        unsafe {
            let mut sum = V::splat(T::zero());
            for (factor, x) in terms {
                sum = load::<V, WHOLE>(x.as_ptr().add(at), count).multiply_add(V::splat(*factor), sum);
            }
            let of = load::<V, WHOLE>(root.of.as_ptr().add(at), count);
            let square = of.multiply_add(V::splat(root.scale), V::splat(root.inner));
            let to = to.as_mut_ptr().add(at);
            let left = load::<V, WHOLE>(to, count).minus_over_root(sum, square, V::splat(root.outer));
            store::<V, WHOLE>(left, to, count);
        }
    }
}

/// Moving averages of gradients and of their squares.
#[derive(Debug)]
pub(crate) struct Averages<'a, T> {
    pub(crate) m: &'a mut [T],
    pub(crate) v: &'a mut [T],
    /// The shares of what is new in each.
    pub(crate) shares: [T; 2],
    /// The least size of a gradient that is no 0.
    pub(crate) least: T,
}

/// `m += (g - m) share_m`, `v += (g² - v) share_v`, `to -= rate m / (sqrt(v) + outer)`, with one look at each number. As many
/// numbers as `follow` are changed next, by the same thread.
///
/// # Panics
/// If the lengths differ.
pub(crate) fn descend_by_averages<T: Real>(
    level: Level,
    to: &mut [T],
    g: &[T],
    averages: Averages<'_, T>,
    rate: T,
    outer: T,
    follow: usize,
) {
    let len = to.len();
    let same = [g.len(), averages.m.len(), averages.v.len()].iter().all(|other| *other == len);
    assert!(same, "the slices of a step have one length");
    level.run_vectors(All { step: ByAverages { to, g, averages, rate, outer: finite(outer) }, follow });
}

struct ByAverages<'a, T> {
    to: &'a mut [T],
    g: &'a [T],
    averages: Averages<'a, T>,
    rate: T,
    outer: T,
}

impl<T: Real> Step<T> for ByAverages<'_, T> {
    fn len(&self) -> usize {
        self.to.len()
    }

    #[inline(always)]
    fn ask<V: Vector<Element = T>>(&mut self, at: usize) {
        let ByAverages { to, g, averages: Averages { m, v, .. }, .. } = self;
        V::prefetch_to_write(to.as_mut_ptr().wrapping_add(at));
        V::prefetch_to_write(m.as_mut_ptr().wrapping_add(at));
        V::prefetch_to_write(v.as_mut_ptr().wrapping_add(at));
        V::prefetch(g.as_ptr().wrapping_add(at));
    }

    #[inline(always)]
    unsafe fn step<V: Vector<Element = T>, const WHOLE: bool>(&mut self, at: usize, count: usize) {
        let ByAverages { to, g, averages: Averages { m, v, shares, least }, rate, outer } = self;
        // SAFETY: the caller answers for both.
        unsafe {
            let [to, m_at, v_at] = [to.as_mut_ptr().add(at), m.as_mut_ptr().add(at), v.as_mut_ptr().add(at)];
            let (g, m, v) = (
                load::<V, WHOLE>(g.as_ptr().add(at), count).unless_below(V::splat(*least)),
                load::<V, WHOLE>(m_at, count),
                load::<V, WHOLE>(v_at, count),
            );
            let m = g.subtract(m).multiply_add(V::splat(shares[0]), m);
            let v = g.multiply_subtract(g, v).multiply_add(V::splat(shares[1]), v);
            let step = m.multiply(V::splat(*rate));
            let left = load::<V, WHOLE>(to, count).minus_over_root(step, v, V::splat(*outer));
            store::<V, WHOLE>(m, m_at, count);
            store::<V, WHOLE>(v, v_at, count);
            store::<V, WHOLE>(left, to, count);
        }
    }
}

/// A step of numbers each by itself.
trait Step<T> {
    /// All of them.
    fn len(&self) -> usize;

    /// Asks for what a later step needs of numbers from `at` on.
    #[inline(always)]
    fn ask<V: Vector<Element = T>>(&mut self, _at: usize) {}

    /// The step of `count` numbers, which are a `WHOLE` register or less.
    ///
    /// # Safety
    /// The processor has the register, and there are these numbers.
    unsafe fn step<V: Vector<Element = T>, const WHOLE: bool>(&mut self, at: usize, count: usize);
}

struct All<S> {
    step: S,
    /// How many numbers this thread takes next: what is beyond them may be in use by another, who would have to give it up.
    follow: usize,
}

impl<T: Real, S: Step<T>> VectorRoutine<T> for All<S> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let All { mut step, follow } = self;
        let (len, ahead) = (step.len(), AHEAD / size_of::<T>());
        let (whole, asking) = (len / V::LANES * V::LANES, (len + follow).saturating_sub(ahead));
        // SAFETY: the caller answers for the register; the numbers from `at` on are among all.
        unsafe {
            for at in (0..whole).step_by(V::LANES) {
                if at < asking && (at * size_of::<T>()).is_multiple_of(LINE) {
                    step.ask::<V>(at + ahead);
                }
                step.step::<V, true>(at, V::LANES);
            }
            if whole < len {
                step.step::<V, false>(whole, len - whole);
            }
        }
    }
}

/// # Safety
/// The processor has the register, and the numbers may be written.
#[inline(always)]
unsafe fn store<V: Vector, const WHOLE: bool>(value: V, to: *mut V::Element, count: usize) {
    // SAFETY: the caller answers for both.
    unsafe { if WHOLE { value.store(to) } else { value.store_first(to, count) } }
}

/// # Safety
/// The processor has the register, and the numbers may be read.
#[inline(always)]
unsafe fn load<V: Vector, const WHOLE: bool>(from: *const V::Element, count: usize) -> V {
    // SAFETY: the caller answers for both.
    unsafe { if WHOLE { V::load(from) } else { V::load_first(from, count) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each level and both types against the formula in double precision.
    fn check<T: Real>(unit: f64) {
        let v = [0.0, 1e-12, 3e-5, 0.25, 1.0, 7.5, 1e4, 3e30];
        for (level, len) in Level::available().flat_map(|level| [0, 1, 7, 8, 16, 37].map(|len| (level, len))) {
            for (scale, inner, outer) in [(1.0, 0.0, 1e-7), (1.5, 1e-7, 0.0), (0.75, 0.125, 2.0)] {
                let [x, y, of] = [7, 11, 8].map(|period| (0..len).map(move |i| i % period).collect::<Vec<usize>>());
                let [x, y] = [x, y].map(|z| z.iter().map(|i| T::of(*i as f64 * 0.3 - 1.0)).collect::<Vec<T>>());
                let of: Vec<T> = of.iter().map(|i| T::of(v[*i])).collect();
                let mut to = vec![T::zero(); len];
                let root = Root { of: &of, scale: T::of(scale), inner: T::of(inner), outer: T::of(outer) };
                descend(level, &mut to, [(T::of(0.5), &x), (T::of(-2.0), &y)], root);
                for i in 0..len {
                    let size = x[i].wide().abs() * 0.5 + y[i].wide().abs() * 2.0;
                    let bottom = (of[i].wide() * scale + inner).sqrt() + outer;
                    let want = -(x[i].wide() * 0.5 - y[i].wide() * 2.0) / bottom;
                    let error = (to[i].wide() - want).abs() / (size / bottom);
                    assert!(error < 4.0 * unit, "{level:?}: {} of {len}: {:?} for {want}: {error:e}", i, to[i]);
                }
            }
        }
    }

    #[test]
    fn steps_follow_the_formula() {
        check::<f32>(f32::EPSILON.into());
        check::<f64>(f64::EPSILON);
    }

    fn check_averages<T: Real>(unit: f64) {
        for (level, len) in Level::available().flat_map(|level| [0, 1, 7, 8, 16, 37].map(|len| (level, len))) {
            let number = |period: usize| (0..len).map(move |i| T::of((i % period) as f64 * 0.3)).collect::<Vec<T>>();
            let (g, old_m, old_v, old) = (number(7), number(11), number(5), number(3));
            let (mut m, mut v, mut to) = (old_m.clone(), old_v.clone(), old.clone());
            let averages = Averages { m: &mut m, v: &mut v, shares: [T::of(0.125), T::of(0.25)], least: T::of(0.5) };
            descend_by_averages(level, &mut to, &g, averages, T::of(0.5), T::of(0.0625), 0);
            for i in 0..len {
                let [g, old_m, old_v, old] = [g[i], old_m[i], old_v[i], old[i]].map(Real::wide);
                let g = if g < 0.5 { 0.0 } else { g };
                let new_m = old_m + (g - old_m) * 0.125;
                let new_v = old_v + (g * g - old_v) * 0.25;
                let new = old - 0.5 * new_m / (new_v.sqrt() + 0.0625);
                for (value, want) in [(m[i], new_m), (v[i], new_v), (to[i], new)] {
                    assert!((value.wide() - want).abs() < 16.0 * unit, "{level:?}: {i} of {len}: {value:?} for {want}");
                }
            }
        }
    }

    #[test]
    fn averages_are_moved_and_followed() {
        check_averages::<f32>(f32::EPSILON.into());
        check_averages::<f64>(f64::EPSILON);
    }

    #[test]
    fn infinite_numbers_beside_roots_end_steps() {
        for level in Level::available() {
            let mut to = vec![1.0_f32; 37];
            let root = Root { of: &[4.0; 37], scale: 1.0, inner: 0.0, outer: f32::INFINITY };
            descend(level, &mut to, [(1.0, &[2.0; 37])], root);
            assert_eq!(to, [1.0; 37], "{level:?}");
        }
    }

    #[test]
    fn steps_by_divisors_of_zero_are_not_finite() {
        for level in Level::available() {
            let mut to = vec![1.0_f32; 37];
            descend(level, &mut to, [(1.0, &[2.0; 37])], Root { of: &[0.0; 37], scale: 1.0, inner: 0.0, outer: 0.0 });
            assert!(to.iter().all(|to| !to.is_finite()), "{level:?}: {to:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_seen_and_infinite_roots_end_steps() {
        for level in Level::available() {
            let of: Vec<f32> = [f32::NAN, f32::INFINITY, -1.0, 0.0].repeat(5);
            let mut to = vec![1.0_f32; 20];
            descend(level, &mut to, [(1.0, &[2.0; 20])], Root { of: &of, scale: 1.0, inner: 0.0, outer: 0.5 });
            for to in to.chunks(4) {
                assert!(to[0].is_nan() && to[1] == 1.0 && to[2].is_nan() && to[3] == -3.0, "{level:?}: {to:?}");
            }
            let (mut to, of) = (vec![1.0_f32; 20], vec![f32::INFINITY; 20]);
            descend(level, &mut to, [(1.0, &[2e30; 20])], Root { of: &of, scale: 1.0, inner: 0.0, outer: 0.5 });
            assert_eq!(to, [1.0; 20], "{level:?}");
        }
    }
}
