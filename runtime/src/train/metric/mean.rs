//! A weighted mean over the rows of all batches.

use formwork_shape::{Shape, is_dynamic};

use crate::Real;
use crate::kernels::scratch;
use crate::train::Comparison;
use crate::train::loss::{Axes, Turn};
use crate::view::View;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mean {
    pub(crate) sum: f64,
    pub(crate) count: f64,
}

impl Mean {
    pub(crate) fn clear(&mut self) {
        *self = Mean::default();
    }

    pub(crate) fn numbers(&self) -> Vec<f64> {
        vec![self.sum, self.count]
    }

    pub(crate) fn restore(&mut self, numbers: &[f64]) {
        if let [sum, count] = *numbers {
            *self = Mean { sum, count };
        }
    }

    pub(crate) fn value(&self) -> f64 {
        if self.count == 0.0 { 0.0 } else { self.sum / self.count }
    }

    /// Adds what `row` says about each row of the output's last axis: its place, and its numbers. Masked rows do not count.
    #[inline]
    pub(crate) fn add<'a, T: Real>(&mut self, batch: &Comparison<'a, T>, mut row: impl FnMut(usize, &'a [T]) -> f64) {
        each_row(batch, |place, y, weight| {
            let weight = weight * shown(batch, place);
            self.sum += weight * row(place, y);
            self.count += weight;
        });
    }
}

/// 1 for a row that is data, 0 for a masked one.
#[inline]
pub(crate) fn shown<T: Real>(batch: &Comparison<'_, T>, place: usize) -> f64 {
    batch.mask.map_or(1.0, |mask| mask[place].wide())
}

/// Calls `f` with the place, the numbers and the weight of each row of the output's last axis, masked or not: as in Keras, what
/// is no mean of what each row counts takes all rows.
#[inline]
pub(crate) fn each_row<'a, T: Real>(batch: &Comparison<'a, T>, mut f: impl FnMut(usize, &'a [T], f64)) {
    let width = batch.output.last().max(1);
    let y = batch.output.data();
    let rows = y.len() / width;
    for (place, y) in y.chunks_exact(width).enumerate() {
        // Neighbouring rows share a weight where there are fewer of those.
        let of = |all: &[T]| all[place * all.len() / rows].wide();
        f(place, y, batch.sample_weights.map_or(1.0, of));
    }
}

/// Row `place` of a target of numbers.
#[inline]
pub(crate) fn truth<'a, T: Real>(batch: &Comparison<'a, T>, place: usize) -> &'a [T] {
    let width = batch.output.last().max(1);
    &batch.target.data()[place * width..][..width]
}

/// Runs `f` with the batch turned so that this axis, the batch being 0, is the last one.
pub(crate) fn along<T: Real>(axis: i32, batch: &Comparison<'_, T>, f: impl FnOnce(&Comparison<'_, T>)) {
    let shape = batch.output.shape();
    let place = match Axes::from(axis).of(shape) {
        Ok(places) if places[0] > 0 && places[0] < shape.rank() => places[0],
        _ => return f(batch),
    };
    let turn = Turn::new(batch.output.batch(), shape, &[place]);
    let (rows, shape) = (batch.output.batch(), turn.sample());
    let (old_y, old_t) = (batch.output.data(), batch.target.data());
    scratch::arrays([old_y.len(), old_t.len()], |[y, t]| {
        turn.apply(old_y, y);
        turn.apply(old_t, t);
        f(&Comparison {
            output: View::numbers(y, rows, shape),
            target: View::numbers(t, rows, shape),
            sample_weights: batch.sample_weights,
            mask: None,
            gradient: None,
        });
    });
}

/// Is this an axis of a sample?
pub(crate) fn check_axis(axis: i32, output: &Shape) -> Result<(), String> {
    match Axes::from(axis).of(output)?[0] {
        0 => Err(format!("has axis = {axis}, which is the batch: give an axis of a sample, such as -1")),
        _ => Ok(()),
    }
}

/// Is a number of a row there?
pub(crate) fn check_place(name: &str, place: usize, output: &Shape) -> Result<(), String> {
    let width = output.last();
    if is_dynamic(width) || place < width {
        return Ok(());
    }
    Err(format!("has {name} = {place}, but the output has {width} numbers a row: give one from 0 to {}", width - 1))
}

/// The place of the largest number; of equal ones the first.
#[inline]
pub(crate) fn argmax<T: Real>(row: &[T]) -> usize {
    let mut best = 0;
    for (place, value) in row.iter().enumerate() {
        if *value > row[best] {
            best = place;
        }
    }
    best
}

/// Declares metrics that are a mean over rows: what each row counts. `axis` gives a metric the
/// setting of that name.
macro_rules! means {
    ($($(#[$doc:meta])* $metric:ident, $name:literal, $($axis:ident,)? |$y:ident, $t:ident| $row:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub struct $metric {
            $($axis: $crate::train::metric::mean::LastAxis,)?
            state: $crate::train::metric::Mean,
        }

        impl $metric {
            #[doc = concat!("The metric `", $name, "`.")]
            pub fn new() -> Self {
                Self::default()
            }

            $(
                /// The axis that the rows lie along: 1 is the first axis of a sample, -1, the default, the last one.
                pub fn $axis(mut self, axis: i32) -> Self {
                    self.$axis.0 = axis;
                    self
                }
            )?

            fn add<T: $crate::Real>(&mut self, batch: &$crate::train::Comparison<'_, T>) {
                let state = &mut self.state;
                let add = |batch: &$crate::train::Comparison<'_, T>| {
                    state.add(batch, |place, $y| {
                        let $t = $crate::train::metric::mean::truth(batch, place);
                        $row
                    });
                };
                #[allow(unused_mut, unused_assignments)]
                let mut axis = -1;
                $(axis = self.$axis.0;)?
                $crate::train::metric::mean::along(axis, batch, add);
            }

            fn value(&self) -> f64 {
                self.state.value()
            }

            fn check(&self, _output: &formwork_shape::Shape) -> Result<(), String> {
                $($crate::train::metric::mean::check_axis(self.$axis.0, _output)?;)?
                Ok(())
            }
        }

        $crate::train::metric::metric! { $metric, $name, Numbers, check }
        impl<O> $crate::train::Fits<O> for $metric {}
        impl<O, Y: $crate::train::DenseFor<O>> $crate::train::Accepts<O, Y> for $metric {}
    )* };
}
pub(crate) use means;

/// An axis; the last one by default.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LastAxis(pub(crate) i32);

impl Default for LastAxis {
    fn default() -> Self {
        LastAxis(-1)
    }
}
