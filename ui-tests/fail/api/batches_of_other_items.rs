use formwork::prelude::*;
use ndarray::array;

model!(
    fn Price(x: Input<4>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {
    let _ = Dataset::from_iter(0..10).batch(4);
    let _ = Dataset::from_iter((0..10).map(|n| PriceSample { x: array![n as f32, 1.0, 2.0, 3.0] })).batch(4);
    let _ = Dataset::from_iter((0..10).map(|n| (array![n as f32], array![1.0_f32]))).batch(4);
}
