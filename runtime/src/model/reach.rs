//! How far the way back has to go: to the first weights that training changes, and no farther.

/// Which tensors of a training pass depend on weights that are not frozen. The forward pass notes it, layer after layer, as
/// anything may have been frozen since the last one.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Of what lives in each home now: the model's inputs, then the slots.
    homes: Vec<bool>,
    /// Of each edge that a layer has read or written.
    edges: Vec<bool>,
}

impl Reach {
    /// A forward pass begins; inputs depend on nothing.
    pub(super) fn begin(&mut self, homes: usize, edges: usize) {
        self.homes.clear();
        self.homes.resize(homes, false);
        self.edges.clear();
        self.edges.resize(edges, false);
    }

    /// A layer reads the edges `x` and writes the edges `y`; `home` tells where an edge lives. Do the inputs depend on
    /// something?
    pub(super) fn note(&mut self, trainable: bool, x: &[usize], y: &[usize], home: impl Fn(usize) -> usize) -> bool {
        let mut inputs = false;
        for &edge in x {
            self.edges[edge] = self.homes[home(edge)];
            inputs |= self.edges[edge];
        }
        for &edge in y {
            self.edges[edge] = trainable || inputs;
            self.homes[home(edge)] = trainable || inputs;
        }
        inputs
    }

    /// Does the gradient with respect to this edge reach weights that training changes?
    pub(super) fn has(&self, edge: usize) -> bool {
        self.edges[edge]
    }
}
