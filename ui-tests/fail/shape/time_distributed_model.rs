use formwork::prelude::*;

model!(
    fn Frame(frame: Input<32, 32, 3>) -> Output<4> {
        Dense(4)(Flatten()(frame))
    }
);

model!(
    fn Model(frames: Input<10, 32, 32, 1>) -> Output<10, 4> {
        TimeDistributed(Frame())(frames)
    }
);

fn main() {}
