use formwork::prelude::*;

model!(
    fn Encoder(photo: Input<8>) -> Output<2> {
        Dense(2)(photo)
    }
);

model!(
    fn Words(ids: Input<8, u32>) -> Output<8, 2> {
        Embedding(10, 2)(ids)
    }
);

model!(
    fn Bytes(x: Input<8, u8>) -> Output<2> {
        Encoder()(x)
    }
);

model!(
    fn Steps(x: Input<4, 8, u8>) -> Output<4, 2> {
        TimeDistributed(Encoder())(x)
    }
);

model!(
    fn Numbers(x: Input<8>) -> Output<8, 2> {
        let h = Dense(8)(x);
        Words()(h)
    }
);

fn main() {}
