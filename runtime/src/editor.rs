//! What editors see in the place of a model's body: enough types to follow variables and to show documentation.

use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A tensor of a model; its shape is known to the macro alone.
#[derive(Clone, Copy, Debug)]
pub struct Tensor;

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
    ($($operator:ident $method:ident)*) => { $(
        impl<Other> $operator<Other> for Tensor {
            type Output = Tensor;

            fn $method(self, _: Other) -> Tensor {
                self
            }
        }

        impl $operator<Tensor> for f64 {
            type Output = Tensor;

            fn $method(self, tensor: Tensor) -> Tensor {
                tensor
            }
        }
    )* };
}

operators! { Add add Sub sub Mul mul Div div }

impl Neg for Tensor {
    type Output = Tensor;

    fn neg(self) -> Tensor {
        self
    }
}
