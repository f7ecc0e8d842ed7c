use formwork::prelude::*;

const N: usize = 7;

model!(
    fn Model(x: Input<N>) -> Output<N> {
        let h = Reshape((2, 3))(x);
        let a = LSTM(4)(h);
        let b = Conv1D(4, 3)(h);
        let c = MultiHeadAttention(2, 4)(h, h);
        let d = Flatten()(Bidirectional(GRU(3))(h));
        let e = Permute((2, 1))(h);
        let f = Dot(axes = 1)(h, h);
        let g = h[(0, ..)];
        let i = softmax(h, axis = 2);
        let j = TimeDistributed(Dense(3))(h);
        let k = Conv2D(3, 3)(x);
        let l = expand_dims(h, axis = 1);
        let m = matmul(h, h);
        let n = BatchNormalization()(h);
        let o = MaxPooling1D(2)(h);
        let p = RepeatVector(3)(h);
        let q = ZeroPadding1D(1)(h);
        let r = sum(h, axis = 1);
        let s = UpSampling1D(2)(h);
        let t = GroupNormalization(1)(h);
        Dense(N)(Concatenate()(a, b, c, d, e, f, g, i, j, Flatten()(k), l, m, n, o, p, q, r, s, t))
    }
);

fn main() {}
