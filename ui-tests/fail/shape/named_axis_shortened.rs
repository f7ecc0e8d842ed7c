use formwork::prelude::*;

model!(
    fn Model(a: Input<time, 8>) -> Output<time, 4> {
        let h = Conv1D(4, 3)(a);
        Conv1D(4, 3, padding = same)(h)
    }
);

fn main() {}
