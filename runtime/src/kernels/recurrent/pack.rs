use std::ops::Range;

use super::super::vector::VectorRoutine;
use super::{Gates, Level, Rows, SUMS, Vector};
use crate::buffer::Buffer;
use crate::{Real, Threads};

/// The weights of a recurrent layer in panels.
pub(crate) struct Packed<T> {
    pub(super) gates: Gates,
    pub(super) features: usize,
    pub(super) units: usize,
    level: Level,
    data: Buffer<T>,
}

/// Elements of panels that are worth a fork.
const TASK: usize = 1 << 14;

impl<T: Real> Packed<T> {
    /// Nothing, for a layer with these gates.
    pub fn new(gates: Gates) -> Self {
        Packed { gates, features: 0, units: 0, level: Level::Portable, data: Buffer::default() }
    }

    /// The gates of the layer.
    pub fn gates(&self) -> Gates {
        self.gates
    }

    /// Replaces the weights by those of a layer with these gates, for the level of `threads`. There are as many biases as
    /// the gates want, or none.
    ///
    /// # Panics
    /// If the sizes do not agree.
    pub fn pack(&mut self, threads: &Threads, gates: Gates, units: usize, kernels: [&[T]; 2], bias: Option<&[T]>) {
        self.gates = gates;
        let width = self.gates.columns() * units;
        let features = kernels[0].len().checked_div(width).unwrap_or(0);
        assert!(threads.level().is_available(), "this processor does not have {:?}", threads.level());
        assert_eq!(kernels.map(<[T]>::len), [features * width, units * width], "the kernels of {units} units");
        let biases = if self.gates.are_apart() { 2 } else { 1 };
        assert!(bias.is_none_or(|bias| bias.len() == biases * width), "the biases of {units} units");
        (self.features, self.units, self.level) = (features, units, threads.level());
        let (len, panels) = (self.len(), self.panels());
        let mut data = std::mem::take(&mut self.data);
        let group = TASK.div_ceil(len);
        threads.chunks_mut(data.take(panels * len), group * len, &|task, data| {
            for (place, data) in data.chunks_exact_mut(len).enumerate() {
                let panel = task * group + place;
                self.level.run_vectors(Pack { packed: self, panel, kernels, bias, data });
            }
        });
        self.data = data;
    }

    /// The level that the panels are for.
    pub fn level(&self) -> Level {
        self.level
    }

    fn lanes(&self) -> usize {
        self.level.vector_bytes() / size_of::<T>()
    }

    /// The units of a panel.
    pub fn panel(&self) -> usize {
        self.lanes() * self.gates.unit_vectors()
    }

    /// The number of panels.
    pub fn panels(&self) -> usize {
        self.units.div_ceil(self.panel())
    }

    /// The units of some panels.
    pub fn units(&self, panels: Range<usize>) -> Range<usize> {
        (panels.start * self.panel()).min(self.units)..(panels.end * self.panel()).min(self.units)
    }

    /// The elements of all sums of a sample that some panels make.
    pub fn sums(&self, panels: &Range<usize>) -> usize {
        panels.len() * SUMS * self.lanes()
    }

    /// The elements of a panel: what the sums start from, then the terms.
    fn len(&self) -> usize {
        (SUMS + (self.features + self.units) * self.gates.term_vectors()) * self.lanes()
    }

    /// The size of all panels.
    pub fn bytes(&self) -> usize {
        self.panels() * self.len() * size_of::<T>()
    }

    /// All panels.
    pub(super) fn all(&self) -> Rows<'_, T> {
        Rows::new(self.data.get(self.panels() * self.len()), self.len())
    }
}

/// Makes a panel.
struct Pack<'a, T> {
    packed: &'a Packed<T>,
    panel: usize,
    kernels: [&'a [T]; 2],
    bias: Option<&'a [T]>,
    data: &'a mut [T],
}

impl<T: Real> VectorRoutine<T> for Pack<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let Pack { packed, panel, kernels, bias, data } = self;
        let first = packed.units(panel..panel + 1).start;
        let (gates, units) = (packed.gates, packed.units);
        let (width, vectors) = (gates.columns() * units, gates.term_vectors());
        // The columns of vector `v`: of its gate, or of its units.
        let columns = |v: usize| {
            let (gate, first) = if gates.columns() == 1 { (0, first + v * V::LANES) } else { (v, first) };
            (gate * units + first.min(units), V::LANES.min(units.saturating_sub(first)))
        };
        let (starts, terms) = data.split_at_mut(SUMS * V::LANES);
        starts.fill(T::zero());
        if let Some(bias) = bias {
            for v in 0..vectors {
                let (first, count) = columns(v);
                starts[v * V::LANES..][..count].copy_from_slice(&bias[first..][..count]);
                if gates.are_apart() {
                    // The last gate meets the products with the recurrent kernel by themselves.
                    let to = if v + 1 == vectors { v + 1 } else { v };
                    let values = &bias[width + first..][..count];
                    starts[to * V::LANES..].iter_mut().zip(values).for_each(|(start, value)| *start += *value);
                }
            }
        }
        let rows = kernels[0].chunks_exact(width).chain(kernels[1].chunks_exact(width));
        for (row, term) in rows.zip(terms.chunks_exact_mut(vectors * V::LANES)) {
            for (v, to) in term.chunks_exact_mut(V::LANES).enumerate() {
                let (first, count) = columns(v);
                let from = &row[first..][..count];
                // SAFETY: the caller answers for the register; both slices are long enough.
                unsafe {
                    let values =
                        if count == V::LANES { V::load(from.as_ptr()) } else { V::load_first(from.as_ptr(), count) };
                    values.store(to.as_mut_ptr());
                }
            }
        }
    }
}
