use formwork::prelude::*;

model!(
    fn Line(x: Input<20, 64>) -> Output<28> {
        let steps = LSTM(64)(x);
        Dense(28)(steps)
    }
);

fn main() {
    let _ = Line::new(1).compile(Adam::new(1e-3), CTC::new());
}
