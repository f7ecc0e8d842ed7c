use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        while true {
            let h = Dense(4)(x);
        }
        loop {}
        match x {
            _ => {}
        }
        let h;
        let Some(g) = x else { panic!() };
        struct Local;
        let k = x as f32;
        let m = x[0].field;
        Dense(1)(x)
    }
);

fn main() {}
