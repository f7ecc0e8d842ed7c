use formwork::prelude::*;

model!(
    fn Model(scan: Input<3, 32, 32, 1>) -> Output<8> {
        let h = MaxPooling3D(2)(Conv3D(8, 3)(scan));
        GlobalAveragePooling3D()(h)
    }
);

fn main() {}
