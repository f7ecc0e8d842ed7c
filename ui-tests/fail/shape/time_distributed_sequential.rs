use formwork::prelude::*;

model!(
    fn Model(frames: Input<10, 32, 32, 3>) -> Output<4> {
        let h = TimeDistributed(Sequential([Conv2D(8, 3), MaxPooling2D(2), Dense(4)]))(frames);
        GlobalAveragePooling1D()(h)
    }
);

fn main() {}
