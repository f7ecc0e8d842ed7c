"""Writes `varied_training.jsonl`: losses, optimizers, schedules and metrics with settings, shapes and weights drawn at random, as
Keras computes them.

Usage: python keras_varied_training.py OUT_FILE [SEED [SHARE]]; the cases are those of `keras_golden.py`, and so are the packages.
SHARE is how many of them are drawn: 1 gives some 640, the file in the repository has a third of that.
"""
import json, sys
from keras_golden import LO, OP, ME, np, keras, loss_case, metric_case, optimizer_case, schedule_case, whole

path = sys.argv[1]; seed = int(sys.argv[2]) if len(sys.argv) > 2 else 7; share = float(sys.argv[3]) if len(sys.argv) > 3 else .3
R = np.random.default_rng(seed); S = OP.schedules; cases = []
def pick(*a): return a[int(R.integers(len(a)))]
def ri(a, b): return int(R.integers(a, b + 1))
def b(): return bool(R.integers(2))
def opt(v, p=.5): return v if R.random() < p else ...
def kw(**k): return {a: v for a, v in k.items() if v is not ...}
def ru(a, c): return round(float(R.uniform(a, c)), 3)
f4 = lambda x: np.asarray(x, "float32")
def add(kind, name, make, *args): cases.append((kind, name, make, args))

def shape(least=2): return (ri(2, 6),) + tuple(ri(2, 4) for _ in range(ri(least, 4) - 2)) + (ri(2, 5),)
def weights(s):
    """None, one a sample, or one a row; some of them 0. Keras broadcasts as NumPy, so that one a sample needs axes of length 1."""
    which = pick("none", "sample", "column", "rows", "rows", "sample")
    n = {"none": None, "sample": s[:1] + (1,) * (len(s) - 2), "column": s[:1] + (1,) * (len(s) - 2 or 1), "rows": s[:-1]}[which]
    if n is None: return None
    w = f4(R.uniform(0, 2, n)); w[R.random(n) < .2] = 0
    return w
def numbers(s): return f4(R.normal(size=s))
def unit(s): return f4(R.uniform(.02, .98, s))
def yes(s): return f4(R.integers(0, 2, s))
def dist(s): return f4(R.dirichlet(np.ones(s[-1]), s[:-1]))
def ids(s): return R.integers(0, s[-1], s[:-1]).astype("int32")
def hot(s): return np.eye(s[-1], dtype="float32")[ids(s)]
def last_to(x, axis): return np.ascontiguousarray(np.moveaxis(x, -1, axis))

def red(): return kw(reduction=opt(pick("sum", "mean_with_sample_weight", "none", "sum_over_batch_size", "mean"), .6))
def axis_of(s): return pick(*range(1, len(s))) if R.random() < .4 else -1
def g_loss_pairs():
    n = pick("MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "Huber", "LogCosh", "Poisson", "KLDivergence", "CosineSimilarity", "Hinge", "SquaredHinge", "CategoricalHinge")
    s = shape(); k = red()
    if n == "Huber": k.update(kw(delta=opt(ru(.2, 2))))
    if n == "CosineSimilarity": k.update(kw(axis=opt(axis_of(s))))
    y, t = {"MeanSquaredLogarithmicError": (unit, unit), "Poisson": (unit, unit), "KLDivergence": (dist, dist), "Hinge": (numbers, yes), "SquaredHinge": (numbers, yes), "CategoricalHinge": (numbers, hot)}.get(n, (numbers, numbers))
    add("loss", n, lambda: getattr(LO, n)(**k), t(s), y(s), weights(s) if k.get("axis", -1) == -1 else None)
def g_loss_binary():
    n = pick("BinaryCrossentropy", "BinaryFocalCrossentropy"); s = shape(); logits = b(); ax = axis_of(s)
    k = dict(**red(), **kw(label_smoothing=opt(ru(0, .5)), axis=opt(ax)), from_logits=logits)
    if n == "BinaryFocalCrossentropy": k.update(kw(gamma=opt(pick(0., 1., ru(.5, 4))), alpha=opt(ru(.1, .9)), apply_class_balancing=opt(b())))
    add("loss", n, lambda: getattr(LO, n)(**k), yes(s), (numbers if logits else unit)(s), weights(s) if k.get("axis", -1) == -1 else None)
def g_loss_classes():
    n = pick("CategoricalCrossentropy", "CategoricalFocalCrossentropy"); s = shape(); logits = b(); ax = axis_of(s)
    k = dict(**red(), **kw(label_smoothing=opt(ru(0, .5)), axis=opt(ax)), from_logits=logits)
    if n == "CategoricalFocalCrossentropy": k.update(kw(gamma=opt(pick(0., 1., ru(.5, 4))), alpha=opt(ru(.1, .9))))
    to = k.get("axis", -1); t, y = last_to(hot(s), to), last_to((numbers if logits else dist)(s), to)
    add("loss", n, lambda: getattr(LO, n)(**k), t, y, weights(s) if to == -1 else None)
def g_loss_ids():
    n = pick("SparseCategoricalCrossentropy", "SparseCategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy"); s = shape(); k = red(); logits = False; t = ids(s)
    if n[0] == "S": logits = b(); k.update(from_logits=logits, **kw(axis=opt(axis_of(s) if len(s) == 3 else -1), ignore_class=opt(pick(0, 1, -1), .4)))
    else: k.update(kw(q=opt(ru(.1, .9)))); s = s[:1] + s[-1:]; t = ids(s)
    if k.get("ignore_class") == -1: t = np.where(R.random(t.shape) < .3, -1, t).astype("int32")
    to = k.get("axis", -1)
    add("loss", n, lambda: getattr(LO, n)(**k), t, last_to((numbers if logits else dist)(s), to), weights(s) if to == -1 else None)
def g_loss_overlap():
    n = pick("Dice", "Tversky"); s = shape(3); k = dict(**red(), **kw(axis=opt(pick(-1, *range(1, len(s)), tuple(range(1, len(s))), (1, 2), tuple(range(len(s)))), .8)))
    if n == "Tversky": k.update(kw(alpha=opt(ru(.1, .9)), beta=opt(ru(.1, .9))))
    add("loss", n, lambda: getattr(LO, n)(**k), yes(s), unit(s))
def g_loss_special():
    n = pick("Circle", "CTC"); k = red(); B = ri(4, 7)
    if n == "Circle":
        k.update(kw(gamma=opt(ru(1, 90)), margin=opt(ru(.1, .6)), remove_diagonal=opt(b()))); x = R.normal(size=(B, ri(3, 5)))
        add("loss", n, lambda: LO.Circle(**k), R.integers(0, 3, B).astype("int32"), f4(x / np.linalg.norm(x, axis=-1, keepdims=True)), weights((B, 2)) if b() else None)
    else:
        c = ri(3, 5); steps = ri(6, 9); t = np.zeros((B, 3), "int32")
        for row in t: m = ri(1, 3); row[:m] = R.integers(1, c, m)
        add("loss", n, lambda: LO.CTC(**k), t, numbers((B, steps, c)), f4(R.uniform(0, 2, B)) if b() else None)

def rate():
    r = ru(.01, .2)
    if R.random() < .7: return r
    return pick(lambda: S.ExponentialDecay(r, ri(1, 5), ru(.3, .95), staircase=b()), lambda: S.InverseTimeDecay(r, ri(1, 5), ru(.2, 1.5), staircase=b()), lambda: S.PolynomialDecay(r, ri(2, 8), end_learning_rate=r / 10, power=ru(.5, 3), cycle=b()), lambda: S.CosineDecay(r / 3, ri(4, 20), alpha=ru(0, .5), warmup_target=r, warmup_steps=ri(1, 4)), lambda: S.CosineDecayRestarts(r, ri(2, 5), t_mul=pick(1., 1.5, 2.), m_mul=ru(.5, 1.), alpha=ru(0, .3)), lambda: S.PiecewiseConstantDecay([2, 4], [r, r / 2, r / 4]))()
def g_optimizer():
    n = pick("SGD", "RMSprop", "Adam", "AdamW", "Adagrad", "Adadelta", "Adamax", "Nadam", "Lion", "Ftrl", "Lamb", "Adafactor", "Muon")
    own = dict(SGD=lambda: kw(momentum=opt(ru(.1, .95)), nesterov=opt(b())), RMSprop=lambda: kw(rho=opt(ru(.5, .95)), momentum=opt(ru(.1, .9)), epsilon=opt(1e-4), centered=opt(b())), Adagrad=lambda: kw(initial_accumulator_value=opt(ru(0, 1)), epsilon=opt(1e-3)), Adadelta=lambda: kw(rho=opt(ru(.5, .99)), epsilon=opt(1e-4)),
        Lion=lambda: kw(beta_1=opt(ru(.6, .95)), beta_2=opt(ru(.6, .99))), Ftrl=lambda: kw(learning_rate_power=opt(-ru(.3, .8)), initial_accumulator_value=opt(ru(.1, 1)), l1_regularization_strength=opt(ru(0, .2)), l2_regularization_strength=opt(ru(0, .2)), l2_shrinkage_regularization_strength=opt(ru(0, .2)), beta=opt(ru(0, .5))),
        Adafactor=lambda: kw(beta_2_decay=opt(-ru(.4, .9)), epsilon_1=opt(1e-20), epsilon_2=opt(1e-2), clip_threshold=opt(ru(.5, 2)), relative_step=opt(b())),
        Muon=lambda: kw(adam_beta_1=opt(ru(.5, .95)), adam_beta_2=opt(ru(.6, .99)), adam_weight_decay=opt(pick(None, ru(0, .1))), epsilon=opt(1e-4), adam_lr_ratio=opt(ru(.1, 2)), momentum=opt(ru(.3, .97)), ns_steps=opt(ri(1, 6)), nesterov=opt(b()), rms_rate=opt(pick(None, ru(.1, .5)))))
    betas = lambda: kw(beta_1=opt(ru(.5, .95)), beta_2=opt(ru(.6, .99)), epsilon=opt(1e-4))
    k = own.get(n, betas)()
    if n in ("Adam", "AdamW"): k.update(kw(amsgrad=opt(b(), .4)))
    clip = pick({}, {}, dict(clipnorm=ru(.3, 2)), dict(global_clipnorm=ru(.3, 2)), dict(clipvalue=ru(.1, 1)))
    ema = pick({}, {}, dict(use_ema=True, ema_momentum=ru(.3, .99), **kw(ema_overwrite_frequency=opt(ri(1, 4)))))
    k.update(learning_rate=rate(), **clip, **ema, **kw(weight_decay=opt(ru(.001, .1), .4), gradient_accumulation_steps=opt(ri(2, 4), .25), loss_scale_factor=opt(pick(2., 128., 10.), .15)))
    add("optimizer", n, lambda: getattr(OP, n)(**k))
def g_schedule():
    r = ru(.01, .5)
    make = pick(lambda s=ri(1, 30), d=ru(.3, 1.2), c=b(): S.ExponentialDecay(r, s, d, staircase=c), lambda s=ri(1, 30), d=ru(.1, 2), c=b(): S.InverseTimeDecay(r, s, d, staircase=c), lambda s=ri(2, 60), e=ru(0, .01), p=ru(.3, 3), c=b(): S.PolynomialDecay(r, s, end_learning_rate=e, power=p, cycle=c),
        lambda s=ri(4, 90), a=ru(0, .5), w=ri(0, 12), g=ru(.1, 1): S.CosineDecay(r, s, alpha=a, warmup_target=g if w else None, warmup_steps=w), lambda s=ri(3, 30), t=pick(1., 1.3, 2.), m=ru(.4, 1.), a=ru(0, .4): S.CosineDecayRestarts(r, s, t_mul=t, m_mul=m, alpha=a), lambda a=ri(1, 10), c=ri(11, 60): S.PiecewiseConstantDecay([a, c], [r, r / 3, r / 7]))
    add("schedule", "schedule", make)

def updates(t, y, w):
    """Some batches of what is one."""
    n = len(y); cut = sorted({0, n, ri(1, n), ri(1, n)})
    return [tuple(x[i:j] for x in ((t, y) if w is None else (t, y, w))) for i, j in zip(cut, cut[1:]) if j > i]
def m(name, k, t, y, w): add("metric", name, lambda: getattr(ME, name)(**k), updates(t, y, w))
def g_metric_mean():
    n = pick("MeanSquaredError", "MeanAbsoluteError", "RootMeanSquaredError", "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "LogCoshError", "CosineSimilarity", "KLDivergence", "Poisson", "Hinge", "SquaredHinge", "CategoricalHinge", "BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy")
    s = shape(); k = {}; logits = False
    if "Crossentropy" in n: logits = b(); k["from_logits"] = logits
    if n in ("BinaryCrossentropy", "CategoricalCrossentropy"): k.update(kw(label_smoothing=opt(ru(0, .4))))
    y, t = {"MeanSquaredLogarithmicError": (unit, unit), "Poisson": (unit, unit), "KLDivergence": (dist, dist), "Hinge": (numbers, yes), "SquaredHinge": (numbers, yes), "CategoricalHinge": (numbers, hot), "BinaryCrossentropy": (numbers if logits else unit, yes), "CategoricalCrossentropy": (numbers if logits else dist, hot), "SparseCategoricalCrossentropy": (numbers if logits else dist, ids)}.get(n, (numbers, numbers))
    m(n, k, t(s), y(s), weights(s))
def g_metric_accuracy():
    n = pick("BinaryAccuracy", "CategoricalAccuracy", "SparseCategoricalAccuracy", "TopKCategoricalAccuracy", "SparseTopKCategoricalAccuracy", "Accuracy"); s = shape(); k = {}
    if n == "BinaryAccuracy": k = kw(threshold=opt(ru(.2, .8)))
    if "TopK" in n: k = dict(k=ri(1, 4)); s = s[:1] + s[-1:]
    if n == "Accuracy": s = s[:1] + (5,); return m(n, k, f4(ids(s)), f4(ids(s)), weights(s))
    t, y = (yes, unit) if n[0] == "B" else (ids, dist) if n[0] == "S" else (hot, dist)
    m(n, k, t(s), y(s), weights(s))
def g_metric_counts():
    n = pick("Precision", "Recall", "TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives"); s = (ri(4, 7), ri(2, 5)); k = kw(thresholds=opt(pick(ru(.2, .8), [ru(.1, .4), ru(.5, .9)]), .6))
    if n in ("Precision", "Recall"): k.update(kw(top_k=opt(ri(1, s[1]), .3), class_id=opt(ri(0, s[1] - 1), .3)))
    m(n, k, yes(s), unit(s), weights(s) if n in ("Precision", "Recall") else None if b() else f4(R.uniform(0, 2, s[:1])))
def g_metric_auc():
    s = (ri(5, 9), ri(2, 4)); k = kw(num_thresholds=opt(ri(3, 60)), curve=opt(pick("ROC", "PR", "PRGAIN")), summation_method=opt(pick("interpolation", "minoring", "majoring")))
    if b(): k.update(multi_label=True, num_labels=s[1], **kw(label_weights=opt([ru(.2, 2) for _ in range(s[1])])))
    m("AUC", k, yes(s), unit(s), weights(s) if not k.get("multi_label") or b() else None)
def g_metric_at():
    n = pick("SensitivityAtSpecificity", "SpecificityAtSensitivity", "PrecisionAtRecall", "RecallAtPrecision"); s = (ri(5, 9), ri(1, 4))
    m(n, {{"Sens": "specificity", "Spec": "sensitivity", "Prec": "recall", "Reca": "precision"}[n[:4]]: ru(.2, .8), **kw(num_thresholds=opt(ri(1, 40)), class_id=opt(ri(0, s[1] - 1), .3))}, yes(s), unit(s), weights(s))
def g_metric_f():
    n = pick("F1Score", "FBetaScore"); s = (ri(4, 8), ri(2, 5)); k = kw(average=opt(pick("micro", "macro", "weighted"), .7), threshold=opt(ru(.2, .7)))
    if n == "FBetaScore": k.update(kw(beta=opt(ru(.3, 3))))
    m(n, k, (hot if b() else yes)(s), dist(s), weights(s))
def g_metric_iou():
    n = pick("IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU", "BinaryIoU"); s = shape(); c = s[-1]; target = sorted(set(ri(0, c - 1) for _ in range(2))); k = dict(num_classes=c)
    if n in ("IoU", "OneHotIoU"): k["target_class_ids"] = target
    if n == "BinaryIoU": return m(n, kw(target_class_ids=opt(pick([0], [1], [0, 1])), threshold=opt(ru(.2, .8))), yes(s[:-1] + (1,)), unit(s[:-1] + (1,)), None)
    k.update(kw(ignore_class=opt(ri(0, c - 1), .3)))
    if n[0] == "O": return m(n, k, hot(s), dist(s), None)
    if b(): return m(n, dict(k, sparse_y_pred=False), ids(s), dist(s), None)
    m(n, k, ids(s), f4(ids(s)), None)
def g_metric_rows():
    n = pick("PearsonCorrelation", "ConcordanceCorrelation", "CosineSimilarity", "R2Score"); s = shape() if n != "R2Score" else (ri(4, 8), ri(1, 4)); k = {}
    if n == "R2Score": k = kw(class_aggregation=opt(pick("uniform_average", "variance_weighted_average", None)), num_regressors=opt(ri(0, 2)))
    elif R.random() < .3: k = dict(axis=ri(1, len(s) - 1))
    y = numbers(s); m(n, k, y, f4(y + numbers(s)), weights(s) if not k.get("axis") and n != "R2Score" else f4(R.uniform(0, 2, s[:1])) if n == "R2Score" and b() else None)

PLAN = [(g_loss_pairs, 60), (g_loss_binary, 45), (g_loss_classes, 45), (g_loss_ids, 45), (g_loss_overlap, 25), (g_loss_special, 20), (g_optimizer, 170), (g_schedule, 30), (g_metric_mean, 50), (g_metric_accuracy, 30), (g_metric_counts, 30), (g_metric_auc, 25), (g_metric_at, 20), (g_metric_f, 25), (g_metric_iou, 25), (g_metric_rows, 20)]
for draw, count in PLAN:
    for _ in range(max(1, round(count * share))): draw()
KINDS = dict(loss=loss_case, optimizer=optimizer_case, metric=metric_case)
refused = written = 0
with open(path, "w") as f:
    for i, (kind, name, make, args) in enumerate(cases):
        id = f"{name}_{seed}_{i}"
        try: case = schedule_case(id, make) if kind == "schedule" else whole(KINDS[kind], id, make, *args)
        except Exception as error: refused += 1; print(f"{id}: Keras refuses it: {str(error)[:150]!r}"); continue
        line = json.dumps(case, separators=(",", ":"))
        # A number that is none says nothing.
        if "NaN" in line or "Infinity" in line: refused += 1; continue
        f.write(line + "\n"); written += 1
print(path, written, "cases,", refused, "refused")
