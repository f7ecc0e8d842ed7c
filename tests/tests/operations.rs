//! The operations of the language on tensors, against the same computation by ndarray.

use formwork::prelude::*;
use formwork_tests::numbers;
use ndarray::{Array1, Array2, Array3, Array5, ArrayView2, Axis, array, s};

model!(
    pub fn Slices(x: Input<time, 4>, y: Input<6, 3>) -> Outputs {
        let last = x[(-1, ..)] * 1.0;
        let middle = y[(2..5, ..)];
        let open = y[(.., 1..)];
        let corner = y[(0, 1..=2)];
        let tail = y[..=-1][-2..];
        let even = x[((..).step_by(2), ..)] * 1.0;
        let back = y[((..).rev(), (0..3).step_by(2))];
        let down = y[(1..).rev().step_by(2)];
        Outputs { last, middle, open, corner, tail, even, back, down }
    }
);

#[test]
fn slices_take_parts_of_every_sample() {
    let x = Array3::from_shape_fn((2, 5, 4), |(i, j, k)| (100 * i + 10 * j + k) as f32);
    let y = Array3::from_shape_fn((2, 6, 3), |(i, j, k)| (100 * i + 10 * j + k) as f32 - 7.0);
    let out = Slices::new(1).predict(SlicesInputs { x: &x, y: &y }).unwrap();
    assert_eq!(out.last, x.slice(s![.., -1, ..]));
    assert_eq!(out.middle, y.slice(s![.., 2..5, ..]));
    assert_eq!(out.open, y.slice(s![.., .., 1..]));
    assert_eq!(out.corner, y.slice(s![.., 0, 1..=2]));
    assert_eq!(out.tail, y.slice(s![.., -2.., ..]));
    assert_eq!(out.even, x.slice(s![.., ..;2, ..]));
    assert_eq!(out.back, y.slice(s![.., ..;-1, 0..3;2]));
    assert_eq!(out.down, y.slice(s![.., 1..;-2, ..]));
}

model!(
    pub fn Reductions(x: Input<3, 4>) -> Outputs {
        let total = sum(x, axis = 1);
        let average = mean(x, axis = (1, 2), keepdims = true);
        let best = max(x, axis = -1);
        let least = min(x, 1);
        let weights = softmax(x, axis = 1);
        Outputs { total, average, best, least, weights }
    }
);

#[test]
fn reductions_go_along_the_axes_that_they_name() {
    let x = Array3::from_shape_fn((2, 3, 4), |(i, j, k)| ((7 * i + 5 * j + 3 * k) % 11) as f32);
    let out = Reductions::new(1).predict(ReductionsInputs { x: &x }).unwrap();
    assert_eq!(out.total, x.sum_axis(Axis(1)));
    assert_eq!(out.average.shape(), [2, 1, 1]);
    for (sample, average) in x.outer_iter().zip(&out.average) {
        assert!((sample.mean().unwrap() - average).abs() < 1e-5);
    }
    assert_eq!(out.best, x.fold_axis(Axis(2), f32::NEG_INFINITY, |a, b| a.max(*b)));
    assert_eq!(out.least, x.fold_axis(Axis(1), f32::INFINITY, |a, b| a.min(*b)));
    for total in out.weights.sum_axis(Axis(1)) {
        assert!((total - 1.0).abs() < 1e-5);
    }
}

model!(
    fn MoreFunctions(x: Input<4>, y: Input<4>) -> Outputs {
        let a = negative(divide(sinh(x), cosh(y)));
        let b = expm1(x) + log1p(square(x)) * tan(y) + sign(y);
        let c = reciprocal(absolute(y) + 1.0);
        Outputs { a, b, c }
    }
);

#[test]
fn functions_of_single_values_by_the_names_of_keras() {
    let x = Array2::from_shape_fn((3, 4), |(i, j)| (i as f64 - 1.0) * 0.3 + j as f64 * 0.1);
    let y = Array2::from_shape_fn((3, 4), |(i, j)| (j as f64 - 1.6) * 0.4 + i as f64 * 0.1);
    let out = MoreFunctions::<f64>::seeded(1).predict(MoreFunctionsInputs { x: &x, y: &y }).unwrap();
    for (place, &x) in x.indexed_iter() {
        let y = y[place];
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        close(out.a[place], -x.sinh() / y.cosh());
        close(out.b[place], x.exp_m1() + (x * x).ln_1p() * y.tan() + y.signum());
        close(out.c[place], 1.0 / (y.abs() + 1.0));
    }
}

const CUT: usize = 2;

model!(
    pub fn Cuts(
        x: Input<6, 2>,
        series: Input<_, 3>,
    ) -> Outputs<
        begin = Output<1, 2>,
        middle = Output<2, 2>,
        end = Output<3, 2>,
        first = Output<2, 3>,
        rest = Output<_, 3>,
    > {
        let (begin, middle, end) = split(x, [1, -3], axis = 1);
        let (first, rest) = split(series, [CUT], axis = 1);
        Outputs { begin, middle, end, first, rest }
    }
);

#[test]
fn tensors_are_cut_at_given_places() {
    let x = Array3::from_shape_fn((2, 6, 2), |(i, j, k)| (i * 100 + j * 10 + k) as f32);
    let series = Array3::from_shape_fn((2, 5, 3), |(i, j, k)| (i * 100 + j * 10 + k) as f32);
    let out = Cuts::new(1).predict(CutsInputs { x: &x, series: &series }).unwrap();
    assert_eq!(out.begin, x.slice(s![.., ..1, ..]));
    assert_eq!(out.middle, x.slice(s![.., 1..3, ..]));
    assert_eq!(out.end, x.slice(s![.., 3.., ..]));
    assert_eq!(out.first, series.slice(s![.., ..2, ..]));
    assert_eq!(out.rest, series.slice(s![.., 2.., ..]));
}

model!(
    pub fn Products(a: Input<2, 3>, b: Input<3, 4>) -> Outputs {
        let product = matmul(a, b);
        let turned = transpose(product, (2, 1));
        let (left, right) = split(turned, 2, axis = 1);
        let pair = stack(left, right, axis = 1);
        let wide = squeeze(expand_dims(concatenate(left, right, axis = -1), axis = 1), 1);
        Outputs { turned, pair, wide }
    }
);

#[test]
fn products_and_rearrangements() {
    let a = Array3::from_shape_fn((2, 2, 3), |(i, j, k)| (i + 2 * j + k) as f64);
    let b = Array3::from_shape_fn((2, 3, 4), |(i, j, k)| (3 * i + j) as f64 - k as f64);
    let out = Products::<f64>::seeded(1).predict(ProductsInputs { a: &a, b: &b }).unwrap();
    for i in 0..2 {
        let (a, b): (Array2<f64>, Array2<f64>) = (a.slice(s![i, .., ..]).to_owned(), b.slice(s![i, .., ..]).to_owned());
        let expected = a.dot(&b);
        assert_eq!(out.turned.slice(s![i, .., ..]), expected.t());
        assert_eq!(out.pair.slice(s![i, 0, .., ..]), expected.t().slice(s![..2, ..]));
        assert_eq!(out.wide.slice(s![i, .., 2..]), expected.t().slice(s![2.., ..]));
    }
}

model!(
    pub fn Spread(a: Input<2, 1, 3, 4>, b: Input<1, 5, 4, 2>) -> Output<2, 5, 3, 2> {
        matmul(a, b)
    }
);

#[test]
fn a_product_meets_along_leading_axes_of_1() -> Result<()> {
    let (a, b): (Array5<f64>, Array5<f64>) = (numbers(1, (3, 2, 1, 3, 4)), numbers(2, (3, 1, 5, 4, 2)));
    let mut model = Spread::<f64>::seeded(1);
    let mut tape = model.record(SpreadInputs { a: &a, b: &b })?;
    let y = tape.outputs().output;
    let dy = numbers(3, y.dim());
    let back = tape.backward(&SpreadOutputs { output: dy.clone() })?.inputs;
    let (mut da, mut db) = (Array5::<f64>::zeros(a.dim()), Array5::<f64>::zeros(b.dim()));
    for (n, i, j) in ndarray::indices((3, 2, 5)) {
        let (left, right): (ArrayView2<f64>, ArrayView2<f64>) =
            (a.slice(s![n, i, 0, .., ..]), b.slice(s![n, 0, j, .., ..]));
        let (product, slope): (ArrayView2<f64>, ArrayView2<f64>) =
            (y.slice(s![n, i, j, .., ..]), dy.slice(s![n, i, j, .., ..]));
        assert!((&product - &left.dot(&right)).iter().all(|far| far.abs() < 1e-12));
        da.slice_mut(s![n, i, 0, .., ..]).scaled_add(1.0, &slope.dot(&right.t()));
        db.slice_mut(s![n, 0, j, .., ..]).scaled_add(1.0, &left.t().dot(&slope));
    }
    assert!((&back.a - &da).iter().chain((&back.b - &db).iter()).all(|far| far.abs() < 1e-12));
    Ok(())
}

model!(
    pub fn Functions(x: Input<4>) -> Output<4> {
        let y = clip(exp(-x), 0.5, 2.0) + sqrt(square(x) + 1.0);
        log(abs(y)) - sin(x) * cos(x) / rsqrt(square(x) + 1.0)
    }
);

#[test]
fn functions_are_those_of_rust() {
    let x = array![[-1.5f64, -0.2, 0.3, 2.0]];
    let out = Functions::<f64>::seeded(1).predict(FunctionsInputs { x: &x }).unwrap().output;
    let expected: Array1<f64> = x
        .iter()
        .map(|x: &f64| {
            let y = (-x).exp().clamp(0.5, 2.0) + (x * x + 1.0).sqrt();
            y.abs().ln() - x.sin() * x.cos() * (x * x + 1.0).sqrt()
        })
        .collect();
    for (got, want) in out.iter().zip(&expected) {
        assert!((got - want).abs() < 1e-12, "{got} is not {want}");
    }
}

const HALF: f32 = 0.5;
const THREE: usize = 3;

model!(
    pub fn Numbers(x: Input<2>) -> Outputs {
        let over = 1.0 / x;
        let three_over = THREE / x;
        let under = x / THREE;
        let minus = HALF - x;
        let less = x - HALF;
        let times = HALF * x + 2 * THREE;
        let mut sum = x * 1;
        sum += HALF;
        sum /= 2.0;
        Outputs { over, three_over, under, minus, less, times, sum }
    }
);

#[test]
fn a_number_may_stand_on_either_side_of_an_operator() {
    let x = array![[0.25f32, -2.0]];
    let out = Numbers::new(1).predict(NumbersInputs { x: &x }).unwrap();
    assert_eq!(out.over, array![[4.0, -0.5]]);
    assert_eq!(out.three_over, array![[12.0, -1.5]]);
    assert_eq!(out.under, &x / 3.0);
    assert_eq!(out.minus, array![[0.25, 2.5]]);
    assert_eq!(out.less, array![[-0.25, -2.5]]);
    assert_eq!(out.times, array![[6.125, 5.0]]);
    assert_eq!(out.sum, array![[0.375, -0.75]]);
}

model!(
    pub fn Gates(x: Input<4, 6>) -> Outputs {
        let function = glu(x);
        let steps = glu(x, axis = 1);
        let layer = Activation(glu)(x);
        let dense = TimeDistributed(Dense(6, activation = glu, name = kernel))(x);
        let each = TimeDistributed(Conv1D(2, 1, activation = glu(axis = 1), use_bias = false))(Reshape((4, 6, 1))(x));
        Outputs { function, steps, layer, dense, each }
    }
);

/// Half of an axis, times the sigmoid of the other half.
#[test]
fn a_gated_linear_unit_halves_an_axis() {
    let x = numbers(3, (2, 4, 6));
    let model = Gates::new(1);
    let out = model.predict(GatesInputs { x: &x }).unwrap();
    let gate = |a: f32, b: f32| a / (1.0 + (-b).exp());
    let close = |a: f32, b: f32| assert!((a - b).abs() < 1e-6, "{a} is not {b}");
    for (i, row, k) in ndarray::indices((2, 4, 3)) {
        close(out.function[[i, row, k]], gate(x[[i, row, k]], x[[i, row, k + 3]]));
    }
    for (i, row, k) in ndarray::indices((2, 2, 6)) {
        close(out.steps[[i, row, k]], gate(x[[i, row, k]], x[[i, row + 2, k]]));
    }
    assert_eq!(out.layer, out.function);
    assert_eq!((out.dense.dim(), out.each.dim()), ((2, 4, 3), (2, 4, 3, 2)));
    for (i, row, k) in ndarray::indices((2, 4, 3)) {
        let w = model.each.kernel()[[0, 0, 0]];
        close(out.each[[i, row, k, 0]], gate(w * x[[i, row, k]], w * x[[i, row, k + 3]]));
    }
}

model!(
    pub fn Chosen(by: Input<3>, x: Input<3>) -> Output<3> {
        select(by > 0.1, x, -0.5)
    }
);

model!(
    pub fn ChosenByALayer(by: Input<2>, x: Input<3>) -> Output<3> {
        let by = Dense(3)(by);
        Chosen()(by, x)
    }
);

/// Nothing changes where a condition changes a little: its gradient is 0, in a model inside another too.
#[test]
fn a_condition_has_no_gradient() -> Result<()> {
    let (by, x) = (array![[0.5f32, -0.5, 0.3], [-0.2, 0.7, 0.9]], array![[1.0f32, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let mut model = Chosen::new(1);
    for round in 0..2 {
        let tape = model.record(ChosenInputs { by: &by, x: &x })?;
        let back = tape.backward(&ChosenOutputs { output: x.clone() })?.inputs;
        assert_eq!(back.by, Array2::<f32>::zeros((2, 3)), "round {round}");
        assert_eq!(back.x, array![[1.0, 0.0, 3.0], [0.0, 5.0, 6.0]]);
    }
    let mut model = ChosenByALayer::new(1);
    let by = array![[0.5f32, -0.5], [0.3, 0.8]];
    let tape = model.record(ChosenByALayerInputs { by: &by, x: &x })?;
    let back = tape.backward(&ChosenByALayerOutputs { output: x.clone() })?;
    assert!(back.weights.as_slice().iter().all(|gradient| *gradient == 0.0), "{:?}", back.weights.as_slice());
    assert_eq!(back.inputs.by, Array2::<f32>::zeros((2, 2)));
    Ok(())
}
