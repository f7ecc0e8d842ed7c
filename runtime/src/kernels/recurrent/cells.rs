use std::marker::PhantomData;

use formwork_shape::Activation;

use super::{Level, Real, SUMS, Vector};
use crate::kernels::activation;

/// What the gates of a recurrent layer compute. All activations are of single values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gates {
    Lstm(Lstm),
    Gru(Gru),
    Simple(Simple),
}

/// `c' = f c + i g`, `h' = o a(c')`. A record is i, f, g, o, a(c') and c, then what the activations were given where one of
/// them goes back from that: the sums and c'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lstm {
    pub activation: Activation,
    pub recurrent_activation: Activation,
}

/// `n = a(s + r p)`, `h' = z h + (1 - z) n` for the products s with the kernel and p with the recurrent kernel. A record is
/// z, r, n, p, h and a row more for gradients, then what the activations of z, r and n were given where one of them goes back
/// from that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gru {
    pub activation: Activation,
    pub recurrent_activation: Activation,
}

/// `h' = a(s)`. A record is what the activation goes back from: s or h'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Simple {
    pub activation: Activation,
}

impl Gates {
    /// The gates: columns of the kernels for a unit.
    pub(crate) fn columns(self) -> usize {
        match self {
            Gates::Lstm(_) => 4,
            Gates::Gru(_) => 3,
            Gates::Simple(_) => 1,
        }
    }

    /// Are the products with the recurrent kernel kept apart from those with the kernel? They have a bias of their own.
    pub(crate) fn are_apart(self) -> bool {
        matches!(self, Gates::Gru(_))
    }

    pub(super) fn has_c(self) -> bool {
        matches!(self, Gates::Lstm(_))
    }

    /// The numbers of a unit in a record.
    pub(crate) fn record(self) -> usize {
        match self {
            Gates::Lstm(cell) => 6 + if reads_input([cell.activation, cell.recurrent_activation]) { 5 } else { 0 },
            Gates::Gru(cell) => 6 + if reads_input([cell.activation, cell.recurrent_activation]) { 3 } else { 0 },
            Gates::Simple(_) => 1,
        }
    }

    /// The vectors of units of a panel.
    pub(super) fn unit_vectors(self) -> usize {
        match self {
            Gates::Lstm(_) => Lstm::UNIT_VECTORS,
            Gates::Gru(_) => Gru::UNIT_VECTORS,
            Gates::Simple(_) => Simple::UNIT_VECTORS,
        }
    }

    /// The vectors of a term in a panel.
    pub(super) fn term_vectors(self) -> usize {
        match self {
            Gates::Lstm(_) => Lstm::TERM_VECTORS,
            Gates::Gru(_) => Gru::TERM_VECTORS,
            Gates::Simple(_) => Simple::TERM_VECTORS,
        }
    }
}

/// Does one of them go back from what it was given?
fn reads_input(activations: [Activation; 2]) -> bool {
    activations.into_iter().any(Activation::reads_input)
}

/// The units of a vector in the step of a sample.
pub(super) struct Place<T> {
    pub level: Level,
    pub before: *const T,
    pub after: *mut T,
    pub c: *mut T,
    pub y: Option<*mut T>,
    /// The units in the first row of the record,
    pub record: Option<*mut T>,
    /// and the width of a row.
    pub units: usize,
    /// How many units there are from here on.
    pub count: usize,
}

impl<T: Real> Place<T> {
    /// The first units.
    ///
    /// # Safety
    /// The processor has the register, and the units may be read at `from`.
    #[inline(always)]
    unsafe fn load<V: Vector<Element = T>>(&self, from: *const T) -> V {
        // SAFETY: the caller answers for both.
        unsafe { if self.count >= V::LANES { V::load(from) } else { V::load_first(from, self.count) } }
    }

    /// # Safety
    /// The processor has the register, and the units may be written at `to`.
    #[inline(always)]
    unsafe fn store<V: Vector<Element = T>>(&self, value: V, to: *mut T) {
        // SAFETY: the caller answers for both.
        unsafe { if self.count >= V::LANES { value.store(to) } else { value.store_first(to, self.count) } }
    }

    /// # Safety
    /// As of the place.
    #[inline(always)]
    unsafe fn put<V: Vector<Element = T>>(&self, h: V) {
        // SAFETY: the caller answers for the place.
        unsafe {
            self.store(h, self.after);
            if let Some(y) = self.y {
                self.store(h, y);
            }
        }
    }

    /// Stores rows of the record from row `first` on.
    ///
    /// # Safety
    /// As of the place.
    #[inline(always)]
    unsafe fn note<V: Vector<Element = T>, const N: usize>(&self, record: *mut T, first: usize, rows: [V; N]) {
        for (row, value) in rows.into_iter().enumerate() {
            // SAFETY: the caller answers for the place.
            unsafe { self.store(value, record.add((first + row) * self.units)) };
        }
    }

    /// # Safety
    /// The processor has the register.
    #[inline(always)]
    unsafe fn activate<V: Vector<Element = T>>(&self, activation: Activation, value: V) -> V {
        // SAFETY: the caller answers for the register.
        unsafe {
            match activation {
                Activation::Sigmoid => value.logistic(),
                Activation::Tanh => value.hyperbolic_tangent(),
                Activation::Linear => value,
                Activation::Relu => value.positive(),
                _ => {
                    let mut lanes = [T::zero(); 16];
                    value.store(lanes.as_mut_ptr());
                    other(self.level, activation, &mut lanes[..V::LANES]);
                    V::load(lanes.as_ptr())
                }
            }
        }
    }
}

/// An activation that is rare in gates: apart from the code of the others, which it would slow down.
#[cold]
#[inline(never)]
fn other<T: Real>(level: Level, activation: Activation, lanes: &mut [T]) {
    activation::forward(level, activation, lanes, lanes.len());
}

/// Gates on registers.
pub(super) trait Cell: Copy {
    /// The vectors of weights of a term in a panel.
    const TERM_VECTORS: usize;

    /// The vectors of units of a panel.
    const UNIT_VECTORS: usize;

    /// Begins a step with the sums: gives what [`close`](Cell::close) goes on with. Terms of the state are in the last sums
    /// where they are kept apart.
    ///
    /// # Safety
    /// The processor has the register, and all that the place names may be read or written for the units of a panel.
    unsafe fn open<V: Vector>(self, sums: [V; SUMS], at: Place<V::Element>) -> [V; SUMS];

    /// Ends the step: puts the new h.
    ///
    /// # Safety
    /// As of [`open`](Cell::open).
    unsafe fn close<V: Vector>(self, rest: [V; SUMS], at: Place<V::Element>);
}

/// A cell that has usual activations.
pub(super) trait Activated: Copy + PartialEq {
    const USUAL: Self;
}

impl Activated for Lstm {
    const USUAL: Self = Lstm { activation: Activation::Tanh, recurrent_activation: Activation::Sigmoid };
}

impl Activated for Gru {
    const USUAL: Self = Gru { activation: Activation::Tanh, recurrent_activation: Activation::Sigmoid };
}

impl Activated for Simple {
    const USUAL: Self = Simple { activation: Activation::Tanh };
}

/// A cell with its usual activations: the code made for it has nothing to find out.
#[derive(Clone, Copy)]
pub(super) struct Usual<C>(PhantomData<C>);

impl<C: Activated> Usual<C> {
    /// The cell, if it is one.
    pub fn of(cell: C) -> Option<Self> {
        (cell == C::USUAL).then_some(Usual(PhantomData))
    }
}

impl<C: Cell + Activated> Cell for Usual<C> {
    const TERM_VECTORS: usize = C::TERM_VECTORS;
    const UNIT_VECTORS: usize = C::UNIT_VECTORS;

    #[inline(always)]
    unsafe fn open<V: Vector>(self, sums: [V; SUMS], at: Place<V::Element>) -> [V; SUMS] {
        // SAFETY: the caller answers for the register and the place.
        unsafe { C::USUAL.open(sums, at) }
    }

    #[inline(always)]
    unsafe fn close<V: Vector>(self, rest: [V; SUMS], at: Place<V::Element>) {
        // SAFETY: as above.
        unsafe { C::USUAL.close(rest, at) }
    }
}

impl Cell for Lstm {
    const TERM_VECTORS: usize = 4;
    const UNIT_VECTORS: usize = 1;

    #[inline(always)]
    unsafe fn open<V: Vector>(self, sums: [V; SUMS], at: Place<V::Element>) -> [V; SUMS] {
        let (inner, outer) = (self.activation, self.recurrent_activation);
        // SAFETY: the caller answers for the register and the place.
        unsafe {
            let [i, f, g, o] = sums;
            let (i, f) = (at.activate(outer, i), at.activate(outer, f));
            let (g, o) = (at.activate(inner, g), at.activate(outer, o));
            let before: V = at.load(at.c);
            let c = f.multiply_add(before, i.multiply(g));
            at.store(c, at.c);
            if let Some(record) = at.record {
                at.note(record, 0, [i, f, g, o]);
                at.note(record, 5, [before]);
                if reads_input([inner, outer]) {
                    at.note(record, 6, sums);
                    at.note(record, 10, [c]);
                }
            }
            [o, c, o, c]
        }
    }

    #[inline(always)]
    unsafe fn close<V: Vector>(self, [o, c, ..]: [V; SUMS], at: Place<V::Element>) {
        // SAFETY: the caller answers for the register and the place.
        unsafe {
            let shown = at.activate(self.activation, c);
            at.put(o.multiply(shown));
            if let Some(record) = at.record {
                at.note(record, 4, [shown]);
            }
        }
    }
}

impl Cell for Gru {
    const TERM_VECTORS: usize = 3;
    const UNIT_VECTORS: usize = 1;

    #[inline(always)]
    unsafe fn open<V: Vector>(self, sums: [V; SUMS], at: Place<V::Element>) -> [V; SUMS] {
        let (inner, outer) = (self.activation, self.recurrent_activation);
        // SAFETY: the caller answers for the register and the place.
        unsafe {
            let [z_sum, r_sum, sum, product] = sums;
            let (z, r) = (at.activate(outer, z_sum), at.activate(outer, r_sum));
            let sum = r.multiply_add(product, sum);
            if let Some(record) = at.record {
                at.note(record, 0, [z, r]);
                at.note(record, 3, [product]);
                if reads_input([inner, outer]) {
                    at.note(record, 6, [z_sum, r_sum, sum]);
                }
            }
            [z, sum, z, sum]
        }
    }

    #[inline(always)]
    unsafe fn close<V: Vector>(self, [z, sum, ..]: [V; SUMS], at: Place<V::Element>) {
        // SAFETY: the caller answers for the register and the place.
        unsafe {
            let new = at.activate(self.activation, sum);
            let before: V = at.load(at.before);
            at.put(z.multiply_add(before.subtract(new), new));
            if let Some(record) = at.record {
                at.note(record, 2, [new]);
                at.note(record, 4, [before]);
            }
        }
    }
}

impl Cell for Simple {
    const TERM_VECTORS: usize = 4;
    const UNIT_VECTORS: usize = 4;

    #[inline(always)]
    unsafe fn open<V: Vector>(self, sums: [V; SUMS], _: Place<V::Element>) -> [V; SUMS] {
        sums
    }

    #[inline(always)]
    unsafe fn close<V: Vector>(self, sums: [V; SUMS], at: Place<V::Element>) {
        for (v, sum) in sums.into_iter().enumerate() {
            let first = v * V::LANES;
            if first >= at.count {
                break;
            }
            let on = |to: *mut V::Element| to.wrapping_add(first);
            // SAFETY: the caller answers for the register and the place.
            unsafe {
                let at = Place {
                    after: on(at.after),
                    y: at.y.map(on),
                    record: at.record.map(on),
                    count: at.count - first,
                    ..at
                };
                let h = at.activate(self.activation, sum);
                at.put(h);
                if let Some(record) = at.record {
                    at.note(record, 0, [if self.activation.reads_input() { sum } else { h }]);
                }
            }
        }
    }
}
