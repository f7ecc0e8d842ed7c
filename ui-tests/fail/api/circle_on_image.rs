use formwork::prelude::*;

model!(
    fn Faces(x: Input<32, 32, 3>) -> Output<30, 30, 8> {
        Conv2D(8, 3)(x)
    }
);

fn main() {
    let _ = Faces::new(1).compile(Adam::new(1e-3), Circle::new());
}
