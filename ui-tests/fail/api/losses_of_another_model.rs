use formwork::prelude::*;

model!(
    fn First(x: Input<8>) -> Outputs<class = Output<10>, score = Output<1>> {
        let class = Dense(10, activation = softmax)(x);
        let score = Dense(1)(x);
        Outputs { class, score }
    }
);

model!(
    fn Second(x: Input<8>) -> Outputs<class = Output<10>, score = Output<1>> {
        let class = Dense(10, activation = softmax)(x);
        let score = Dense(1)(x);
        Outputs { class, score }
    }
);

fn main() {
    let losses = SecondLosses { class: SparseCategoricalCrossentropy::new(), score: MeanSquaredError::new() };
    let _ = First::new(1).compile(Adam::new(1e-3), losses);
    let _ = First::new(1).compile(Adam::new(1e-3), MeanSquaredError::new());
}
