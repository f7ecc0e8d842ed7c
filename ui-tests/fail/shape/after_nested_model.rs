use formwork::prelude::*;

model!(
    fn Enc(a: Input<6>) -> Output<4> {
        Dense(4)(a)
    }
);

model!(
    fn Model(a: Input<6>) -> Output<1> {
        let h = Enc()(a);
        let wide = Dense(5)(a);
        Dense(1)(Add()(h, wide))
    }
);

fn main() {}
