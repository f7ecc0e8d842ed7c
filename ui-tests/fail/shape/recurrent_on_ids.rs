use formwork::prelude::*;

model!(
    fn Model(ids: Input<100, u32>) -> Output<1> {
        let h = GRU(8)(ids);
        Dense(1)(h)
    }
);

fn main() {}
