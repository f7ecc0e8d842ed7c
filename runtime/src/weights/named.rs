//! The variables of a layer as arrays of their own names.

use super::Variable;
use crate::Real;

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

            fn is_trainable(&self) -> bool {
                self.0.is_trainable()
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
    let shape = ndarray::IxDyn(variable.shape());
    ndarray::ArrayViewMut::from_shape(shape, variable.data_mut()).ok()?.into_dimensionality().ok()
}
