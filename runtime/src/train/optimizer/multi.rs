use super::Optimizer;
use super::common::{known_layer, owner};
use crate::train::{Gradients, State};
use crate::weights::{Parameters, Variable};
use crate::{Error, Real, Result};

/// Several optimizers, each for some layers:
/// `MultiOptimizer::new(Adam::new(1e-3)).layer("embedding", SGD::new(0.1))`.
pub struct MultiOptimizer<T: Real> {
    /// The first one is for all layers without one of their own.
    optimizers: Vec<One<T>>,
    /// The layers and the places of their optimizers.
    layers: Vec<(String, usize)>,
}

struct One<T: Real> {
    optimizer: Box<dyn Optimizer<T>>,
    /// The gradients of its variables, from the first step on.
    gradients: Option<Gradients<T>>,
}

impl<T: Real> std::fmt::Debug for MultiOptimizer<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MultiOptimizer").field("layers", &self.layers).finish_non_exhaustive()
    }
}

impl<T: Real> MultiOptimizer<T> {
    /// An optimizer for all layers without one of their own. Callbacks see and change its learning rate.
    pub fn new(default: impl Optimizer<T>) -> Self {
        MultiOptimizer { optimizers: vec![One::new(default)], layers: Vec::new() }
    }

    /// Another one for a layer, or for one variable such as `dense/bias`; of several that fit the longest name decides.
    pub fn layer(self, layer: impl Into<String>, optimizer: impl Optimizer<T>) -> Self {
        self.layers([layer], optimizer)
    }

    /// Another one for several layers together: clipping by a global norm counts them as one.
    pub fn layers<N: Into<String>>(
        mut self,
        layers: impl IntoIterator<Item = N>,
        optimizer: impl Optimizer<T>,
    ) -> Self {
        let place = self.optimizers.len();
        self.layers.extend(layers.into_iter().map(|layer| (layer.into(), place)));
        self.optimizers.push(One::new(optimizer));
        self
    }
}

impl<T: Real> One<T> {
    fn new(optimizer: impl Optimizer<T>) -> Self {
        One { optimizer: Box::new(optimizer), gradients: None }
    }
}

/// Which variables an optimizer trains.
#[derive(Clone, Copy)]
struct Mine<'a> {
    layers: &'a [(String, usize)],
    place: usize,
}

impl Mine<'_> {
    fn holds(self, path: &str) -> bool {
        owner(self.layers, path).copied().unwrap_or(0) == self.place
    }
}

/// These variables of a model, to look at.
struct Seen<'a, T: Real>(&'a dyn Parameters<T>, Mine<'a>);

impl<T: Real> Parameters<T> for Seen<'_, T> {
    fn visit<'a>(&'a self, path: &str, f: &mut dyn FnMut(&str, &'a Variable<T>)) {
        let Seen(model, mine) = self;
        model.visit(path, &mut |path, variable| {
            if mine.holds(path) {
                f(path, variable);
            }
        });
    }

    /// There is nothing to change in what is only seen.
    fn visit_mut<'a>(&'a mut self, _: &str, _: &mut dyn FnMut(&str, &'a mut Variable<T>)) {}
}

/// These variables of a model, to change.
struct Part<'a, T: Real>(&'a mut dyn Parameters<T>, Mine<'a>);

impl<T: Real> Parameters<T> for Part<'_, T> {
    fn visit<'a>(&'a self, path: &str, f: &mut dyn FnMut(&str, &'a Variable<T>)) {
        let Part(model, mine) = self;
        model.visit(path, &mut |path, variable| {
            if mine.holds(path) {
                f(path, variable);
            }
        });
    }

    fn visit_mut<'a>(&'a mut self, path: &str, f: &mut dyn FnMut(&str, &'a mut Variable<T>)) {
        let Part(model, mine) = self;
        model.visit_mut(path, &mut |path, variable| {
            if mine.holds(path) {
                f(path, variable);
            }
        });
    }
}

impl<T: Real> Optimizer<T> for MultiOptimizer<T> {
    fn apply(&mut self, model: &mut dyn Parameters<T>, gradients: &Gradients<T>) {
        assert_eq!(gradients.as_slice().len(), model.trainable_len(), "these are not the gradients of this model");
        for (place, One { optimizer, gradients: kept }) in self.optimizers.iter_mut().enumerate() {
            let mut part = Part(&mut *model, Mine { layers: &self.layers, place });
            let kept = kept.get_or_insert_with(|| Gradients::zeros(&part));
            let (mut from, mut to) = (gradients.as_slice(), kept.as_mut_slice());
            part.0.visit("", &mut |path, variable| {
                let Some(g) = from.split_off(..if variable.has_gradient() { variable.data().len() } else { 0 }) else {
                    return;
                };
                if part.1.holds(path)
                    && let Some(to) = to.split_off_mut(..g.len())
                {
                    to.copy_from_slice(g);
                }
            });
            optimizer.apply(&mut part, kept);
        }
    }

    fn finish(&mut self, model: &mut dyn Parameters<T>) {
        for (place, one) in self.optimizers.iter_mut().enumerate() {
            one.optimizer.finish(&mut Part(&mut *model, Mine { layers: &self.layers, place }));
        }
    }

    fn averages(&self) -> bool {
        self.optimizers.iter().any(|one| one.optimizer.averages())
    }

    fn swap_average(&mut self, model: &mut dyn Parameters<T>) {
        for (place, one) in self.optimizers.iter_mut().enumerate() {
            one.optimizer.swap_average(&mut Part(&mut *model, Mine { layers: &self.layers, place }));
        }
    }

    fn largest_gradient(&self) -> T {
        let each = self.optimizers.iter().map(|one| one.optimizer.largest_gradient());
        each.fold(T::max_value(), |least, most| if most < least { most } else { least })
    }

    fn loss_scale(&self) -> f64 {
        self.optimizers[0].optimizer.loss_scale()
    }

    fn learning_rate(&self) -> f64 {
        self.optimizers[0].optimizer.learning_rate()
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.optimizers[0].optimizer.set_learning_rate(rate);
    }

    fn check(&self, model: &dyn Parameters<T>) -> Result<()> {
        for (layer, _) in &self.layers {
            known_layer(layer, model, "an optimizer")?;
        }
        for (place, One { optimizer, .. }) in self.optimizers.iter().enumerate() {
            optimizer.check(&Seen(model, Mine { layers: &self.layers, place }))?;
            let (scale, first) = (optimizer.loss_scale(), self.optimizers[0].optimizer.loss_scale());
            if scale != first || optimizer.skips_non_finite() {
                return Err(Error::Training(format!(
                    "the optimizers of a MultiOptimizer scale the loss by {first} and by {scale}: give all the same \
                     loss_scale_factor, or put the MultiOptimizer into a LossScaleOptimizer"
                )));
            }
        }
        Ok(())
    }

    fn state(&self) -> State {
        let mut state = State::new();
        for (place, one) in self.optimizers.iter().enumerate() {
            state.extend(&format!("{place}/"), one.optimizer.state());
        }
        state
    }

    fn check_state(&self, model: &dyn Parameters<T>, state: &State) -> Result<(), String> {
        for (place, one) in self.optimizers.iter().enumerate() {
            let mine = Mine { layers: &self.layers, place };
            one.optimizer.check_state(&Seen(model, mine), &state.part(&format!("{place}/")))?;
        }
        Ok(())
    }

    fn restore(&mut self, state: &State) {
        for (place, one) in self.optimizers.iter_mut().enumerate() {
            one.optimizer.restore(&state.part(&format!("{place}/")));
        }
    }
}
