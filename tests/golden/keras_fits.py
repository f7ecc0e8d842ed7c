"""Writes `callback_fits.json`: what real trainings with Keras' TerminateOnNaN and BackupAndRestore come to.

Usage: python keras_fits.py OUT_FILE; the packages are those of `keras_golden.py`. The model is `Dense(1, use_bias=False)` with a kernel
of ones, trained by SGD on rows in their order.
stops: the epoch and batch in which the loss is no number, the losses of the epochs before, and the kernel before that batch.
backups: a training that crashes in step `crash` and is begun again: its epochs and losses then, its kernel, whether the file is left;
`whole` is the kernel of a training that never crashed.
fits: trainings of a model with a `Dense` layer, with class and sample weights, a validation split and optimizers of all settings: what
each epoch reports and the weights at the end.
"""
import json, os, sys, tempfile
os.environ["KERAS_BACKEND"] = "jax"
import numpy as np, keras
K = keras.callbacks
R = np.random.default_rng(20261122)

def data(rows, width): return np.round(R.normal(size=(rows, width)), 3).astype("float32"), np.round(R.normal(size=(rows, 1)), 3).astype("float32")
def model(width, rate):
    m = keras.Sequential([keras.layers.Input((width,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    m.compile(keras.optimizers.SGD(rate), "mse"); return m
def kernel(m): return [float(v) for v in m.get_weights()[0].ravel()]

class Watch(K.Callback):
    """The kernel before each batch, and a crash in one of them."""
    def __init__(self, crash=None): super().__init__(); self.kernels = []; self.places = []; self.losses = []; self.crash = crash
    def on_epoch_begin(self, epoch, logs=None): self.epoch = epoch
    def on_train_batch_begin(self, batch, logs=None):
        if len(self.kernels) == self.crash: raise RuntimeError("crash")
        self.kernels.append(kernel(self.model)); self.places.append([self.epoch, batch])
    def on_train_batch_end(self, batch, logs=None): self.losses.append(float(logs["loss"]))

def stops(count):
    while count:
        rows, size, width, epochs = int(R.integers(4, 14)), int(R.integers(1, 5)), int(R.integers(1, 4)), int(R.integers(2, 7)); x, y = data(rows, width); rate = float(np.round(10 ** R.uniform(1, 9), 1)); watch = Watch()
        m = model(width, rate); history = m.fit(x, y, batch_size=size, epochs=epochs, shuffle=False, verbose=0, callbacks=[watch, K.TerminateOnNaN()])
        losses = [v for v in watch.losses if np.isfinite(v)]; good = len(losses)
        # Sums that overflow before the loss itself does say nothing, nor does a training that goes well.
        if good == len(watch.losses) or max(losses, default=0) > 1e34 or not np.isfinite(watch.kernels[good]).all(): continue
        at = watch.places[good]
        yield dict(x=x.tolist(), y=y.tolist(), batch_size=size, epochs=epochs, rate=rate, stopped=at, losses=history.history["loss"][:at[0]], kernel=watch.kernels[good]); count -= 1

def backups():
    for i in range(16):
        rows, size, width, epochs = int(R.integers(6, 16)), int(R.integers(1, 5)), int(R.integers(1, 4)), int(R.integers(2, 5)); x, y = data(rows, width); batches = -(-rows // size)
        crash = int(R.integers(0, epochs * batches)); freq = "epoch" if i % 2 else int(R.integers(1, 5)); delete = i % 4 < 2
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "backup")
            def run(m, *more): return m.fit(x, y, batch_size=size, epochs=epochs, shuffle=False, verbose=0, callbacks=list(more))
            backup = lambda: K.BackupAndRestore(path, save_freq=freq, delete_checkpoint=delete)
            try: run(model(width, .05), backup(), Watch(crash)); raise SystemExit("it did not crash")
            except RuntimeError: pass
            again, whole = model(width, .05), model(width, .05); history = run(again, backup()); never = run(whole)
            yield dict(x=x.tolist(), y=y.tolist(), batch_size=size, epochs=epochs, save_freq=freq, delete_checkpoint=delete, crash=crash, began=history.epoch[:1], losses=history.history.get("loss", []), kernel=kernel(again), left=os.path.exists(path), whole=kernel(whole), all_losses=never.history["loss"])

def pick(*a): return a[int(R.integers(len(a)))]
def ru(a, c): return round(float(R.uniform(a, c)), 3)
def maybe(p, **k): return k if R.random() < p else {}

def optimizer(steps):
    O = keras.optimizers; S = O.schedules; r = ru(.01, .1)
    name = pick("SGD", "RMSprop", "Adam", "AdamW", "Adagrad", "Adadelta", "Adamax", "Nadam", "Lion", "Ftrl")
    k = dict(SGD=dict(momentum=.8, nesterov=bool(R.integers(2)))).get(name, {})
    rate = pick(dict(constant=r), dict(constant=r), dict(exponential=[r, 3, .7]), dict(cosine=[r, 2 * steps]))
    (kind, v), = rate.items(); lr = r if kind == "constant" else S.ExponentialDecay(*v) if kind == "exponential" else S.CosineDecay(*v)
    k.update(**pick({}, dict(clipnorm=ru(.1, 1)), dict(global_clipnorm=ru(.1, 1)), dict(clipvalue=ru(.01, .3))), **maybe(.4, weight_decay=ru(.001, .05)), **maybe(.4, gradient_accumulation_steps=int(R.integers(2, 4))), **maybe(.4, use_ema=True, ema_momentum=ru(.5, .95), **maybe(.5, ema_overwrite_frequency=int(R.integers(1, 4)))))
    return name, rate, k, getattr(O, name)(learning_rate=lr, **k)

def fits(count):
    for i in range(count):
        task = ["classes", "binary", "numbers"][i % 3]; rows, size, epochs = int(R.integers(12, 30)), int(R.integers(2, 9)), int(R.integers(2, 4)); x, _ = data(rows, 4); split = pick(None, .25, .4)
        name, rate, settings, opt = optimizer(-(-rows // size)); width, activation = dict(classes=(3, "softmax"), binary=(1, "sigmoid"), numbers=(2, None))[task]
        y = dict(classes=R.integers(0, 3, rows), binary=R.integers(0, 2, (rows, 1)).astype("float32"), numbers=np.round(R.normal(size=(rows, 2)), 3).astype("float32"))[task]
        loss, accuracy = dict(classes=("sparse_categorical_crossentropy", keras.metrics.SparseCategoricalAccuracy), binary=("binary_crossentropy", keras.metrics.BinaryAccuracy), numbers=(pick("mean_squared_error", "mean_absolute_error", "huber"), keras.metrics.MeanSquaredError))[task]
        weights = np.round(R.uniform(0, 2, rows), 3) if R.random() < .5 else None; classes = {c: ru(.2, 3) for c in range(max(width, 2))} if task != "numbers" and weights is None and R.random() < .7 else None
        m = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(width, activation=activation)]); start = np.round(R.normal(size=(4, width)), 3).astype("float32"); m.set_weights([start, np.zeros(width, "float32")])
        m.compile(opt, loss, metrics=[accuracy(name="metric")], weighted_metrics=[accuracy(name="weighted")])
        history = m.fit(x, y, batch_size=size, epochs=epochs, shuffle=False, verbose=0, validation_split=split or 0., class_weight=classes, sample_weight=weights)
        yield dict(task=task, x=x.tolist(), y=y.tolist(), batch_size=size, epochs=epochs, validation_split=split, class_weight=classes and list(classes.items()), sample_weight=None if weights is None else weights.tolist(), optimizer=name, rate=rate, settings=settings, loss=loss, kernel=start.tolist(), history=history.history, weights=[[float(v) for v in w.ravel()] for w in m.get_weights()])

if __name__ == "__main__":
    parts = dict(stops=stops(12), backups=backups(), fits=fits(60))
    with open(sys.argv[1], "w") as f: f.write("{" + ",\n".join(f'"{part}": [' + ",\n".join(json.dumps(case) for case in cases) + "]" for part, cases in parts.items()) + "}\n")
