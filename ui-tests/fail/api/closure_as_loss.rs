use formwork::prelude::*;

model!(
    fn Price(x: Input<8>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {
    let _ = Price::new(1).compile(Adam::new(1e-3), |y: f64, t: f64| (y - t).powi(2));
}
