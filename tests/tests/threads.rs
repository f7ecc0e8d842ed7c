//! The same bits on any number of threads, in any process, and from many threads at once.

use std::process::Command;
use std::thread;

use formwork::prelude::*;
use formwork_tests::{ids, numbers};
use ndarray::{Array2, Array4};

model!(
    fn Net(image: Input<12, 12, 3>, facts: Input<40>) -> Output<5> {
        let h = Conv2D(8, 3, activation = relu)(image);
        let h = BatchNormalization()(h);
        let h = Dropout(0.3)(Flatten()(MaxPooling2D(2)(h)));
        let f = Dense(64, activation = tanh)(facts);
        Dense(5, activation = softmax)(Concatenate()(h, f))
    }
);

fn data(rows: usize) -> (Array4<f32>, Array2<f32>) {
    (numbers(1, (rows, 12, 12, 3)), numbers(2, (rows, 40)))
}

/// All weights after a short training, and a prediction.
fn train() -> Result<Vec<u32>> {
    let (image, facts) = data(70);
    let labels = ids(3, 70, 5);
    let data = Dataset::from_arrays(NetInputs { image: &image, facts: &facts }, NetTargets { output: &labels })?
        .shuffle(70, 4)
        .batch(16);
    let mut model = Net::new(9).compile(Adam::new(0.01), SparseCategoricalCrossentropy::new());
    model.fit(&data, Fit::epochs(2))?;
    let mut bits = Vec::new();
    model.visit("", &mut |_, variable| bits.extend(variable.data().iter().map(|value| value.to_bits())));
    let output = model.predict(NetInputs { image: &image, facts: &facts })?.output;
    bits.extend(output.iter().map(|value| value.to_bits()));
    Ok(bits)
}

/// FNV-1a.
fn digest(bits: &[u32]) -> u64 {
    bits.iter().fold(0xcbf2_9ce4_8422_2325, |hash, value| (hash ^ u64::from(*value)).wrapping_mul(0x0100_0000_01b3))
}

/// Run by the next test in processes of its own; on its own it shows nothing.
#[test]
fn child() -> Result<()> {
    println!("digest {:016x}", digest(&train()?));
    Ok(())
}

#[test]
fn any_number_of_threads_trains_to_the_same_bits() -> Result<()> {
    let expected = format!("digest {:016x}", digest(&train()?));
    for count in ["1", "2", "3", "1"] {
        let program = std::env::current_exe().expect("this test is a program");
        let output = Command::new(program)
            .args(["--exact", "child", "--nocapture"])
            .env("FORMWORK_THREADS", count)
            .output()
            .expect("this test can be started again");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains(&expected), "{count} threads: {text}");
    }
    Ok(())
}

#[test]
fn training_again_gives_the_same_bits() -> Result<()> {
    assert_eq!(train()?, train()?);
    Ok(())
}

#[test]
fn a_model_may_be_sent_and_shared() {
    fn both<M: Send + Sync>() {}
    both::<Net>();
    both::<Net<f64>>();
    both::<Compiled<Net, Adam, SparseCategoricalCrossentropy>>();
}

#[test]
fn eight_threads_predict_from_one_model() -> Result<()> {
    let model = Net::new(1);
    let (image, facts) = data(24);
    let predict = |rows: usize| -> Result<_> {
        let (images, facts) = (image.slice(ndarray::s![..rows, .., .., ..]), facts.slice(ndarray::s![..rows, ..]));
        Ok(model.predict(NetInputs { image: &images, facts: &facts })?.output)
    };
    // Each number of samples for itself: a single one may be added up in another order.
    let alone = (1..25).map(predict).collect::<Result<Vec<_>>>()?;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|start| {
                let (predict, alone) = (&predict, &alone);
                scope.spawn(move || -> Result<()> {
                    for round in 0..12 {
                        let rows = 1 + (start * 5 + round * 7) % 24;
                        assert_eq!(predict(rows)?, alone[rows - 1]);
                    }
                    Ok(())
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no thread panics"))
    })
}
