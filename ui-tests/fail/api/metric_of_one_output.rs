use formwork::prelude::*;

model!(
    fn Pair(x: Input<8>) -> Outputs<class = Output<3>, score = Output<1>> {
        let class = Dense(3, activation = softmax)(x);
        let score = Dense(1)(x);
        Outputs { class, score }
    }
);

fn main() -> Result<()> {
    let losses = PairLosses { class: SparseCategoricalCrossentropy::new(), score: MeanSquaredError::new() };
    let _ = Pair::new(1).compile(Adam::new(1e-3), losses).metrics(Accuracy::new());
    Ok(())
}
