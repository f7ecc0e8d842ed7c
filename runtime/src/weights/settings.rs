//! From what a model says of weights, such as `kernel_regularizer = L2(1e-4)`, to the variables that it is about.

use formwork_shape::{Constraint, Regularizer, WeightSpec, is_about};

use super::{Variable, Weights};
use crate::random::{Purpose, Random};
use crate::{Real, initializer};

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
            weights.those(which).for_each(|(_, variable)| variable.set_regularizer(Some(regularizer)));
        }
        for &(which, constraint) in self.constraints {
            weights.those(which).for_each(|(_, variable)| variable.set_constraint(Some(constraint)));
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

impl<T: Real> Weights<T> {
    /// The weights that Keras' arguments beginning with `which` are about, with their places.
    fn those(&mut self, which: &str) -> impl Iterator<Item = (usize, &mut Variable<T>)> {
        let names: Vec<&str> = self.variables.iter().map(Variable::name).collect();
        let chosen: Vec<bool> = names.iter().map(|name| is_about(which, names.iter().copied(), name)).collect();
        self.variables.iter_mut().enumerate().filter(move |(place, _)| chosen[*place])
    }
}
