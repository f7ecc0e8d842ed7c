//! Layers of your own.
//!
//! A layer is a type that implements [`Layer`] for the shapes that it takes. Everything that an implementation names is
//! in this module: dims as types ([`Dim`]), messages that constants can build ([`Msg`]), weights as they start
//! ([`WeightSpec`], [`Initializer`]), what forward and backward are given ([`View`], [`ViewMut`], [`Backward`]).
//!
//! ```
//! use std::marker::PhantomData;
//!
//! use formwork::layer::{Backward, Dim, Initializer, Layer, Msg, Pass, Random, View, ViewMut, WeightSpec, Weights};
//! use formwork::prelude::*;
//!
//! /// `y = gain w x`, a weight a feature.
//! pub struct Scale<F>(PhantomData<F>);
//!
//! /// What can be set by name: `Scale::<8>(gain = 0.5)`.
//! pub struct Settings {
//!     pub gain: f64,
//! }
//!
//! impl<F> Scale<F> {
//!     /// The settings by default. Arguments by place would be this function's parameters.
//!     pub const fn layer() -> Settings {
//!         Settings { gain: 1.0 }
//!     }
//! }
//!
//! // For every vector: how long it must be is checked by `CHECK`, which has words for it.
//! impl<N: Dim, F: Dim> Layer<((N,),)> for Scale<F> {
//!     type Out = ((N,),);
//!     type Config = Settings;
//!     type Weights<T: Real> = Weights<T>;
//!     type Work<T: Real> = ();
//!     const CHECK: Msg = if N::N == F::N {
//!         Msg::EMPTY
//!     } else {
//!         Msg::new("Scale has weights for ").number(F::N).text(" features, but gets ").number(N::N)
//!     };
//!     const PARAMS: usize = F::N;
//!
//!     fn init<T: Real>(_: &Settings, random: &mut Random) -> Weights<T> {
//!         Weights::new(&[WeightSpec::new("w", &[F::N], Initializer::Ones)], random)
//!     }
//!
//!     fn infer<T: Real>(
//!         settings: &Settings, _: &Pass<'_>, weights: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], (): &mut (),
//!     ) {
//!         let gain = T::of(settings.gain);
//!         let w = weights.data(0).iter().cycle();
//!         y[0].data.iter_mut().zip(x[0].data()).zip(w).for_each(|((y, x), w)| *y = gain * *w * *x);
//!     }
//!
//!     fn backward<T: Real>(
//!         settings: &Settings, _: &Pass<'_>, weights: &Weights<T>, step: Backward<'_, '_, T>, (): &mut (),
//!     ) {
//!         let (gain, w) = (T::of(settings.gain), weights.data(0));
//!         let Backward { x, dy, dx, mut dw, .. } = step;
//!         let (x, dy) = (x[0].data(), dy[0].data());
//!         let sum = dw.sum(F::N);
//!         (0..x.len()).for_each(|i| sum[i % F::N] += gain * x[i] * dy[i]);
//!         dx[0].write((0..x.len()).map(|i| gain * w[i % F::N] * dy[i]));
//!     }
//! }
//!
//! model!(
//!     fn Scaled(x: Input<8>) -> Output<1> {
//!         Dense(1)(Scale::<8>(gain = 0.5)(x))
//!     }
//! );
//! assert_eq!(Scaled::<f32>::PARAMS, 8 + 9);
//! ```
//!
//! `examples/outside` is a whole crate with a layer of two outputs, its gradients checked.

mod each_step;

use std::marker::PhantomData;

pub use each_step::EachStep;
use formwork_shape::{In, Kind, is_dynamic};
/// The numbers that are types: `typenum::U1` is an axis of length 1.
pub use typenum;

pub use formwork_shape::{Initializer, Msg, Shape as ShapeValue, WeightSpec};

use crate::Real;
pub use crate::kernel::Pass;
use crate::kernel::Work;
pub use crate::kernels::Write;
pub use crate::random::Random;
pub use crate::types::{Dim, Dyn, Shape};
pub use crate::view::{Grad, View, ViewMut};
pub use crate::weights::{Parameters, WeightGrads, Weights};

/// The shapes of a layer's inputs or outputs: a tuple of [`Shape`]s.
pub trait Shapes: 'static {
    /// How many there are.
    const COUNT: usize;
    /// Each as a value.
    const SHAPES: &'static [ShapeValue];
}

macro_rules! groups {
    ($($count:literal: $($shape:ident)*;)*) => { $(
        impl<$($shape: Shape),*> Shapes for ($($shape,)*) {
            const COUNT: usize = $count;
            const SHAPES: &'static [ShapeValue] = &[$($shape::SHAPE),*];
        }
    )* };
}

groups! {
    1: A;
    2: A B;
    3: A B C;
    4: A B C D;
    5: A B C D E;
    6: A B C D E F;
    7: A B C D E F G;
    8: A B C D E F G H;
}

/// What backward of a user-defined layer is given.
#[derive(Debug)]
pub struct Backward<'s, 'a, T> {
    /// The inputs.
    pub x: &'s [View<'a, T>],
    /// The outputs.
    pub y: &'s [View<'a, T>],
    /// The gradients of the outputs.
    pub dy: &'s [View<'a, T>],
    /// Where the gradients of the inputs go, if anybody reads them.
    pub dx: &'s mut [Grad<'a, T>],
    /// Where the gradients of the trainable variables go, in the order of [`Parameters::visit`].
    pub dw: WeightGrads<'s, T>,
}

/// A layer of your own, applied in `model!` as `path::Name::<type arguments>(settings)(inputs)`.
///
/// `In` is the tuple of the inputs' shapes, such as `((Features,), (Time, Features))`: implement it for every number and
/// rank of inputs that the layer takes, and check what the types leave open in [`CHECK`](Layer::CHECK).
/// The settings are what the type's own `const fn layer(..)` takes and returns.
pub trait Layer<In: Shapes>: 'static {
    /// The shapes of the outputs.
    type Out: Shapes;
    /// What `Name::layer(..)` returns.
    type Config: Send + Sync + 'static;
    /// The variables.
    type Weights<T: Real>: Parameters<T> + Clone + std::fmt::Debug + Send + Sync + 'static;
    /// Scratch memory of one use of the layer, and what backward needs of forward.
    type Work<T: Real>: Default + Send + 'static;
    /// The message of a mistake that the types leave open; empty if there is none. Evaluated by `cargo check`.
    const CHECK: Msg = Msg::EMPTY;
    /// The number of parameters.
    const PARAMS: usize;
    /// The number of parameters that training changes by gradients.
    const TRAINABLE_PARAMS: usize = Self::PARAMS;
    /// Multiplications and additions to compute one sample.
    const FLOPS: usize = 0;
    /// The ids of each input must be below this, where it has ids and they look something up. Models check their data
    /// against it.
    const ID_LIMITS: &'static [Option<usize>] = &[];
    /// For each input of ids the layer inside that takes padding for data, where nobody has said whether that is meant.
    #[doc(hidden)]
    const UNMASKED: &'static [Option<&'static str>] = &[];

    /// The first weights.
    fn init<T: Real>(config: &Self::Config, random: &mut Random) -> Self::Weights<T>;

    /// The shapes of the outputs for inputs whose dynamic axes are known; `outputs` holds those of [`Out`](Layer::Out).
    ///
    /// The default puts the length of the inputs' first dynamic axis in the place of every dynamic axis.
    fn output_shapes(inputs: &[ShapeValue], outputs: &mut [ShapeValue]) {
        resolve_dynamic(In::SHAPES, inputs, outputs);
    }

    /// Computes the outputs at inference.
    fn infer<T: Real>(
        config: &Self::Config,
        pass: &Pass<'_>,
        weights: &Self::Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Self::Work<T>,
    );

    /// Computes the outputs in training, and keeps in `work` what backward will need.
    fn train<T: Real>(
        config: &Self::Config,
        pass: &Pass<'_>,
        weights: &mut Self::Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Self::Work<T>,
    ) {
        Self::infer(config, pass, weights, x, y, work);
    }

    /// Computes the gradients of inputs and variables from those of the outputs.
    fn backward<T: Real>(
        config: &Self::Config,
        pass: &Pass<'_>,
        weights: &Self::Weights<T>,
        step: Backward<'_, '_, T>,
        work: &mut Self::Work<T>,
    );
}

fn resolve_dynamic(declared: &[ShapeValue], inputs: &[ShapeValue], outputs: &mut [ShapeValue]) {
    let mut lengths = declared.iter().zip(inputs).flat_map(|(d, x)| d.dims().iter().zip(x.dims()));
    let Some((_, length)) = lengths.find(|(declared, _)| is_dynamic(**declared)) else { return };
    for shape in outputs {
        for i in 0..shape.rank() {
            if is_dynamic(shape.dim(i)) {
                *shape = shape.with(i, *length);
            }
        }
    }
}

/// What a model has for settings as a layer of another model: none.
#[derive(Clone, Copy, Debug)]
pub struct NoSettings;

/// Asks whether `L: Layer<In>` without failing: an inherent constant wins over a trait's where its bound holds.
#[derive(Debug)]
pub struct Probe<L, In>(PhantomData<(L, In)>);

impl<L: Layer<In>, In: Shapes> Probe<L, In> {
    /// It does.
    pub const TAKES: bool = true;
    /// What the layer itself says.
    pub const MESSAGE: Msg = <L as Layer<In>>::CHECK;
    /// The number of outputs.
    pub const OUTPUTS: usize = <L::Out as Shapes>::COUNT;
}

/// The answers of [`Probe`] where the layer does not take the inputs.
pub trait Unfit {
    /// It does not.
    const TAKES: bool = false;
    /// The layer cannot be asked.
    const MESSAGE: Msg = Msg::EMPTY;
    /// It has none.
    const OUTPUTS: usize = 0;
}

impl<L, In> Unfit for Probe<L, In> {}

/// The inputs that a nested model takes; those of any other layer only its bounds know.
pub trait Unsigned {
    /// None that could be shown.
    const SIGNATURE: &'static [In] = &[];
}

impl<L> Unsigned for L {}

/// The mistake of one use of a user-defined layer or nested model; empty if there is none. A layer that does not take
/// the inputs shows its signature, if it has one.
pub const fn mistake(
    name: &str,
    each_step: bool,
    takes: bool,
    signature: &[In],
    own: Msg,
    [outputs, names]: [usize; 2],
    x: &[In],
) -> Msg {
    if In::any_poison(x) {
        return Msg::EMPTY;
    }
    if !takes {
        let m = match each_step {
            true => Msg::new("TimeDistributed(").text(name).text(") does not take these inputs: ").inputs(x),
            false => Msg::new(name).text(" does not take these inputs: ").inputs(x),
        };
        return match signature.is_empty() {
            false if each_step => {
                m.text("\nhint: one tensor, each step of which is what ").text(name).text(" takes: ").inputs(signature)
            }
            true => m
                .text("\nhint: ")
                .text(name)
                .text(" implements formwork::layer::Layer for other shapes or numbers of inputs, or not at all"),
            false => m.text("\nhint: it takes ").inputs(signature),
        };
    }
    let mut i = 0;
    while i < signature.len() && i < x.len() {
        // Types tell shapes apart, but not what a tensor holds.
        let (wanted, given) = (&signature[i], &x[i]);
        let (what, hint) = match (wanted.kind, given.kind) {
            (Kind::Float, Kind::Float) | (Kind::Int, Kind::Int) | (Kind::Mask, Kind::Mask) => {
                i += 1;
                continue;
            }
            (Kind::Float, Kind::Int) => (
                [" takes numbers for ", " holds whole-number ids"],
                "look the ids up first with Embedding(input_dim, output_dim), or declare the input without its integer type",
            ),
            (Kind::Int, Kind::Float) => {
                ([" takes whole-number ids for ", " holds numbers"], "declare an input of ids as in Input<10, u32>")
            }
            (Kind::Mask, _) => (
                [" takes true and false for ", " holds numbers"],
                "declare an input of true and false as in Input<10, bool>",
            ),
            (_, Kind::Mask) => (
                [" takes numbers for ", " is a mask of true and false"],
                "an input of 0 and 1 to compute with has no bool",
            ),
        };
        return Msg::new(name).text(what[0]).name(wanted).text(", but ").name(given).text(what[1]).hint(hint);
    }
    if !own.is_empty() {
        return own;
    }
    if outputs != names {
        return Msg::names(name, outputs, names);
    }
    Msg::EMPTY
}

/// Stands in for a layer that was refused, so that one mistake gives one error.
#[derive(Debug)]
pub struct Refused<Out>(PhantomData<Out>);

impl<I: Shapes, O: Shapes + Send + Sync> Layer<I> for Refused<O> {
    type Out = O;
    type Config = ();
    type Weights<T: Real> = Weights<T>;
    type Work<T: Real> = ();
    const PARAMS: usize = 0;

    fn init<T: Real>((): &(), _: &mut Random) -> Self::Weights<T> {
        Weights::none()
    }

    fn infer<T: Real>(
        (): &(),
        _: &Pass<'_>,
        _: &Self::Weights<T>,
        _: &[View<'_, T>],
        _: &mut [ViewMut<'_, T>],
        (): &mut (),
    ) {
    }

    fn backward<T: Real>((): &(), _: &Pass<'_>, _: &Self::Weights<T>, _: Backward<'_, '_, T>, (): &mut ()) {}
}

/// Stands in for a later use of a shared layer `L`, of inputs `J` in its first use: it has that one's weights and settings.
#[derive(Debug)]
pub struct RefusedAgain<Out, L, J>(PhantomData<(Out, L, J)>);

impl<I: Shapes, O: Shapes + Send + Sync, L: Layer<J>, J: Shapes> Layer<I> for RefusedAgain<O, L, J> {
    type Out = O;
    type Config = L::Config;
    type Weights<T: Real> = L::Weights<T>;
    type Work<T: Real> = ();
    const PARAMS: usize = 0;

    fn init<T: Real>(config: &L::Config, random: &mut Random) -> Self::Weights<T> {
        L::init(config, random)
    }

    fn infer<T: Real>(
        _: &L::Config,
        _: &Pass<'_>,
        _: &Self::Weights<T>,
        _: &[View<'_, T>],
        _: &mut [ViewMut<'_, T>],
        (): &mut (),
    ) {
    }

    fn backward<T: Real>(_: &L::Config, _: &Pass<'_>, _: &Self::Weights<T>, _: Backward<'_, '_, T>, (): &mut ()) {}
}

/// The work of one use of a user-defined layer, out of the place that every use of a layer has.
pub fn work<L: Layer<I>, I: Shapes, T: Real>(work: &mut Work) -> &mut L::Work<T> {
    work.of::<L::Work<T>>()
}

/// What the struct of a model has to know of its layer `K`, where only constant evaluation knows the layer's inputs.
pub trait Part<const K: usize> {
    /// The layer's variables.
    type Weights<T: Real>: Parameters<T> + Clone + std::fmt::Debug + Send + Sync + 'static;
}
