use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 1>) -> Outputs<class = Output<10>, score = Output<1>> {
        let row = Flatten()(image);
        let class = Dense(10)(row);
        let score = Dense(2)(row);
        Outputs { class, score }
    }
);

fn main() {}
