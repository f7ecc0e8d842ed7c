//! A model as a layer of another model.

use std::cell::Cell;

use formwork_shape::Shape;

use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::Pass;
use crate::kernels::Write;
use crate::layer::Backward;
use crate::model::Model;
use crate::view::{View, ViewMut};
use crate::weights::WeightGrads;

/// The memory of one use of a nested model.
#[derive(Debug)]
pub struct NestedWork<M: Model> {
    edges: Vec<Shape>,
    inference: M::Inference,
    training: M::Training,
    /// The weight gradients of a second use, before they are added to those of the first.
    weights: Buffer<M::Element>,
}

impl<M: Model> Default for NestedWork<M> {
    fn default() -> Self {
        NestedWork {
            edges: Vec::new(),
            inference: M::Inference::default(),
            training: M::Training::default(),
            weights: Buffer::default(),
        }
    }
}

impl<M: Model> NestedWork<M> {
    fn resolve(&mut self, x: &[View<'_, M::Element>]) {
        let inputs: smallvec::SmallVec<[Shape; 4]> = x.iter().map(|view| *view.shape()).collect();
        // The outer model has run the same rules on the same shapes.
        let resolved = M::shapes(&inputs, &mut self.edges);
        debug_assert!(resolved.is_ok());
    }
}

thread_local! {
    /// Room for the shapes of a nested model's edges, so that a prediction allocates nothing.
    static EDGES: Cell<Vec<Shape>> = const { Cell::new(Vec::new()) };
}

/// The shapes of the nested model's outputs, which are its edges `places`, for inputs of these shapes.
pub fn nested_shapes<M: Model>(inputs: &[Shape], places: &[usize], outputs: &mut [Shape]) {
    // Taken, not borrowed: the nested model may have nested models.
    let mut edges = EDGES.take();
    if M::shapes(inputs, &mut edges).is_ok() {
        for (output, place) in outputs.iter_mut().zip(places) {
            *output = edges[*place];
        }
    }
    EDGES.set(edges);
}

/// The nested model's outputs at inference.
pub fn nested_infer<M: Model>(
    model: &M,
    pass: &Pass<'_>,
    x: &[View<'_, M::Element>],
    y: &mut [ViewMut<'_, M::Element>],
    work: &mut NestedWork<M>,
) {
    work.resolve(x);
    model.infer(pass, &work.edges, x, &mut work.inference);
    for (y, view) in y.iter_mut().zip(M::inferred(&work.inference, pass.batch, &work.edges, x)) {
        y.data.copy_from_slice(view.data());
    }
}

/// The nested model's outputs in training. If nobody goes back through it, and it does what it does at inference, that is
/// faster.
pub fn nested_train<M: Model>(
    model: &mut M,
    pass: &Pass<'_>,
    x: &[View<'_, M::Element>],
    y: &mut [ViewMut<'_, M::Element>],
    work: &mut NestedWork<M>,
) {
    if pass.inference && !pass.input_gradients && !model.is_trainable() {
        return nested_infer(model, pass, x, y, work);
    }
    work.resolve(x);
    model.train(pass, &work.edges, x, &mut work.training);
    for (y, slot) in y.iter_mut().zip(M::trained(&mut work.training, pass.batch, &work.edges, x)) {
        y.data.copy_from_slice(slot.y.data());
    }
}

/// The gradients of the nested model's inputs and weights.
pub fn nested_backward<M: Model>(
    model: &M,
    pass: &Pass<'_>,
    step: Backward<'_, '_, M::Element>,
    work: &mut NestedWork<M>,
) {
    let Backward { x, dy, dx, mut dw, .. } = step;
    for (slot, dy) in M::trained(&mut work.training, pass.batch, &work.edges, x).into_iter().zip(dy) {
        slot.dy.copy_from_slice(dy.data());
    }
    let wanted = dx.iter_mut().any(|dx| dx.target().is_some());
    let pass = Pass { input_gradients: wanted, ..*pass };
    let len = model.trainable_len();
    let write = dw.write();
    let target = dw.next(len);
    match write {
        Write::Overwrite => model.backward(&pass, &work.edges, x, &mut work.training, WeightGrads::new(target, write)),
        Write::Add => {
            let own = work.weights.take(len);
            let first = WeightGrads::new(&mut *own, Write::Overwrite);
            model.backward(&pass, &work.edges, x, &mut work.training, first);
            add(own, target);
        }
    }
    if !wanted {
        return;
    }
    let gradients = M::input_gradients(&work.training, pass.batch, &work.edges);
    for (dx, gradient) in dx.iter_mut().zip(gradients) {
        let (Some((target, write)), Some(gradient)) = (dx.target(), gradient) else { continue };
        match write {
            Write::Overwrite => target.copy_from_slice(gradient),
            Write::Add => add(gradient, target),
        }
    }
}

fn add<T: Real>(from: &[T], to: &mut [T]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += *from);
}
