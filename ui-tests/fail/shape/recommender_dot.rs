use formwork::prelude::*;

model!(
    fn Model(user: Input<1>, film: Input<1>) -> Output<1> {
        let u = Embedding(100, 16)(user);
        let f = Embedding(200, 32)(film);
        Flatten()(Dot(axes = 2)(u, f))
    }
);

fn main() {}
