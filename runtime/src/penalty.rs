//! Regularizers and constraints: what training adds to the loss for weights and activations, and what it keeps weights to.

use std::cell::Cell;

use formwork_shape::{Constraint, Regularizer};

use crate::Real;

/// Keeps a quotient finite where a norm is 0, as Keras' `epsilon()`.
const EPSILON: f64 = 1e-7;

thread_local! {
    /// What the activations of the pass that runs on this thread add to the loss. A layer deep inside nested models adds to
    /// it; whoever runs the pass takes it.
    static ACTIVITY: Cell<f64> = const { Cell::new(0.0) };

    /// What the loss of the backward pass that runs on this thread is multiplied by.
    static SCALE: Cell<f64> = const { Cell::new(1.0) };
}

/// Runs a backward pass whose loss is multiplied by this.
pub(crate) fn scaled<R>(scale: f64, backward: impl FnOnce() -> R) -> R {
    SCALE.set(scale);
    let result = backward();
    SCALE.set(1.0);
    result
}

/// What the loss of this backward pass is multiplied by.
pub(crate) fn scale() -> f64 {
    SCALE.get()
}

/// Adds to what activations add to the loss.
pub(crate) fn add_activity(penalty: f64) {
    ACTIVITY.set(ACTIVITY.get() + penalty);
}

/// What activations have added to the loss since the last call.
pub(crate) fn take_activity() -> f64 {
    ACTIVITY.take()
}

/// A multiple of a penalty.
pub(crate) fn times(regularizer: Regularizer, factor: f64) -> Regularizer {
    match regularizer {
        Regularizer::L1L2 { l1, l2 } => Regularizer::L1L2 { l1: l1 * factor, l2: l2 * factor },
        Regularizer::Orthogonal { factor: one, rows } => Regularizer::Orthogonal { factor: one * factor, rows },
    }
}

/// The penalty of an array whose last axis has `cols` numbers; its gradient is added to `gradient`, where one is given.
pub(crate) fn penalty<T: Real>(regularizer: Regularizer, w: &[T], cols: usize, gradient: Option<&mut [T]>) -> f64 {
    match regularizer {
        Regularizer::L1L2 { l1, l2 } => {
            if let Some(gradient) = gradient {
                let (l1, double) = (T::of(l1), T::of(2.0 * l2));
                for (g, w) in gradient.iter_mut().zip(w) {
                    let sign = if *w == T::zero() { T::zero() } else { w.signum() };
                    *g += l1 * sign + double * *w;
                }
            }
            let (absolute, squares) = w.iter().fold((0.0, 0.0), |(absolute, squares), w| {
                let w = w.wide();
                (absolute + w.abs(), squares + w * w)
            });
            l1 * absolute + l2 * squares
        }
        Regularizer::Orthogonal { factor, rows } => orthogonal(factor, rows, w, cols, gradient),
    }
}

/// `factor · mean |cosine|` over all pairs of rows, or of columns.
fn orthogonal<T: Real>(factor: f64, rows: bool, w: &[T], cols: usize, mut gradient: Option<&mut [T]>) -> f64 {
    let count = w.len() / cols.max(1);
    let (vectors, len) = if rows { (count, cols) } else { (cols, count) };
    if vectors < 2 {
        return 0.0;
    }
    let at = |vector: usize, k: usize| if rows { vector * cols + k } else { k * cols + vector };
    let dot = |a: usize, b: usize| (0..len).map(|k| w[at(a, k)].wide() * w[at(b, k)].wide()).sum::<f64>();
    let inverse = |vector: usize| dot(vector, vector).max(1e-12).sqrt().recip();
    let factor = factor / (vectors * (vectors - 1) / 2) as f64;
    let mut sum = 0.0;
    for a in 0..vectors {
        for b in 0..a {
            let (length_a, length_b) = (inverse(a), inverse(b));
            let cosine = dot(a, b) * length_a * length_b;
            sum += cosine.abs();
            let Some(gradient) = gradient.as_deref_mut().filter(|_| cosine != 0.0) else { continue };
            let slope = factor * cosine.signum();
            for k in 0..len {
                let (x, y) = (w[at(a, k)].wide() * length_a, w[at(b, k)].wide() * length_b);
                gradient[at(a, k)] += T::of(slope * length_a * (y - cosine * x));
                gradient[at(b, k)] += T::of(slope * length_b * (x - cosine * y));
            }
        }
    }
    factor * sum
}

/// Brings a weight of these dimensions back to what its constraint allows.
pub(crate) fn constrain<T: Real>(constraint: &Constraint, dims: &[usize], w: &mut [T]) {
    match constraint {
        Constraint::NonNeg => w.iter_mut().for_each(|w| *w = if *w >= T::zero() { *w } else { T::zero() }),
        Constraint::MaxNorm { max_value, axis } => norms(w, dims, axis.as_slice(), |norm| norm.min(*max_value)),
        Constraint::UnitNorm { axis } => norms(w, dims, axis.as_slice(), |_| 1.0),
        Constraint::MinMaxNorm { min_value, max_value, rate, axis } => {
            let wanted = |norm: f64| rate * norm.max(*min_value).min(*max_value) + (1.0 - rate) * norm;
            norms(w, dims, axis.as_slice(), wanted);
        }
    }
}

/// Scales the numbers along some axes so that their norm becomes what `wanted` says.
fn norms<T: Real>(w: &mut [T], dims: &[usize], axes: &[isize], wanted: impl Fn(f64) -> f64) {
    let rank = dims.len() as isize;
    let along = |k: usize| axes.iter().any(|axis| (*axis + if *axis < 0 { rank } else { 0 }) == k as isize);
    let mut stride = w.len();
    let mut kept = [(1, 1); formwork_shape::MAX_RANK];
    let mut summed = [(1, 1); formwork_shape::MAX_RANK];
    for (k, &dim) in dims.iter().enumerate() {
        stride /= dim.max(1);
        let list = if along(k) { &mut summed } else { &mut kept };
        list[k] = (dim, stride);
    }
    let count = |list: &[(usize, usize)]| list.iter().map(|(dim, _)| dim).product::<usize>();
    let place = |list: &[(usize, usize)], mut index: usize| {
        list.iter().rev().fold(0, |at, (dim, stride)| {
            let here = index % dim;
            index /= dim;
            at + here * stride
        })
    };
    for outer in 0..count(&kept) {
        let start = place(&kept, outer);
        let all = 0..count(&summed);
        let norm = all.clone().map(|k| w[start + place(&summed, k)].wide().powi(2)).sum::<f64>().sqrt();
        let factor = T::of(wanted(norm) / (EPSILON + norm));
        all.for_each(|k| w[start + place(&summed, k)] *= factor);
    }
}

#[cfg(test)]
mod tests {
    use formwork_shape::Dims;

    use super::*;

    const W: [f64; 6] = [0.5, -1.0, 2.0, 0.25, -0.75, 1.5];

    #[test]
    fn penalties_are_those_of_keras() {
        let value = |regularizer| penalty(regularizer, &W, 3, None);
        assert!((value(Regularizer::L1L2 { l1: 0.1, l2: 0.0 }) - 0.6).abs() < 1e-12);
        assert!((value(Regularizer::L1L2 { l1: 0.0, l2: 0.1 }) - 0.8125).abs() < 1e-12);
        assert_eq!(value(Regularizer::L1L2 { l1: 0.0, l2: 0.0 }), 0.0);
    }

    #[test]
    fn gradients_are_slopes() {
        let all = [
            Regularizer::L1L2 { l1: 0.3, l2: 0.2 },
            Regularizer::Orthogonal { factor: 0.5, rows: true },
            Regularizer::Orthogonal { factor: 0.5, rows: false },
        ];
        for regularizer in all {
            let mut gradient = [0.0; 6];
            penalty(regularizer, &W, 3, Some(&mut gradient));
            for k in 0..W.len() {
                let at = |step: f64| {
                    let mut w = W;
                    w[k] += step;
                    penalty(regularizer, &w, 3, None)
                };
                let slope = (at(1e-6) - at(-1e-6)) / 2e-6;
                assert!((slope - gradient[k]).abs() < 1e-8, "{regularizer:?} {k}: {slope} {}", gradient[k]);
            }
        }
    }

    fn kept(constraint: Constraint, dims: &[usize]) -> Vec<f64> {
        let mut w = W.to_vec();
        constrain(&constraint, dims, &mut w);
        w
    }

    #[test]
    fn constraints_bound_norms() {
        assert_eq!(kept(Constraint::NonNeg, &[2, 3]), [0.5, 0.0, 2.0, 0.25, 0.0, 1.5]);
        let column = |w: &[f64], k: usize| (w[k] * w[k] + w[k + 3] * w[k + 3]).sqrt();
        let axis = Dims::of(&[0]);
        let unit = kept(Constraint::UnitNorm { axis }, &[2, 3]);
        assert!((0..3).all(|k| (column(&unit, k) - 1.0).abs() < 1e-6));
        let max = kept(Constraint::MaxNorm { max_value: 1.3, axis }, &[2, 3]);
        assert!((column(&max, 2) - 1.3).abs() < 1e-6 && (column(&max, 0) - column(&W, 0)).abs() < 1e-6);
        let half = kept(Constraint::MinMaxNorm { min_value: 0.8, max_value: 1.0, rate: 0.5, axis }, &[2, 3]);
        assert!((column(&half, 0) - (0.4 + column(&W, 0) / 2.0)).abs() < 1e-6);
        let whole = kept(Constraint::UnitNorm { axis: Dims::of(&[-2, 1]) }, &[2, 3]);
        assert!((whole.iter().map(|w| w * w).sum::<f64>() - 1.0).abs() < 1e-6);
    }
}
