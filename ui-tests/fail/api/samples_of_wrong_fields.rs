use formwork::prelude::*;
use ndarray::array;

model!(
    fn Price(x: Input<4>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {
    let _ = Dataset::from_iter((0..10).map(|n| (PriceSample { x: array![n as f32, 1.0] }, PriceTarget { output: "dear" }))).batch(4);
    let _ = Dataset::from_iter((0..10).map(|n| (PriceSample { y: array![n as f32] }, PriceTarget { output: 1.0_f32 }))).batch(4);
}
