"""Writes `varied_layers.jsonl`: layers with settings, shapes and masks drawn at random, as Keras computes them.

Usage: python keras_varied.py OUT_FILE [SEED [SHARE]]; the cases are those of `keras_golden.py`, and so are the packages.
SHARE is how many of them are drawn: 1 gives some 600, the file in the repository has a third of that. Long ones are left out.
"""
import json, sys
from keras_golden import L, layer_case, np

path = sys.argv[1]; seed = int(sys.argv[2]) if len(sys.argv) > 2 else 7; share = float(sys.argv[3]) if len(sys.argv) > 3 else .3
R = np.random.default_rng(seed); cases = []
def pick(*a): return a[int(R.integers(len(a)))]
def ri(a, b): return int(R.integers(a, b + 1))
def b(): return bool(R.integers(2))
def maybe(p, v, d): return v if R.random() < p else d
def opt(v, p=.5): return v if R.random() < p else ...
def kw(**k): return {a: v for a, v in k.items() if v is not ...}
def rank_shape(n): return tuple(ri(2, 5 if n < 3 else 3) for _ in range(n))
def B(): return ri(1, 4)
def add(name, make, shapes, **k): cases.append((name, make, shapes, k))
def mask(bt, t): return R.random((bt, t)) < .6 if b() else np.arange(t)[None] < R.integers(1, t + 1, size=bt)[:, None]
ACTS = ["linear", "relu", "sigmoid", "tanh", "softmax", "elu", "selu", "gelu", "softplus", "softsign", "silu", "relu6", "leaky_relu", "exponential", "hard_sigmoid", "hard_silu", "mish", "log_softmax", "celu", "hard_tanh", "hard_shrink", "soft_shrink", "tanh_shrink", "log_sigmoid", "squareplus", "sparse_plus", "sparse_sigmoid"]
def act(): return pick("linear", "sigmoid", "tanh", "softmax", "elu", "gelu", "softplus", "silu", "relu", "mish", "selu", "leaky_relu", None)

def g_dense():
    k = kw(activation=opt(act()), use_bias=opt(b())); u = ri(1, 7)
    add("dense", lambda: L.Dense(u, **k), [(B(), ri(1, 8))])
def g_td():
    which = pick("dense","conv2d","conv1d","bn","ln","flatten","pool","act","gap","lstm","dropout","embedding","dense","reshape","bidi")
    bt, t = B(), ri(2, 4); a = act(); r = b()
    if which == "dense": add("td_dense", lambda: L.TimeDistributed(L.Dense(3, activation=a)), [(bt, t, 4)], mask=maybe(.3, mask(bt,t), None))
    if which == "conv2d": add("td_conv2d", lambda: L.TimeDistributed(L.Conv2D(3, 2, padding="same", activation=a)), [(bt, t, 4, 5, 2)])
    if which == "conv1d": add("td_conv1d", lambda: L.TimeDistributed(L.Conv1D(3, 2, activation=a)), [(bt, t, 5, 2)])
    if which == "bn": add("td_bn", lambda: L.TimeDistributed(L.BatchNormalization()), [(bt+1, t, 3)], training=r)
    if which == "ln": add("td_ln", lambda: L.TimeDistributed(L.LayerNormalization()), [(bt, t, 3)])
    if which == "flatten": add("td_flatten", lambda: L.TimeDistributed(L.Flatten()), [(bt, t, 3, 2)])
    if which == "reshape": add("td_reshape", lambda: L.TimeDistributed(L.Reshape((2, 3))), [(bt, t, 3, 2)])
    if which == "pool": add("td_pool", lambda: L.TimeDistributed(L.MaxPooling2D()), [(bt, t, 4, 5, 2)])
    if which == "act": add("td_act", lambda: L.TimeDistributed(L.Activation("relu")), [(bt, t, 4)])
    if which == "gap": add("td_gap", lambda: L.TimeDistributed(L.GlobalAveragePooling2D()), [(bt, t, 4, 3, 2)])
    if which == "lstm": add("td_lstm", lambda: L.TimeDistributed(L.LSTM(3, return_sequences=r)), [(bt, t, 4, 3)])
    if which == "bidi": add("td_bidi", lambda: L.TimeDistributed(L.Bidirectional(L.GRU(3))), [(bt, t, 4, 3)])
    if which == "dropout": add("td_dropout", lambda: L.TimeDistributed(L.Dropout(.4)), [(bt, t, 4)])
    if which == "embedding": add("td_embedding", lambda: L.TimeDistributed(L.Embedding(7, 3)), [(bt, t, 4)], ints=7)
def g_embedding():
    r = ri(1, 3); k = kw(mask_zero=opt(b())); v, d = ri(2, 12), ri(1, 5)
    add("embedding", lambda: L.Embedding(v, d, **k), [(B(),) + rank_shape(r)], ints=v)
def g_flatten(): add("flatten", lambda: L.Flatten(), [(B(),) + rank_shape(ri(1, 5))])
def g_reshape():
    s = pick(((2,3,4),(4,6)),((2,3,4),(-1,)),((12,),(3,-1)),((12,),(2,2,3)),((2,6),(3,-1,2)),((2,3,2),(12,1)),((4,1,3),(-1,3)), ((24,),(2,3,2,2)), ((2,2,2,3),(2,-1,1)))
    add("reshape", lambda: L.Reshape(s[1]), [(B(),) + s[0]])
def g_permute():
    n = ri(1, 5); p = tuple(int(x) + 1 for x in R.permutation(n)); add("permute", lambda: L.Permute(p), [(B(),) + rank_shape(n)])
def g_repeat(): n = ri(1, 5); add("repeat", lambda: L.RepeatVector(n), [(B(), ri(1, 5))])
def conv_kw(nd, groups=True, causal=False, out=None):
    one = b()
    strided = b(); k = {}
    if strided: k["strides"] = ri(1, 3) if one else tuple(ri(1, 3) for _ in range(nd))
    elif b(): k["dilation_rate"] = ri(1, 2) if one else tuple(ri(1, 2) for _ in range(nd))
    k["padding"] = pick(*(["valid", "same"] + (["causal"] if causal else [])))
    if b(): k["use_bias"] = b()
    if b(): k["activation"] = act()
    return k
def kern(nd): return ri(1, 3) if b() else tuple(ri(1, 4 if nd == 1 else 3) for _ in range(nd))
def spatial(nd): return tuple(ri(*[(6, 9), (4, 7), (3, 5)][nd - 1]) for _ in range(nd))
def g_conv(nd):
    C = [L.Conv1D, L.Conv2D, L.Conv3D][nd-1]; k = conv_kw(nd, causal=nd==1); ks = kern(nd); c = ri(1, 4); f = ri(1, 5)
    if b() and c > 1: k["groups"] = c; f = c * ri(1, 2)
    elif c == 4 and b(): k["groups"] = 2; f = 2 * ri(1, 3)
    add(f"conv{nd}d", lambda: C(f, ks, **k), [(ri(1, 3),) + spatial(nd) + (c,)])
def g_convT(nd):
    C = [L.Conv1DTranspose, L.Conv2DTranspose, L.Conv3DTranspose][nd-1]; k = conv_kw(nd); ks = kern(nd); f = ri(1, 4)
    s = k.get("strides", 1); s = s if isinstance(s, tuple) else (s,) * nd
    if min(s) > 1 and R.random() < .3: k["output_padding"] = ri(0, min(s) - 1) if b() else tuple(ri(0, x - 1) for x in s)
    add(f"conv{nd}dT", lambda: C(f, ks, **k), [(ri(1, 3),) + tuple(ri(2, 5) for _ in range(nd)) + (ri(1, 3),)])
def g_dw(nd):
    C = [L.DepthwiseConv1D, L.DepthwiseConv2D][nd-1]; k = conv_kw(nd); ks = kern(nd)
    if "strides" in k and not isinstance(k["strides"], int): k["strides"] = k["strides"][0]
    if b(): k["depth_multiplier"] = ri(1, 3)
    add(f"depthwise{nd}d", lambda: C(ks, **k), [(ri(1, 3),) + spatial(nd) + (ri(1, 3),)])
def g_sep(nd):
    C = [L.SeparableConv1D, L.SeparableConv2D][nd-1]; k = conv_kw(nd); ks = kern(nd)
    if "strides" in k and not isinstance(k["strides"], int): k["strides"] = k["strides"][0]
    if b(): k["depth_multiplier"] = ri(1, 3)
    f = ri(1, 4)
    add(f"separable{nd}d", lambda: C(f, ks, **k), [(ri(1, 3),) + spatial(nd) + (ri(1, 3),)])
def g_pool(nd):
    n = pick("Max", "Average"); C = getattr(L, f"{n}Pooling{nd}D"); ps = ri(1, 3) if b() else tuple(ri(1, 4) for _ in range(nd))
    k = kw(pool_size=ps, strides=opt(ri(1, 3) if b() else tuple(ri(1, 3) for _ in range(nd))), padding=opt(pick("valid", "same")))
    add(f"{n.lower()}pool{nd}d", lambda: C(**k), [(ri(1, 3),) + spatial(nd) + (ri(1, 3),)])
def g_gpool(nd):
    n = pick("Max", "Average"); C = getattr(L, f"Global{n}Pooling{nd}D"); k = kw(keepdims=opt(b())); bt = B(); s = spatial(nd)
    add(f"global{n.lower()}{nd}d", lambda: C(**k), [(bt,) + s + (ri(1, 3),)], mask=mask(bt, s[0]) | (np.arange(s[0]) == 0) if nd == 1 and n == "Average" and b() else None)
def g_rnn():
    n = pick("SimpleRNN", "GRU", "LSTM"); C = getattr(L, n); u = ri(1, 5); bt, t, f = B(), ri(1, 6), ri(1, 4)
    k = kw(activation=opt(pick("tanh", "relu", "sigmoid", "linear", "elu", "softsign", "softplus"), .4), use_bias=opt(b(), .4), return_sequences=opt(b(), .7), return_state=opt(b(), .3), go_backwards=opt(b(), .4), unroll=opt(b(), .2))
    if n != "SimpleRNN" and b(): k["recurrent_activation"] = pick("sigmoid", "hard_sigmoid", "tanh", "relu", "linear")
    if n == "GRU" and b(): k["reset_after"] = b()
    if n == "LSTM" and b(): k["unit_forget_bias"] = b()
    m = None
    if R.random() < .4:
        m = mask(bt, t)
        if k.get("return_sequences") and b(): k["zero_output_for_mask"] = True
    shapes = [(bt, t, f)]; kwargs = {}
    add(n.lower(), lambda: C(u, **k), shapes, mask=m, training=R.random() < .2)
def g_rnn_state():
    n = pick("SimpleRNN", "GRU"); C = getattr(L, n); u = ri(1, 4); bt, t, f = B(), ri(1, 5), ri(1, 3)
    k = kw(return_sequences=opt(b()), return_state=opt(b()), go_backwards=opt(b(), .3))
    add(n.lower() + "_initial", lambda: C(u, **k), [(bt, t, f), (bt, u)], args=[0, 1], mask=maybe(.3, mask(bt, t), None))
def g_bidi():
    n = pick("SimpleRNN", "GRU", "LSTM"); C = getattr(L, n); u = ri(1, 4); bt, t, f = B(), ri(1, 5), ri(1, 3)
    k = kw(return_sequences=opt(b(), .7), activation=opt(pick("tanh", "relu", "sigmoid"), .3), return_state=opt(b(), .2), use_bias=opt(b(), .3))
    if n == "GRU" and b(): k["reset_after"] = b()
    mm = pick("concat", "sum", "mul", "ave", None, "concat")
    m = maybe(.4, mask(bt, t), None)
    if k.get("return_sequences") and m is not None and b(): k["zero_output_for_mask"] = True
    add("bidi_" + n.lower(), lambda: L.Bidirectional(C(u, **k), merge_mode=mm), [(bt, t, f)], mask=m)
def g_bn():
    r = ri(1, 4); s = rank_shape(r); tr = b(); bt = ri(2, 5)
    k = kw(axis=opt(pick(-1, ri(1, r)), .5), momentum=opt(pick(.9, .5, .8)), epsilon=opt(pick(1e-5, 1e-2)), center=opt(b(), .4), scale=opt(b(), .4))
    m = (R.random((bt,) + s[:-1]) < .6) | (np.arange(bt) < 2).reshape([-1] + [1] * (r - 1)) if r >= 2 and R.random() < .3 and k.get("axis", -1) in (-1, r) else None
    add("batchnorm", lambda: L.BatchNormalization(**k), [(bt,) + s], training=tr, mask=m)
def g_ln():
    r = ri(1, 4); s = rank_shape(r)
    ax = pick(-1, ri(1, r), tuple(sorted(set(ri(1, r) for _ in range(2)))), [-1], ...)
    k = kw(axis=ax, epsilon=opt(pick(1e-5, 1e-2)), center=opt(b(), .4), scale=opt(b(), .4))
    add("layernorm", lambda: L.LayerNormalization(**k), [(B(),) + s])
def g_gn():
    r = ri(1, 4); s = list(rank_shape(r)); ax = pick(-1, ri(1, r)); g = ri(1, 3); m = ri(1, 2)
    i = ax - 1 if ax > 0 else r - 1
    s[i] = g * m
    if R.random() < .2: g = -1
    k = kw(axis=opt(ax) if i == r - 1 else ax, epsilon=opt(pick(1e-5, 1e-2)), center=opt(b(), .4), scale=opt(b(), .4))
    add("groupnorm", lambda: L.GroupNormalization(g, **k), [(B(),) + tuple(s)])
def g_rms():
    r = ri(1, 4); s = rank_shape(r); k = kw(epsilon=opt(pick(1e-5, 1e-2)))
    add("rmsnorm", lambda: L.RMSNormalization(**k), [(B(),) + s])
def g_unit():
    r = ri(1, 4); s = rank_shape(r); k = kw(axis=opt(pick(-1, ri(1, r), tuple(sorted(set(ri(1, r) for _ in range(2)))))))
    add("unitnorm", lambda: L.UnitNormalization(**k), [(B(),) + s])
def g_random():
    r = pick(.1, .5, 0.0); z = r == 0.0
    which = pick("Dropout", "GaussianDropout", "GaussianNoise", "AlphaDropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")
    n = {"SpatialDropout1D": 2, "SpatialDropout2D": 3, "SpatialDropout3D": 4}.get(which, ri(1, 3)); k = {}
    add(which.lower(), lambda: getattr(L, which)(r, **k), [(B(),) + rank_shape(n)], training=z and b())
def g_merge():
    C = pick("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"); n = 2 if C == "Subtract" else ri(2, 4)
    s = (B(),) + rank_shape(ri(1, 4)); shapes = [s] * n
    if b():
        i = ri(0, n - 1); j = ri(1, len(s) - 1); t = list(s); t[j] = 1; shapes[i] = tuple(t)
    add(C.lower(), lambda: getattr(L, C)(), shapes)
def g_concat():
    r = ri(1, 4); s = list((B(),) + rank_shape(r)); ax = pick(-1, ri(1, r), -ri(1, r)); n = ri(2, 4); sh = []
    for _ in range(n): t = list(s); t[ax] = ri(1, 4); sh.append(tuple(t))
    add("concat", lambda: L.Concatenate(axis=ax), sh)
def g_dot():
    w = pick(0, 1, 2, 3, 4, 5); nrm = b(); bt = B()
    if w == 0: add("dot", lambda: L.Dot(axes=1, normalize=nrm), [(bt, 4), (bt, 4)])
    if w == 1: add("dot", lambda: L.Dot(axes=(1, 2), normalize=nrm), [(bt, 3, 4), (bt, 5, 3)])
    if w == 2: add("dot", lambda: L.Dot(axes=(2, 1), normalize=nrm), [(bt, 3, 4), (bt, 4, 5)])
    if w == 3: add("dot", lambda: L.Dot(axes=-1, normalize=nrm), [(bt, 3, 4), (bt, 2, 4)])
    if w == 4: add("dot", lambda: L.Dot(axes=1, normalize=nrm), [(bt, 3, 4), (bt, 3, 2)])
    if w == 5: add("dot", lambda: L.Dot(axes=(2, 1), normalize=nrm), [(bt, 3, 4), (bt, 4)])
def g_att():
    n = pick("Attention", "AdditiveAttention"); bt, tq, tv, d, dv = B(), ri(1, 4), ri(1, 5), ri(1, 4), ri(1, 4)
    k = {}
    if b(): k["use_scale"] = b()
    if n == "Attention" and b(): k["score_mode"] = pick("dot", "concat")
    key = b(); shapes = [(bt, tq, d), (bt, tv, dv if key else d)] + ([(bt, tv, d)] if key else [])
    kwargs = {}
    if R.random() < .3: kwargs["use_causal_mask"] = True
    if R.random() < .3: kwargs["return_attention_scores"] = True
    ms = None
    if R.random() < .4:
        vm = mask(bt, tv); vm[:, 0] = True; qm = mask(bt, tq); ms = pick([qm, vm], [None, vm], [qm, None])
    add(n.lower(), lambda: getattr(L, n)(**k), shapes, kwargs=kwargs, masks=ms)
def g_mha():
    h, kd = ri(1, 3), ri(2, 4); bt, tq, tv = B(), ri(1, 4), ri(1, 5); D, Dv = ri(1, 5), ri(1, 5)
    k = kw(value_dim=opt(ri(2, 4)), use_bias=opt(b()), output_shape=opt(pick(ri(1, 5), (ri(1, 5),)), .3))
    kwargs = {}
    if R.random() < .3: kwargs["use_causal_mask"] = True
    if R.random() < .3: kwargs["return_attention_scores"] = True
    w = pick("self", "cross", "key")
    if w == "self": tv = tq
    if R.random() < .4:
        vm = mask(bt, tv); vm[:, 0] = True
        if b(): kwargs["value_mask"] = vm
        if b(): km = mask(bt, tv); km[:, 0] = True; kwargs["key_mask"] = km
        if b(): am = R.random((bt, tq, tv)) < .6; am[..., 0] = True; kwargs["attention_mask"] = am
    if w == "self": add("mha_self", lambda: L.MultiHeadAttention(h, kd, **k), [(bt, tq, D)], args=[0, 0], kwargs=kwargs)
    if w == "cross": add("mha_cross", lambda: L.MultiHeadAttention(h, kd, **k), [(bt, tq, D), (bt, tv, Dv)], args=[0, 1], kwargs=kwargs)
    if w == "key": add("mha_key", lambda: L.MultiHeadAttention(h, kd, **k), [(bt, tq, D), (bt, tv, Dv), (bt, tv, ri(1, 4))], args=[0, 1, 2], kwargs=kwargs)
def g_act(): a = pick(*ACTS); r = ri(1, 3); add("activation_" + a, lambda: L.Activation(a), [(B(),) + rank_shape(r)])
def g_relu():
    k = kw(max_value=opt(pick(1., 6., .5)), negative_slope=opt(pick(.1, .3)), threshold=opt(pick(0., .5)))
    add("relu", lambda: L.ReLU(**k), [(B(),) + rank_shape(ri(1, 3))])
def g_leaky(): k = kw(negative_slope=opt(pick(.1, .01, .5))); add("leaky", lambda: L.LeakyReLU(**k), [(B(),) + rank_shape(ri(1, 3))])
def g_elu(): k = kw(alpha=opt(pick(.5, 2.))); add("elu", lambda: L.ELU(**k), [(B(),) + rank_shape(ri(1, 3))])
def g_prelu():
    r = ri(1, 4); k = kw(shared_axes=opt(sorted(set(ri(1, r) for _ in range(ri(1, r))))))
    add("prelu", lambda: L.PReLU(**k), [(B(),) + rank_shape(r)])
def g_softmax():
    r = ri(1, 4); ax = pick(-1, ri(1, r), tuple(sorted(set(ri(1, r) for _ in range(2)))), -ri(1, r)); s = (B(),) + rank_shape(r)
    m = (R.random(s) < .7) if R.random() < .3 else None
    if m is not None and isinstance(ax, int): m = m | (np.arange(s[ax]).reshape([-1 if i == ax % len(s) else 1 for i in range(len(s))]) == 0)
    if m is not None and not isinstance(ax, int): m = None
    add("softmax", lambda: L.Softmax(axis=ax), [s], mask=m)
def g_zpad(nd):
    C = getattr(L, f"ZeroPadding{nd}D"); p = pick(ri(0, 2), tuple(ri(0, 2) for _ in range(nd)), tuple((ri(0, 2), ri(0, 2)) for _ in range(nd)))
    if nd == 1: p = pick(ri(0, 3), (ri(0, 2), ri(0, 2)))
    k = {"padding": p} if R.random() < .8 else {}
    add(f"zeropad{nd}d", lambda: C(**k), [(B(),) + rank_shape(nd) + (ri(1, 3),)])
def g_crop(nd):
    C = getattr(L, f"Cropping{nd}D"); p = pick(ri(0, 2), tuple(ri(0, 2) for _ in range(nd)), tuple((ri(0, 2), ri(0, 2)) for _ in range(nd)))
    if nd == 1: p = pick(ri(0, 2), (ri(0, 2), ri(0, 2)))
    k = {"cropping": p} if R.random() < .8 else {}
    add(f"crop{nd}d", lambda: C(**k), [(B(),) + tuple(ri(5, 6) for _ in range(nd)) + (ri(1, 3),)])
def g_up(nd):
    C = getattr(L, f"UpSampling{nd}D"); s = ri(1, 3) if b() or nd == 1 else tuple(ri(1, 3) for _ in range(nd)); k = kw(size=opt(s, .8))
    if nd == 2 and b(): k["interpolation"] = pick("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
    add(f"up{nd}d", lambda: C(**k), [(ri(1, 2),) + rank_shape(nd) + (ri(1, 3),)])
def g_rescale(): k = kw(offset=opt(pick(-1., .5, 2))); s = pick(1/255, 2., 1, .5); add("rescaling", lambda: L.Rescaling(s, **k), [(B(),) + rank_shape(ri(1, 3))])
def g_norm():
    r = ri(1, 3); f = ri(2, 4); w = pick(0, 1, 2); inv = b()
    if w == 0: add("normalization", lambda: L.Normalization(mean=[.5 * i for i in range(f)], variance=[.3 + i for i in range(f)], invert=inv), [(B(),) + rank_shape(r - 1) + (f,)])
    if w == 1: add("normalization", lambda: L.Normalization(mean=.5, variance=2., invert=inv, axis=None), [(B(),) + rank_shape(r)])
    if w == 2: add("normalization", lambda: L.Normalization(axis=1, mean=[.5 * i for i in range(f)], variance=[.3 + i for i in range(f)]), [(B(), f) + rank_shape(r - 1)]) 
def g_resize():
    k = kw(interpolation=opt(pick("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"), .8))
    w = R.random()
    if w < .2: k["crop_to_aspect_ratio"] = True
    elif w < .4: k["pad_to_aspect_ratio"] = True; k.update(kw(fill_value=opt(.5)))
    elif w < .5: k["antialias"] = True
    h, w2 = ri(2, 9), ri(2, 9)
    add("resizing", lambda: L.Resizing(h, w2, **k), [(ri(1, 2), ri(3, 7), ri(3, 7), ri(1, 3))])
def g_ccrop(): h, w = ri(1, 5), ri(1, 5); add("centercrop", lambda: L.CenterCrop(h, w), [(ri(1, 2), ri(3, 7), ri(3, 7), ri(1, 3))])
def g_identity(): add("identity", lambda: L.Identity(), [(B(),) + rank_shape(ri(1, 3))])

PLAN = [(g_dense, 10), (g_td, 26), (g_embedding, 8), (g_flatten, 5), (g_reshape, 9), (g_permute, 8), (g_repeat, 4)]
PLAN += [(lambda n=n: g_conv(n), 16) for n in (1, 2, 3)] + [(lambda n=n: g_convT(n), 12) for n in (1, 2, 3)] + [(lambda n=n: g_dw(n), 10) for n in (1, 2)] + [(lambda n=n: g_sep(n), 10) for n in (1, 2)]
PLAN += [(lambda n=n: g_pool(n), 12) for n in (1, 2, 3)] + [(lambda n=n: g_gpool(n), 8) for n in (1, 2, 3)]
PLAN += [(g_rnn, 60), (g_rnn_state, 10), (g_bidi, 30), (g_bn, 30), (g_ln, 14), (g_gn, 14), (g_rms, 8), (g_unit, 8), (g_random, 14), (g_merge, 24), (g_concat, 10), (g_dot, 12), (g_att, 30), (g_mha, 30), (g_act, 30), (g_relu, 10), (g_leaky, 3), (g_elu, 3), (g_prelu, 8), (g_softmax, 12)]
PLAN += [(lambda n=n: g_zpad(n), 6) for n in (1, 2, 3)] + [(lambda n=n: g_crop(n), 6) for n in (1, 2, 3)] + [(lambda n=n: g_up(n), 8) for n in (1, 2, 3)]
PLAN += [(g_rescale, 5), (g_norm, 10), (g_resize, 24), (g_ccrop, 6), (g_identity, 1)]
for draw, count in PLAN:
    for _ in range(max(1, round(count * share))): draw()
refused = written = 0
with open(path, "w") as f:
    for i, (name, make, shapes, k) in enumerate(cases):
        try: case = layer_case(f"{name}_{seed}_{i}", make, shapes, **k)
        except Exception as error: refused += 1; print(f"{name}_{seed}_{i}: Keras refuses it: {str(error)[:200]!r}"); continue
        # A window that does not fit leaves nothing, which is no error in Keras.
        if any(0 in y["shape"] for y in case["outputs"]): refused += 1; continue
        line = json.dumps(case, separators=(",", ":"))
        if len(line) < 8000: f.write(line + "\n"); written += 1
print(path, written, "cases,", refused, "refused,", len(cases) - refused - written, "too long")
