//! The weights of a layer: named variables in Keras' order.

use std::sync::atomic::{AtomicU64, Ordering};

use formwork_shape::{Constraint, Regularizer, Shape, WeightSpec};

pub use crate::layer_kernels::{
    AdditiveAttention, Attention, BatchNormalization, Bidirectional, Conv1D, Conv1DTranspose, Conv2D, Conv2DTranspose,
    Conv3D, Conv3DTranspose, Dense, DepthwiseConv1D, DepthwiseConv2D, EinsumDense, Embedding, GRU, GroupNormalization,
    GroupQueryAttention, LSTM, LayerNormalization, MultiHeadAttention, Normalization, PReLU, RMSNormalization,
    SeparableConv1D, SeparableConv2D, SimpleRNN,
};

use crate::buffer::Buffer;
use crate::kernels::Write;
use crate::random::{Purpose, Random};
use crate::{Real, initializer, penalty};

/// A named array of numbers that belongs to a layer.
#[derive(Clone, Debug)]
pub struct Variable<T> {
    name: &'static str,
    shape: Shape,
    /// Has it a gradient at all?
    trainable: bool,
    frozen: bool,
    regularizer: Option<Regularizer>,
    constraint: Option<Constraint>,
    data: Buffer<T>,
    stamp: u64,
}

/// A number that no other call has got.
pub(crate) fn new_stamp() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

impl<T: Real> Variable<T> {
    /// A variable as its layer's rule describes it, with its first numbers drawn from `random`.
    pub fn new(spec: &WeightSpec, random: &mut Random) -> Self {
        let mut data = Buffer::zeros(spec.shape.size());
        initializer::fill(spec.initializer, spec.shape.dims(), random, data.as_mut_slice());
        Variable {
            name: spec.name,
            shape: spec.shape,
            trainable: spec.trainable,
            frozen: false,
            regularizer: None,
            constraint: None,
            data,
            stamp: new_stamp(),
        }
    }

    /// Keras' name for it, such as `kernel`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Keras' layout.
    pub fn shape(&self) -> &[usize] {
        self.shape.dims()
    }

    /// Does a training step change it through its gradient?
    pub fn trainable(&self) -> bool {
        self.trainable && !self.frozen
    }

    /// Has it a place in the gradient of the model? That of a frozen variable is 0.
    pub fn has_gradient(&self) -> bool {
        self.trainable
    }

    /// Freezes it, or lets training change it again. A moving average is not changed by gradients either way; while its
    /// layer is frozen, it stays as it is.
    pub fn set_trainable(&mut self, trainable: bool) {
        self.frozen = !trainable;
    }

    /// What it adds to the loss.
    pub fn regularizer(&self) -> Option<Regularizer> {
        self.regularizer
    }

    /// What it adds to the loss from now on.
    pub fn set_regularizer(&mut self, regularizer: Option<Regularizer>) {
        self.regularizer = regularizer;
    }

    /// What it is kept to after each training step.
    pub fn constraint(&self) -> Option<Constraint> {
        self.constraint
    }

    /// What it is kept to after each training step from now on.
    pub fn set_constraint(&mut self, constraint: Option<Constraint>) {
        self.constraint = constraint;
    }

    /// What it adds to the loss now; the slope times `scale` is added to `gradient`.
    pub(crate) fn penalty(&self, gradient: Option<&mut [T]>, scale: f64) -> f64 {
        let Some(regularizer) = self.regularizer.map(|regularizer| penalty::times(regularizer, scale)) else {
            return 0.0;
        };
        penalty::penalty(regularizer, self.data(), self.shape().last().copied().unwrap_or(1), gradient) / scale
    }

    /// Brings it back to what its constraint allows.
    pub(crate) fn constrain(&mut self) {
        if let Some(constraint) = self.constraint {
            let shape = self.shape;
            penalty::constrain(&constraint, shape.dims(), self.data_mut());
        }
    }

    /// The numbers, row-major.
    pub fn data(&self) -> &[T] {
        self.data.as_slice()
    }

    /// The numbers, row-major.
    pub fn data_mut(&mut self) -> &mut [T] {
        self.stamp = new_stamp();
        self.data.as_mut_slice()
    }

    /// A number that no variable with other numbers has, or ever had, in this process: whoever keeps something made of the
    /// numbers knows by it whether they are still the same.
    pub fn stamp(&self) -> u64 {
        self.stamp
    }
}

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
        self.variables[i].stamp
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
        self.variables.iter().all(|variable| variable.frozen)
    }

    /// The variable of that name.
    pub fn named(&self, name: &str) -> Option<&Variable<T>> {
        self.variables.iter().find(|v| v.name == name)
    }

    /// The variable of that name.
    pub fn named_mut(&mut self, name: &str) -> Option<&mut Variable<T>> {
        self.variables.iter_mut().find(|v| v.name == name)
    }
}

/// What a model says of a layer's weights besides their shapes and first numbers. A weight is named by the beginning of
/// Keras' arguments for it: `kernel`, `recurrent`, `gamma`.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Does training change them?
    pub trainable: bool,
    /// What they add to the loss.
    pub regularizers: &'static [(&'static str, Regularizer)],
    /// What they are kept to.
    pub constraints: &'static [(&'static str, Constraint)],
    /// Seeds of their own for their first numbers.
    pub seeds: &'static [(&'static str, u64)],
}

impl Settings {
    /// Puts them in force for the weights that `specs` describe.
    pub fn apply<T: Real>(&self, specs: &[WeightSpec], weights: &mut Weights<T>) {
        weights.set_trainable(self.trainable);
        for &(which, regularizer) in self.regularizers {
            weights.those(which).for_each(|(_, variable)| variable.regularizer = Some(regularizer));
        }
        for &(which, constraint) in self.constraints {
            weights.those(which).for_each(|(_, variable)| variable.constraint = Some(constraint));
        }
        for &(which, seed) in self.seeds {
            for (place, variable) in weights.those(which) {
                let mut random = Random::new(seed, Purpose::Weights, 0);
                initializer::fill(
                    specs[place].initializer,
                    specs[place].shape.dims(),
                    &mut random,
                    variable.data_mut(),
                );
            }
        }
    }
}

impl<T> Weights<T> {
    /// The weights that Keras' arguments beginning with `which` are about, with their places.
    fn those(&mut self, which: &str) -> impl Iterator<Item = (usize, &mut Variable<T>)> {
        // The directions of a Bidirectional have the names of its layer.
        let base = |name: &'static str| {
            name.strip_prefix("forward_").or_else(|| name.strip_prefix("backward_")).unwrap_or(name)
        };
        // `kernel`; `recurrent_kernel` of `recurrent`; `query_kernel` of `kernel`; the one kernel of `depthwise`
        let ways: [&dyn Fn(&str) -> bool; 4] = [
            &|name| name == which,
            &|name| name.strip_prefix(which) == Some("_kernel"),
            &|name| name.strip_suffix(which).is_some_and(|rest| rest.ends_with('_')),
            &|name| name == "kernel",
        ];
        let names: Vec<&str> = self.variables.iter().map(|variable| base(variable.name)).collect();
        let way = ways.into_iter().find(|way| names.iter().any(|name| way(name)));
        let chosen: Vec<bool> = names.iter().map(|name| way.is_some_and(|way| way(name))).collect();
        self.variables.iter_mut().enumerate().filter(move |(place, _)| chosen[*place])
    }
}

/// A path that needs no memory of its own unless it is very long.
#[derive(Debug)]
pub struct Path(smallvec::SmallVec<[u8; 96]>);

impl std::ops::Deref for Path {
    type Target = str;

    fn deref(&self) -> &str {
        std::str::from_utf8(&self.0).expect("it was made of two strings")
    }
}

/// `name` inside `path`; a training step may ask for it and still allocates nothing.
pub fn join(path: &str, name: &str) -> Path {
    let mut joined = smallvec::SmallVec::from_slice(path.as_bytes());
    if !path.is_empty() {
        joined.push(b'/');
    }
    joined.extend_from_slice(name.as_bytes());
    Path(joined)
}

/// Whatever holds variables: the weights of a layer, a whole model.
pub trait Parameters<T: Real> {
    /// Calls `f` with each variable and its path (`dense/kernel`), always in the same order.
    fn visit<'a>(&'a self, path: &str, f: &mut dyn FnMut(&str, &'a Variable<T>));

    /// Calls `f` with each variable and its path, always in the same order.
    fn visit_mut<'a>(&'a mut self, path: &str, f: &mut dyn FnMut(&str, &'a mut Variable<T>));

    /// How many numbers a gradient of these parameters has.
    fn trainable_len(&self) -> usize {
        let mut len = 0;
        self.visit("", &mut |_, variable| {
            if variable.has_gradient() {
                len += variable.data().len();
            }
        });
        len
    }

    /// Freezes all of these parameters, or lets training change them again: `model.conv1.set_trainable(false)`.
    ///
    /// A BatchNormalization whose parameters are frozen takes its moving statistics in training too.
    fn set_trainable(&mut self, trainable: bool) {
        self.visit_mut("", &mut |_, variable| variable.set_trainable(trainable));
    }
}

impl<T: Real> Parameters<T> for Weights<T> {
    fn visit<'a>(&'a self, path: &str, f: &mut dyn FnMut(&str, &'a Variable<T>)) {
        for variable in &self.variables {
            f(&join(path, variable.name), variable);
        }
    }

    fn visit_mut<'a>(&'a mut self, path: &str, f: &mut dyn FnMut(&str, &'a mut Variable<T>)) {
        for variable in &mut self.variables {
            f(&join(path, variable.name), variable);
        }
    }

    fn trainable_len(&self) -> usize {
        self.variables.iter().filter(|v| v.has_gradient()).map(|v| v.data().len()).sum()
    }
}

/// What holds the variables of a layer, with its name.
pub type Named<'v, 'f, T> = &'f mut dyn FnMut(&'static str, &'v dyn Parameters<T>);

/// As [`Named`], to change them.
pub type NamedMut<'v, 'f, T> = &'f mut dyn FnMut(&'static str, &'v mut dyn Parameters<T>);

/// A model as the layers that have weights: what generated code says of them, and everything else follows from.
pub trait Layers<T: Real> {
    /// Calls `f` with each layer that has weights, in order.
    fn layers<'v>(&'v self, f: Named<'v, '_, T>);

    /// Calls `f` with each layer that has weights, in order.
    fn layers_mut<'v>(&'v mut self, f: NamedMut<'v, '_, T>);
}

/// One layer of [`Layers::layers`]: a call of a function is cheaper to compile than that of a closure.
pub fn layer<'v, T: Real>(f: Named<'v, '_, T>, name: &'static str, layer: &'v dyn Parameters<T>) {
    f(name, layer);
}

/// One layer of [`Layers::layers_mut`].
pub fn layer_mut<'v, T: Real>(f: NamedMut<'v, '_, T>, name: &'static str, layer: &'v mut dyn Parameters<T>) {
    f(name, layer);
}

/// [`Parameters::visit`] of a model.
pub fn visit_layers<'v, T: Real>(model: &'v impl Layers<T>, path: &str, f: &mut dyn FnMut(&str, &'v Variable<T>)) {
    model.layers(&mut |name, layer| layer.visit(&join(path, name), f));
}

/// [`Parameters::visit_mut`] of a model.
pub fn visit_layers_mut<'v, T: Real>(
    model: &'v mut impl Layers<T>,
    path: &str,
    f: &mut dyn FnMut(&str, &'v mut Variable<T>),
) {
    model.layers_mut(&mut |name, layer| layer.visit_mut(&join(path, name), f));
}

/// Where the gradients of a layer's trainable variables go, one after the other.
#[derive(Debug)]
pub struct WeightGrads<'a, T> {
    data: &'a mut [T],
    write: Write,
}

impl<'a, T: Real> WeightGrads<'a, T> {
    /// The gradients of one layer. A layer that is used twice overwrites once and then adds.
    pub fn new(data: &'a mut [T], write: Write) -> Self {
        WeightGrads { data, write }
    }

    /// Overwrite, or add to an earlier use of the layer?
    pub fn write(&self) -> Write {
        self.write
    }

    /// The gradient of the next trainable variable, `len` numbers long, as a sum to add to: it is zero where this is the
    /// layer's first use.
    pub fn sum(&mut self, len: usize) -> &'a mut [T] {
        let write = self.write;
        let sum = self.next(len);
        if write == Write::Overwrite {
            sum.fill(T::zero());
        }
        sum
    }

    /// The gradient of the next trainable variable, `len` numbers long, to be written as [`write`](WeightGrads::write) says.
    pub fn next(&mut self, len: usize) -> &'a mut [T] {
        let (head, rest) = std::mem::take(&mut self.data).split_at_mut(len);
        self.data = rest;
        head
    }
}

/// Names the variables of a layer: `model.dense.kernel()`.
macro_rules! named_weights {
    ($layer:ident { $($name:ident / $name_mut:ident: $dim:ident $($optional:ident)?),* $(,)? }) => {
        #[doc = concat!("The weights of a `", stringify!($layer), "` layer.")]
        #[derive(Clone, Debug)]
        pub struct $layer<T>($crate::weights::Weights<T>);

        impl<T: $crate::Real> $layer<T> {
            /// Weights as the layer's rule describes them.
            #[doc(hidden)]
            pub fn new(specs: &[formwork_shape::WeightSpec], random: &mut $crate::random::Random) -> Self {
                $layer($crate::weights::Weights::new(specs, random))
            }

            $($crate::weights::named_weights! { @accessors $name $name_mut $dim $($optional)? })*
        }

        impl<T> From<$crate::weights::Weights<T>> for $layer<T> {
            fn from(weights: $crate::weights::Weights<T>) -> Self {
                $layer(weights)
            }
        }

        impl<T: $crate::Real> $crate::weights::Parameters<T> for $layer<T> {
            fn visit<'a>(&'a self, path: &str, f: &mut dyn FnMut(&str, &'a $crate::weights::Variable<T>)) {
                self.0.visit(path, f);
            }

            fn visit_mut<'a>(&'a mut self, path: &str, f: &mut dyn FnMut(&str, &'a mut $crate::weights::Variable<T>)) {
                self.0.visit_mut(path, f);
            }

            fn trainable_len(&self) -> usize {
                self.0.trainable_len()
            }
        }

        impl<T> std::ops::Deref for $layer<T> {
            type Target = $crate::weights::Weights<T>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl<T> std::ops::DerefMut for $layer<T> {
            fn deref_mut(&mut self) -> &mut Self::Target {
                &mut self.0
            }
        }
    };
    (@accessors $name:ident $name_mut:ident $dim:ident) => {
        #[doc = concat!("`", stringify!($name), "` in Keras' layout.")]
        pub fn $name(&self) -> ndarray::ArrayView<'_, T, ndarray::$dim> {
            $crate::weights::array(self.0.named(stringify!($name))).expect("every layer of this type has it")
        }

        #[doc = concat!("`", stringify!($name), "` in Keras' layout, to change it.")]
        pub fn $name_mut(&mut self) -> ndarray::ArrayViewMut<'_, T, ndarray::$dim> {
            $crate::weights::array_mut(self.0.named_mut(stringify!($name))).expect("every layer of this type has it")
        }
    };
    (@accessors $name:ident $name_mut:ident $dim:ident optional) => {
        #[doc = concat!("`", stringify!($name), "` in Keras' layout, where the layer has one.")]
        pub fn $name(&self) -> Option<ndarray::ArrayView<'_, T, ndarray::$dim>> {
            $crate::weights::array(self.0.named(stringify!($name)))
        }

        #[doc = concat!("`", stringify!($name), "` in Keras' layout, to change it, where the layer has one.")]
        pub fn $name_mut(&mut self) -> Option<ndarray::ArrayViewMut<'_, T, ndarray::$dim>> {
            $crate::weights::array_mut(self.0.named_mut(stringify!($name)))
        }
    };
}

pub(crate) use named_weights;

/// A variable as an array.
pub(crate) fn array<T: Real, D: ndarray::Dimension>(
    variable: Option<&Variable<T>>,
) -> Option<ndarray::ArrayView<'_, T, D>> {
    let variable = variable?;
    ndarray::ArrayView::from_shape(ndarray::IxDyn(variable.shape()), variable.data()).ok()?.into_dimensionality().ok()
}

/// A variable as an array to change.
pub(crate) fn array_mut<T: Real, D: ndarray::Dimension>(
    variable: Option<&mut Variable<T>>,
) -> Option<ndarray::ArrayViewMut<'_, T, D>> {
    let variable = variable?;
    let shape = ndarray::IxDyn(variable.shape.dims());
    ndarray::ArrayViewMut::from_shape(shape, variable.data_mut()).ok()?.into_dimensionality().ok()
}
