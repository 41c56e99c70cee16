"""All of torch.nn that takes X, or X and T, can be what a work is like, by name and as a module."""

import numpy as np
import pytest
import torch

from helpers.compare.made import made
from helpers.compare.reference import layer_named
from helpers.judge.code.truth import parameters
from helpers.verdict import Kind, State
from tests.judge.test_remarks import diagnose

LAYERS = """ConvTranspose1d, ConvTranspose2d, MaxPool1d, AvgPool1d,
AdaptiveMaxPool2d, AdaptiveAvgPool1d, InstanceNorm2d, BatchNorm3d, Hardtanh, ReLU6, SELU, CELU, Mish, Softsign,
LogSigmoid, Tanhshrink, Hardswish, Hardsigmoid, Softshrink, Hardshrink, Softmin, PixelShuffle, ZeroPad2d,
GLU, LPPool2d, LocalResponseNorm, ChannelShuffle""".replace("\n", " ").split(", ")
LOSSES = """bce, kl div, huber, smooth l1, mae, soft margin,
hinge embedding, multi label soft margin, multi margin, poisson nll""".replace("\n", " ")
MODULES = [
    torch.nn.Conv2d(4, 4, 3, groups=4),
    torch.nn.Conv2d(2, 3, 3, stride=2, padding=1, padding_mode="reflect"),
    torch.nn.Conv3d(2, 3, (1, 2, 2)),
    torch.nn.MaxPool3d(2),
    torch.nn.AvgPool3d(2, padding=1),
    torch.nn.PReLU(3),
    torch.nn.ConvTranspose2d(2, 3, 3, stride=2, output_padding=1),
    torch.nn.AvgPool2d(3, 2, padding=1, count_include_pad=False),
    torch.nn.NLLLoss(weight=torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)),
    torch.nn.NLLLoss(ignore_index=1),
    torch.nn.CrossEntropyLoss(label_smoothing=0.1),
    torch.nn.HuberLoss(delta=0.4),
    torch.nn.KLDivLoss(reduction="batchmean"),
    torch.nn.BCELoss(reduction="sum"),
    torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3)),
]


class Twin:
    """A layer by PyTorch itself, with the parameters in NumPy; `times` makes dX wrong."""

    def __init__(self, module, times=1.0):
        self.module, self.times = module.double(), times
        self.params, self.grads = {key: A.copy() for key, A in parameters(module).items()}, {}

    def forward(self, X):
        self.X = torch.tensor(X, requires_grad=True)
        self.module.to(self.X.dtype)
        names = [name for name, _ in self.module.named_parameters()]
        self.given = [torch.tensor(A, requires_grad=True) for A in self.params.values()]
        self.Y = torch.func.functional_call(self.module, dict(zip(names, self.given, strict=True)), (self.X,))
        return self.Y.detach().numpy().copy()

    def backward(self, dY):
        inputs = [self.X, *self.given]
        dX, *grads = torch.autograd.grad(self.Y, inputs, torch.tensor(dY), retain_graph=True)
        self.grads = {key: g.numpy() for key, g in zip(self.params, grads, strict=True)}
        return self.times * dX.numpy()


class LossTwin:
    """A loss by PyTorch itself; `ids` of T where it asks for these."""

    def __init__(self, module, times=1.0):
        self.module, self.times = module, times

    def forward(self, X, T):
        ids = isinstance(self.module, torch.nn.NLLLoss | torch.nn.MultiMarginLoss)
        self.X = torch.tensor(X, requires_grad=True)
        self.module.to(self.X.dtype)
        self.L = self.module(self.X, torch.tensor(T).argmax(1) if ids else torch.tensor(T))
        return self.L.item()

    def backward(self):
        return self.times * torch.autograd.grad(self.L, self.X, retain_graph=True)[0].numpy()


def twin(module, **options):
    return (LossTwin if hasattr(module, "reduction") else Twin)(module, **options)


@pytest.mark.parametrize("name", [*LAYERS, *LOSSES.split(", ")])
def test_a_name_is_enough(name):
    module = made(layer_named(name), (4, 3), (), {})
    assert diagnose(twin(module), name).right, diagnose(twin(module), name)
    assert diagnose(twin(module, times=2.0), name).state is State.WRONG


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_is_enough(module):
    assert diagnose(twin(module), module).right, diagnose(twin(module), module)
    found = diagnose(twin(module, times=3.0), module)
    assert (found.kind, found.findings[0].where) == (Kind.FACTOR, "dX")
    assert np.isclose(found.findings[0].difference.factor.value, 3)


class Divergence:
    """KL by its formula, which is no number where T is 0."""

    def forward(self, X, T):
        self.T = T
        return (T * (np.log(T) - X)).sum() / len(X)

    def backward(self):
        return -self.T / len(self.T)


def test_no_probability_of_0_is_asked_of_a_divergence():
    assert diagnose(Divergence, torch.nn.KLDivLoss(reduction="batchmean")).state is State.RIGHT
