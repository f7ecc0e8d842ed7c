//! The weights of a layer: named variables in Keras' order.

mod factors;
mod gradients;
mod named;
mod parameters;
mod settings;
mod variable;

use formwork_shape::WeightSpec;

pub use crate::layer_kernels::{
    AdditiveAttention, Attention, BatchNormalization, Bidirectional, Conv1D, Conv1DTranspose, Conv2D, Conv2DTranspose,
    Conv3D, Conv3DTranspose, ConvLSTM1D, ConvLSTM2D, ConvLSTM3D, Dense, DepthwiseConv1D, DepthwiseConv2D, EinsumDense,
    Embedding, GRU, GroupNormalization, GroupQueryAttention, LSTM, LayerNormalization, MultiHeadAttention,
    Normalization, PReLU, RMSNormalization, SeparableConv1D, SeparableConv2D, SimpleRNN,
};

use crate::Real;
use crate::random::Random;
pub(crate) use factors::{Factored, Factors};
pub use gradients::WeightGrads;
pub(crate) use gradients::{largest, largest_of_many};
pub(crate) use named::{array, array_mut, named_weights};
pub use parameters::{
    Layers, Named, NamedMut, Parameters, Path, each_layer, join, layer, layer_mut, visit_layers, visit_layers_mut,
};
pub use settings::Settings;
pub use variable::Variable;
pub(crate) use variable::new_stamp;

/// The variables of one layer.
#[derive(Clone, Debug)]
pub struct Weights<T> {
    variables: Vec<Variable<T>>,
    /// For statistics: bit `k` is set if axis `k` of a sample has statistics of its own.
    pub(crate) along: u8,
}

impl<T: Real> Weights<T> {
    /// The weights of a layer without any.
    pub const fn none() -> Self {
        Weights { variables: Vec::new(), along: 0 }
    }

    /// The weights that a layer's rule describes, at their start.
    pub fn new(specs: &[WeightSpec], random: &mut Random) -> Self {
        Weights { variables: specs.iter().map(|spec| Variable::new(spec, random)).collect(), along: 0 }
    }

    /// The weights that a layer's rule describes, at their start.
    pub(crate) fn of(rule: &formwork_shape::Weights, random: &mut Random) -> Self {
        Weights { along: rule.along(), ..Weights::new(rule.as_slice(), random) }
    }

    /// The variables in Keras' order.
    pub fn variables(&self) -> &[Variable<T>] {
        &self.variables
    }

    /// The variables in Keras' order.
    pub fn variables_mut(&mut self) -> &mut [Variable<T>] {
        &mut self.variables
    }

    /// The numbers of variable `i`.
    pub fn data(&self, i: usize) -> &[T] {
        self.variables[i].data()
    }

    /// What tells the numbers of variable `i` from all others: see [`Variable::stamp`].
    pub fn stamp(&self, i: usize) -> u64 {
        self.variables[i].stamp()
    }

    /// The numbers of variable `i`.
    pub fn data_mut(&mut self, i: usize) -> &mut [T] {
        self.variables[i].data_mut()
    }

    /// Freezes the layer, or lets training change it again.
    pub fn set_trainable(&mut self, trainable: bool) {
        self.variables.iter_mut().for_each(|variable| variable.set_trainable(trainable));
    }

    /// Is every variable frozen?
    pub fn is_frozen(&self) -> bool {
        self.variables.iter().all(Variable::is_frozen)
    }

    /// The variable of that name.
    pub fn named(&self, name: &str) -> Option<&Variable<T>> {
        self.variables.iter().find(|v| v.name() == name)
    }

    /// The variable of that name.
    pub fn named_mut(&mut self, name: &str) -> Option<&mut Variable<T>> {
        self.variables.iter_mut().find(|v| v.name() == name)
    }
}

impl<T: Real> Parameters<T> for Weights<T> {
    fn visit<'a>(&'a self, path: &str, f: &mut dyn FnMut(&str, &'a Variable<T>)) {
        for variable in &self.variables {
            f(&join(path, variable.name()), variable);
        }
    }

    fn visit_mut<'a>(&'a mut self, path: &str, f: &mut dyn FnMut(&str, &'a mut Variable<T>)) {
        for variable in &mut self.variables {
            f(&join(path, variable.name()), variable);
        }
    }

    fn trainable_len(&self) -> usize {
        self.variables.iter().filter(|v| v.has_gradient()).map(|v| v.data().len()).sum()
    }

    fn is_trainable(&self) -> bool {
        self.variables.iter().any(Variable::trainable)
    }
}
