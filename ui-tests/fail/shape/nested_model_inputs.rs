use formwork::prelude::*;

model!(
    fn Encoder(photo: Input<784>, facts: Input<10>) -> Outputs<code = Output<8>, score = Output<1>> {
        let h = Concatenate()(photo, facts);
        let code = Dense(8)(h);
        let score = Dense(1)(h);
        Outputs { code, score }
    }
);

model!(
    fn Model(photo: Input<784>, facts: Input<10>) -> Output<1> {
        let encoder = Encoder();
        let (a, _) = encoder(photo);
        let (b, _) = Encoder()(facts, photo);
        let c = Encoder()(photo, facts);
        let (d, e, f) = Encoder()(photo, facts);
        let h = Concatenate()(a, b, c, d, e, f);
        Dense(1)(h)
    }
);

fn main() {}
