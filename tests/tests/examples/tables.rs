//! Tables, pairs, games and several tasks.

use formwork::prelude::*;

model!(
    pub fn Recommender(user: Input<1>, movie: Input<1>) -> Output<1> {
        let u = Flatten()(Embedding(610, 50, embeddings_initializer = he_normal)(user));
        let ub = Flatten()(Embedding(610, 1)(user));
        let m = Flatten()(Embedding(9724, 50, embeddings_initializer = he_normal)(movie));
        let mb = Flatten()(Embedding(9724, 1)(movie));
        sigmoid(Dot(axes = 1)([u, m]) + ub + mb)
    }
);

model!(
    pub fn WideDeep(wide: Input<5>, deep: Input<6>) -> Outputs<main = Output<1>, aux = Output<1>> {
        let h = Dense(30, activation = relu)(deep);
        let h = Dense(30, activation = relu)(h);
        let concat = Concatenate()([wide, h]);
        let main = Dense(1)(concat);
        let aux = Dense(1)(h);
        Outputs { main, aux }
    }
);

model!(
    pub fn Siamese(a: Input<105, 105, 1>, b: Input<105, 105, 1>) -> Output<1> {
        let net = Sequential([
            Conv2D(64, 10, activation = relu),
            MaxPooling2D(),
            Conv2D(128, 7, activation = relu),
            MaxPooling2D(),
            Conv2D(128, 4, activation = relu),
            MaxPooling2D(),
            Conv2D(256, 4, activation = relu),
            Flatten(),
            Dense(4096, activation = sigmoid),
        ]);
        let left = net(a);
        let right = net(b);
        Dense(1, activation = sigmoid)(abs(left - right))
    }
);

model!(
    pub fn Triplet(
        anchor: Input<784>,
        positive: Input<784>,
        negative: Input<784>,
    ) -> Outputs<ap = Output<1>, an = Output<1>> {
        let embed = Sequential([Dense(128, activation = relu), Dense(32), UnitNormalization()]);
        let (a, p, n) = (embed(anchor), embed(positive), embed(negative));
        let ap = sum(square(a - p), axis = -1, keepdims = true);
        let an = sum(square(a - n), axis = -1, keepdims = true);
        Outputs { ap, an }
    }
);

model!(
    pub fn MultiTask(x: Input<20>) -> Outputs<price = Output<1>, class = Output<4>, flag = Output<1>> {
        let shared = Dense(64, activation = relu)(x);
        let shared = Dropout(0.2)(shared);
        let tower = |units, act| Dense(units, activation = act)(Dense(16, activation = relu)(shared));
        let price = tower(1, linear);
        let class = tower(4, softmax);
        let flag = tower(1, sigmoid);
        Outputs { price, class, flag }
    }
);

model!(
    pub fn Mmoe(x: Input<32>) -> Outputs<a = Output<1>, b = Output<1>> {
        let experts = stack(
            [Dense(8, activation = relu)(x), Dense(8, activation = relu)(x), Dense(8, activation = relu)(x)],
            axis = 1,
        );
        fn gate(x: Tensor, experts: Tensor) -> Tensor {
            let g = Dense(3, activation = softmax)(x);
            sum(expand_dims(g, axis = -1) * experts, axis = 1)
        }
        let a = Dense(1)(gate(x, experts));
        let b = Dense(1)(gate(x, experts));
        Outputs { a, b }
    }
);

model!(
    pub fn AttentionPooling(x: Input<_, 64>) -> Output<5> {
        let score = TimeDistributed(Dense(1, activation = tanh))(x);
        let weights = Softmax(axis = 1)(score);
        let context = sum(x * weights, axis = 1);
        Dense(5, activation = softmax)(context)
    }
);

model!(
    pub fn Highway(x: Input<64>) -> Output<1> {
        let mut h = x;
        for _ in 0..3 {
            let t = Dense(64, activation = sigmoid, bias_initializer = Constant(-2.0))(h);
            let p = Dense(64, activation = relu)(h);
            h = t * p + (1 - t) * h;
        }
        Dense(1)(h)
    }
);

model!(
    pub fn Grn(x: Input<16>) -> Output<16> {
        let h = elu(Dense(16)(x));
        let h = Dropout(0.1)(Dense(16)(h));
        let g = Dense(16)(h) * sigmoid(Dense(16)(h));
        LayerNormalization()(x + g)
    }
);

model!(
    pub fn Memory(story: Input<68>, question: Input<4>) -> Output<22> {
        let m = Dropout(0.3)(Embedding(22, 64)(story));
        let c = Dropout(0.3)(Embedding(22, 4)(story));
        let q = Dropout(0.3)(Embedding(22, 64)(question));
        let matched = Dot(axes = (2, 2))([m, q]);
        let matched = Activation(softmax)(matched);
        let response = Permute((2, 1))(Add()([matched, c]));
        let answer = Concatenate()([response, q]);
        let answer = LSTM(32)(answer);
        let answer = Dropout(0.3)(answer);
        Activation(softmax)(Dense(22)(answer))
    }
);

model!(
    pub fn Video(frames: Input<_, 32, 32, 3>) -> Output<4> {
        let h = TimeDistributed(Conv2D(16, 3, activation = relu))(frames);
        let h = TimeDistributed(MaxPooling2D(2))(h);
        let h = TimeDistributed(Flatten())(h);
        Dense(4, activation = softmax)(LSTM(32)(h))
    }
);

model!(
    pub fn FeatureExtractor(frame: Input<32, 32, 3>) -> Output<16> {
        GlobalAveragePooling2D()(Conv2D(16, 3)(frame))
    }
);

model!(
    pub fn Video2(frames: Input<10, 32, 32, 3>) -> Output<4> {
        let h = TimeDistributed(FeatureExtractor())(frames);
        Dense(4, activation = softmax)(GRU(32)(h))
    }
);

model!(
    pub fn Policy(state: Input<4>) -> Outputs<action = Output<2>, critic = Output<1>> {
        let common = Dense(128, activation = relu)(state);
        let action = Dense(2, activation = softmax)(common);
        let critic = Dense(1)(common);
        (action, critic)
    }
);

model!(
    pub fn Dueling(state: Input<8>) -> Output<4> {
        let h = Dense(64, activation = relu)(state);
        let v = Dense(1)(h);
        let a = Dense(4)(h);
        v + (a - mean(a, axis = 1, keepdims = true))
    }
);
