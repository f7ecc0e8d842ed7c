use formwork::prelude::*;

model!(
    fn Both(x: Input<8>) -> Outputs<class = Output<10>, score = Output<1>> {
        let class = Dense(10, activation = softmax)(x);
        let score = Dense(1)(x);
        Outputs { class, score }
    }
);

fn main() {
    let losses = BothLosses { class: MeanSquaredError::new(), score: SparseCategoricalCrossentropy::new() };
    let _ = Both::new(1).compile(Adam::new(1e-3), losses);
}
