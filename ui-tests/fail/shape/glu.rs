use formwork::prelude::*;

model!(
    fn Gated(x: Input<4, 5>, ids: Input<time, u32>) -> Output<8> {
        let a = glu(x);
        let b = TimeDistributed(Dense(7, activation = glu))(x);
        let c = glu(x, axis = 3);
        let d = glu(Embedding(10, 4)(ids), axis = 1);
        let e = LSTM(8, activation = glu)(x);
        Concatenate()(Flatten()(a), Flatten()(b), Flatten()(c), Flatten()(d), e)
    }
);

fn main() {}
