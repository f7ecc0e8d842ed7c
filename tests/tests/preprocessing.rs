//! Layers that prepare data inside a model: what they do in training, and that they do nothing random at inference.

use formwork::prelude::*;
use ndarray::{Array2, Array3, Array4, Axis, array};

fn images(count: usize, height: usize, width: usize, channels: usize) -> Array4<f32> {
    Array4::from_shape_fn((count, height, width, channels), |(n, i, j, c)| {
        (n * 100 + i * 10 + j) as f32 / 10.0 + c as f32 / 100.0
    })
}

model!(
    fn Scaled(x: Input<3>, again: Input<4, 3>) -> Outputs<y = Output<3>, steps = Output<4, 3>, back = Output<3>> {
        let y = Normalization(name = features)(x);
        let steps = Normalization(axis = (1, 2), name = places)(again);
        let back = Normalization(mean = (1.0, 2.0, 3.0), variance = 4.0, invert = true)(x);
        Outputs { y, steps, back }
    }
);

#[test]
fn normalization_adapts_to_data() -> Result<()> {
    let mut model = Scaled::new(1);
    // As Keras counts: mean, variance and count.
    assert_eq!((Scaled::<f32>::PARAMS, Scaled::<f32>::TRAINABLE_PARAMS), (7 + 25, 0));
    let x = array![[1.0f32, 5.0, 7.0], [3.0, 5.0, 1.0], [5.0, 5.0, 4.0]];
    let again = Array3::from_shape_fn((3, 4, 3), |(n, i, j)| (n * n + i * j) as f32);
    model.features.adapt(&x)?;
    model.places.adapt(&again)?;
    let y = model.predict(ScaledInputs { x: &x, again: &again })?;
    assert!(y.y.mean_axis(Axis(0)).unwrap().iter().all(|mean| mean.abs() < 1e-6));
    let squares = y.y.mapv(|y| y * y).mean_axis(Axis(0)).unwrap();
    assert!((squares[0] - 1.0).abs() < 1e-5 && (squares[2] - 1.0).abs() < 1e-5);
    assert_eq!(y.y.column(1).to_vec(), [0.0; 3], "a constant feature is 0, never NaN");
    assert!(y.steps.mean_axis(Axis(0)).unwrap().iter().all(|mean| mean.abs() < 1e-6));
    assert_eq!(y.back.row(0).to_vec(), [3.0, 12.0, 17.0]);
    let wrong = Array2::<f32>::zeros((3, 4));
    let message = model.features.adapt(&wrong).unwrap_err().to_string();
    assert!(message.contains("[3]") && message.contains("[3, 4]"), "{message}");
    Ok(())
}

model!(
    fn Sizes(
        x: Input<_, _, 1>,
    ) -> Outputs<small = Output<2, 2, 1>, middle = Output<2, 3, 1>, random = Output<2, 3, 1>> {
        Outputs { small: Resizing(2, 2)(x), middle: CenterCrop(2, 3)(x), random: RandomCrop(2, 3)(x) }
    }
);

#[test]
fn images_of_any_size_become_one_size() -> Result<()> {
    let x = images(1, 4, 5, 1);
    let y = Sizes::new(1).predict(SizesInputs { x: &x })?;
    // (i + 1/2) 4/2 - 1/2 = 0.5, 2.5 and (j + 1/2) 5/2 - 1/2 = 0.75, 3.25
    let expected = [0.5 + 0.075, 0.5 + 0.325, 2.5 + 0.075, 2.5 + 0.325];
    assert!(y.small.iter().zip(expected).all(|(y, e)| (y - e).abs() < 1e-6), "{:?}", y.small);
    let middle = x.slice(ndarray::s![.., 1..3, 1..4, ..]);
    assert_eq!(y.middle, middle);
    assert_eq!(y.random, middle, "the middle at inference");
    Ok(())
}

model!(
    fn Augmented(x: Input<6, 6, 2>) -> Output<6, 6, 2> {
        Sequential([
            RandomFlip(horizontal),
            RandomTranslation(0.2, (-0.1, 0.1), fill_mode = nearest),
            RandomRotation(0.1),
            RandomZoom(0.2),
            RandomContrast(0.3, value_range = (0.0, 50.0)),
            RandomBrightness(0.1, value_range = (0.0, 50.0)),
            Conv2D(2, 1),
        ])(x)
    }
);

#[test]
fn augmentation_is_for_training_only() -> Result<()> {
    let x = images(3, 6, 6, 2);
    let mut model = Augmented::new(2);
    let before = model.predict(AugmentedInputs { x: &x })?.output;
    let kernel = model.conv2d.kernel().to_owned();
    let expected: f32 = (0..2).map(|c| x[[1, 2, 3, c]] * kernel[[0, 0, c, 0]]).sum();
    assert!((before[[1, 2, 3, 0]] - expected).abs() < 1e-4);
    let y = Array4::<f32>::zeros((3, 6, 6, 2));
    let mut loss = || -> Result<f64> {
        let targets = AugmentedTargets { output: &y };
        Ok(model.gradients(AugmentedInputs { x: &x }, &targets, &MeanSquaredError::new())?.0)
    };
    let plain = f64::from(before.mapv(|y| y * y).mean().unwrap());
    let (first, second) = (loss()?, loss()?);
    assert!(first != second && first != plain, "every step draws anew: {first} {second} {plain}");
    Ok(())
}

model!(
    fn Chosen(x: Input<4>, m: Input<4, bool>) -> Outputs<relu = Output<4>, given = Output<4>, near = Output<4>> {
        let relu = select(x > 0.0, x, 0.0);
        let given = select(m, x * 2.0, -x);
        let near = select(less(abs(x), 1.0), exp(x), x);
        Outputs { relu, given, near }
    }
);

#[test]
fn values_are_chosen_by_conditions() -> Result<()> {
    let (x, m) = (array![[-2.0f32, -0.5, 0.5, 2.0]], array![[true, false, false, true]]);
    let y = Chosen::new(1).predict(ChosenInputs { x: &x, m: &m })?;
    assert_eq!(y.relu, array![[0.0, 0.0, 0.5, 2.0]]);
    assert_eq!(y.given, array![[-4.0, 0.5, -0.5, 4.0]]);
    assert_eq!(y.near, array![[-2.0, (-0.5f32).exp(), 0.5f32.exp(), 2.0]]);
    Ok(())
}

model!(
    fn Activated(x: Input<4>) -> Outputs<a = Output<4>, b = Output<4>, c = Output<4>, d = Output<4>, e = Output<4>> {
        let a = leaky_relu(x, negative_slope = 0.5);
        let b = relu(x, max_value = 1.0);
        let c = gelu(x, approximate = true);
        let d = Dense(4, activation = leaky_relu(negative_slope = 0.5), kernel_initializer = identity)(x);
        let e = Dense(4, activation = ELU(alpha = 2.0), kernel_initializer = identity)(x);
        Outputs { a, b, c, d, e }
    }
);

#[test]
fn activations_take_arguments() -> Result<()> {
    let x = array![[-2.0f32, -0.5, 0.5, 2.0]];
    let y = Activated::new(1).predict(ActivatedInputs { x: &x })?;
    assert_eq!(y.a, array![[-1.0, -0.25, 0.5, 2.0]]);
    assert_eq!(y.b, array![[0.0, 0.0, 0.5, 1.0]]);
    assert!((y.c[[0, 3]] - 1.954_597_7).abs() < 1e-6);
    assert_eq!(y.d, y.a);
    assert!((y.e[[0, 0]] - 2.0 * (-2.0f32).exp_m1()).abs() < 1e-6);
    Ok(())
}
