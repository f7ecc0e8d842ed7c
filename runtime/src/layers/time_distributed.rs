use formwork_shape::layers::TimeDistributed;
use smallvec::SmallVec;

use super::any;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

/// Every step of every sample as a sample.
fn steps<'a, T>(views: &[View<'a, T>]) -> SmallVec<[View<'a, T>; 2]>
where
    T: Copy,
{
    views.iter().map(|view| view.steps()).collect()
}

impl<T: Real> Kernel<T> for TimeDistributed {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        let x = steps(x);
        let pass = Pass { batch: x[0].batch(), ..*pass };
        any(self.layer.0).infer(&pass, weights, &x, &mut [y[0].steps()], work);
    }

    fn train(
        &self,
        pass: &Pass<'_>,
        weights: &mut Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        let x = steps(x);
        let pass = Pass { batch: x[0].batch(), ..*pass };
        any(self.layer.0).train(&pass, weights, &x, &mut [y[0].steps()], work);
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        let (x, y, dy) = (steps(step.x), steps(step.y), steps(step.dy));
        let pass = Pass { batch: x[0].batch(), ..*pass };
        let step = Backward { x: &x, y: &y, dy: &dy, dx: step.dx, dw: step.dw };
        any(self.layer.0).backward(&pass, weights, step, work);
    }
}

#[cfg(test)]
super::conformance::cases!(TimeDistributed: (shape(2..4), 0..4usize) => |(input, which)| {
    use formwork_shape::{Inner, Layer, layers};
    const INNER: [Layer; 4] = [
        Layer::Dense(layers::Dense { units: 3, ..layers::Dense::TEMPLATE }),
        Layer::Softmax(layers::Softmax::TEMPLATE),
        Layer::LayerNormalization(layers::LayerNormalization::TEMPLATE),
        Layer::Dropout(layers::Dropout { rate: 0.3, ..layers::Dropout::TEMPLATE }),
    ];
    Case::new(TimeDistributed { layer: Inner(&INNER[which]) }, [input])
});
