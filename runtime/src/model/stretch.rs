//! Layers that take turns on a few samples at a time, at inference.
//!
//! What one of them leaves is still in the cache of its core when the next one reads it, and threads need not meet after each
//! layer. How a batch is cut depends on shapes alone, so results are the same bits for any number of threads.

use std::sync::{Mutex, PoisonError};

use smallvec::SmallVec;

use super::call::{Run, Tensors};
use super::workspace::Slot;
use crate::Real;
use crate::kernel::{Pass, Work};
use crate::view::{View, ViewMut};

/// Bytes that stay in the second-level cache of a core.
const CACHED: usize = 1 << 19;

/// Bytes of a whole batch from which samples are worth taking turns.
const WORTH: usize = 1 << 18;

/// The least groups of samples: with fewer, threads had better share the work of each layer.
const GROUPS: usize = 8;

/// What the plan says of some layers in a row.
#[derive(Debug)]
pub struct Stretch {
    /// The edges that they read of others.
    pub inputs: &'static [usize],
    /// The edges that only they read.
    pub inside: &'static [usize],
    /// The edge that others read.
    pub output: usize,
    /// Where each edge lives: in the inputs, then in slots.
    pub homes: &'static [usize],
}

/// The memory of one thread on its way through a stretch.
#[derive(Debug)]
struct Lane<T> {
    values: Vec<Slot<T>>,
    work: Vec<Work>,
}

/// Lanes that nobody is on: as many as threads ever were on their way at once.
#[derive(Debug)]
pub(super) struct Lanes<T>(Mutex<Vec<Lane<T>>>);

impl<T> Default for Lanes<T> {
    fn default() -> Self {
        Lanes(Mutex::new(Vec::new()))
    }
}

impl<T: Real> Lanes<T> {
    /// Calls `work` with a lane for itself.
    fn with(&self, slots: usize, places: usize, work: impl FnOnce(&mut Lane<T>)) {
        let free = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut lane = free.unwrap_or_else(|| Lane {
            values: (0..slots).map(|_| Slot::default()).collect(),
            work: (0..places).map(|place| Work::at(place as u32)).collect(),
        });
        work(&mut lane);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(lane);
    }
}

impl Stretch {
    /// The groups of samples that take turns; one for a batch that is better computed layer by layer.
    fn groups<T: Real>(&self, tensors: &Tensors<'_, '_, T>) -> usize {
        let batch = tensors.pass.batch;
        if batch < GROUPS {
            return 1;
        }
        let size = |edges: &[usize]| -> usize { edges.iter().map(|&edge| tensors.edges[edge].size()).sum() };
        let sample = (size(self.inputs) + size(self.inside) + size(&[self.output])) * size_of::<T>();
        if batch.saturating_mul(sample) < WORTH {
            return 1;
        }
        batch.div_ceil((CACHED / sample.max(1)).max(1)).max(GROUPS)
    }
}

/// Computes a stretch, whose layers `calls` calls: for a few samples at a time, where the batch is large enough.
pub fn by_samples<T: Real>(
    run: &mut Run<'_, '_, T>,
    stretch: &'static Stretch,
    calls: impl Fn(&mut Run<'_, '_, T>) + Sync,
) {
    let groups = stretch.groups(&run.tensors);
    if groups == 1 {
        return calls(run);
    }
    let mut slot = run.tensors.take(stretch.output);
    let (tensors, lanes) = (&run.tensors, run.lanes);
    let (pass, edges, masks) = (tensors.pass, tensors.edges, tensors.masks);
    let (slots, places) = (tensors.values.len(), run.work.len());
    let x: SmallVec<[View<'_, T>; 4]> = stretch.inputs.iter().map(|&edge| tensors.read(edge)).collect();
    let shape = edges[stretch.output];
    let y = slot.put(pass.batch, &shape);
    pass.threads.samples_mut(pass.batch, groups, [y.data], |samples, [y]| {
        let pass = Pass { batch: samples.len(), ..*pass };
        let x: SmallVec<[View<'_, T>; 4]> = x.iter().map(|x| x.samples(samples.clone())).collect();
        lanes.with(slots, places, |lane| {
            let values = &mut lane.values;
            let tensors = Tensors { pass: &pass, edges, x: &x, homes: stretch.homes, masks, values };
            let output = Some((stretch.output, ViewMut::new(y, samples.len(), shape)));
            calls(&mut Run { tensors, work: &mut lane.work, lanes, reach: None, training: None, output });
        });
    });
    drop(x);
    run.tensors.restore(stretch.output, slot);
}
