use formwork::prelude::*;

model!(
    fn Model(
        image: Input<64, 64, 3>,
        words: Input<20>,
        facts: Input<10>,
    ) -> Outputs<class = Output<10>, score = Output<1>> {
        let a = Conv2D(32, 3)(image);
        let a = MaxPooling2D(80)(a);
        let b = LSTM(32)(Embedding(1000, 16)(words));
        let c = LSTM(32)(facts);
        let d = Concatenate()(b, image);
        let e = Dense(8)(image);
        let f = Add()(b, facts);
        let g = Reshape((4, 4))(facts);
        let h = Embedding(10, 4)(facts);
        let i = BatchNormalization(axis = 3)(facts);
        let j = words + facts;
        let k = Attention()(b, b);
        let class = Dense(9, activation = softmax)(Concatenate()(b, facts));
        let score = Dense(1)(Concatenate(axis = 1)(a, c, d, e, f, g, h, i, j, k));
        Outputs { class, score }
    }
);

fn main() {}
