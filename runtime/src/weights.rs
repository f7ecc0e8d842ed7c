//! The weights of a layer: named variables in Keras' order.

use std::sync::atomic::{AtomicU64, Ordering};

use formwork_shape::{Shape, WeightSpec};

pub use crate::layer_kernels::{
    AdditiveAttention, Attention, BatchNormalization, Bidirectional, Conv1D, Conv1DTranspose, Conv2D, Conv2DTranspose,
    Conv3D, Dense, DepthwiseConv2D, Embedding, GRU, GroupNormalization, LSTM, LayerNormalization, MultiHeadAttention,
    PReLU, RMSNormalization, SeparableConv1D, SeparableConv2D, SimpleRNN,
};

use crate::buffer::Buffer;
use crate::kernels::Write;
use crate::random::Random;
use crate::{Real, initializer};

/// A named array of numbers that belongs to a layer.
#[derive(Clone, Debug)]
pub struct Variable<T> {
    name: &'static str,
    shape: Shape,
    trainable: bool,
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
        Variable { name: spec.name, shape: spec.shape, trainable: spec.trainable, data, stamp: new_stamp() }
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
        self.trainable
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
}

impl<T: Real> Weights<T> {
    /// The weights of a layer without any.
    pub const fn none() -> Self {
        Weights { variables: Vec::new() }
    }

    /// The weights that a layer's rule describes, at their start.
    pub fn new(specs: &[WeightSpec], random: &mut Random) -> Self {
        Weights { variables: specs.iter().map(|spec| Variable::new(spec, random)).collect() }
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

    /// The variable of that name.
    pub fn named(&self, name: &str) -> Option<&Variable<T>> {
        self.variables.iter().find(|v| v.name == name)
    }

    /// The variable of that name.
    pub fn named_mut(&mut self, name: &str) -> Option<&mut Variable<T>> {
        self.variables.iter_mut().find(|v| v.name == name)
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
            if variable.trainable() {
                len += variable.data().len();
            }
        });
        len
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
        self.variables.iter().filter(|v| v.trainable()).map(|v| v.data().len()).sum()
    }
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
