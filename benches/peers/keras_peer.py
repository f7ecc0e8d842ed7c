"""Keras 3 on the workloads: `keras_peer.py THREADS tensorflow|jax|torch`."""

import os
import sys

threads, backend = int(sys.argv[1]), sys.argv[2]
os.environ["KERAS_BACKEND"] = backend
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np

if backend == "tensorflow":
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
elif backend == "torch":
    import torch

    torch.set_num_threads(threads)
import keras
from keras import Input, layers

from protocol import serve

BATCH = 32


def chain(shape, *stack):
    x = h = Input(shape)
    for layer in stack:
        h = layer(h)
    return [x], h


def convolutional(shape):
    return chain(
        shape,
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
    )


def image_aux():
    image, aux = Input((64, 64, 3)), Input((10,))
    photo = layers.Flatten()(layers.Conv2D(32, 3, activation="relu")(image))
    facts = layers.Dense(16, activation="relu")(aux)
    return [image, aux], layers.concatenate([photo, facts])


def image_text():
    image, text = Input((64, 64, 3)), Input((100,), dtype="int32")
    photo = layers.Flatten()(layers.Conv2D(32, 3, activation="relu")(image))
    photo = layers.Dense(128, activation="relu")(photo)
    words = layers.LSTM(64)(layers.Embedding(1000, 64)(text))
    words = layers.Dense(128, activation="relu")(words)
    return [image, text], layers.concatenate([photo, words])


def normalized(h, layer):
    return layers.BatchNormalization()(layer(h))


def residual():
    def convolution():
        return layers.Conv2D(32, 3, padding="same", use_bias=False)

    x = Input((32, 32, 3))
    h = layers.ReLU()(normalized(x, convolution()))
    for _ in range(2):
        start = h
        h = layers.ReLU()(normalized(h, convolution()))
        h = layers.ReLU()(layers.Add()([normalized(h, convolution()), start]))
    return [x], layers.GlobalAveragePooling2D()(h)


def depthwise():
    x = Input((32, 32, 3))
    h = layers.ReLU()(normalized(x, layers.Conv2D(32, 3, padding="same", use_bias=False)))
    for filters, strides in [(64, 1), (128, 2)]:
        layer = layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False)
        h = layers.ReLU()(normalized(h, layer))
        h = layers.ReLU()(normalized(h, layers.Conv2D(filters, 1, use_bias=False)))
    return [x], layers.GlobalAveragePooling2D()(h)


def attention():
    x = Input((64, 128))
    h = layers.LayerNormalization()(x + layers.MultiHeadAttention(4, 32)(x, x))
    wide = layers.Dense(128)(layers.Dense(256, activation="relu")(h))
    return [x], layers.GlobalAveragePooling1D()(layers.LayerNormalization()(h + wide))


def conv1d():
    return chain(
        (128, 16),
        layers.Conv1D(64, 5, activation="relu"),
        layers.MaxPooling1D(2),
        layers.Conv1D(128, 3, activation="relu"),
        layers.GlobalAveragePooling1D(),
    )


def numbers(inputs, n):
    def one(tensor):
        shape = (n, *tensor.shape[1:])
        whole = "int" in str(tensor.dtype)
        return np.random.randint(0, 1000, shape).astype("i4") if whole else np.random.rand(*shape).astype("f4")

    arrays = [one(tensor) for tensor in inputs]
    return arrays if len(arrays) > 1 else arrays[0]


def calls(make):
    """The workload with a softmax over ten classes at its end, in training and at inference."""
    keras.utils.set_random_seed(0)
    inputs, features = make()
    model = keras.Model(inputs, layers.Dense(10, activation="softmax")(features))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy")
    batch, one = numbers(inputs, BATCH), numbers(inputs, 1)
    labels = np.random.randint(0, 10, (BATCH,))
    return {
        "train_step_ms": lambda: model.train_on_batch(batch, labels),
        "infer32_ms": lambda: model.predict_on_batch(batch),
        "infer1_ms": lambda: model.predict_on_batch(one),
    }


MODELS = {
    "mlp": lambda: chain((784,), layers.Dense(128, activation="relu")),
    "cnn28": lambda: convolutional((28, 28, 1)),
    "cnn64": lambda: convolutional((64, 64, 3)),
    "image_aux": image_aux,
    "image_text": image_text,
    "lstm_seq": lambda: chain((10, 20), layers.LSTM(32, return_sequences=True), layers.Flatten()),
    "lstm100": lambda: chain((100, 64), layers.LSTM(128)),
    "gru100": lambda: chain((100, 64), layers.GRU(128)),
    "residual": residual,
    "depthwise": depthwise,
    "attention": attention,
    "conv1d": conv1d,
}

serve(f"keras-{backend}", threads, {name: lambda make=make: calls(make) for name, make in MODELS.items()})
