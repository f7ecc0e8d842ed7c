//! Calls of layers on the way back.

use std::mem;

use formwork_shape::{Reads, Shape};

use super::call::Tensors;
use super::reach::Reach;
use super::workspace::{Slot, Workspace};
use crate::Real;
use crate::kernel::{After, Backward, Compiled, Pass, Work};
use crate::kernels::Write;
use crate::layer;
use crate::view::{Grad, View};
use crate::weights::{Factors, Layers, WeightGrads, Weights, each_layer};

/// Where the gradient of an edge goes.
#[derive(Clone, Copy)]
pub enum Into {
    /// Nobody reads it.
    Unread,
    /// Its first writer overwrites.
    First,
    /// A later one adds.
    More,
    /// Into this slot, because the same edge is an earlier input of the same layer.
    Spare(usize),
}

/// What the gradients of a layer's trainable weights are in those of the model.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    start: usize,
    end: usize,
    /// Does training change any of these weights?
    trainable: bool,
    /// Has a use of the layer written them in this pass?
    written: bool,
}

/// A backward pass.
pub struct Back<'r, 'x, T> {
    tensors: Tensors<'r, 'x, T>,
    /// The slot of every edge's gradient.
    slots: &'static [usize],
    grads: &'r mut [Slot<T>],
    work: &'r mut [Work],
    /// What the forward pass has noted.
    reach: &'r Reach,
    /// A span a layer with weights, and an empty one for those without.
    spans: &'r mut [Span],
    dw: &'r mut [T],
    /// Who takes the factors of gradients instead.
    factors: Option<&'r mut Factors<T>>,
    /// What the use of a layer that is gone back through now says of `training`.
    training: Option<bool>,
}

impl<'r, 'x, T: Real> Back<'r, 'x, T> {
    /// A pass through `model` in a workspace; `homes`, `masks` and `slots` are the plan's.
    pub fn new<const V: usize, const G: usize, const N: usize>(
        model: &impl Layers<T>,
        pass: &'r Pass<'r>,
        edges: &'r [Shape],
        x: &'r [View<'x, T>],
        workspace: &'r mut Workspace<T, V, G, N>,
        dw: WeightGrads<'r, T>,
        (homes, masks, slots): (&'static [usize], &'static [usize], &'static [usize]),
    ) -> Self {
        let Workspace { values, grads, work, spans, reach, .. } = workspace;
        let (dw, factors) = dw.into_parts();
        spans.clear();
        let mut start = 0;
        each_layer(model, &mut |_, layer| {
            let end = start + layer.trainable_len();
            spans.push(Span { start, end, trainable: layer.is_trainable(), written: false });
            start = end;
        });
        spans.push(Span { start, end: start, trainable: false, written: false });
        Back {
            tensors: Tensors { pass, edges, x, homes, masks, values },
            slots,
            grads,
            work,
            reach,
            spans,
            dw,
            factors,
            training: None,
        }
    }

    /// Does anybody read the gradient of an edge? The gradients of inputs depend on those of all edges.
    fn is_wanted(&self, edge: usize) -> bool {
        self.tensors.pass.input_gradients || self.reach.has(edge)
    }

    /// Where the gradient of an edge goes; `None` if nobody reads it.
    fn target(&self, edge: usize, into: Into) -> Option<(usize, Write)> {
        if !self.is_wanted(edge) {
            return None;
        }
        match into {
            Into::First => Some((self.slots[edge], Write::Overwrite)),
            Into::More => Some((self.slots[edge], Write::Add)),
            Into::Spare(slot) => Some((slot, Write::Overwrite)),
            Into::Unread => None,
        }
    }

    /// The gradient of an edge that no layer has written is zero.
    pub fn zero(&mut self, edge: usize) {
        if !self.is_wanted(edge) {
            return;
        }
        self.grads[self.slots[edge]].zero(self.tensors.pass.batch, &self.tensors.edges[edge]);
    }

    /// The gradient in `slot`, of an edge `from`, goes to that of the edge `to`, which has the same numbers.
    pub fn pass_on(&mut self, slot: usize, from: usize, to: usize, into: Into) {
        let Some((target, write)) = self.target(to, into) else { return };
        let (batch, edges) = (self.tensors.pass.batch, self.tensors.edges);
        let mut taken = mem::take(&mut self.grads[target]);
        let from = self.grads[slot].get(batch, &edges[from]);
        let room = taken.room(batch, &edges[to]);
        match write {
            Write::Overwrite => room.copy_from_slice(from.data()),
            Write::Add => room.iter_mut().zip(from.data()).for_each(|(to, from)| *to += *from),
        }
        self.grads[target].restore(taken);
    }

    /// Goes back through the layer at `place`, which has read the edges `x` and written the edges `y`, and whose weights
    /// are the `weighted`-th.
    #[expect(clippy::too_many_arguments, reason = "what the plan knows of the layer, as generated code gives it")]
    fn with<const I: usize, const O: usize>(
        &mut self,
        place: usize,
        weighted: usize,
        reads: Reads,
        x: [usize; I],
        y: [usize; O],
        into: [Into; I],
        compute: impl FnOnce(&Pass<'_>, Backward<'_, '_, T>, &mut Work),
    ) {
        // Nothing before this layer is trained, nor its own weights.
        if !y.iter().any(|&edge| self.is_wanted(edge)) {
            return;
        }
        let mut at = 0;
        let targets = into.map(|into| {
            at += 1;
            self.target(x[at - 1], into)
        });
        // Out of the workspace, so that the rest of it can be read.
        let mut taken = targets.map(|target| target.map(|(slot, _)| mem::take(&mut self.grads[slot])));
        let span = &mut self.spans[weighted];
        let (start, range, trainable) = (span.start, span.start..span.end, span.trainable);
        let write = if mem::replace(&mut span.written, true) { Write::Add } else { Write::Overwrite };
        let factors = self.factors.as_deref_mut();
        let dw = WeightGrads::new(&mut self.dw[range], write).wanted_if(trainable);
        let dw = dw.or_factors(factors, start);
        let tensors = &self.tensors;
        let batch = tensors.pass.batch;
        let read = |edge: usize, read: bool| {
            if read || tensors.is_mask(edge) { tensors.read(edge) } else { tensors.unread(edge) }
        };
        let grads = &*self.grads;
        let dy = y.map(|edge| grads[self.slots[edge]].get(batch, &tensors.edges[edge]));
        let mut at = 0;
        let mut dx = taken.each_mut().map(|slot| {
            at += 1;
            match (slot, targets[at - 1]) {
                (Some(slot), Some((_, write))) => Grad::new(slot.room(batch, &tensors.edges[x[at - 1]]), write),
                _ => Grad::unread(),
            }
        });
        let (x, y) = (x.map(|edge| read(edge, reads.inputs)), y.map(|edge| read(edge, reads.outputs)));
        let pass = tensors.pass.with_training(self.training);
        compute(&pass, Backward { x: &x, y: &y, dy: &dy, dx: &mut dx, dw }, &mut self.work[place]);
        for (slot, target) in taken.into_iter().zip(targets) {
            if let (Some(slot), Some((place, _))) = (slot, target) {
                self.grads[place].restore(slot);
            }
        }
    }
}

/// Goes back through a use of a layer that says `training = ..`.
pub fn back_with_training<T: Real>(
    back: &mut Back<'_, '_, T>,
    training: bool,
    call: impl FnOnce(&mut Back<'_, '_, T>),
) {
    back.training = Some(training);
    call(back);
    back.training = None;
}

/// Backward reads neither the inputs of the layer nor its outputs.
pub const NOTHING: Reads = Reads { inputs: false, outputs: false };
/// Backward reads the inputs.
pub const X: Reads = Reads { inputs: true, outputs: false };
/// Backward reads the outputs.
pub const Y: Reads = Reads { inputs: false, outputs: true };
/// Backward reads both.
pub const X_AND_Y: Reads = Reads { inputs: true, outputs: true };

/// A layer with one input and one output.
#[expect(
    clippy::too_many_arguments,
    reason = "a struct would be one more thing for the compiler to check at each call"
)]
pub fn backward<T: Real, L: Compiled>(
    back: &mut Back<'_, '_, T>,
    layer: &L,
    weights: &Weights<T>,
    place: usize,
    weighted: usize,
    reads: Reads,
    x: usize,
    y: usize,
    into: Into,
) {
    backward_many(back, layer, weights, place, weighted, reads, [x], [y], [into]);
}

/// A layer.
#[expect(clippy::too_many_arguments, reason = "as for `backward`")]
pub fn backward_many<T: Real, L: Compiled, const I: usize, const O: usize>(
    back: &mut Back<'_, '_, T>,
    layer: &L,
    weights: &Weights<T>,
    place: usize,
    weighted: usize,
    reads: Reads,
    x: [usize; I],
    y: [usize; O],
    into: [Into; I],
) {
    let compute = |pass: &Pass<'_>, step: Backward<'_, '_, T>, work: &mut Work| {
        T::kernel(layer).backward(pass, weights, step, work);
    };
    back.with(place, weighted, reads, x, y, into, compute);
}

/// A layer and what is computed together with it; the edges are the input of the one and the output of the last.
#[expect(clippy::too_many_arguments, reason = "as for `backward`")]
pub fn backward_with<T: Real, L: Compiled>(
    back: &mut Back<'_, '_, T>,
    layer: &L,
    weights: &Weights<T>,
    after: &After<'_, T>,
    place: usize,
    weighted: usize,
    x: usize,
    y: usize,
    into: Into,
) {
    let compute = |pass: &Pass<'_>, step: Backward<'_, '_, T>, work: &mut Work| {
        T::kernel(layer).backward_with(pass, weights, after, step, work);
    };
    back.with(place, weighted, X_AND_Y, [x], [y], [into], compute);
}

/// A user-defined layer or a nested model.
pub fn custom_backward<T: Real, const I: usize, const O: usize>(
    back: &mut Back<'_, '_, T>,
    place: usize,
    weighted: usize,
    x: [usize; I],
    y: [usize; O],
    into: [Into; I],
    compute: impl FnOnce(&Pass<'_>, layer::Backward<'_, '_, T>, &mut Work),
) {
    back.with(place, weighted, X_AND_Y, x, y, into, |pass, step, work| {
        let Backward { x, y, dy, dx, dw } = step;
        compute(&pass.inside(place as u32), layer::Backward { x, y, dy, dx, dw }, work);
    });
}
