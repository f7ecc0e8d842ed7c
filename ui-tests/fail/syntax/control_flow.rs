use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let mut h = Dense(8)(x);
        while true {
            h = Dense(8)(h);
        }
        for k in 0..3 {
            if k == 1 {
                break;
            }
        }
        let g = match h {
            _ => h,
        };
        let f = Dense(8)(h)?;
        let e = h.kernel;
        let d = &mut h;
        let c = |x| Dense(8)(x);
        let b = unsafe { h };
        Dense(1)(h)
    }
);

fn main() {}
