//! The way back through a step: records become gradients of the sums where they lie.

use formwork_shape::Activation;

use super::cells::{Activated, Gates, Gru, Lstm, Simple, Usual};
use super::tile::To;
use super::{Level, Real, RowsMut, Vector, VectorRoutine};
use crate::kernels::{Write, activation};

/// The way back through one step of some samples.
pub(crate) struct StepBack<'a, T> {
    pub count: usize,
    pub units: usize,
    /// The records, the first rows of which become the gradients of the sums: of those with the kernel, then, where they are
    /// kept apart, of those with the recurrent kernel.
    pub records: RowsMut<'a, T>,
    /// The gradients of the new states of each sample, which become those of the states before, less what goes through the
    /// recurrent kernel.
    pub d: RowsMut<'a, T>,
}

/// Takes a step back.
///
/// # Panics
/// If the sizes do not agree, or if the processor lacks the level.
pub(crate) fn step_back<T: Real>(level: Level, gates: Gates, step: StepBack<'_, T>) {
    let StepBack { count, units, records, d } = step;
    let states = if gates.has_c() { 2 } else { 1 };
    let (records, d) = (records.check(count, gates.record() * units), d.check(count, states * units));
    let rows = Rows { level, count, units, records, d };
    match gates {
        Gates::Lstm(cell) => back_usual(level, rows, cell),
        Gates::Gru(cell) => back_usual(level, rows, cell),
        Gates::Simple(cell) => back_usual(level, rows, cell),
    }
}

fn back_usual<T: Real, C: Back + Activated>(level: Level, rows: Rows<T>, cell: C) {
    match Usual::of(cell) {
        Some(cell) => level.run_vectors(All { rows, cell }),
        None => level.run_vectors(All { rows, cell }),
    }
}

/// Samples of which all rows are there.
struct Rows<T> {
    level: Level,
    count: usize,
    units: usize,
    records: To<T>,
    d: To<T>,
}

struct All<T, C> {
    rows: Rows<T>,
    cell: C,
}

impl<T: Real, C: Back> VectorRoutine<T> for All<T, C> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let All { rows: Rows { level, count, units, records, d }, cell } = self;
        for row in 0..count {
            let (record, d) = (records.row(row), d.row(row));
            for first in (0..units).step_by(V::LANES) {
                let (record, d) = (record.wrapping_add(first), d.wrapping_add(first));
                let at = Place { level, record, d, units, count: units - first };
                // SAFETY: the caller answers for the register; all rows have as many units.
                unsafe { cell.back::<V>(at) };
            }
        }
    }
}

/// The units of a vector in the step of a sample.
#[derive(Clone, Copy)]
struct Place<T> {
    level: Level,
    /// The units in the first row of the record and of the gradients,
    record: *mut T,
    d: *mut T,
    /// the width of a row,
    units: usize,
    /// and how many units there are from here on.
    count: usize,
}

impl<T: Real> Place<T> {
    /// # Safety
    /// The processor has the register, and the units may be read.
    #[inline(always)]
    unsafe fn load<V: Vector<Element = T>>(self, from: *mut T, row: usize) -> V {
        let from = from.wrapping_add(row * self.units);
        // SAFETY: the caller answers for both.
        unsafe { if self.count >= V::LANES { V::load(from) } else { V::load_first(from, self.count) } }
    }

    /// The first rows of the record.
    ///
    /// # Safety
    /// The processor has the register, and the units may be read.
    #[inline(always)]
    unsafe fn rows<V: Vector<Element = T>, const N: usize>(self) -> [V; N] {
        // SAFETY: the caller answers for both.
        unsafe {
            let mut rows = [V::splat(T::zero()); N];
            for (row, value) in rows.iter_mut().enumerate() {
                *value = self.load(self.record, row);
            }
            rows
        }
    }

    /// # Safety
    /// The processor has the register, and the units may be written.
    #[inline(always)]
    unsafe fn store<V: Vector<Element = T>>(self, value: V, to: *mut T, row: usize) {
        let to = to.wrapping_add(row * self.units);
        // SAFETY: the caller answers for both.
        unsafe { if self.count >= V::LANES { value.store(to) } else { value.store_first(to, self.count) } }
    }

    /// The gradient before an activation, from that after it. What was given to it is in row `given` of the record if the
    /// way back starts from that, else from its output `y`.
    ///
    /// # Safety
    /// The processor has the register, and the units of the record may be read.
    #[inline(always)]
    unsafe fn before<V: Vector<Element = T>>(self, activation: Activation, given: usize, y: V, dy: V) -> V {
        // SAFETY: the caller answers for both.
        unsafe {
            let one = V::splat(T::one());
            match activation {
                Activation::Sigmoid => dy.multiply(y).multiply(one.subtract(y)),
                Activation::Tanh => dy.multiply(one.subtract(y.multiply(y))),
                _ => {
                    let known = if activation.reads_input() { self.load(self.record, given) } else { y };
                    let (mut lanes, mut dx) = ([[T::zero(); 16]; 2], [T::zero(); 16]);
                    known.store(lanes[0].as_mut_ptr());
                    dy.store(lanes[1].as_mut_ptr());
                    other(
                        self.level,
                        activation,
                        lanes.each_ref().map(|lanes| &lanes[..V::LANES]),
                        &mut dx[..V::LANES],
                    );
                    V::load(dx.as_ptr())
                }
            }
        }
    }
}

/// The gradient before an activation that is rare in gates: apart from the code of the others, which it would slow down.
#[cold]
#[inline(never)]
fn other<T: Real>(level: Level, activation: Activation, [known, dy]: [&[T]; 2], dx: &mut [T]) {
    activation::backward(level, activation, known, dy, dx, Write::Overwrite, dx.len());
}

/// Gates on registers, backward.
trait Back: Copy {
    /// Goes back through a step.
    ///
    /// # Safety
    /// The processor has the register; the place has all rows of a record, and the gradients of all states.
    unsafe fn back<V: Vector>(self, at: Place<V::Element>);
}

impl<C: Back + Activated> Back for Usual<C> {
    #[inline(always)]
    unsafe fn back<V: Vector>(self, at: Place<V::Element>) {
        // SAFETY: the caller answers for the register and the place.
        unsafe { C::USUAL.back::<V>(at) }
    }
}

impl Back for Lstm {
    #[inline(always)]
    unsafe fn back<V: Vector>(self, at: Place<V::Element>) {
        let (inner, outer) = (self.activation, self.recurrent_activation);
        // SAFETY: the caller answers for the register and the place.
        unsafe {
            let [i, f, g, o, shown, before]: [V; 6] = at.rows();
            let dh: V = at.load(at.d, 0);
            let dc = at.before(inner, 10, shown, dh.multiply(o)).add(at.load(at.d, 1));
            let sums = [
                at.before(outer, 6, i, dc.multiply(g)),
                at.before(outer, 7, f, dc.multiply(before)),
                at.before(inner, 8, g, dc.multiply(i)),
                at.before(outer, 9, o, dh.multiply(shown)),
            ];
            for (row, d) in sums.into_iter().enumerate() {
                at.store(d, at.record, row);
            }
            at.store(V::splat(V::Element::default()), at.d, 0);
            at.store(dc.multiply(f), at.d, 1);
        }
    }
}

impl Back for Gru {
    #[inline(always)]
    unsafe fn back<V: Vector>(self, at: Place<V::Element>) {
        let (inner, outer) = (self.activation, self.recurrent_activation);
        // SAFETY: the caller answers for the register and the place.
        unsafe {
            let [z, r, new, product, before]: [V; 5] = at.rows();
            let dh: V = at.load(at.d, 0);
            let dz = at.before(outer, 6, z, dh.multiply(before.subtract(new)));
            let dnew = at.before(inner, 8, new, dh.multiply(V::splat(V::Element::of(1.0)).subtract(z)));
            let dr = at.before(outer, 7, r, dnew.multiply(product));
            for (row, d) in [dz, dr, dnew, dz, dr, dnew.multiply(r)].into_iter().enumerate() {
                at.store(d, at.record, row);
            }
            at.store(dh.multiply(z), at.d, 0);
        }
    }
}

impl Back for Simple {
    #[inline(always)]
    unsafe fn back<V: Vector>(self, at: Place<V::Element>) {
        // SAFETY: the caller answers for the register and the place.
        unsafe {
            // The one row is what the activation goes back from.
            let [known]: [V; 1] = at.rows();
            at.store(at.before(self.activation, 0, known, at.load(at.d, 0)), at.record, 0);
            at.store(V::splat(V::Element::default()), at.d, 0);
        }
    }
}
