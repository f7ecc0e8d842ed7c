use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        import tensorflow as tf;
        var a = Dense(4)(x);
        const b = Dense(4)(a);
        let c := Dense(4)(b);
        let d == Dense(4)(c);
        let e = Dense<5>(d);
        let f = x[:, 3];
        let g = lambda t: t * 2;
        let h = x |> Dense(3);
        let i = Dense(4)(x) @ x;
        let type = Dense(4)(x);
        let j = Dense(10)(x),
        Dense(1)(b)
    }
);

model!(
    fn Comment(x: Input<8>) -> Output<1> {
        # as in Python
        Dense(1)(x)
    }
);

fn main() {}
