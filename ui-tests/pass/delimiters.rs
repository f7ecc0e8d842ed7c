use formwork::prelude::*;

model! {
    fn Braces(x: Input<8>) -> Output<1> {
        Dense(1)(x)
    }
}

model![
    fn Brackets(x: Input<8>) -> Output<1> {
        Dense(1)(x)
    }
];

formwork::model!(
    fn Path(x: Input<8>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() {
    const { assert!(Braces::<f32>::PARAMS == Brackets::<f32>::PARAMS && Path::<f32>::PARAMS == 9) };
}
