use formwork::prelude::*;

model!(
    fn Encoder(x: Input<6>) -> Outputs<mean = Output<4>, spread = Output<4>> {
        let mean = Dense(4)(x);
        let spread = Dense(4)(x);
        Outputs { mean, spread }
    }
);

model!(
    fn First(a: Input<6>, b: Input<6>) -> Output<4> {
        let encoder = Encoder();
        let (mean,) = encoder(a);
        let (other, spread) = encoder(b);
        mean - other / spread
    }
);

model!(
    fn Second(a: Input<6>, b: Input<6>) -> Output<4> {
        let encoder = Encoder();
        let (mean, _) = encoder(a);
        let (other, spread, more) = encoder(b);
        mean - other / spread + more
    }
);

fn main() {}
