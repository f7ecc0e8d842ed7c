use formwork::prelude::*;

model!(
    fn First(x: Input<4>) -> Output<1> {
        Dense(1)(x)
    }
);

model!(
    fn Second(x: Input<4>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() -> Result<()> {
    let data = Dataset::from_csv("prices.csv", |row| {
        let x = row.numbers::<f32>(&["a", "b", "c", "d"])?;
        Ok((SecondSample { x }, SecondTarget { output: row.numbers::<f32>(&["price"])? }))
    });
    let mut model = First::new(1).compile(SGD::new(0.1), MeanSquaredError::new());
    model.fit(&data.batch(4), Fit::epochs(1))?;
    Ok(())
}
