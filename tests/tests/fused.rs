//! Layers that are computed together give what they give one after the other.
//!
//! Each model has a twin that gives away what lies between its layers, so that nothing of it can be computed together.

use formwork::prelude::*;
use formwork_tests::numbers;
use ndarray::Array2;

fn close(a: &Array2<f64>, b: &Array2<f64>) {
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9), "{a}\nis not\n{b}");
}

/// A model and its twin predict the same and have the same gradients, at several sizes, before and after their weights
/// change.
macro_rules! same {
    (
        $test:ident, $dims:tt, $Model:ident($Inputs:ident, $Targets:ident),
        $Twin:ident($TwinInputs:ident, $TwinTargets:ident, $TwinLosses:ident, $($between:ident),*)
    ) => {
        #[test]
        fn $test() -> Result<()> {
            let (mut model, mut twin) = ($Model::<f64>::seeded(5), $Twin::<f64>::seeded(5));
            for rows in [3, 1, 5] {
                let x: ndarray::Array<f64, _> = same!(@input rows, $dims);
                let target: Array2<f64> = numbers(rows as u64 + 9, (rows, 4));
                let outputs = twin.predict($TwinInputs { x: &x })?;
                close(&model.predict($Inputs { x: &x })?.output, &outputs.output);
                // What lies between counts nothing.
                $(let $between = outputs.$between.mapv(|_| 0.0);)*
                let losses = $TwinLosses {
                    output: MeanSquaredError::new(),
                    $($between: MeanSquaredError::new().weight(0.0),)*
                };
                let targets = $TwinTargets { output: &target, $($between: &$between),* };
                let (_, wanted) = twin.gradients($TwinInputs { x: &x }, &targets, &losses)?;
                let targets = $Targets { output: &target };
                let (_, found) = model.gradients($Inputs { x: &x }, &targets, &MeanSquaredError::new())?;
                assert_eq!(found.as_slice().len(), wanted.as_slice().len());
                let off = found.as_slice().iter().zip(wanted.as_slice()).map(|(a, b)| (a - b).abs());
                let off = off.fold(0.0, f64::max);
                assert!(off < 1e-9, "gradients differ by {off} at {rows} rows");
                // Weights that were brought into another form must not outlive their change.
                SGD::new(0.05).apply(&mut model, &wanted);
                SGD::new(0.05).apply(&mut twin, &wanted);
            }
            Ok(())
        }
    };
    (@input $rows:ident, ($($dim:literal),*)) => {
        numbers($rows as u64, ($rows, $($dim),*))
    };
}

model!(
    fn Pooled(x: Input<12, 11, 3>) -> Output<4> {
        let a = Conv2D(20, 3, padding = same, activation = relu)(x);
        let b = Conv2D(17, 3)(MaxPooling2D(2)(a));
        let c = tanh(b);
        Dense(4)(Flatten()(MaxPooling2D(3, strides = 2, padding = same)(c)))
    }
);

model!(
    fn PooledTwin(
        x: Input<12, 11, 3>,
    ) -> Outputs<output = Output<4>, a = Output<12, 11, 20>, b = Output<4, 3, 17>, c = Output<4, 3, 17>> {
        let a = Conv2D(20, 3, padding = same, activation = relu)(x);
        let b = Conv2D(17, 3)(MaxPooling2D(2)(a));
        let c = tanh(b);
        let output = Dense(4)(Flatten()(MaxPooling2D(3, strides = 2, padding = same)(c)));
        Outputs { output, a, b, c }
    }
);

same!(
    pooled,
    (12, 11, 3),
    Pooled(PooledInputs, PooledTargets),
    PooledTwin(PooledTwinInputs, PooledTwinTargets, PooledTwinLosses, a, b, c)
);

model!(
    fn Normalized(x: Input<9, 8, 2>) -> Output<4> {
        let a = Conv2D(18, 3, use_bias = false)(x);
        let b = relu(BatchNormalization()(a));
        let c = Conv2D(16, 3, padding = same)(b);
        let d = BatchNormalization(scale = false)(c);
        let e = DepthwiseConv2D(3, depth_multiplier = 2)(d);
        let f = ReLU()(BatchNormalization(center = false)(e));
        Dense(4)(GlobalAveragePooling2D()(MaxPooling2D(2)(f)))
    }
);

model!(
    fn NormalizedTwin(
        x: Input<9, 8, 2>,
    ) -> Outputs<
        output = Output<4>,
        a = Output<7, 6, 18>,
        c = Output<7, 6, 16>,
        e = Output<5, 4, 32>,
        f = Output<5, 4, 32>,
    > {
        let a = Conv2D(18, 3, use_bias = false)(x);
        let b = relu(BatchNormalization()(a));
        let c = Conv2D(16, 3, padding = same)(b);
        let d = BatchNormalization(scale = false)(c);
        let e = DepthwiseConv2D(3, depth_multiplier = 2)(d);
        let f = ReLU()(BatchNormalization(center = false)(e));
        let output = Dense(4)(GlobalAveragePooling2D()(MaxPooling2D(2)(f)));
        Outputs { output, a, c, e, f }
    }
);

same!(
    normalized,
    (9, 8, 2),
    Normalized(NormalizedInputs, NormalizedTargets),
    NormalizedTwin(NormalizedTwinInputs, NormalizedTwinTargets, NormalizedTwinLosses, a, c, e, f)
);

model!(
    /// One layer with and without a pooling after it, a pooling with another reader beside it, and activations that cannot wait.
    fn Shared(x: Input<10, 10, 16>) -> Output<4> {
        let convolution = Conv2D(16, 3, padding = same, activation = sigmoid);
        let a = convolution(x);
        let b = MaxPooling2D(2)(convolution(a));
        let c = Conv2D(16, 3, padding = same)(b);
        let d = MaxPooling2D(5)(c) + GlobalAveragePooling2D(keepdims = true)(c);
        let e = MaxPooling2D(2)(Conv2D(5, 2, activation = gelu)(a));
        let f = MaxPooling2D(2)(Conv2D(5, 2, activation = softmax)(a));
        Dense(4)(Concatenate()(Flatten()(d), Flatten()(e), Flatten()(f)))
    }
);

model!(
    fn SharedTwin(
        x: Input<10, 10, 16>,
    ) -> Outputs<
        output = Output<4>,
        a = Output<10, 10, 16>,
        g = Output<10, 10, 16>,
        h = Output<9, 9, 5>,
        i = Output<9, 9, 5>,
    > {
        let convolution = Conv2D(16, 3, padding = same, activation = sigmoid);
        let a = convolution(x);
        let g = convolution(a);
        let b = MaxPooling2D(2)(g);
        let c = Conv2D(16, 3, padding = same)(b);
        let d = MaxPooling2D(5)(c) + GlobalAveragePooling2D(keepdims = true)(c);
        let h = Conv2D(5, 2, activation = gelu)(a);
        let e = MaxPooling2D(2)(h);
        let i = Conv2D(5, 2, activation = softmax)(a);
        let f = MaxPooling2D(2)(i);
        let output = Dense(4)(Concatenate()(Flatten()(d), Flatten()(e), Flatten()(f)));
        Outputs { output, a, g, h, i }
    }
);

same!(
    shared,
    (10, 10, 16),
    Shared(SharedInputs, SharedTargets),
    SharedTwin(SharedTwinInputs, SharedTwinTargets, SharedTwinLosses, a, g, h, i)
);

model!(
    fn Lines(x: Input<40, 3>) -> Output<4> {
        let a = Conv1D(6, 5, strides = 2, activation = elu)(x);
        let b = Conv1D(7, 3, padding = causal, groups = 1)(MaxPooling1D(2)(a));
        let c = MaxPooling1D(3, strides = 1)(BatchNormalization()(b));
        Dense(4)(Flatten()(c))
    }
);

model!(
    fn LinesTwin(x: Input<40, 3>) -> Outputs<output = Output<4>, a = Output<18, 6>, b = Output<9, 7>> {
        let a = Conv1D(6, 5, strides = 2, activation = elu)(x);
        let b = Conv1D(7, 3, padding = causal, groups = 1)(MaxPooling1D(2)(a));
        let c = MaxPooling1D(3, strides = 1)(BatchNormalization()(b));
        let output = Dense(4)(Flatten()(c));
        Outputs { output, a, b }
    }
);

same!(
    lines,
    (40, 3),
    Lines(LinesInputs, LinesTargets),
    LinesTwin(LinesTwinInputs, LinesTwinTargets, LinesTwinLosses, a, b)
);

model!(
    fn Preactivated(x: Input<6, 5, 3>) -> Output<4> {
        let a = relu(BatchNormalization()(x));
        let b = Conv2D(6, 2)(a);
        let c = tanh(BatchNormalization(axis = 1, scale = false)(b));
        let d = gelu(BatchNormalization(center = false)(c));
        let e = elu(BatchNormalization()(MaxPooling2D(2)(d)));
        Dense(4)(Flatten()(e))
    }
);

model!(
    fn PreactivatedTwin(
        x: Input<6, 5, 3>,
    ) -> Outputs<output = Output<4>, a = Output<6, 5, 3>, c = Output<5, 4, 6>, e = Output<2, 2, 6>> {
        let a = BatchNormalization()(x);
        let b = Conv2D(6, 2)(relu(a));
        let c = BatchNormalization(axis = 1, scale = false)(b);
        let d = gelu(BatchNormalization(center = false)(tanh(c)));
        let e = BatchNormalization()(MaxPooling2D(2)(d));
        let output = Dense(4)(Flatten()(elu(e)));
        Outputs { output, a, c, e }
    }
);

same!(
    preactivated,
    (6, 5, 3),
    Preactivated(PreactivatedInputs, PreactivatedTargets),
    PreactivatedTwin(PreactivatedTwinInputs, PreactivatedTwinTargets, PreactivatedTwinLosses, a, c, e)
);

model!(
    fn Joined(x: Input<7, 2>) -> Output<4> {
        let a = Flatten()(x);
        let b = Dense(5, activation = silu)(Concatenate()(a, tanh(a), a));
        let c = Dense(3)(a);
        softmax(Dense(4, use_bias = false)(Concatenate()(b, c)))
    }
);

model!(
    fn JoinedTwin(x: Input<7, 2>) -> Outputs<output = Output<4>, d = Output<42>, e = Output<8>> {
        let a = Flatten()(x);
        let d = Concatenate()(a, tanh(a), a);
        let b = Dense(5, activation = silu)(d);
        let c = Dense(3)(a);
        let e = Concatenate()(b, c);
        let output = softmax(Dense(4, use_bias = false)(e));
        Outputs { output, d, e }
    }
);

same!(
    joined,
    (7, 2),
    Joined(JoinedInputs, JoinedTargets),
    JoinedTwin(JoinedTwinInputs, JoinedTwinTargets, JoinedTwinLosses, d, e)
);
