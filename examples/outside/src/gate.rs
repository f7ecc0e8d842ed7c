//! The layer: its settings, its shapes, its weights, forward and backward.

use std::marker::PhantomData;

use formwork::Real;
use formwork::layer::{Backward, Dim, Initializer, Layer, Msg, Pass, Random, View, ViewMut, WeightSpec, Weights};

/// Lets each feature pass as far as it opens a gate of its own: `g = σ(sharpness (w x + b))`, `y = g x`.
///
/// Input: a vector of `F` features. Outputs: `y` and `g`, of the same shape. Weights: `w`, ones, and `b`, zeros, a number
/// a feature each.
#[derive(Debug)]
pub struct Gate<F>(PhantomData<F>);

/// The settings of a [`Gate`], by name: `Gate::<12>(sharpness = 2.0)`.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How steep the gates are.
    pub sharpness: f64,
}

impl<F> Gate<F> {
    /// What `Gate::<..>()` means without any setting. Arguments by place would be the parameters of this function.
    pub const fn layer() -> Settings {
        Settings { sharpness: 1.0 }
    }
}

// Implemented for every vector: how many features there are is checked below, where there is room to say what is wrong.
impl<N: Dim, F: Dim> Layer<((N,),)> for Gate<F> {
    type Out = ((N,), (N,));
    type Config = Settings;
    type Weights<T: Real> = Weights<T>;
    type Work<T: Real> = ();
    const CHECK: Msg = if N::N == F::N {
        Msg::EMPTY
    } else {
        Msg::new("Gate has gates for ")
            .number(F::N)
            .text(" features, but gets ")
            .number(N::N)
            .hint("write as many as the input has: Gate::<..>()")
    };
    const PARAMS: usize = 2 * F::N;
    const FLOPS: usize = 4 * F::N;

    fn init<T: Real>(_: &Settings, random: &mut Random) -> Weights<T> {
        let weights =
            [WeightSpec::new("w", &[F::N], Initializer::Ones), WeightSpec::new("b", &[F::N], Initializer::Zeros)];
        Weights::new(&weights, random)
    }

    fn infer<T: Real>(
        settings: &Settings,
        _: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        (): &mut (),
    ) {
        let [y, gates] = y else { unreachable!("`Out` has two shapes") };
        let sharpness = T::of(settings.sharpness);
        let (w, b) = (weights.data(0), weights.data(1));
        for (i, x) in x[0].data().iter().enumerate() {
            let feature = i % F::N;
            let gate = T::one() / (T::one() + (-sharpness * (w[feature] * *x + b[feature])).exp());
            gates.data[i] = gate;
            y.data[i] = gate * *x;
        }
    }

    fn backward<T: Real>(
        settings: &Settings,
        _: &Pass<'_>,
        weights: &Weights<T>,
        step: Backward<'_, '_, T>,
        (): &mut (),
    ) {
        let Backward { x, y, dy, dx, mut dw } = step;
        let sharpness = T::of(settings.sharpness);
        let (x, gates, w) = (x[0].data(), y[1].data(), weights.data(0));
        // The gradient with respect to `w x + b`: through `y = g x` and through `g` itself.
        let slope = |i: usize| {
            let gate = gates[i];
            (dy[0].data()[i] * x[i] + dy[1].data()[i]) * sharpness * gate * (T::one() - gate)
        };
        let sum = dw.sum(F::N);
        (0..x.len()).for_each(|i| sum[i % F::N] += slope(i) * x[i]);
        let sum = dw.sum(F::N);
        (0..x.len()).for_each(|i| sum[i % F::N] += slope(i));
        dx[0].write((0..x.len()).map(|i| dy[0].data()[i] * gates[i] + slope(i) * w[i % F::N]));
    }
}
