use formwork::prelude::*;

model!(
    fn Model(image: Input<-1, 28>) -> Output<1> {
        Dense(1)(Flatten()(image))
    }
);

fn main() {}
