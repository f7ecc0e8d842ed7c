"""PyTorch on the workloads, as it is or compiled, and its exports in ONNX Runtime: `torch_peer.py THREADS eager|compile|ort`."""

import sys

import torch
from torch import nn
from torch.nn import functional as F

from protocol import serve

BATCH = 32
threads, mode = int(sys.argv[1]), sys.argv[2]
torch.set_num_threads(threads)
torch.manual_seed(0)


def convolution(channels, filters, size=3, padding=0, strides=1, groups=1):
    """With batch normalization and relu; padding as in the other libraries where the stride is 1."""
    layer = nn.Conv2d(channels, filters, size, strides, padding, groups=groups, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(filters), nn.ReLU())


class ImageAux(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution, self.facts, self.last = nn.Conv2d(3, 32, 3), nn.Linear(10, 16), nn.Linear(123024, 10)

    def forward(self, image, aux):
        photo = F.relu(self.convolution(image)).flatten(1)
        return self.last(torch.cat([photo, F.relu(self.facts(aux))], 1))


class ImageText(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution, self.photo = nn.Conv2d(3, 32, 3), nn.Linear(123008, 128)
        self.embedding, self.lstm, self.words = nn.Embedding(1000, 64), nn.LSTM(64, 64, batch_first=True), nn.Linear(64, 128)
        self.last = nn.Linear(256, 10)

    def forward(self, image, text):
        photo = F.relu(self.photo(F.relu(self.convolution(image)).flatten(1)))
        _, state = self.lstm(self.embedding(text))
        words = state[0] if isinstance(state, tuple) else state
        return self.last(torch.cat([photo, F.relu(self.words(words[-1]))], 1))


class Recurrent(nn.Module):
    def __init__(self, layer, features, whole):
        super().__init__()
        self.layer, self.last, self.whole = layer, nn.Linear(features, 10), whole

    def forward(self, x):
        outputs, _ = self.layer(x)
        return self.last(outputs.flatten(1) if self.whole else outputs[:, -1])


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = convolution(3, 32, padding=1), nn.Linear(32, 10)
        half = lambda: nn.Sequential(*convolution(32, 32, padding=1)[:2])
        self.blocks = nn.ModuleList(nn.Sequential(half(), nn.ReLU(), half()) for _ in range(2))

    def forward(self, x):
        h = self.first(x)
        for block in self.blocks:
            h = F.relu(block(h) + h)
        return self.last(h.mean((2, 3)))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(128, 4, batch_first=True)
        self.norms = nn.ModuleList([nn.LayerNorm(128), nn.LayerNorm(128)])
        self.wide, self.last = nn.Sequential(nn.Linear(128, 256), nn.ReLU(), nn.Linear(256, 128)), nn.Linear(128, 10)

    def forward(self, x):
        h = self.norms[0](x + self.attention(x, x, x, need_weights=False)[0])
        return self.last(self.norms[1](h + self.wide(h)).mean(1))


class Mean(nn.Module):
    def forward(self, x):
        return x.flatten(2).mean(2)


class Steps(nn.Module):
    """The channels before the steps, as convolutions want them here."""

    def forward(self, x):
        return x.transpose(1, 2)


def convolutional(channels, features):
    return nn.Sequential(
        nn.Conv2d(channels, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(features, 10),
    )


def depthwise():
    return nn.Sequential(
        convolution(3, 32, padding=1),
        convolution(32, 32, padding=1, groups=32), convolution(32, 64, 1),
        convolution(64, 64, padding=1, strides=2, groups=64), convolution(64, 128, 1),
        Mean(), nn.Linear(128, 10),
    )


def conv1d():
    return nn.Sequential(
        Steps(), nn.Conv1d(16, 64, 5), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(64, 128, 3), nn.ReLU(), Mean(), nn.Linear(128, 10)
    )


MODELS = {
    "mlp": (lambda: nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)), [(784,)]),
    "cnn28": (lambda: convolutional(1, 1600), [(1, 28, 28)]),
    "cnn64": (lambda: convolutional(3, 12544), [(3, 64, 64)]),
    "image_aux": (ImageAux, [(3, 64, 64), (10,)]),
    "image_text": (ImageText, [(3, 64, 64), "ids"]),
    "lstm_seq": (lambda: Recurrent(nn.LSTM(20, 32, batch_first=True), 320, True), [(10, 20)]),
    "lstm100": (lambda: Recurrent(nn.LSTM(64, 128, batch_first=True), 128, False), [(100, 64)]),
    "gru100": (lambda: Recurrent(nn.GRU(64, 128, batch_first=True), 128, False), [(100, 64)]),
    "residual": (Residual, [(3, 32, 32)]),
    "depthwise": (depthwise, [(3, 32, 32)]),
    "attention": (Attention, [(64, 128)]),
    "conv1d": (conv1d, [(128, 16)]),
}


def numbers(shapes, n):
    return [torch.randint(0, 1000, (n, 100)) if shape == "ids" else torch.rand(n, *shape) for shape in shapes]


def calls(make, shapes):
    model, batch, one = make(), numbers(shapes, BATCH), numbers(shapes, 1)
    if mode == "ort":
        return exported(model.eval(), batch, one)
    forward = torch.compile(model) if mode == "compile" else model
    labels = torch.randint(0, 10, (BATCH,))
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=True)

    def train():
        model.train()
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(forward(*batch), labels).backward()
        optimizer.step()

    def predict(x):
        model.eval()
        with torch.inference_mode():
            forward(*x)

    return {"train_step_ms": train, "infer32_ms": lambda: predict(batch), "infer1_ms": lambda: predict(one)}


def exported(model, batch, one):
    import io

    import onnxruntime

    names = [f"x{k}" for k in range(len(batch))]
    file = io.BytesIO()
    axes = {name: {0: "batch"} for name in names}
    torch.onnx.export(model, tuple(batch), file, input_names=names, dynamic_axes=axes, dynamo=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(file.getvalue(), options, providers=["CPUExecutionProvider"])
    feed = lambda x: {name: array.numpy() for name, array in zip(names, x)}
    batch, one = feed(batch), feed(one)
    return {"infer32_ms": lambda: session.run(None, batch), "infer1_ms": lambda: session.run(None, one)}


peer = "onnxruntime" if mode == "ort" else f"torch-{mode}"
serve(peer, threads, {name: lambda model=model: calls(*model) for name, model in MODELS.items()})
