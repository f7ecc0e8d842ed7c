use formwork::prelude::*;

model!(
    /// Documented, refused.
    pub fn Digits(image: Input<28, 28, 1>) -> Output<10> {
        Dense(10, activation = softmax)(image)
    }
);

/// Uses everything that the model would have.
pub fn uses() -> Result<()> {
    let images = ndarray::Array4::<f32>::zeros((4, 28, 28, 1));
    let labels = ndarray::Array1::<u32>::zeros(4);
    let data = Dataset::from_arrays(DigitsInputs { image: &images }, DigitsTargets { output: &labels })?;
    let data = data.shuffle(4, 1).batch(2);
    let mut model =
        Digits::new(1).compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new()).metrics(Accuracy::new());
    let history = model.fit(&data, Fit::epochs(2))?;
    println!("{history:?} {}", model.evaluate(&data)?);
    let probabilities = model.predict(DigitsInputs { image: &images })?.output;
    let one = images.index_axis(ndarray::Axis(0), 0);
    let first = model.predict_one(DigitsInput { image: &one })?.output;
    println!(
        "{probabilities} {first} {} {} {:?}",
        Digits::<f32>::PARAMS,
        Digits::<f32>::FLOPS,
        Digits::<f32>::INPUT_SHAPES
    );
    let wide = Digits::<f64>::seeded(2);
    println!("{:?} {:?}", wide.clone(), Digits::<f64>::OUTPUT_SHAPES);
    Ok(())
}

model!(
    pub fn Around(image: Input<28, 28, 1>) -> Output<1> {
        Dense(1)(Digits()(image))
    }
);

fn main() {}
