//! Going over the variables of whatever holds some, each with its path.

use super::Variable;
use crate::Real;

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

    /// Does a training step change any of these parameters through its gradient?
    fn is_trainable(&self) -> bool {
        let mut trainable = false;
        self.visit("", &mut |_, variable| trainable |= variable.trainable());
        trainable
    }

    /// Freezes all of these parameters, or lets training change them again: `model.conv1.set_trainable(false)`.
    ///
    /// A BatchNormalization whose parameters are frozen takes its moving statistics in training too.
    fn set_trainable(&mut self, trainable: bool) {
        self.visit_mut("", &mut |_, variable| variable.set_trainable(trainable));
    }
}

/// What is done with each layer of a model that has weights. Generated code names many of them, so it does that in the way
/// that costs the compiler least: it passes on a struct by reference, where a `&mut dyn FnMut` would be coerced each time.
pub struct Named<'v, 'f, T>(&'f mut dyn FnMut(&'static str, &'v dyn Parameters<T>));

/// As [`Named`], to change them.
pub struct NamedMut<'v, 'f, T>(&'f mut dyn FnMut(&'static str, &'v mut dyn Parameters<T>));

/// A model as the layers that have weights: what generated code says of them, and everything else follows from.
pub trait Layers<T: Real> {
    /// Calls [`layer`] with each layer that has weights, in order.
    fn layers<'v>(&'v self, f: &mut Named<'v, '_, T>);

    /// Calls [`layer_mut`] with each layer that has weights, in order.
    fn layers_mut<'v>(&'v mut self, f: &mut NamedMut<'v, '_, T>);
}

/// One layer of [`Layers::layers`].
pub fn layer<'v, T: Real, L: Parameters<T>>(f: &mut Named<'v, '_, T>, name: &'static str, layer: &'v L) {
    (f.0)(name, layer);
}

/// One layer of [`Layers::layers_mut`].
pub fn layer_mut<'v, T: Real, L: Parameters<T>>(f: &mut NamedMut<'v, '_, T>, name: &'static str, layer: &'v mut L) {
    (f.0)(name, layer);
}

/// Calls `f` with the name of each layer of a model that has weights, and what holds them, in order.
pub fn each_layer<'v, T: Real>(model: &'v impl Layers<T>, f: &mut dyn FnMut(&'static str, &'v dyn Parameters<T>)) {
    model.layers(&mut Named(f));
}

/// [`Parameters::visit`] of a model.
pub fn visit_layers<'v, T: Real>(model: &'v impl Layers<T>, path: &str, f: &mut dyn FnMut(&str, &'v Variable<T>)) {
    each_layer(model, &mut |name, layer| layer.visit(&join(path, name), f));
}

/// [`Parameters::visit_mut`] of a model.
pub fn visit_layers_mut<'v, T: Real>(
    model: &'v mut impl Layers<T>,
    path: &str,
    f: &mut dyn FnMut(&str, &'v mut Variable<T>),
) {
    model.layers_mut(&mut NamedMut(&mut |name, layer| layer.visit_mut(&join(path, name), f)));
}
