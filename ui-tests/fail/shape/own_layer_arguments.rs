use formwork::prelude::*;

#[path = "../../common/my.rs"]
mod my;

model!(
    fn Model(x: Input<8>) -> Output<8> {
        let h = my::Scale::<8>(gain = true)(x);
        let h = my::Scale::<8>(gian = 2.0)(h);
        let h = my::Scale::<8>(2.0)(h);
        my::Scale::<8>()(h)
    }
);

fn main() {}
