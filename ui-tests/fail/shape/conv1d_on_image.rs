use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 3>) -> Output<8> {
        let h = Conv1D(8, 3)(image);
        GlobalAveragePooling1D()(h)
    }
);

fn main() {}
