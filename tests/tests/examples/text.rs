//! Texts and translation.

use formwork::prelude::*;

model!(
    pub fn TextCnn(text: Input<_>) -> Output<1> {
        let x = Embedding(20000, 128)(text);
        let x = Dropout(0.5)(x);
        let x = Conv1D(128, 7, padding = valid, activation = relu, strides = 3)(x);
        let x = Conv1D(128, 7, padding = valid, activation = relu, strides = 3)(x);
        let x = GlobalMaxPooling1D()(x);
        let x = Dense(128, activation = relu)(x);
        let x = Dropout(0.5)(x);
        Dense(1, activation = sigmoid, name = predictions)(x)
    }
);

model!(
    pub fn KimCnn(text: Input<56>) -> Output<2> {
        let e = Embedding(18758, 300)(text);
        let e = Reshape((56, 300, 1))(e);
        let mut pools = [];
        for size in [3, 4, 5] {
            let c = Conv2D(100, (size, 300), activation = relu, kernel_initializer = RandomNormal())(e);
            let p = MaxPooling2D((56 - size + 1, 1), strides = (1, 1))(c);
            pools.push(p);
        }
        let x = Flatten()(Concatenate(axis = 1)(pools));
        Dense(2, activation = softmax)(Dropout(0.5)(x))
    }
);

model!(
    pub fn BiLstm(text: Input<_>) -> Output<1> {
        Sequential([
            Embedding(20000, 128),
            Bidirectional(LSTM(64, return_sequences = true)),
            Bidirectional(LSTM(64)),
            Dense(1, activation = sigmoid),
        ])(text)
    }
);

model!(
    pub fn ManyKernels(text: Input<100>) -> Output<1> {
        let e = Embedding(1000, 50)(text);
        let a = GlobalMaxPooling1D()(Conv1D(32, 3, activation = relu)(e));
        let b = GlobalMaxPooling1D()(Conv1D(32, 4, activation = relu)(e));
        let c = GlobalMaxPooling1D()(Conv1D(32, 5, activation = relu)(e));
        Dense(1, activation = sigmoid)(Concatenate()([a, b, c]))
    }
);

model!(
    pub fn Seq2Seq(encoder_inputs: Input<_, 71>, decoder_inputs: Input<_, 93>) -> Output<_, 93> {
        let (_, state_h, state_c) = LSTM(256, return_state = true)(encoder_inputs);
        let (decoder_outputs, _, _) =
            LSTM(256, return_sequences = true, return_state = true)(decoder_inputs, initial_state = [state_h, state_c]);
        TimeDistributed(Dense(93, activation = softmax))(decoder_outputs)
    }
);

model!(
    pub fn Seq2SeqGru(source: Input<source_time>, target: Input<target_time>) -> Output<target_time, 500> {
        let e = Embedding(1000, 64)(source);
        let (sequence, state) = GRU(128, return_sequences = true, return_state = true)(e);
        let d = Embedding(500, 64)(target);
        let d = GRU(128, return_sequences = true)(d, initial_state = state);
        let context = Attention()(d, sequence);
        let joined = Concatenate()(d, context);
        TimeDistributed(Dense(500, activation = softmax))(joined)
    }
);

model!(
    pub fn Translate(source: Input<_>, target: Input<_>) -> Output<_, 500> {
        let encoded = Bidirectional(GRU(64, return_sequences = true), merge_mode = sum)(Embedding(1000, 64)(source));
        let d = GRU(64, return_sequences = true)(Embedding(500, 64)(target));
        let a = MultiHeadAttention(1, 64)(d, encoded);
        let x = LayerNormalization()(Add()(d, a));
        TimeDistributed(Dense(500))(x)
    }
);
