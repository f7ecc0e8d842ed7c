//! What editors see in the place of a model's body: enough types to follow variables and to show documentation.

use std::marker::PhantomData;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// A tensor of a model; its shape is known to the macro alone.
#[derive(Clone, Copy, Debug)]
pub struct Tensor;

/// Any layer, so that layers of several kinds can be in one list.
#[derive(Clone, Copy, Debug)]
pub struct Layer;

/// A layer with its settings.
pub fn layer<L>(_: L) -> Layer {
    Layer
}

/// A layer applied to tensors.
pub fn apply<L, X>(_: L, _: X) -> Tensor {
    Tensor
}

/// A user-defined layer or a nested model with its settings.
pub fn custom<L, S>(_: S) -> PhantomData<L> {
    PhantomData
}

/// A layer's argument.
pub fn assign<F, V>(_: &mut F, _: V) {}

macro_rules! operators {
    ($($operator:ident $method:ident $assign:ident $assigning:ident)*) => { $(
        impl<Other> $operator<Other> for Tensor {
            type Output = Tensor;

            fn $method(self, _: Other) -> Tensor {
                self
            }
        }

        impl<Other> $assign<Other> for Tensor {
            fn $assigning(&mut self, _: Other) {}
        }

        impl $operator<Tensor> for f64 {
            type Output = Tensor;

            fn $method(self, tensor: Tensor) -> Tensor {
                tensor
            }
        }
    )* };
}

operators! {
    Add add AddAssign add_assign
    Sub sub SubAssign sub_assign
    Mul mul MulAssign mul_assign
    Div div DivAssign div_assign
}

impl Neg for Tensor {
    type Output = Tensor;

    fn neg(self) -> Tensor {
        self
    }
}
