use formwork::prelude::*;

model!(
    fn Model(image: Input<32, 32, 3>) -> Output<10> {
        let a = Conv2D(32, 3, padding = same)(image);
        let b = MaxPooling2D(2)(a);
        let c = Conv2D(64, 3, padding = same)(b);
        let up = UpSampling2D(3)(c);
        let joined = Concatenate()(a, up);
        Dense(10)(GlobalAveragePooling2D()(joined))
    }
);

fn main() {}
