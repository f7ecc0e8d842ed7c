use formwork::prelude::*;

model!(
    fn Inputs(image: Input<28, "28", 1>, text, facts: Input<10>, size: Tensor<4>) -> Output<1> {
        let picture = Flatten()(image);
        let words = LSTM(16)(text);
        let h = Dens(16)(facts);
        let k = Concatenate()(picture, words, h, size);
        Dense(1)(k)
    }
);

model!(
    fn Returned(x: Input<8>) -> {
        let h = Dense(4, activaton = relu)(x);
        Dense(1)(h)
    }
);

model!(
    fn OutputShape(x: Input<8>) -> Output<ten, "2"> {
        let h = Flatten()(Reshape((2, 3))(x));
        Dense(1)(h)
    }
);

model!(
    fn Generic<T>(x: Input<8>) -> Output<1> {
        Conv2D(4, 3)(x)
    }
);

fn main() {
    let model = Inputs::new(1);
    let _ = Returned::new(1).summary();
    let _ = OutputShape::new(1);
    let _ = Generic::new(1);
    drop(model);
}
