use formwork::prelude::*;

model!(
    fn Frame(frame: Input<8>) -> Outputs<a = Output<4>, b = Output<4>> {
        let a = Dense(4)(frame);
        let b = Dense(4)(frame);
        Outputs { a, b }
    }
);

model!(
    fn Model(frames: Input<10, 8>) -> Output<10, 4> {
        TimeDistributed(Frame())(frames)
    }
);

fn main() {}
