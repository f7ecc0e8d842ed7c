use formwork::prelude::*;
use ndarray::array;

model!(
    fn Price(x: Input<4>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {
    let sample = |n: usize| (PriceSample { x: array![n as f32, 1.0, 2.0, 3.0] }, PriceTarget { output: array![1.0_f32] });
    let data = Dataset::from_iter((0..10).map(sample)).batch(4);
    let _ = data.clone().map(|batch| batch);
    let _ = data.clone().filter(|_| true);
    let _ = data.clone().cache();
    let _ = data.clone().repeat(2);
    let (_train, _valid) = data.split(0.2).unwrap();
}
