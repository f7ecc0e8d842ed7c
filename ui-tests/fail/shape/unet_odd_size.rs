use formwork::prelude::*;

model!(
    fn Model(image: Input<30, 30, 1>) -> Output<30, 30, 1> {
        let a = Conv2D(8, 3, padding = same)(image);
        let b = Conv2D(8, 3, padding = same)(MaxPooling2D(2)(a));
        let c = Conv2D(8, 3, padding = same)(MaxPooling2D(2)(b));
        let b = Concatenate()(b, UpSampling2D(2)(c));
        let a = Concatenate()(a, UpSampling2D(2)(b));
        Conv2D(1, 1, activation = sigmoid)(a)
    }
);

fn main() {}
