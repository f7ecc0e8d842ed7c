"""Writes `penalties.json`: what regularizers of weights and of activations add to a loss and to its gradients, as Keras computes
them.  Usage: python keras_penalties.py OUT_FILE; the packages are those of `keras_golden.py`.

A case: id, inputs, target, weights, loss (the mean squared error and all penalties), penalty (these alone), weight_grads,
input_grads; the models are those of `tests/tests/regularization.rs`.
"""
import json, sys
from keras_golden import L, keras, np, rng_for, tf

from keras.regularizers import L1, L1L2, L2, OrthogonalRegularizer

def pack(a): a = np.asarray(a); return {"shape": list(a.shape), "data": [float(np.format_float_scientific(x, precision=8)) for x in a.reshape(-1)]}

def case(id, shapes, build):
    r = rng_for(id); inputs = [keras.Input(s[1:]) for s in shapes]
    model = keras.Model(inputs, build(*inputs)); xs = [tf.constant(r.normal(size=s), tf.float32) for s in shapes]
    for w in model.weights: w.assign(r.normal(size=w.shape) * .5)
    y = r.normal(size=model(xs).shape).astype("float32")
    with tf.GradientTape() as tape:
        tape.watch(xs); out = model(xs); penalty = tf.add_n(model.losses)
        loss = tf.reduce_mean(tf.square(out - y)) + penalty
    g = tape.gradient(loss, [w.value for w in model.weights] + xs); n = len(model.weights)
    return dict(id=id, inputs=[pack(x) for x in xs], target=pack(y), weights=[pack(w.numpy()) for w in model.weights], loss=float(loss), penalty=float(penalty), weight_grads=[pack(v) for v in g[:n]], input_grads=[pack(v) for v in g[n:]])

def layer(x): return L.Dense(2)(L.ActivityRegularization(l1=.02, l2=.03)(L.Dense(4, activation="tanh")(x)))
def argument(x): return L.Dense(2, kernel_regularizer=OrthogonalRegularizer(.1, mode="columns"))(L.Dense(4, activation="tanh", kernel_regularizer=L1L2(.02, .03), bias_regularizer=L2(.01), activity_regularizer=L2(.05))(x))
def series(x): return L.GRU(2, activity_regularizer=L1L2(.03, .04), recurrent_regularizer=L2(.02))(L.Conv1D(3, 2, activation="relu", kernel_regularizer=L1(.02), activity_regularizer=L1(.1))(x))
def shared(a, b): dense = L.Dense(3, activation="relu", activity_regularizer=L1(.06)); return dense(a) - dense(b)

cases = [case("layer", [(5, 3)], layer), case("argument", [(5, 3)], argument), case("series", [(4, 6, 2)], series), case("shared", [(6, 4), (6, 4)], shared)]
assert all(c["penalty"] > .05 for c in cases)
with open(sys.argv[1], "w") as f: f.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
