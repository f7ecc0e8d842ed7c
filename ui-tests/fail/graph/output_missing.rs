use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Outputs<class = Output<10>, score = Output<1>> {
        let class = Dense(10)(x);
        Outputs { class }
    }
);

fn main() {}
