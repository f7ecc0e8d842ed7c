use formwork::prelude::*;

model!(
    fn Model(x: Input<20, 16>) -> Outputs {
        let a = MultiHeadAttention(4, embed_dim = 16)(x, x);
        let b = matmul(x, x.T);
        let c = x.view(-1, 320);
        let d = Dense(10)(X);
        let e = TimeDistributed(Dense(8))(x).relu();
        Outputs { a, b, c, d, e }
    }
);

fn main() {}
