use formwork::prelude::*;

model!(
    fn Model<N>(
        image: Input<None, 28, 28, 1>,
        words: Input<time>,
        facts: [f32; 10],
        rest,
    ) -> Outputs<class = Output<None, 3>> {
        let a = Flatten()(image);
        let b = LSTM(8)(facts);
        let c = Dense(8)(words);
        let d = Dens(8)(rest);
        Outputs { class: Concatenate()(a, b, c, d) }
    }
);

fn main() {}
