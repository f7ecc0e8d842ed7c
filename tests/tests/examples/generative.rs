//! Autoencoders and generators.

use formwork::prelude::*;

model!(
    pub fn Auto(x: Input<784>) -> Output<784> {
        let encoded = Dense(32, activation = relu)(x);
        Dense(784, activation = sigmoid)(encoded)
    }
);

model!(
    pub fn ConvAuto(img: Input<28, 28, 1>) -> Output<28, 28, 1> {
        let x = Conv2D(16, (3, 3), activation = relu, padding = same)(img);
        let x = MaxPooling2D((2, 2), padding = same)(x);
        let x = Conv2D(8, (3, 3), activation = relu, padding = same)(x);
        let x = MaxPooling2D((2, 2), padding = same)(x);
        let x = Conv2D(8, (3, 3), activation = relu, padding = same)(x);
        let encoded: Shape<4, 4, 8> = MaxPooling2D((2, 2), padding = same)(x);
        let x = Conv2D(8, (3, 3), activation = relu, padding = same)(encoded);
        let x = UpSampling2D((2, 2))(x);
        let x = Conv2D(8, (3, 3), activation = relu, padding = same)(x);
        let x = UpSampling2D((2, 2))(x);
        let x = Conv2D(16, (3, 3), activation = relu)(x);
        let x = UpSampling2D((2, 2))(x);
        Conv2D(1, (3, 3), activation = sigmoid, padding = same)(x)
    }
);

model!(
    pub fn Encoder(
        image: Input<28, 28, 1>,
        epsilon: Input<2>,
    ) -> Outputs<z_mean = Output<2>, z_log_var = Output<2>, z = Output<2>> {
        let x = Conv2D(32, 3, activation = relu, strides = 2, padding = same)(image);
        let x = Conv2D(64, 3, activation = relu, strides = 2, padding = same)(x);
        let x = Flatten()(x);
        let x = Dense(16, activation = relu)(x);
        let z_mean = Dense(2, name = z_mean)(x);
        let z_log_var = Dense(2, name = z_log_var)(x);
        let z = z_mean + exp(0.5 * z_log_var) * epsilon;
        Outputs { z_mean, z_log_var, z }
    }
);

model!(
    pub fn Decoder(z: Input<2>) -> Output<28, 28, 1> {
        let x = Dense(7 * 7 * 64, activation = relu)(z);
        let x = Reshape((7, 7, 64))(x);
        let x = Conv2DTranspose(64, 3, activation = relu, strides = 2, padding = same)(x);
        let x = Conv2DTranspose(32, 3, activation = relu, strides = 2, padding = same)(x);
        Conv2DTranspose(1, 3, activation = sigmoid, padding = same)(x)
    }
);

model!(
    pub fn Vae(
        image: Input<28, 28, 1>,
        epsilon: Input<2>,
    ) -> Outputs<reconstruction = Output<28, 28, 1>, kl = Output<1>> {
        let (z_mean, z_log_var, z) = Encoder()(image, epsilon);
        let reconstruction = Decoder()(z);
        let kl = -0.5 * sum(1.0 + z_log_var - square(z_mean) - exp(z_log_var), axis = 1, keepdims = true);
        Outputs { reconstruction, kl }
    }
);

model!(
    pub fn Generator(noise: Input<100>) -> Output<28, 28, 1> {
        Sequential([
            Dense(7 * 7 * 256, use_bias = false),
            BatchNormalization(),
            LeakyReLU(),
            Reshape((7, 7, 256)),
            Conv2DTranspose(128, (5, 5), strides = (1, 1), padding = same, use_bias = false),
            BatchNormalization(),
            LeakyReLU(),
            Conv2DTranspose(64, (5, 5), strides = (2, 2), padding = same, use_bias = false),
            BatchNormalization(),
            LeakyReLU(),
            Conv2DTranspose(1, (5, 5), strides = (2, 2), padding = same, use_bias = false, activation = tanh),
        ])(noise)
    }
);

model!(
    pub fn Discriminator(image: Input<28, 28, 1>) -> Output<1> {
        Sequential([
            Conv2D(64, (5, 5), strides = (2, 2), padding = same),
            LeakyReLU(0.2),
            Dropout(0.3),
            Conv2D(128, (5, 5), strides = (2, 2), padding = same),
            LeakyReLU(negative_slope = 0.2),
            Dropout(0.3),
            Flatten(),
            Dense(1),
        ])(image)
    }
);

model!(
    pub fn ConditionalGenerator(noise: Input<100>, label: Input<1>) -> Output<28, 28, 1> {
        let li = Embedding(10, 50)(label);
        let li = Flatten()(li);
        let li = Dense(7 * 7)(li);
        let li = Reshape((7, 7, 1))(li);
        let image = LeakyReLU(0.2)(Dense(128 * 7 * 7)(noise));
        let image = Reshape((7, 7, 128))(image);
        let merge = Concatenate()([image, li]);
        let image = LeakyReLU(0.2)(Conv2DTranspose(128, (4, 4), strides = (2, 2), padding = same)(merge));
        let image = LeakyReLU(0.2)(Conv2DTranspose(128, (4, 4), strides = (2, 2), padding = same)(image));
        Conv2D(1, (7, 7), activation = tanh, padding = same)(image)
    }
);
