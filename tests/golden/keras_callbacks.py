"""Writes `callback_scripts.json`: what Keras' callbacks write, keep and stop on scripted series of values.

Usage: python keras_callbacks.py OUT_FILE; the packages are those of `keras_golden.py`.
checkpoints: the files of a ModelCheckpoint in the order of writing.  tables: the file of a CSVLogger after some trainings.
stops: the epoch and batch after which TerminateOnNaN ends a training.  backups: the steps that a training has behind it and the epoch
that it goes on with, after it has crashed in `crash`.  directions: whether a metric of this name should be large.
"""
import json, os, sys, tempfile, warnings
os.environ["KERAS_BACKEND"] = "jax"
import numpy as np, keras
from keras.src.trainers.compile_utils import MetricsList
K, ME = keras.callbacks, keras.metrics
R = np.random.default_rng(20261121)
VALUE = "mean_absolute_error"

class Stub:
    """What callbacks look at of a model that trains; its weights are the number of steps."""
    built = True; _initial_epoch = 0
    def __init__(self, metrics=()): self.stop_training = False; self.optimizer = keras.optimizers.SGD(.1); self.optimizer.build([]); self.metrics = list(metrics); self.saved = []; self.steps = 0
    def save(self, path, overwrite): self.saved.append(os.path.basename(path))
    def save_weights(self, filepath, overwrite): self.saved.append(os.path.basename(filepath)); open(filepath, "w").write(str(self.steps))
    def load_weights(self, path): self.steps = int(open(path).read())

def number(x): return float(np.round(x, 2))
def series(n): return [number(v) for v in np.cumsum(R.normal(size=n)) * .4 + R.normal(size=n) * .3 + 2]

def checkpoints():
    for i in range(24):
        epochs, batches = int(R.integers(2, 8)), int(R.integers(1, 6)); values = series(epochs)
        k = dict(mode=str(R.choice(["min", "max"])), save_best_only=i % 3 != 0, save_freq="epoch")
        if i % 3 == 0: k["save_freq"] = int(R.integers(1, 8)) if i % 2 else "epoch"
        elif i % 2: k["initial_value_threshold"] = number(values[0] + R.normal() * .4)
        name = "m-{epoch:02d}-{batch}.keras" if k["save_freq"] != "epoch" else "m-{epoch:02d}-{%s:.1f}.keras" % VALUE
        with tempfile.TemporaryDirectory() as folder:
            stub = Stub(); c = K.ModelCheckpoint(os.path.join(folder, name), monitor=VALUE, **k); c.set_model(stub); c.on_train_begin()
            for epoch, v in enumerate(values):
                c.on_epoch_begin(epoch)
                for batch in range(batches): c.on_train_batch_end(batch, {"loss": v})
                c.on_epoch_end(epoch, {"loss": v, VALUE: v})
        yield dict(config=k, name=name, batches=batches, values=values, files=stub.saved)

def tables():
    for i in range(12):
        separator = [",", ";", "\t"][i % 3]; runs = []; freq = int(R.integers(1, 3)); validates = i % 2 == 0
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "log.csv")
            for run in range(int(R.integers(1, 4))):
                append = bool(R.integers(2)) if i > 3 else run > 0; c = K.CSVLogger(path, separator=separator, append=append); c.set_model(Stub()); c.on_train_begin(); epochs = []
                for epoch in range(int(R.integers(1, 5))):
                    logs = {"loss": number(R.uniform(0, 3)), VALUE: float(R.uniform(0, 1))}
                    if validates and (epoch + 1) % freq == 0: logs.update({f"val_{key}": number(R.uniform(0, 3)) for key in list(logs)})
                    epochs.append(logs); c.on_epoch_end(epoch, logs)
                c.on_train_end(); runs.append(dict(append=append, epochs=epochs))
            text = open(path, newline="").read()
        yield dict(separator=separator, validates=validates, validation_freq=freq, runs=runs, lines=text.splitlines())

def stops():
    for i in range(8):
        epochs, batches = int(R.integers(1, 4)), int(R.integers(1, 5)); bad = None if i == 0 else int(R.integers(0, epochs * batches)); what = ["nan", "inf", "-inf"][i % 3]
        stub = Stub(); c = K.TerminateOnNaN(); c.set_model(stub); at = None
        for step in range(epochs * batches):
            c.on_train_batch_end(step % batches, {"loss": float(what) if step == bad else 1.})
            if stub.stop_training: at = [step // batches, step % batches]; break
        yield dict(epochs=epochs, batches=batches, bad=bad, value=what, stopped=at)

def backups():
    for i in range(16):
        epochs, batches = int(R.integers(2, 5)), int(R.integers(2, 6)); freq = "epoch" if i % 2 else int(R.integers(1, 7)); crash = int(R.integers(0, epochs * batches)); delete = bool(i % 4 // 2)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "backup")
            def run(until):
                stub = Stub(); c = K.BackupAndRestore(path, save_freq=freq, delete_checkpoint=delete); c.set_model(stub); c.on_train_begin(); begun = [stub.steps, stub._initial_epoch]; step = stub._initial_epoch * batches
                for epoch in range(stub._initial_epoch, epochs):
                    c.on_epoch_begin(epoch)
                    for batch in range(batches):
                        if step == until: return begun
                        step += 1; stub.steps += 1; c.on_train_batch_end(batch, {})
                    c.on_epoch_end(epoch, {})
                c.on_train_end(); return begun
            run(crash); begun = run(None)
            yield dict(epochs=epochs, batches=batches, save_freq=freq, delete_checkpoint=delete, crash=crash, steps=begun[0], epoch=begun[1], left=os.path.exists(path))

def directions():
    made = dict(IoU=dict(num_classes=2, target_class_ids=[0]), MeanIoU=dict(num_classes=2), OneHotIoU=dict(num_classes=2, target_class_ids=[0]), OneHotMeanIoU=dict(num_classes=2), PrecisionAtRecall=dict(recall=.5), RecallAtPrecision=dict(precision=.5), SensitivityAtSpecificity=dict(specificity=.5), SpecificityAtSensitivity=dict(sensitivity=.5))
    for name in sorted(dir(ME)):
        Class = getattr(ME, name)
        if not isinstance(Class, type) or name in ("Metric", "Mean", "Sum", "MeanMetricWrapper"): continue
        m = Class(**made.get(name, {}))
        c = K.EarlyStopping(monitor="val_" + m.name); c.set_model(Stub([MetricsList([m], output_name="output")]))
        try: c._set_monitor_op()
        except ValueError: continue                                # it has no direction
        yield dict(name="val_" + m.name, large=c.monitor_op is keras.ops.greater)

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    parts = dict(checkpoints=checkpoints(), tables=tables(), stops=stops(), backups=backups(), directions=directions())
    with open(sys.argv[1], "w") as f: f.write("{" + ",\n".join(f'"{part}": [' + ",\n".join(json.dumps(case) for case in cases) + "]" for part, cases in parts.items()) + "}\n")
