//! The form of the layer that resets the state before its product: `h' = z h + (1 - z) a(x · K + (r h) · U + b)`.
//!
//! The shared loop multiplies the state by a recurrent kernel whose part for the new content is 0; the cell adds that part,
//! of the state that was reset.

use formwork_shape::layers;

use super::super::activate::{Given, gate, gate_back};
use super::super::recurrent::{Cell, Memory, Step, StepBack};
use super::{kept, mix_back, sequence};
use crate::Real;
use crate::kernel::{Backward, Pass};
use crate::kernels::gemm::{Epilogue, Matrix, gemm};
use crate::kernels::recurrent::Gates;
use crate::kernels::{Level, Write, scratch};
use crate::random::Random;
use crate::view::{View, ViewMut};
use crate::weights::{Variable, WeightGrads};

/// The cell. A record is z, r, the new content, h before the step, and that h as the kernel met it, after dropout.
struct Before<'a, T> {
    layer: &'a layers::GRU,
    /// The recurrent kernel, with all of its parts.
    kernel: &'a [T],
}

impl<'a, T: Real> Before<'a, T> {
    fn new(layer: &'a layers::GRU, weights: &'a [Variable<T>]) -> Self {
        Before { layer, kernel: weights[1].data() }
    }

    /// What feature `k` of the state brings to the new content.
    #[inline(always)]
    fn row(&self, k: usize) -> &[T] {
        let units = self.layer.units;
        &self.kernel[(3 * k + 2) * units..][..units]
    }
}

impl<T: Real> Cell<T> for Before<'_, T> {
    fn width(&self) -> usize {
        3 * self.layer.units
    }

    fn gates(&self) -> Option<Gates> {
        None
    }

    fn states(&self) -> usize {
        1
    }

    fn record(&self) -> usize {
        (5 + kept(self.layer)) * self.layer.units
    }

    #[inline(always)]
    fn forward<const FMA: bool>(&self, level: Level, step: Step<'_, T>) {
        let (layer, units) = (self.layer, self.layer.units);
        let size = (5 + kept(layer)) * units;
        for sample in 0..step.count {
            let sums = &step.sums[sample * step.sums_stride..][..3 * units];
            let h = &mut step.h[sample * units..][..units];
            let record = &mut step.records[sample * step.record_stride..][..size];
            let (record, given) = record.split_at_mut(5 * units);
            let (gates, rest) = record.split_at_mut(2 * units);
            let (new, rest) = rest.split_at_mut(units);
            let (before, met) = rest.split_at_mut(units);
            gates.copy_from_slice(&sums[..2 * units]);
            if size > 5 * units {
                given[..2 * units].copy_from_slice(gates);
            }
            gate::<FMA, T>(level, layer.recurrent_activation, gates, units);
            let (z, r) = gates.split_at(units);
            before.copy_from_slice(h);
            met.copy_from_slice(h);
            if let Some(factors) = step.factors {
                met.iter_mut().zip(&factors[sample * units..]).for_each(|(met, factor)| *met *= *factor);
            }
            new.copy_from_slice(&sums[2 * units..]);
            for k in 0..units {
                let reset = r[k] * met[k];
                new.iter_mut().zip(self.row(k)).for_each(|(new, weight)| *new += reset * *weight);
            }
            if size > 5 * units {
                given[2 * units..].copy_from_slice(new);
            }
            gate::<FMA, T>(level, layer.activation, new, units);
            let terms = z.iter().zip(&*new);
            h.iter_mut().zip(terms).for_each(|(h, (z, new))| *h = *z * *h + (T::one() - *z) * *new);
        }
    }

    #[inline(always)]
    fn backward(&self, level: Level, step: StepBack<'_, T>) {
        let (layer, units) = (self.layer, self.layer.units);
        let outer = layer.recurrent_activation;
        let size = (5 + kept(layer)) * units;
        scratch::arrays([units], |[reset]| {
            for sample in 0..step.count {
                let record = &step.records[sample * step.record_stride..][..size];
                let (record, given) = record.split_at(5 * units);
                let given = Given::new(given, units);
                let (gates, rest) = record.split_at(2 * units);
                let (z, r) = gates.split_at(units);
                let (new, rest) = rest.split_at(units);
                let (before, met) = rest.split_at(units);
                let dh = &mut step.d[sample * units..][..units];
                let gradients = &mut step.gradients[sample * step.gradient_stride..][..3 * units];
                let (dz, rest) = gradients.split_at_mut(units);
                let (dr, dnew) = rest.split_at_mut(units);
                mix_back(level, layer, given, (z, new, before), dh, (dz, dnew));
                // The gradient of r h, h after dropout
                for (k, reset) in reset.iter_mut().enumerate() {
                    *reset = self.row(k).iter().zip(&*dnew).fold(T::zero(), |sum, (w, d)| sum + *w * *d);
                }
                gate_back(
                    level,
                    outer,
                    given.known(outer, 1, r),
                    reset.iter().zip(met).map(|(reset, met)| *reset * *met),
                    dr,
                );
                if let Some(factors) = step.factors {
                    reset.iter_mut().zip(&factors[sample * units..]).for_each(|(reset, factor)| *reset *= *factor);
                }
                let terms = reset.iter().zip(z.iter().zip(r));
                dh.iter_mut().zip(terms).for_each(|(dh, (reset, (z, r)))| *dh = *dh * *z + *reset * *r);
            }
        });
    }
}

/// The weights with a recurrent kernel whose part for the new content is 0.
fn altered<'a, T: Real>(weights: &[Variable<T>], units: usize, altered: &'a mut Vec<Variable<T>>) -> &'a [Variable<T>] {
    if altered.len() == weights.len() {
        let pairs = altered.iter_mut().zip(weights);
        pairs.for_each(|(altered, variable)| altered.data_mut().copy_from_slice(variable.data()));
    } else {
        altered.clear();
        altered.extend_from_slice(weights);
    }
    for row in altered[1].data_mut().chunks_exact_mut((3 * units).max(1)) {
        row[2 * units..].fill(T::zero());
    }
    altered
}

pub(super) fn infer<T: Real>(
    layer: &layers::GRU,
    pass: &Pass<'_>,
    weights: &[Variable<T>],
    x: &[View<'_, T>],
    y: &mut [ViewMut<'_, T>],
    memory: &mut Memory<T>,
) {
    let mut own = std::mem::take(&mut memory.altered);
    let cell = Before::new(layer, weights);
    sequence(layer, pass).infer(&cell, pass, altered(weights, layer.units, &mut own), x, y, memory);
    memory.altered = own;
}

pub(super) fn train<T: Real>(
    layer: &layers::GRU,
    pass: &Pass<'_>,
    weights: &[Variable<T>],
    x: &[View<'_, T>],
    y: &mut [ViewMut<'_, T>],
    memory: &mut Memory<T>,
    random: &mut Random,
) {
    let mut own = std::mem::take(&mut memory.altered);
    let cell = Before::new(layer, weights);
    sequence(layer, pass).train(&cell, pass, altered(weights, layer.units, &mut own), x, y, memory, random);
    memory.altered = own;
}

pub(super) fn backward<T: Real>(
    layer: &layers::GRU,
    pass: &Pass<'_>,
    weights: &[Variable<T>],
    step: Backward<'_, '_, T>,
    memory: &mut Memory<T>,
) {
    let (units, rows) = (layer.units, pass.batch * step.x[0].shape().dim(0));
    let lengths: [usize; 2] = [weights[0].data().len(), weights[1].data().len()];
    let Backward { x, y, dy, dx, mut dw } = step;
    let (wanted, write) = (dw.is_wanted(), dw.write());
    let len = weights.iter().map(|variable| variable.data().len()).sum();
    let all = dw.next(len);
    let mut own = std::mem::take(&mut memory.altered);
    let cell = Before::new(layer, weights);
    let step = Backward { x, y, dy, dx, dw: WeightGrads::new(&mut *all, write).wanted_if(wanted) };
    sequence(layer, pass).backward(&cell, pass, altered(weights, units, &mut own), step, memory);
    memory.altered = own;
    if !wanted {
        return;
    }

    // The loop has taken h for what met the part of the new content, which was r h.
    let recurrent = &mut all[lengths[0]..][..lengths[1]];
    let size = (5 + kept(layer)) * units;
    let (records, gradients) = memory.noted(rows * size, rows * 3 * units);
    scratch::arrays([rows * units], |[less]| {
        for (row, less) in less.chunks_exact_mut(units).enumerate() {
            let record = &records[row * size..][..5 * units];
            let (r, met) = (&record[units..2 * units], &record[4 * units..]);
            // A masked step has no record, and no gradient.
            if gradients[row * 3 * units + 2 * units..][..units].iter().all(|d| *d == T::zero()) {
                less.fill(T::zero());
                continue;
            }
            let terms = r.iter().zip(met);
            less.iter_mut().zip(terms).for_each(|(less, (r, met))| *less = (*r - T::one()) * *met);
        }
        let from = (2 * units).min(gradients.len());
        let new = Matrix { data: &gradients[from..], rows, cols: units, row_stride: 3 * units, col_stride: 1 };
        let less = Matrix::new(less, rows, units).transposed();
        let target = &mut recurrent[2 * units..];
        gemm(pass.threads, less, new, target, 3 * units, Write::Add, &Epilogue::none());
    });
}
