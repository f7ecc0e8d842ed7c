//! `fn Tiny(x: Input<4>) -> Output<3> { Dense(3, activation = softmax, use_bias = false)(x) }`, expanded by hand.

// Each test program uses a part of it.
#![allow(dead_code)]

use formwork::data::{self, Arrays, Columns, Field, Fields, Padding, Stack, Stacked, TargetArray, borrowed, pad};
use formwork::kernel::Pass;
use formwork::model::{Batch, Core, Graph, Model, OutputSlot, Outputs, Peek, Port, Row, Slot, Source, Views};
use formwork::random::{Purpose, Random};
use formwork::train::{
    Accepts, Compiled, Fits, InputsOf, Loss, Losses, Measured, Optimizer, Output, Target, TargetsFor, Vector, softmax,
};
use formwork::weights::{Parameters, Variable, WeightGrads, Weights, join};
use formwork::{Real, Result, View};
use formwork_shape::{Initializer, Kind, Msg, Shape, Tensor, WeightSpec};
use ndarray::{Array1, Array2, ArrayRef, Ix2};

#[derive(Clone, Debug)]
pub struct Tiny<T: Real = f32> {
    pub dense: Weights<T>,
    core: Core<T, TinyValues<T>, TinyValues<T>>,
}

/// The macro's workspace for one value and its gradient.
#[derive(Debug, Default)]
pub struct TinyValues<T: Real> {
    y: Slot<T>,
    dy: Slot<T>,
}

impl<T: Real> Peek<T> for TinyValues<T> {
    fn value(&self, _: usize, batch: usize, shape: &Shape) -> Option<&[T]> {
        Some(self.y.get(batch, shape).data())
    }
}

pub struct TinyInputs<'a, T = f32> {
    pub x: &'a ArrayRef<T, Ix2>,
}

#[derive(Clone, Debug)]
pub struct TinyOutputs<T = f32> {
    pub output: Array2<T>,
}

#[derive(Clone, Copy, Debug)]
pub struct TinyTargets<Y0> {
    pub output: Y0,
}

type O0 = Output<3, softmax, Vector>;

// Data.

impl<T: Real> Batch<T> for TinyInputs<'_, T> {
    fn sources(&self) -> impl AsRef<[Source<'_, T>]> {
        [Source::Numbers(&self.x)]
    }
}

/// One sample.
#[derive(Clone, Debug)]
pub struct TinySample<T = f32> {
    pub x: Array1<T>,
}

#[derive(Clone, Copy, Debug)]
pub struct TinyTarget<V0> {
    pub output: V0,
}

impl<T: Real> Fields for TinySample<T> {
    type Batch<'b> = TinyInputs<'b, T>;
    const NAMES: &'static [&'static str] = &["x"];
    const ROLE: &'static str = "input";

    fn stack(samples: &[Self], stack: &mut Stack<'_>) -> Result<()> {
        stack.field("x", &Shape::new(&[4]), samples, |sample| &sample.x)
    }

    fn row(row: data::Row<'_>) -> Self {
        TinySample { x: row.field(0) }
    }

    fn batch(stacked: &Stacked) -> TinyInputs<'_, T> {
        TinyInputs { x: stacked.array(0) }
    }

    fn pad(&mut self, padding: &Padding) {
        pad(&mut self.x, &Shape::new(&[4]), padding);
    }
}

impl<V0: Field> Fields for TinyTarget<V0> {
    type Batch<'b> = TinyTargets<&'b ArrayRef<V0::Element, V0::Batch>>;
    const NAMES: &'static [&'static str] = &["output"];
    const ROLE: &'static str = "target";

    fn stack(samples: &[Self], stack: &mut Stack<'_>) -> Result<()> {
        stack.field("output", &Shape::new(&[3]), samples, |sample| &sample.output)
    }

    fn row(row: data::Row<'_>) -> Self {
        TinyTarget { output: row.field(0) }
    }

    fn batch(stacked: &Stacked) -> Self::Batch<'_> {
        TinyTargets { output: stacked.array(0) }
    }

    fn pad(&mut self, padding: &Padding) {
        pad(&mut self.output, &Shape::new(&[3]), padding);
    }
}

impl<'a, T: Real> Columns<'a> for TinyInputs<'a, T> {
    type Sample = TinySample<T>;

    fn arrays(&self) -> Arrays<'a> {
        [borrowed(self.x)].into_iter().collect()
    }
}

impl<'a, Y0: TargetArray<'a>> Columns<'a> for TinyTargets<Y0> {
    type Sample = TinyTarget<Y0::Row>;

    fn arrays(&self) -> Arrays<'a> {
        [self.output.array()].into_iter().collect()
    }
}

impl<T: Real, Y0: Target<T>> Batch<T> for TinyTargets<Y0> {
    fn sources(&self) -> impl AsRef<[Source<'_, T>]> {
        [self.output.source()]
    }
}

// What fits the outputs, and which targets fit that.

impl<C: Accepts<O0, Y0>, Y0> TargetsFor<C> for TinyTargets<Y0> {}

impl<T: Real, C: Fits<O0>> Measured<C> for Tiny<T> {}

impl<T: Real> Tiny<T> {
    pub fn compile<O: Optimizer<T>, L: Loss<T> + Losses<T> + Fits<O0>>(
        self,
        optimizer: O,
        loss: L,
    ) -> Compiled<Self, O, L> {
        Compiled::new(self, optimizer, loss)
    }
}

// The model itself.

static GRAPH: Graph = Graph {
    name: "Tiny",
    inputs: &[Port { name: "x", shape: Shape::new(&[4]), kind: Kind::Float, limit: None, unmasked: None }],
    outputs: &[Port { name: "output", shape: Shape::new(&[3]), kind: Kind::Float, limit: None, unmasked: None }],
    layers: &[Row { name: "dense", layer: "Dense", edge: 1, inputs: &["x[0][0]"], shared: false, home: Some(0) }],
    axes: &[],
    edges: &[
        Tensor { shape: Shape::new(&[4]), kind: Kind::Float },
        Tensor { shape: Shape::new(&[3]), kind: Kind::Float },
    ],
};

impl Tiny {
    pub fn new(seed: u64) -> Self {
        Tiny::with_element(seed)
    }
}

impl<T: Real> Tiny<T> {
    pub fn with_element(seed: u64) -> Self {
        let kernel = WeightSpec {
            name: "kernel",
            shape: Shape::new(&[4, 3]),
            initializer: Initializer::GlorotUniform,
            trainable: true,
        };
        let mut random = Random::new(seed, Purpose::Weights, 0);
        Tiny { dense: Weights::new(&[kernel], &mut random), core: Core::new(seed) }
    }

    fn forward(&self, x: &View<'_, T>, y: &mut Slot<T>) {
        let shape = Shape::new(&[3]);
        let y = y.put(x.batch(), &shape);
        for (x, y) in x.data().chunks(4).zip(y.data.chunks_mut(3)) {
            for (j, y) in y.iter_mut().enumerate() {
                *y = (0..4).map(|i| x[i] * self.dense.data(0)[i * 3 + j]).fold(T::zero(), |a, b| a + b).exp();
            }
            let sum = y.iter().fold(T::zero(), |a, b| a + *b);
            y.iter_mut().for_each(|y| *y /= sum);
        }
    }
}

impl<T: Real> Parameters<T> for Tiny<T> {
    fn visit<'a>(&'a self, path: &str, f: &mut dyn FnMut(&str, &'a Variable<T>)) {
        self.dense.visit(&join(path, "dense"), f);
    }

    fn visit_mut<'a>(&'a mut self, path: &str, f: &mut dyn FnMut(&str, &'a mut Variable<T>)) {
        self.dense.visit_mut(&join(path, "dense"), f);
    }
}

impl<T: Real> Outputs<T> for TinyOutputs<T> {
    fn new(views: &[View<'_, T>], rows: usize) -> Self {
        let mut outputs = TinyOutputs { output: Array2::zeros((rows, 3)) };
        outputs.store(views, 0, rows);
        outputs
    }

    fn store(&mut self, views: &[View<'_, T>], first: usize, _: usize) {
        let mut rows = self.output.slice_mut(ndarray::s![first..first + views[0].batch(), ..]);
        rows.iter_mut().zip(views[0].data()).for_each(|(place, value)| *place = *value);
    }
}

impl<T: Real> Batch<T> for TinyOutputs<T> {
    fn sources(&self) -> impl AsRef<[Source<'_, T>]> {
        [Source::Numbers(&self.output)]
    }
}

impl<T: Real> InputsOf<Tiny<T>> for TinyInputs<'_, T> {}

impl<T: Real> Model for Tiny<T> {
    type Element = T;
    type Inputs<'a> = TinyInputs<'a, T>;
    type Outputs = TinyOutputs<T>;
    type InputGradients = ();
    const GRAPH: &'static Graph = &GRAPH;
    type Inference = TinyValues<T>;
    type Training = TinyValues<T>;

    fn core(&self) -> &Core<T, TinyValues<T>, TinyValues<T>> {
        &self.core
    }

    fn core_mut(&mut self) -> &mut Core<T, TinyValues<T>, TinyValues<T>> {
        &mut self.core
    }

    fn shapes(inputs: &[Shape], edges: &mut Vec<Shape>) -> std::result::Result<(), Msg> {
        edges.clear();
        edges.extend([inputs[0], Shape::new(&[3])]);
        Ok(())
    }

    fn infer(&self, _: &Pass<'_>, _: &[Shape], x: &[View<'_, T>], ws: &mut TinyValues<T>) {
        self.forward(&x[0], &mut ws.y);
    }

    fn inferred<'w>(ws: &'w TinyValues<T>, batch: usize, edges: &[Shape], _: &[View<'w, T>]) -> Views<'w, T> {
        let mut views = Views::new();
        views.push(ws.y.get(batch, &edges[1]));
        views
    }

    fn train(&mut self, _: &Pass<'_>, _: &[Shape], x: &[View<'_, T>], ws: &mut TinyValues<T>) {
        self.forward(&x[0], &mut ws.y);
    }

    fn trained<'w>(
        ws: &'w mut TinyValues<T>,
        batch: usize,
        edges: &[Shape],
        _: &[View<'w, T>],
    ) -> smallvec::SmallVec<[OutputSlot<'w, T>; 2]> {
        let TinyValues { y, dy } = ws;
        smallvec::smallvec![OutputSlot { y: y.get(batch, &edges[1]), dy: dy.room(batch, &edges[1]), mask: None }]
    }

    fn backward(
        &self,
        pass: &Pass<'_>,
        edges: &[Shape],
        x: &[View<'_, T>],
        ws: &mut TinyValues<T>,
        mut dw: WeightGrads<'_, T>,
    ) {
        let dw = dw.next(12);
        let (y, dy) = (ws.y.get(pass.batch, &edges[1]), ws.dy.get(pass.batch, &edges[1]));
        dw.fill(T::zero());
        for ((x, y), dy) in x[0].data().chunks(4).zip(y.data().chunks(3)).zip(dy.data().chunks(3)) {
            let dot = (0..3).fold(T::zero(), |sum, j| sum + y[j] * dy[j]);
            for i in 0..4 {
                for j in 0..3 {
                    dw[i * 3 + j] += x[i] * y[j] * (dy[j] - dot);
                }
            }
        }
    }

    fn input_gradients<'w>(_: &'w TinyValues<T>, _: usize, _: &[Shape]) -> smallvec::SmallVec<[Option<&'w [T]>; 4]> {
        smallvec::smallvec![None]
    }
}
