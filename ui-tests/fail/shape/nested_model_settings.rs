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
    fn Model(photo: Input<784>, facts: Input<10>) -> Output<8> {
        let (code, _) = Encoder(units = 8)(photo, facts);
        Dense(8)(code)
    }
);

fn main() {}
