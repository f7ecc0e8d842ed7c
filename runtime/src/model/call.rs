//! Calls of layers, one function each: generated code says which layer reads and writes which edges, and is cheap to
//! compile.

use std::mem;

use formwork_shape::{In, Layer as AnyLayer, Shape, Tensor};

use super::reach::Reach;
use super::stretch::Lanes;
use super::workspace::{Slot, Workspace};
use crate::Real;
use crate::kernel::{After, Compiled, Pass, Work};
use crate::random::Random;
use crate::view::{View, ViewMut};
use crate::weights::{Parameters, Weights};

/// Where the tensors of a pass live.
pub(super) struct Tensors<'r, 'x, T> {
    pub(super) pass: &'r Pass<'r>,
    /// The shape of every edge.
    pub(super) edges: &'r [Shape],
    /// The inputs of the model.
    pub(super) x: &'r [View<'x, T>],
    /// The home of every edge: the inputs of the model, then the slots.
    pub(super) homes: &'static [usize],
    /// The edges that are masks.
    pub(super) masks: &'static [usize],
    pub(super) values: &'r mut [Slot<T>],
}

impl<'r, 'x, T: Real> Tensors<'r, 'x, T> {
    pub(super) fn read(&self, edge: usize) -> View<'_, T> {
        let (home, inputs) = (self.homes[edge], self.x.len());
        let view = match home.checked_sub(inputs) {
            None => self.x[home].reshaped(self.edges[edge]),
            Some(slot) => self.values[slot].get(self.pass.batch, &self.edges[edge]),
        };
        if self.is_mask(edge) { view.as_mask() } else { view }
    }

    pub(super) fn is_mask(&self, edge: usize) -> bool {
        self.masks.contains(&edge)
    }

    /// The shape alone of an edge that its reader does not read.
    pub(super) fn unread(&self, edge: usize) -> View<'_, T> {
        View::unread(self.pass.batch, self.edges[edge])
    }

    /// Takes the slot of an edge out, so that the others can be read meanwhile.
    pub(super) fn take(&mut self, edge: usize) -> Slot<T> {
        mem::take(self.slot(edge))
    }

    /// Puts it back.
    pub(super) fn restore(&mut self, edge: usize, slot: Slot<T>) {
        self.slot(edge).restore(slot);
    }

    fn slot(&mut self, edge: usize) -> &mut Slot<T> {
        &mut self.values[self.homes[edge] - self.x.len()]
    }
}

/// A forward pass.
pub struct Run<'r, 'x, T> {
    pub(super) tensors: Tensors<'r, 'x, T>,
    pub(super) work: &'r mut [Work],
    pub(super) lanes: &'r Lanes<T>,
    /// Notes, in training, what depends on trainable weights.
    pub(super) reach: Option<&'r mut Reach>,
    /// What the use of a layer that is computed now says of `training`.
    pub(super) training: Option<bool>,
    /// An edge that does not go to a slot, and where it goes.
    pub(super) output: Option<(usize, ViewMut<'r, T>)>,
}

impl<'r, 'x, T: Real> Run<'r, 'x, T> {
    /// A pass over `x` in a workspace; `homes` and `masks` are the plan's.
    pub fn new<const V: usize, const G: usize, const N: usize>(
        pass: &'r Pass<'r>,
        edges: &'r [Shape],
        x: &'r [View<'x, T>],
        workspace: &'r mut Workspace<T, V, G, N>,
        homes: &'static [usize],
        masks: &'static [usize],
    ) -> Self {
        let Workspace { values, work, lanes, reach, .. } = workspace;
        let tensors = Tensors { pass, edges, x, homes, masks, values };
        // A workspace without gradients is one of inference.
        let reach = (G > 0).then_some(reach);
        let mut run = Run { tensors, work, lanes, reach, training: None, output: None };
        if let Some(reach) = &mut run.reach {
            reach.begin(x.len() + V, edges.len());
        }
        run
    }

    /// The edge `y` is the edge `x` in another shape.
    pub fn alias(&mut self, x: usize, y: usize) {
        self.note(false, &[x], &[y]);
    }

    /// A layer is computed whose weights training changes, or not. Does the way back go on to something before it?
    fn note(&mut self, trainable: bool, x: &[usize], y: &[usize]) -> bool {
        self.reach.as_mut().is_some_and(|reach| reach.note(trainable, x, y, |edge| self.tensors.homes[edge]))
    }

    /// Computes the edges `y` of the edges `x`.
    fn with<const I: usize, const O: usize>(
        &mut self,
        place: usize,
        x: [usize; I],
        y: [usize; O],
        compute: impl FnOnce(&Pass<'_>, &[View<'_, T>; I], &mut [ViewMut<'_, T>; O], &mut Work),
    ) {
        if let Some((_, output)) = self.output.take_if(|(edge, _)| y[..] == [*edge]) {
            let tensors = &self.tensors;
            let pass = tensors.pass.with_training(self.training);
            let mut output = Some(output);
            let mut views = y.map(|_| output.take().expect("it is the only one"));
            return compute(&pass, &x.map(|edge| tensors.read(edge)), &mut views, &mut self.work[place]);
        }
        let mut slots = y.map(|edge| self.tensors.take(edge));
        let tensors = &self.tensors;
        let mut shapes = y.iter().map(|&edge| &tensors.edges[edge]);
        let views = slots.each_mut();
        let mut views =
            views.map(|slot| slot.put(tensors.pass.batch, shapes.next().expect("there is one for each slot")));
        let pass = tensors.pass.with_training(self.training);
        compute(&pass, &x.map(|edge| tensors.read(edge)), &mut views, &mut self.work[place]);
        for (edge, slot) in y.into_iter().zip(slots) {
            self.tensors.restore(edge, slot);
        }
    }
}

/// Computes a use of a layer that says `training = ..`.
pub fn with_training<T: Real>(run: &mut Run<'_, '_, T>, training: bool, call: impl FnOnce(&mut Run<'_, '_, T>)) {
    run.training = Some(training);
    call(run);
    run.training = None;
}

/// A layer with one input and one output, at inference.
pub fn infer<T: Real, L: Compiled>(
    run: &mut Run<'_, '_, T>,
    layer: &L,
    weights: &Weights<T>,
    place: usize,
    x: usize,
    y: usize,
) {
    infer_many(run, layer, weights, place, [x], [y]);
}

/// A layer at inference.
pub fn infer_many<T: Real, L: Compiled, const I: usize, const O: usize>(
    run: &mut Run<'_, '_, T>,
    layer: &L,
    weights: &Weights<T>,
    place: usize,
    x: [usize; I],
    y: [usize; O],
) {
    run.with(place, x, y, |pass, x, y, work| T::kernel(layer).infer(pass, weights, x, y, work));
}

/// A layer with one input and one output, in training.
pub fn train<T: Real, L: Compiled>(
    run: &mut Run<'_, '_, T>,
    layer: &L,
    weights: &mut Weights<T>,
    place: usize,
    x: usize,
    y: usize,
) {
    train_many(run, layer, weights, place, [x], [y]);
}

/// A layer in training.
pub fn train_many<T: Real, L: Compiled, const I: usize, const O: usize>(
    run: &mut Run<'_, '_, T>,
    layer: &L,
    weights: &mut Weights<T>,
    place: usize,
    x: [usize; I],
    y: [usize; O],
) {
    run.note(weights.is_trainable(), &x, &y);
    run.with(place, x, y, |pass, x, y, work| T::kernel(layer).train(pass, weights, x, y, work));
}

/// A layer and what is computed together with it, at inference; the output is that of the last of them.
pub fn infer_with<T: Real, L: Compiled>(
    run: &mut Run<'_, '_, T>,
    layer: &L,
    weights: &Weights<T>,
    after: &After<'_, T>,
    place: usize,
    x: usize,
    y: usize,
) {
    run.with(place, [x], [y], |pass, [x], [y], work| T::kernel(layer).infer_with(pass, weights, after, x, y, work));
}

/// The same in training.
pub fn train_with<T: Real, L: Compiled>(
    run: &mut Run<'_, '_, T>,
    layer: &L,
    weights: &mut Weights<T>,
    after: &After<'_, T>,
    place: usize,
    x: usize,
    y: usize,
) {
    run.note(weights.is_trainable(), &[x], &[y]);
    run.with(place, [x], [y], |pass, [x], [y], work| T::kernel(layer).train_with(pass, weights, after, x, y, work));
}

/// A user-defined layer or a nested model, whose weights training changes or not; its random numbers are its own.
pub fn custom<T: Real, const I: usize, const O: usize>(
    run: &mut Run<'_, '_, T>,
    place: usize,
    trainable: bool,
    x: [usize; I],
    y: [usize; O],
    compute: impl FnOnce(&Pass<'_>, &[View<'_, T>], &mut [ViewMut<'_, T>], &mut Work),
) {
    let goes_on = run.note(trainable, &x, &y);
    run.with(place, x, y, |pass, x, y, work| {
        let pass = Pass { input_gradients: pass.input_gradients || goes_on, ..pass.inside(place as u32) };
        compute(&pass, x, y, work);
    });
}

/// Draws the first weights of a model's layers.
pub struct Draw<'r> {
    /// The random numbers.
    pub random: &'r mut Random,
    /// Every edge.
    pub edges: &'static [Tensor],
}

/// The first weights of a layer that reads the edges `x`.
pub fn drawn<T: Real, W: From<Weights<T>>, L: Copy + Into<AnyLayer>, const I: usize>(
    draw: &mut Draw<'_>,
    layer: &L,
    x: [usize; I],
) -> W {
    let x: [In; I] = x.map(|edge| draw.edges[edge].named("", &[]));
    Weights::of(&(*layer).into().weights(&x), draw.random).into()
}
