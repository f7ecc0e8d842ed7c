use formwork::prelude::*;

model!(
    fn Small(x: Input<4>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {
    let model = Small::new(1);
    let _ = model.predict(SmallInputs { x: &[[1.0f32, 2.0, 3.0, 4.0]] });
}
