use formwork_shape::layers::Activation;

use super::activate;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Activation {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let width = y[0].last();
        activate::of(pass.threads, self.activation, x[0].data(), y[0].data, width);
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let known = if self.activation.reads_input() { &step.x[0] } else { &step.y[0] };
        let Some(target) = step.dx[0].target() else { return };
        activate::backward(pass.threads, self.activation, known.data(), step.dy[0].data(), target, known.last());
    }
}

#[cfg(test)]
super::conformance::cases!(Activation: (shape(1..4), activation()) => |(input, activation)| {
    Case::new(Activation { activation }, [input])
});
