//! Layers of one's own, as a user of the library writes them.

use std::marker::PhantomData;

use formwork::layer::{
    Backward, Dim, Grad, Initializer, Layer, Msg, Pass, Random, View, ViewMut, WeightSpec, Weights, Write,
};
use formwork::prelude::*;

/// `y = gain w x`, a weight a feature; the features must be as many as `F` says.
#[derive(Debug)]
pub struct Scale<F>(PhantomData<F>);

/// The settings of a [`Scale`].
#[derive(Debug)]
pub struct Gain {
    /// Times everything.
    pub gain: f64,
}

impl<F> Scale<F> {
    /// Its settings by default.
    pub const fn layer() -> Gain {
        Gain { gain: 1.0 }
    }
}

impl<N: Dim, F: Dim> Layer<((N,),)> for Scale<F> {
    type Out = ((N,),);
    type Config = Gain;
    type Weights<T: Real> = Weights<T>;
    type Work<T: Real> = ();
    const CHECK: Msg = if N::N == F::N {
        Msg::EMPTY
    } else {
        Msg::new("Scale has weights for ")
            .number(F::N)
            .text(" features, but gets ")
            .number(N::N)
            .hint("write the number of features: my::Scale::<..>()")
    };
    const PARAMS: usize = F::N;
    const FLOPS: usize = 2 * F::N;

    fn init<T: Real>(_: &Gain, random: &mut Random) -> Weights<T> {
        let shape = formwork::layer::ShapeValue::new(&[F::N]);
        Weights::new(&[WeightSpec { name: "w", shape, initializer: Initializer::Ones, trainable: true }], random)
    }

    fn infer<T: Real>(
        config: &Gain,
        _: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        (): &mut (),
    ) {
        let factors = weights.data(0).iter().cycle();
        for ((y, x), w) in y[0].data.iter_mut().zip(x[0].data()).zip(factors) {
            *y = *x * *w * T::of(config.gain);
        }
    }

    fn backward<T: Real>(config: &Gain, _: &Pass<'_>, weights: &Weights<T>, step: Backward<'_, '_, T>, (): &mut ()) {
        let Backward { x, dy, dx, mut dw, .. } = step;
        let (gain, features) = (T::of(config.gain), F::N);
        let (w, first) = (weights.data(0), dw.write() == Write::Overwrite);
        let dw = dw.next(features);
        if first {
            dw.fill(T::zero());
        }
        let rows = x[0].data().chunks_exact(features).zip(dy[0].data().chunks_exact(features));
        for (x, dy) in rows {
            for ((dw, x), dy) in dw.iter_mut().zip(x).zip(dy) {
                *dw += *x * *dy * gain;
            }
        }
        accumulate(&mut dx[0], dy[0].data().iter().zip(w.iter().cycle()).map(|(dy, w)| *dy * *w * gain));
    }
}

/// Writes a gradient, or adds it to what others have written.
fn accumulate<T: Real>(dx: &mut Grad<'_, T>, gradient: impl Iterator<Item = T>) {
    match dx.target() {
        Some((target, Write::Overwrite)) => target.iter_mut().zip(gradient).for_each(|(d, g)| *d = g),
        Some((target, Write::Add)) => target.iter_mut().zip(gradient).for_each(|(d, g)| *d += g),
        None => {}
    }
}

/// A sequence and its sum: two outputs, no weights.
#[derive(Debug)]
pub struct Totals;

impl Totals {
    /// There is nothing to set.
    pub const fn layer() {}
}

impl<S: Dim, F: Dim> Layer<((S, F),)> for Totals {
    type Out = ((S, F), (F,));
    type Config = ();
    type Weights<T: Real> = Weights<T>;
    type Work<T: Real> = ();
    const PARAMS: usize = 0;

    fn init<T: Real>((): &(), _: &mut Random) -> Weights<T> {
        Weights::none()
    }

    fn infer<T: Real>((): &(), _: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], (): &mut ()) {
        y[0].data.copy_from_slice(x[0].data());
        let features = x[0].last();
        let steps = x[0].shape().dim(0);
        y[1].data.fill(T::zero());
        for (sample, total) in x[0].data().chunks_exact(steps * features).zip(y[1].data.chunks_exact_mut(features)) {
            for step in sample.chunks_exact(features) {
                total.iter_mut().zip(step).for_each(|(t, x)| *t += *x);
            }
        }
    }

    fn backward<T: Real>((): &(), _: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, (): &mut ()) {
        let Backward { x, dy, dx, .. } = step;
        let (features, steps) = (x[0].last(), x[0].shape().dim(0));
        let each = dy[0].data().iter().enumerate().map(|(place, own)| {
            let (sample, feature) = (place / (steps * features), place % features);
            *own + dy[1].data()[sample * features + feature]
        });
        accumulate(&mut dx[0], each);
    }
}
