use formwork::prelude::*;

#[path = "../../common/my.rs"]
mod my;

model!(
    fn Model(x: Input<10, 8>) -> Output<10, 8> {
        let h = TimeDistributed(my::Scale::<9>())(x);
        let h = TimeDistributed(my::Totals())(h);
        Bidirectional(my::Scale::<8>())(h)
    }
);

fn main() {}
