//! Images, volumes and films.

use formwork::prelude::*;

model!(
    pub fn Inception(x: Input<192, 192, 3>) -> Output<10> {
        fn block(x: Tensor, f1: usize, f2: [usize; 2], f3: [usize; 2], f4: usize) -> Tensor {
            let a = Conv2D(f1, 1, padding = same, activation = relu)(x);
            let b = Conv2D(f2[0], 1, padding = same, activation = relu)(x);
            let b = Conv2D(f2[1], 3, padding = same, activation = relu)(b);
            let c = Conv2D(f3[0], 1, padding = same, activation = relu)(x);
            let c = Conv2D(f3[1], 5, padding = same, activation = relu)(c);
            let d = MaxPooling2D((3, 3), strides = (1, 1), padding = same)(x);
            let d = Conv2D(f4, 1, padding = same, activation = relu)(d);
            Concatenate(axis = -1)([a, b, c, d])
        }
        let h = Conv2D(64, 7, strides = 2, padding = same, activation = relu)(x);
        let h = MaxPooling2D(3, strides = 2, padding = same)(h);
        let h: Shape<48, 48, 256> = block(h, 64, [96, 128], [16, 32], 32);
        Dense(10, activation = softmax)(GlobalAveragePooling2D()(h))
    }
);

model!(
    pub fn SqueezeExcite(x: Input<32, 32, 64>) -> Output<32, 32, 64> {
        let s = GlobalAveragePooling2D()(x);
        let s = Dense(4, activation = relu)(s);
        let s = Dense(64, activation = sigmoid)(s);
        let s = Reshape((1, 1, 64))(s);
        Multiply()([x, s])
    }
);

model!(
    pub fn SqueezeExcite2(x: Input<32, 32, 64>) -> Output<32, 32, 64> {
        let s = GlobalAveragePooling2D(keepdims = true)(x);
        let s = Conv2D(4, 1, activation = relu)(s);
        x * Conv2D(64, 1, activation = hard_sigmoid)(s)
    }
);

model!(
    pub fn XceptionLike(image: Input<180, 180, 3>) -> Output<1> {
        let x = Rescaling(1.0 / 255.0)(image);
        let x = Conv2D(128, 3, strides = 2, padding = same)(x);
        let x = BatchNormalization()(x);
        let mut x = Activation(relu)(x);
        let mut previous = x;
        for size in [256, 512, 728] {
            x = Activation(relu)(x);
            x = SeparableConv2D(size, 3, padding = same)(x);
            x = BatchNormalization()(x);
            x = Activation(relu)(x);
            x = SeparableConv2D(size, 3, padding = same)(x);
            x = BatchNormalization()(x);
            x = MaxPooling2D(3, strides = 2, padding = same)(x);
            let residual = Conv2D(size, 1, strides = 2, padding = same)(previous);
            x = Add()([x, residual]);
            previous = x;
        }
        let x = SeparableConv2D(1024, 3, padding = same)(x);
        let x = BatchNormalization()(x);
        let x = Activation(relu)(x);
        let x = GlobalAveragePooling2D()(x);
        let x = Dropout(0.25)(x);
        Dense(1)(x)
    }
);

model!(
    pub fn DenseBlock(x: Input<32, 32, 16>) -> Output<10> {
        let mut x = x;
        for _ in 0..4 {
            let h = BatchNormalization(epsilon = 1.001e-5)(x);
            let h = Activation(relu)(h);
            let h = Conv2D(4 * 12, 1, use_bias = false)(h);
            let h = BatchNormalization(epsilon = 1.001e-5)(h);
            let h = Activation(relu)(h);
            let h = Conv2D(12, 3, padding = same, use_bias = false)(h);
            x = Concatenate()(x, h);
        }
        Dense(10)(GlobalAveragePooling2D()(x))
    }
);

model!(
    pub fn Ct(x: Input<128, 128, 64, 1>) -> Output<1> {
        let mut x = x;
        for filters in [64, 64, 128, 256] {
            x = Conv3D(filters = filters, kernel_size = 3, activation = relu)(x);
            x = MaxPooling3D(pool_size = 2)(x);
            x = BatchNormalization()(x);
        }
        let x = GlobalAveragePooling3D()(x);
        let x = Dense(units = 512, activation = relu)(x);
        let x = Dropout(0.3)(x);
        Dense(units = 1, activation = sigmoid)(x)
    }
);

model!(
    pub fn SuperRes(x: Input<32, 32, 1>) -> Output<96, 96, 1> {
        let h = Conv2D(64, 5, activation = relu, kernel_initializer = orthogonal, padding = same)(x);
        let h = Conv2D(9, 3, padding = same)(h);
        let h = Reshape((32, 32, 3, 3))(h);
        let h = Permute((1, 3, 2, 4))(h);
        Reshape((96, 96, 1))(h)
    }
);

model!(
    pub fn Vit(image: Input<72, 72, 3>, positions: Input<144>) -> Output<100> {
        let patches = Conv2D(64, 6, strides = 6)(image);
        let patches = Reshape((-1, 64))(patches);
        let mut x = patches + Embedding(144, 64)(positions);
        for _ in 0..8 {
            let x1 = LayerNormalization(epsilon = 1e-6)(x);
            let attention = MultiHeadAttention(num_heads = 4, key_dim = 64, dropout = 0.1)(x1, x1);
            let x2 = Add()([attention, x]);
            let x3 = LayerNormalization(epsilon = 1e-6)(x2);
            let mut h = x3;
            for units in [128, 64] {
                h = Dropout(0.1)(TimeDistributed(Dense(units, activation = gelu))(h));
            }
            x = Add()([h, x2]);
        }
        let r = Dropout(0.5)(Flatten()(LayerNormalization(epsilon = 1e-6)(x)));
        let mut h = r;
        for units in [2048, 1024] {
            h = Dropout(0.5)(Dense(units, activation = gelu)(h));
        }
        Dense(100)(h)
    }
);

model!(
    pub fn Mixer(x: Input<64, 128>) -> Output<10> {
        let mut x = x;
        for _ in 0..4 {
            let y = LayerNormalization()(x);
            let y = Permute((2, 1))(y);
            let y = TimeDistributed(Sequential([Dense(64, activation = gelu), Dense(64), Dropout(0.2)]))(y);
            let y = Permute((2, 1))(y);
            x = x + y;
            let z = LayerNormalization()(x);
            x = x + TimeDistributed(Sequential([Dense(256, activation = gelu), Dense(128)]))(z);
        }
        Dense(10)(GlobalAveragePooling1D()(x))
    }
);

model!(
    pub fn NextFrame(film: Input<_, 12, 12, 1>) -> Output<_, 12, 12, 1> {
        let h = ConvLSTM2D(64, (5, 5), padding = same, return_sequences = true, activation = relu)(film);
        let h = BatchNormalization()(h);
        let h = ConvLSTM2D(64, (3, 3), padding = same, return_sequences = true, activation = relu)(h);
        let h = BatchNormalization()(h);
        let h = ConvLSTM2D(64, (1, 1), padding = same, return_sequences = true, activation = relu)(h);
        Conv3D(1, (3, 3, 3), activation = sigmoid, padding = same)(h)
    }
);
