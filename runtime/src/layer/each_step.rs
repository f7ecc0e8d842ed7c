//! A layer of one's own, or a nested model, at every step of a sequence.

use std::marker::PhantomData;

use smallvec::SmallVec;

use super::{Backward, Dim, Layer, Msg, Pass, Random, Shape, ShapeValue, Shapes, View, ViewMut};
use crate::Real;

/// `L` at every step: `TimeDistributed(L())`.
#[derive(Debug)]
pub struct EachStep<L>(PhantomData<L>);

/// The shape of a sequence, apart into its steps and the shape of each.
pub trait Sequence: Shape {
    /// How many steps there are.
    type Steps: Dim;
    /// What one step is to a layer: its only input.
    type Step: Shapes;
}

/// An output of a layer, at every step.
pub trait Repeated<S> {
    /// The output with an axis of steps before its own.
    type Out: Shape;
}

/// The outputs of a layer, at every step.
pub trait AtEveryStep<S> {
    /// Each output with an axis of steps before its own.
    type Out: Shapes;
}

macro_rules! sequences {
    ($($($dim:ident)+;)*) => { $(
        impl<S: Dim, $($dim: Dim),+> Sequence for (S, $($dim,)+) {
            type Steps = S;
            type Step = (($($dim,)+),);
        }

        impl<S: Dim, $($dim: Dim),+> Repeated<S> for ($($dim,)+) {
            type Out = (S, $($dim,)+);
        }
    )* };
}

sequences! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
}

macro_rules! outputs {
    ($($($out:ident)+;)*) => { $(
        impl<S, $($out: Repeated<S>),+> AtEveryStep<S> for ($($out,)+)
        where
            ($($out::Out,)+): Shapes,
        {
            type Out = ($($out::Out,)+);
        }
    )* };
}

outputs! {
    A;
    A B;
    A B C;
    A B C D;
}

/// The pass in which every step is a sample.
fn stepwise<'a, T>(pass: &Pass<'a>, x: &[View<'_, T>]) -> Pass<'a>
where
    T: Copy,
{
    Pass { batch: pass.batch * x[0].shape().dim(0), ..*pass }
}

fn steps<'a, T: Copy>(views: &[View<'a, T>]) -> SmallVec<[View<'a, T>; 1]> {
    views.iter().map(|view| view.steps()).collect()
}

fn all_steps<'v, T>(views: &'v mut [ViewMut<'_, T>]) -> SmallVec<[ViewMut<'v, T>; 1]> {
    views.iter_mut().map(ViewMut::steps).collect()
}

impl<L, X> Layer<(X,)> for EachStep<L>
where
    X: Sequence,
    L: Layer<X::Step>,
    L::Out: AtEveryStep<X::Steps>,
{
    type Out = <L::Out as AtEveryStep<X::Steps>>::Out;
    type Config = L::Config;
    type Weights<T: Real> = L::Weights<T>;
    type Work<T: Real> = L::Work<T>;
    const CHECK: Msg = L::CHECK;
    const PARAMS: usize = L::PARAMS;
    const TRAINABLE_PARAMS: usize = L::TRAINABLE_PARAMS;
    const FLOPS: usize = ShapeValue::new(&[X::SHAPE.dim(0)]).size() * L::FLOPS;
    const ID_LIMITS: &'static [Option<usize>] = L::ID_LIMITS;
    const UNMASKED: &'static [Option<&'static str>] = L::UNMASKED;

    fn init<T: Real>(config: &L::Config, random: &mut Random) -> L::Weights<T> {
        L::init(config, random)
    }

    fn output_shapes(inputs: &[ShapeValue], outputs: &mut [ShapeValue]) {
        outputs.iter_mut().for_each(|output| *output = output.remove(0));
        L::output_shapes(&[inputs[0].remove(0)], outputs);
        outputs.iter_mut().for_each(|output| *output = output.after(inputs[0].dim(0)));
    }

    fn infer<T: Real>(
        config: &L::Config,
        pass: &Pass<'_>,
        weights: &L::Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut L::Work<T>,
    ) {
        L::infer(config, &stepwise(pass, x), weights, &steps(x), &mut all_steps(y), work);
    }

    fn train<T: Real>(
        config: &L::Config,
        pass: &Pass<'_>,
        weights: &mut L::Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut L::Work<T>,
    ) {
        L::train(config, &stepwise(pass, x), weights, &steps(x), &mut all_steps(y), work);
    }

    fn backward<T: Real>(
        config: &L::Config,
        pass: &Pass<'_>,
        weights: &L::Weights<T>,
        step: Backward<'_, '_, T>,
        work: &mut L::Work<T>,
    ) {
        let Backward { x, y, dy, dx, dw } = step;
        let pass = stepwise(pass, x);
        let step = Backward { x: &steps(x), y: &steps(y), dy: &steps(dy), dx, dw };
        L::backward(config, &pass, weights, step, work);
    }
}
