//! Bahdanau's attention as a layer of one's own, with a backward pass by hand.

use std::marker::PhantomData;

use formwork::layer::{
    Backward, Dim, Initializer, Layer, Pass, Random, ShapeValue, View, ViewMut, WeightSpec, Weights, Write,
};
use formwork::prelude::*;
use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView2, ArrayView3, Axis, aview1, s};

/// `score = tanh(query · w1 + b1 + values · w2 + b2) · v + c`, `weights = softmax(score)` over the steps,
/// `context = Σ weights values`.
///
/// Input: query `[features]` and values `[steps, width]`. Output: the context `[width]` and the weights `[steps, 1]`.
/// Weights: w1 `[features, units]`, b1 `[units]`, w2 `[width, units]`, b2 `[units]`, v `[units, 1]`, c `[1]`.
#[derive(Debug)]
pub struct Attention<U>(PhantomData<U>);

impl<U> Attention<U> {
    /// There is nothing to set.
    pub const fn layer() {}
}

/// What going back needs of forward: tanh(..) of every step, and the weights of the steps.
#[derive(Debug)]
pub struct Kept<T> {
    hidden: Array3<T>,
    weights: Array2<T>,
}

impl<T: Real> Default for Kept<T> {
    fn default() -> Self {
        Kept { hidden: Array3::zeros((0, 0, 0)), weights: Array2::zeros((0, 0)) }
    }
}

fn matrix<T>(data: &[T], rows: usize) -> ArrayView2<'_, T> {
    ArrayView2::from_shape((rows, data.len() / rows), data).expect("the rows are equally long")
}

fn sequence<'a, T>(view: &View<'a, T>) -> ArrayView3<'a, T> {
    let [steps, width] = view.shape().dims() else { panic!("the values are sequences") };
    ArrayView3::from_shape((view.batch(), *steps, *width), view.data()).expect("a batch is contiguous")
}

fn softmax<T: Real>(score: ArrayView1<'_, T>) -> Array1<T> {
    let largest = score.iter().copied().fold(T::neg_infinity(), T::max);
    let raised = score.mapv(|score| (score - largest).exp());
    let sum = raised.sum();
    raised / sum
}

/// Writes a gradient, or adds it to what others have written.
fn give<'g, T: Real>(target: &mut [T], write: Write, gradient: impl IntoIterator<Item = &'g T>) {
    for (target, gradient) in target.iter_mut().zip(gradient) {
        match write {
            Write::Overwrite => *target = *gradient,
            Write::Add => *target += *gradient,
        }
    }
}

impl<F: Dim, S: Dim, G: Dim, U: Dim> Layer<((F,), (S, G))> for Attention<U> {
    type Out = ((G,), (S, formwork::layer::typenum::U1));
    type Config = ();
    type Weights<T: Real> = Weights<T>;
    type Work<T: Real> = Kept<T>;
    const PARAMS: usize = (F::N + 1 + G::N + 1 + 1) * U::N + 1;

    fn init<T: Real>((): &(), random: &mut Random) -> Weights<T> {
        let spec = |name, dims: &[usize], initializer| WeightSpec {
            name,
            shape: ShapeValue::new(dims),
            initializer,
            trainable: true,
        };
        let (glorot, zeros) = (Initializer::GlorotUniform, Initializer::Zeros);
        let specs = [
            spec("w1", &[F::N, U::N], glorot),
            spec("b1", &[U::N], zeros),
            spec("w2", &[G::N, U::N], glorot),
            spec("b2", &[U::N], zeros),
            spec("v", &[U::N, 1], glorot),
            spec("c", &[1], zeros),
        ];
        Weights::new(&specs, random)
    }

    fn infer<T: Real>(
        (): &(),
        _: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        kept: &mut Kept<T>,
    ) {
        let (query, values) = (matrix(x[0].data(), x[0].batch()), sequence(&x[1]));
        let (batch, steps, width) = values.dim();
        let query = query.dot(&matrix(weights.data(0), F::N)) + aview1(weights.data(1)) + aview1(weights.data(3));
        let hidden = matrix(x[1].data(), batch * steps).dot(&matrix(weights.data(2), G::N));
        let mut hidden = hidden.into_shape_with_order((batch, steps, U::N)).expect("as many numbers");
        hidden += &query.insert_axis(Axis(1));
        hidden.mapv_inplace(T::tanh);
        let mut attention = Array2::zeros((batch, steps));
        let (context, shares) = y.split_at_mut(1);
        for sample in 0..batch {
            // Softmax is blind to c, which is the same for all steps; Keras' Dense(1) has it nevertheless.
            let score = hidden.slice(s![sample, .., ..]).dot(&aview1(weights.data(4))) + weights.data(5)[0];
            let share = softmax(score.view());
            let sum = share.dot(&values.slice(s![sample, .., ..]));
            give(&mut context[0].data[sample * width..][..width], Write::Overwrite, &sum);
            give(&mut shares[0].data[sample * steps..][..steps], Write::Overwrite, &share);
            attention.row_mut(sample).assign(&share);
        }
        *kept = Kept { hidden, weights: attention };
    }

    fn backward<T: Real>((): &(), _: &Pass<'_>, weights: &Weights<T>, step: Backward<'_, '_, T>, kept: &mut Kept<T>) {
        let Backward { x, dy, dx, mut dw, .. } = step;
        let (query, values) = (matrix(x[0].data(), x[0].batch()), sequence(&x[1]));
        let (batch, steps, width) = values.dim();
        let (dcontext, dweights) = (matrix(dy[0].data(), batch), matrix(dy[1].data(), batch));
        let (mut dscore, mut dvalues) = (Array2::zeros((batch, steps)), Array3::zeros((batch, steps, width)));
        for sample in 0..batch {
            let (share, dcontext) = (kept.weights.row(sample), dcontext.row(sample));
            let dshare = values.slice(s![sample, .., ..]).dot(&dcontext) + dweights.row(sample);
            let mean = share.dot(&dshare);
            dscore.row_mut(sample).assign(&(&share * &dshare.mapv(|d| d - mean)));
            let outer = share.insert_axis(Axis(1)).dot(&dcontext.insert_axis(Axis(0)));
            dvalues.slice_mut(s![sample, .., ..]).assign(&outer);
        }
        let flat = |rows: &Array3<T>| rows.to_shape((batch * steps, rows.dim().2)).expect("as many").into_owned();
        let (hidden, dscore) = (flat(&kept.hidden), dscore.to_shape(batch * steps).expect("as many").into_owned());
        // Through tanh, to what is common to query and values.
        let v = aview1(weights.data(4));
        let dsum = dscore.view().insert_axis(Axis(1)).dot(&v.insert_axis(Axis(0))) * hidden.mapv(|h| T::one() - h * h);
        let dsums = dsum.to_shape((batch, steps, U::N)).expect("as many");
        let dquery = dsums.sum_axis(Axis(1));
        let bias = dquery.sum_axis(Axis(0));
        let write = dw.write();
        give(dw.next(F::N * U::N), write, &query.t().dot(&dquery));
        give(dw.next(U::N), write, &bias);
        give(dw.next(G::N * U::N), write, &matrix(x[1].data(), batch * steps).t().dot(&dsum));
        give(dw.next(U::N), write, &bias);
        give(dw.next(U::N), write, &hidden.t().dot(&dscore));
        give(dw.next(1), write, &[dscore.sum()]);
        let (first, second) = dx.split_at_mut(1);
        if let Some((target, write)) = first[0].target() {
            give(target, write, &dquery.dot(&matrix(weights.data(0), F::N).t()));
        }
        if let Some((target, write)) = second[0].target() {
            let more = dsum.dot(&matrix(weights.data(2), G::N).t());
            give(target, write, &(dvalues + more.to_shape((batch, steps, width)).expect("as many")));
        }
    }
}
