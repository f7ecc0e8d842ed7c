use formwork::prelude::*;

model!(
    fn Declared(x: Input<8>) -> Outputs<class = Output<10>, score = Output<1>> {
        let h = Dense(16)(x);
        Outputs { score: Dense(1)(h), class: Dense(10)(h) }
    }
);

model!(
    fn Open(x: Input<8>) -> Outputs {
        let h = Dense(16)(x);
        let score = Dense(1)(h);
        Outputs { score, class: Dense(10)(h) }
    }
);

model!(
    fn Tuple(x: Input<8>) -> Outputs<class = Output<10>, score = Output<1>> {
        let h = Dense(16)(x);
        (Dense(10)(h), Dense(1)(h))
    }
);

model!(
    fn Undeclared(x: Input<8>) {
        let class = Dense(10)(x);
        let score = Dense(1)(class);
        (class, score)
    }
);

model!(
    fn States(x: Input<12, 8>) -> Outputs {
        let (sequence, hidden, _cell) = LSTM(4, return_sequences = true, return_state = true)(x);
        Outputs { sequence, hidden }
    }
);

fn main() {
    let x = ndarray::Array2::zeros((3, 8));
    let outputs = Declared::new(1).predict(DeclaredInputs { x: &x }).expect("the array fits");
    assert_eq!((outputs.class.dim(), outputs.score.dim()), ((3, 10), (3, 1)));
    assert_eq!(Open::<f32>::OUTPUT_SHAPES.map(|shape| shape.last()), [1, 10]);
    assert_eq!(Tuple::<f32>::OUTPUT_SHAPES.map(|shape| shape.last()), [10, 1]);
    assert_eq!(Undeclared::<f32>::OUTPUT_SHAPES.map(|shape| shape.last()), [10, 1]);
    assert_eq!(States::<f32>::OUTPUT_SHAPES.map(|shape| shape.rank()), [2, 1]);
}
