"""Writes `sized_layers.jsonl`: layers at the sizes where kernels go by blocks and by several threads, as Keras computes them.

Usage: python keras_sized.py OUT_FILE [SEED [SHARE [LONGEST]]]; the cases are those of `keras_golden.py`, and so are the packages.
Batches have 1 to 40 samples, tensors 1 to 70 channels, axes odd lengths as well as even. SHARE is how many of the cases are drawn: 1 gives
some 700. LONGEST is how many bytes a case may take.
"""
import json, sys
from keras_golden import L, layer_case, np

path = sys.argv[1]; seed = int(sys.argv[2]) if len(sys.argv) > 2 else 12
share = float(sys.argv[3]) if len(sys.argv) > 3 else .08; longest = int(sys.argv[4]) if len(sys.argv) > 4 else 40_000
R = np.random.default_rng(seed); cases = []; room = longest / 70
def pick(*a): return a[int(R.integers(len(a)))]
def ri(a, b): return int(R.integers(a, b + 1))
def b(p=.5): return bool(R.random() < p)
def opt(v, p=.5): return v if R.random() < p else ...
def kw(**k): return {a: v for a, v in k.items() if v is not ...}
def B(): return pick(1, 2, 3, ri(1, 8), ri(4, 17), ri(16, 40))
def C(): return pick(ri(1, 8), ri(1, 8), ri(7, 20), ri(15, 40), pick(1, 3, 16, 17, 31, 32, 33, 64, 65), ri(40, 70))
def add(name, make, shapes, **k): cases.append((name, make, shapes, k))
def mask(bt, t): return R.random((bt, t)) < .6 if b() else np.arange(t)[None] < R.integers(1, t + 1, size=bt)[:, None]
def spread(fan): return float(min(.4, 1.5 / np.sqrt(fan)))
def sized(bt, *dims, most=None):
    """A shape that leaves room for the other tensors: fewer samples, then shorter axes."""
    dims = list(dims); most = most or room
    while np.prod(dims) * bt > most and bt > 1: bt = max(1, bt // 2)
    while np.prod(dims) * bt > most: i = int(np.argmax(dims)); dims[i] = max(1, dims[i] * 2 // 3)
    return (bt, *dims)
def any_shape(r, longest=None): return sized(B(), *[ri(1, [40, 17, 9, 6][r - 1]) for _ in range(r - 1)], C())
# Not sparsemax, in which Keras adds up partial sums: its rows do not sum to 1.
ACTS = ["linear", "relu", "sigmoid", "tanh", "softmax", "elu", "selu", "gelu", "softplus", "softsign", "silu", "swish", "relu6", "leaky_relu", "exponential", "hard_sigmoid", "hard_silu", "hard_swish", "mish", "log_softmax", "celu", "hard_tanh", "hard_shrink", "soft_shrink", "tanh_shrink", "log_sigmoid", "squareplus", "sparse_plus", "sparse_sigmoid"]
WITHIN = [a for a in ACTS if a != "exponential"]
def act(): return pick(*WITHIN, None)

def g_dense():
    f, u = C() * pick(1, 1, 4), C(); k = kw(activation=opt(act()), use_bias=opt(b()))
    add("dense", lambda: L.Dense(u, **k), [sized(B(), f)], spread=spread(f))
def g_td():
    t = ri(1, 9); c = C(); a = act(); r = b(); u = C(); s = spread(c)
    which = pick("dense", "conv2d", "conv1d", "bn", "ln", "flatten", "pool", "act", "gap", "lstm", "dropout", "embedding", "reshape", "bidi", "dwc", "prelu", "td")
    def inner(make, *dims, **k): x = sized(B(), t, *dims); add("td_" + which, lambda: L.TimeDistributed(make()), [x], mask=mask(*x[:2]) if b(.2) else None, **k)
    if which == "dense": inner(lambda: L.Dense(u, activation=a), c, spread=s)
    if which == "conv2d": inner(lambda: L.Conv2D(u, 3, padding="same", activation=a), 7, 5, c, spread=spread(9 * c))
    if which == "conv1d": inner(lambda: L.Conv1D(u, 2, activation=a), 9, c, spread=spread(2 * c))
    if which == "dwc": inner(lambda: L.DepthwiseConv2D(3, padding="same"), 7, 5, c)
    if which == "bn": x = sized(B() + 1, t, c); add("td_bn", lambda: L.TimeDistributed(L.BatchNormalization()), [x], training=r)
    if which == "ln": inner(lambda: L.LayerNormalization(), c)
    if which == "flatten": inner(lambda: L.Flatten(), 3, c)
    if which == "reshape": inner(lambda: L.Reshape((c, -1)), 3, c)
    if which == "pool": inner(lambda: L.MaxPooling2D(), 7, 5, c)
    if which == "act": inner(lambda: L.Activation(a or "relu"), c)
    if which == "gap": inner(lambda: L.GlobalAveragePooling2D(), 4, 3, c)
    if which == "lstm": inner(lambda: L.LSTM(u, return_sequences=r), 4, c, spread=spread(c + u))
    if which == "bidi": inner(lambda: L.Bidirectional(L.GRU(u)), 4, c, spread=spread(c + u))
    if which == "dropout": inner(lambda: L.Dropout(.4), c)
    if which == "prelu": inner(lambda: L.PReLU(), c)
    if which == "td": inner(lambda: L.TimeDistributed(L.Dense(u, activation=a)), 3, c, spread=s)
    if which == "embedding": x = sized(B(), t, ri(1, 9)); add("td_embedding", lambda: L.TimeDistributed(L.Embedding(70, u)), [x], ints=70)
def g_embedding():
    r = ri(1, 3); v, d = pick(2, 9, 70, 300), C(); k = kw(mask_zero=opt(b())); x = sized(B(), *[ri(1, 12) for _ in range(r)], most=room / d)
    add("embedding", lambda: L.Embedding(v, d, **k), [x], ints=v)
def g_flatten(): r = ri(1, 5); add("flatten", lambda: L.Flatten(), [any_shape(min(r, 4)) if r < 5 else sized(B(), 3, 2, 3, 2, C())])
def g_reshape():
    c = C(); s = pick(((c, 6), (3, -1)), ((c, 4, 5), (-1, c)), ((c * 4,), (2, c, 2)), ((12, c), (3, 2, -1, 2)), ((c,), (c, 1)), ((c,), (1, 1, -1)))
    add("reshape", lambda: L.Reshape(s[1]), [sized(B(), *s[0], most=1e9)])
def g_permute(): n = ri(1, 5); p = tuple(int(x) + 1 for x in R.permutation(n)); add("permute", lambda: L.Permute(p), [sized(B(), *[pick(ri(1, 5), ri(4, 18)) for _ in range(n)])])
def g_repeat(): n = ri(1, 20); add("repeat", lambda: L.RepeatVector(n), [sized(B(), C(), most=room / n)])
def conv_kw(nd, causal=False, even=False):
    one = b() or even; k = {}
    if b(.4): k["strides"] = ri(1, 3) if one else tuple(ri(1, 3) for _ in range(nd))
    elif b(.4): k["dilation_rate"] = ri(1, 3) if b() else tuple(ri(1, 3) for _ in range(nd))
    k["padding"] = pick(*(["valid", "same", "same"] + (["causal", "causal"] if causal else [])))
    return {**k, **kw(use_bias=opt(b(), .4), activation=opt(act(), .4))}
def kern(nd): return pick(1, 3, 3, ri(2, 5)) if b() or nd == 3 else tuple(pick(1, 3, 3, ri(2, 7 if nd == 1 else 5)) for _ in range(nd))
def spatial(nd): return tuple(ri(*[(5, 60), (5, 23), (4, 9)][nd - 1]) for _ in range(nd))
def taps(ks, nd): return int(np.prod(ks)) if isinstance(ks, tuple) else ks ** nd
def g_conv(nd):
    M = [L.Conv1D, L.Conv2D, L.Conv3D][nd - 1]; k = conv_kw(nd, causal=nd == 1); ks = kern(nd); c, f = C(), C(); g = 1
    if b(.35): g = pick(2, 3, 4, c); c = max(g, c // g * g); f = g * max(1, f // g); k["groups"] = g
    x = sized(B(), *spatial(nd), c); c = x[-1]
    if c % g: return
    add(f"conv{nd}d", lambda: M(f, ks, **k), [x], spread=spread(c // g * taps(ks, nd)))
def g_convT(nd):
    M = [L.Conv1DTranspose, L.Conv2DTranspose, L.Conv3DTranspose][nd - 1]; k = conv_kw(nd); ks = kern(nd); f = C()
    s = k.get("strides", 1); s = s if isinstance(s, tuple) else (s,) * nd
    if min(s) > 1 and b(.3): k["output_padding"] = ri(0, min(s) - 1) if b() else tuple(ri(0, v - 1) for v in s)
    x = sized(B(), *[ri(2, [20, 9, 4][nd - 1]) for _ in range(nd)], C())
    add(f"conv{nd}dT", lambda: M(f, ks, **k), [x], spread=spread(x[-1] * taps(ks, nd) / np.prod(s)))
def g_dw(nd):
    M = [L.DepthwiseConv1D, L.DepthwiseConv2D][nd - 1]; k = conv_kw(nd, even=True); ks = kern(nd); k.update(kw(depth_multiplier=opt(ri(1, 4), .4)))
    add(f"depthwise{nd}d", lambda: M(ks, **k), [sized(B(), *spatial(nd), C())])
def g_sep(nd):
    M = [L.SeparableConv1D, L.SeparableConv2D][nd - 1]; k = conv_kw(nd, even=True); ks = kern(nd); k.update(kw(depth_multiplier=opt(ri(1, 3), .4))); f = C()
    x = sized(B(), *spatial(nd), C()); add(f"separable{nd}d", lambda: M(f, ks, **k), [x], spread=spread(x[-1]))
def g_pool(nd):
    n = pick("Max", "Average"); M = getattr(L, f"{n}Pooling{nd}D"); ps = pick(2, 3, ri(1, 4)) if b() else tuple(ri(1, 4) for _ in range(nd))
    k = kw(pool_size=ps, strides=opt(ri(1, 3) if b() else tuple(ri(1, 3) for _ in range(nd))), padding=opt(pick("valid", "same")))
    add(f"{n.lower()}pool{nd}d", lambda: M(**k), [sized(B(), *spatial(nd), C())])
def g_gpool(nd):
    n = pick("Max", "Average"); M = getattr(L, f"Global{n}Pooling{nd}D"); k = kw(keepdims=opt(b())); x = sized(B(), *spatial(nd), C())
    add(f"global{n.lower()}{nd}d", lambda: M(**k), [x], mask=mask(*x[:2]) | (np.arange(x[1]) == 0) if nd == 1 and n == "Average" and b() else None)
def g_adaptive(nd):
    n = pick("Max", "Average"); M = getattr(L, f"Adaptive{n}Pooling{nd}D"); s = spatial(nd); o = tuple(ri(1, v + 2) for v in s); o = o if b() or nd == 1 else o[0]
    add(f"adaptive{n.lower()}{nd}d", lambda: M(o), [sized(B(), *s, C(), most=room / 3)])
def rnn_kw(n):
    k = kw(activation=opt(pick("tanh", "relu", "sigmoid", "linear", "elu", "softsign", "silu"), .35), use_bias=opt(b(), .3), return_sequences=opt(b(), .7), return_state=opt(b(), .3), go_backwards=opt(b(), .4))
    if n != "SimpleRNN" and b(.4): k["recurrent_activation"] = pick("sigmoid", "hard_sigmoid", "tanh")
    if n == "GRU" and b(): k["reset_after"] = b()
    if n == "LSTM" and b(): k["unit_forget_bias"] = b()
    return k
def g_rnn(states):
    n = pick("SimpleRNN", "GRU", "LSTM"); M = getattr(L, n); u = C(); k = rnn_kw(n); x = sized(B(), ri(1, 25), C()); bt, t, f = x; m = None
    if b(.4):
        m = mask(bt, t)
        if k.get("return_sequences") and b(): k["zero_output_for_mask"] = True
    add(n.lower() + ("_states" if states else ""), lambda: M(u, **k), [x] + [(bt, u)] * states * (2 if n == "LSTM" else 1), states=states, mask=m, training=b(.2), spread=spread(f + u) * .7)
def g_bidi(states):
    n = pick("SimpleRNN", "GRU", "LSTM"); M = getattr(L, n); u = C(); x = sized(B(), ri(1, 15), C()); bt, t, f = x; k = rnn_kw(n); k.pop("go_backwards", 0)
    mm = pick("concat", "sum", "mul", "ave", None, "concat"); m = mask(bt, t) if b(.4) else None
    if k.get("return_sequences") and m is not None and b(): k["zero_output_for_mask"] = True
    add("bidi_" + n.lower() + ("_states" if states else ""), lambda: L.Bidirectional(M(u, **k), merge_mode=mm), [x] + [(bt, u)] * states * (4 if n == "LSTM" else 2), states=states, mask=m, spread=spread(f + u) * .7)
def g_bn():
    r = ri(1, 4); x = any_shape(r); x = (max(2, x[0]),) + x[1:]
    k = kw(axis=opt(pick(-1, ri(1, r)), .3), momentum=opt(pick(.9, .5, .8)), epsilon=opt(pick(1e-5, 1e-2)), center=opt(b(), .4), scale=opt(b(), .4))
    m = (R.random(x[:-1]) < .6) | (np.arange(x[0]) < 2).reshape([-1] + [1] * (r - 1)) if r >= 2 and b(.3) and k.get("axis", -1) in (-1, r) else None
    add("batchnorm", lambda: L.BatchNormalization(**k), [x], training=b(.6), mask=m)
def some_axes(r): return pick(-1, ri(1, r), -ri(1, r), tuple(sorted({ri(1, r), ri(1, r)})), [-1])
def g_ln(): r = ri(1, 4); k = kw(axis=opt(some_axes(r), .4), epsilon=opt(pick(1e-5, 1e-2)), center=opt(b(), .4), scale=opt(b(), .4)); add("layernorm", lambda: L.LayerNormalization(**k), [any_shape(r)])
def g_gn():
    r = ri(1, 4); x = list(any_shape(r)); ax = pick(-1, -1, ri(1, r)); g = pick(1, 2, 3, 8); i = ax if ax > 0 else r; x[i] = g * max(1, x[i] // g)
    if b(.2): g = -1
    k = kw(axis=ax if i != r else opt(ax), epsilon=opt(pick(1e-5, 1e-2)), center=opt(b(), .4), scale=opt(b(), .4)); add("groupnorm", lambda: L.GroupNormalization(g, **k), [tuple(x)])
def g_rms(): r = ri(1, 4); k = kw(axis=opt(some_axes(r), .4), epsilon=opt(pick(1e-5, 1e-2))); add("rmsnorm", lambda: L.RMSNormalization(**k), [any_shape(r)])
def g_unit(): r = ri(1, 4); k = kw(axis=opt(some_axes(r))); add("unitnorm", lambda: L.UnitNormalization(**k), [any_shape(r)])
def g_random():
    r = pick(.1, .5, 0.0); which = pick("Dropout", "GaussianDropout", "GaussianNoise", "AlphaDropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")
    add(which.lower(), lambda: getattr(L, which)(r), [any_shape({"1": 2, "2": 3, "3": 4}.get(which[-2], ri(1, 3)))], training=r == 0.0 and b())
def g_augment():
    which, a = pick(("RandomFlip", ()), ("RandomTranslation", (.2, .1)), ("RandomRotation", (.1,)), ("RandomZoom", (.2,)), ("RandomContrast", (.3,)), ("RandomBrightness", (.2,)), ("RandomCrop", (ri(2, 8), ri(2, 8))))
    add(which.lower(), lambda: getattr(L, which)(*a), [(ri(1, 5), ri(5, 12), ri(5, 12), pick(1, 3))], inference=True)
def g_merge():
    M = pick("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"); n = 2 if M == "Subtract" else ri(2, 5); x = any_shape(ri(1, 4)); x = (x[0],) + x[1:]; shapes = [x] * n
    if b():
        for _ in range(ri(1, 2)): j = ri(1, len(x) - 1); i = ri(0, n - 1); t = list(shapes[i]); t[j] = 1; shapes[i] = tuple(t)
    add(M.lower(), lambda: getattr(L, M)(), shapes)
def g_concat():
    r = ri(1, 4); x = list(any_shape(r)); ax = pick(-1, ri(1, r), -ri(1, r)); n = ri(2, 5); sh = []
    for _ in range(n): t = list(x); t[ax] = C() if ax in (-1, r) else ri(1, 9); sh.append(tuple(t))
    add("concat", lambda: L.Concatenate(axis=ax), sh)
def g_dot():
    bt, p, q, d = B(), ri(1, 30), ri(1, 30), C(); nrm = b()
    axes, s = pick((1, ((d,), (d,))), ((1, 2), ((d, p), (q, d))), ((2, 1), ((p, d), (d, q))), (-1, ((p, d), (q, d))), (1, ((d, p), (d, q))), ((2, 1), ((p, d), (d,))), (2, ((p, d), (q, d))), ((3, 1), ((2, p, d), (d, q))), ((1, -1), ((d,), (q, d))))
    bt = sized(bt, *max(s, key=np.prod), most=room / 2)[0]; add("dot", lambda: L.Dot(axes=axes, normalize=nrm), [(bt, *t) for t in s])
def g_att():
    n = pick("Attention", "AdditiveAttention"); d, dv = C(), C(); x = sized(B(), ri(1, 30), d, most=room / 3); bt, tq, d = x; tv = ri(1, 20); k = {}
    if b(): k["use_scale"] = b()
    if n == "Attention" and b(): k["score_mode"] = pick("dot", "concat")
    key = b(); kwargs = kw(use_causal_mask=opt(True, .3), return_attention_scores=opt(True, .3)); ms = None
    if b(.4): vm = mask(bt, tv); vm[:, 0] = True; qm = mask(bt, tq); ms = pick([qm, vm], [None, vm], [qm, None])
    add(n.lower(), lambda: getattr(L, n)(**k), [x, (bt, tv, dv if key else d)] + ([(bt, tv, d)] if key else []), kwargs=kwargs, masks=ms)
def g_mha(kind):
    h, kd = pick(1, 2, 3, 8), pick(ri(2, 5), ri(8, 17)); x = sized(B(), ri(1, 33), C(), most=room / 4); bt, tq, D = x; tv, Dv = ri(1, 20), C()
    self = kind == "mha" and b(.4); tv = tq if self else tv; kwargs = kw(use_causal_mask=opt(True, .3), return_attention_scores=opt(True, .3)); key = b() and not self
    if b(.4):
        vm = mask(bt, tv); vm[:, 0] = True
        if b(): kwargs["value_mask"] = vm
        if b(): km = mask(bt, tv); km[:, 0] = True; kwargs["key_mask"] = km
        if b(): am = R.random((bt, tq, tv)) < .6; am[..., 0] = True; kwargs["attention_mask"] = am
        # MultiHeadAttention reads the mask that its query carries in the place of this one.
        if kind == "gqa" and b(): kwargs["query_mask"] = mask(bt, tq)
    if kind == "mha": k = kw(value_dim=opt(ri(2, 9)), use_bias=opt(b()), use_gate=opt(b()), sliding_window=opt(ri(1, 5), .2), output_shape=opt(pick(C(), (C(),)), .3)); make = lambda: L.MultiHeadAttention(h, kd, **k)
    else: g = pick(1, 2, 3); k = kw(use_bias=opt(b()), use_gate=opt(b()), sliding_window=opt(ri(1, 5), .2)); make = lambda: L.GroupQueryAttention(kd, h * g, h, **k)
    shapes = [x] if self else [x, (bt, tv, Dv)] + ([(bt, tv, C())] if key else [])
    if kind == "gqa" and not key: shapes = [x, (bt, tv, Dv)]
    add(kind + ("_self" if self else ""), make, shapes, args=[0, 0] if self else list(range(len(shapes))), kwargs=kwargs, spread=spread(D))
def g_einsum():
    c, u, v = C(), C(), pick(2, 3, 8); a = act(); t = ri(1, 12)
    eq, s, o, bias = pick(("ab,bc->ac", (c,), u, "c"), ("abc,cd->abd", (t, c), (None, u), "d"), ("abc,cd->abd", (t, c), (t, u), "bd"), ("...x,xy->...y", (t, c), (u,), "y"), ("ab...,bc->ac...", (c, t), (u,), "c"), ("abcd,edb->ace", (c, t, 3), (None, u), "e"), ("abc,cde->abde", (t, c), (None, v, u), "de"), ("abcd,cde->abe", (t, v, c), (None, u), "e"), ("abc,cde->abde", (t, c), (None, v, u), None), ("abc,bde->adec", (v, c), (u, 3, c), "d"))
    add("einsum", lambda: L.EinsumDense(eq, o, bias_axes=bias, activation=a), [sized(B(), *s, most=1e9)], spread=spread(c))
def g_act(): a = pick(*ACTS); add("activation_" + a, lambda: L.Activation(a), [any_shape(ri(1, 3))])
def g_relu(): k = kw(max_value=opt(pick(1., 6., .5)), negative_slope=opt(pick(.1, .3)), threshold=opt(pick(0., .5))); add("relu", lambda: L.ReLU(**k), [any_shape(ri(1, 3))])
def g_leaky(): k = kw(negative_slope=opt(pick(.1, .01, .5))); add("leaky", lambda: L.LeakyReLU(**k), [any_shape(ri(1, 3))])
def g_elu(): k = kw(alpha=opt(pick(.5, 2.))); add("elu", lambda: L.ELU(**k), [any_shape(ri(1, 3))])
def g_prelu(): r = ri(1, 4); k = kw(shared_axes=opt(sorted({ri(1, r) for _ in range(ri(1, r))}))); add("prelu", lambda: L.PReLU(**k), [any_shape(r)])
def g_softmax():
    r = ri(1, 4); ax = pick(-1, ri(1, r), tuple(sorted({ri(1, r), ri(1, r)})), -ri(1, r)); s = any_shape(r); m = None
    if isinstance(ax, int) and b(.3): m = (R.random(s) < .7) | (np.arange(s[ax]).reshape([-1 if i == ax % len(s) else 1 for i in range(len(s))]) == 0)
    add("softmax", lambda: L.Softmax(axis=ax), [s], mask=m)
def sides(nd, most): return pick(ri(0, most), tuple(ri(0, most) for _ in range(nd)) if nd > 1 else (ri(0, most), ri(0, most)), tuple((ri(0, most), ri(0, most)) for _ in range(nd)) if nd > 1 else ri(0, most))
def g_zpad(nd): M = getattr(L, f"ZeroPadding{nd}D"); p = sides(nd, 5); add(f"zeropad{nd}d", lambda: M(p), [sized(B(), *spatial(nd), C(), most=room / 3)])
def g_crop(nd): M = getattr(L, f"Cropping{nd}D"); p = sides(nd, 3); add(f"crop{nd}d", lambda: M(p), [sized(pick(1, 3, 12), *[ri(7, 9) for _ in range(nd)], C(), most=1e9)])
def g_up(nd):
    M = getattr(L, f"UpSampling{nd}D"); s = ri(1, 4) if b() or nd == 1 else tuple(ri(1, 4) for _ in range(nd)); k = kw(size=opt(s, .8))
    if nd == 2 and b(): k["interpolation"] = pick("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
    add(f"up{nd}d", lambda: M(**k), [sized(B(), *spatial(nd), C(), most=room / 9)])
def g_rescale(): k = kw(offset=opt(pick(-1., .5, 2))); s = pick(1 / 255, 2., 1, .5); add("rescaling", lambda: L.Rescaling(s, **k), [any_shape(ri(1, 3))])
def g_norm():
    x = any_shape(ri(1, 3)); w = ri(0, 2); inv = b(); f = x[-1]
    if w == 0: add("normalization", lambda: L.Normalization(mean=[.5 * i for i in range(f)], variance=[.3 + i for i in range(f)], invert=inv), [x])
    if w == 1: add("normalization", lambda: L.Normalization(mean=.5, variance=2., invert=inv, axis=None), [x])
    if w == 2: f = x[1]; add("normalization", lambda: L.Normalization(axis=1, mean=[.5 * i for i in range(f)], variance=[.3 + i for i in range(f)]), [x])
def g_resize():
    k = kw(interpolation=opt(pick("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"), .8)); w = R.random(); h, v = ri(2, 30), ri(2, 30)
    if w < .2: k["crop_to_aspect_ratio"] = True
    elif w < .4: k["pad_to_aspect_ratio"] = True; k.update(kw(fill_value=opt(.5)))
    elif w < .5: k["antialias"] = True
    add("resizing", lambda: L.Resizing(h, v, **k), [sized(B(), *spatial(2), pick(1, 3, C()), most=room / 3)])
def g_ccrop(): h, w = ri(1, 12), ri(1, 12); add("centercrop", lambda: L.CenterCrop(h, w), [sized(pick(1, 2, 9), ri(5, 15), ri(5, 15), C())])
def g_penalty(): add("activityreg", lambda: L.ActivityRegularization(l1=0., l2=0.), [any_shape(ri(1, 3))])
def g_masking(): v = pick(0., .5); add("masking", lambda: L.Masking(v), [any_shape(2)])
def g_identity(): add("identity", lambda: L.Identity(), [any_shape(ri(1, 3))])

each = lambda g, n, *over: [((lambda o=o: g(o)), n) for o in over]
PLAN = [(g_dense, 24), (g_td, 34), (g_embedding, 10), (g_flatten, 4), (g_reshape, 8), (g_permute, 10), (g_repeat, 4), *each(g_conv, 30, 1, 2, 3), (lambda: g_conv(2), 20), *each(g_convT, 16, 1, 2, 3), *each(g_dw, 14, 1, 2), *each(g_sep, 12, 1, 2)]
PLAN += [*each(g_pool, 12, 1, 2, 3), *each(g_gpool, 7, 1, 2, 3), *each(g_adaptive, 5, 1, 2, 3), (lambda: g_rnn(False), 60), (lambda: g_rnn(True), 24), (lambda: g_bidi(False), 30), (lambda: g_bidi(True), 10), (g_bn, 30), (g_ln, 16), (g_gn, 14), (g_rms, 8), (g_unit, 8), (g_random, 10), (g_augment, 7)]
PLAN += [(g_merge, 20), (g_concat, 10), (g_dot, 14), (g_att, 26), *each(g_mha, 26, "mha", "gqa"), (g_einsum, 16), (g_act, 40), (g_relu, 8), (g_leaky, 3), (g_elu, 3), (g_prelu, 8), (g_softmax, 12), *each(g_zpad, 5, 1, 2, 3), *each(g_crop, 5, 1, 2, 3), *each(g_up, 6, 1, 2, 3), (g_rescale, 4), (g_norm, 8), (g_resize, 20), (g_ccrop, 6), (g_penalty, 2), (g_masking, 3), (g_identity, 1)]
for draw, count in PLAN:
    for _ in range(max(1, round(count * share))): draw()
refused = long = written = 0
with open(path, "w") as f:
    for i, (name, make, shapes, k) in enumerate(cases):
        try: case = layer_case(f"{name}_{seed}_{i}", make, shapes, **k)
        except Exception as error: refused += 1; print(f"{name}_{seed}_{i}: Keras refuses it: {str(error)[:200]!r}"); continue
        # A window that does not fit leaves nothing, which is no error in Keras.
        if any(0 in y["shape"] for y in case["outputs"]): refused += 1; continue
        line = json.dumps(case, separators=(",", ":"))
        if len(line) < longest: f.write(line + "\n"); written += 1
        else: long += 1
print(path, written, "cases,", refused, "refused,", long, "too long")
