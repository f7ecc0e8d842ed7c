use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 3>) -> Output<8> {
        let h = Conv3D(8, 3)(image);
        GlobalAveragePooling3D()(h)
    }
);

fn main() {}
