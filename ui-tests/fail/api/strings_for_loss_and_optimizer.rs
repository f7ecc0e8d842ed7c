use formwork::prelude::*;

model!(
    fn Small(x: Input<8>) -> Output<1> {
        Dense(1)(x)
    }
);

fn main() -> Result<()> {
    let _ = Small::new(1).compile("adam", "mse");
    Ok(())
}
