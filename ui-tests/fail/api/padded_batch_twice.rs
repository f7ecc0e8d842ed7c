use formwork::prelude::*;
use ndarray::array;

model!(
    fn Price(x: Input<4>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {
    let sample = |n: usize| (PriceSample { x: array![n as f32, 1.0, 2.0, 3.0] }, PriceTarget { output: array![1.0_f32] });
    let data = Dataset::from_iter((0..10).map(sample));
    let _ = data.padded_batch(4).padded_batch(2);
}
