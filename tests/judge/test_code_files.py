"""A file of layers: each is found by its form and judged, whatever the others do to the process that they run in."""

import json

import pytest

from helpers.families import letters_of
from helpers.judge.__main__ import main
from helpers.judge.code.files import Found, Source, found_in, judge_source
from helpers.judge.code.files.kin import named
from helpers.verdict import State

FORMS = '''
import numpy as np

class Layer:
    """Not a layer yet."""
    def forward(self, X): raise NotImplementedError
    def backward(self, dY): pass

class Dense(Layer):
    def forward(self, X): return X @ self.W
    def backward(self, dY): return dY @ self.W.T

class Scale(Dense):
    """Multiplies by 2."""
    def forward(self, X): return 2 * X

class Optimizer:
    def update(self, params): return params
    def zero_grad(self): self.grads = 0

class MSELoss:
    def __call__(self, X, T): return ((X - T) ** 2).mean(), 2 * (X - T) / X.size

def affine_forward(x, w, b): return x @ w + b, (x, w)
def affine_backward(dout, cache): return dout @ cache[1].T, cache[0].T @ dout, dout.sum(0)
def relu(x): return np.maximum(x, 0)
def relu2deriv(x): return x > 0
def leakyReLU(x): return np.where(x > 0, x, x / 9)
def leakyReLU_backward_fast(dout, x): return dout * np.where(x > 0, 1, 1 / 9)
def dtanh(x): return 1 - tanh(x) ** 2
def tanh(x): return np.tanh(x)
def sigmoid(x, derivative=False): return x
def conv_backward(dout, cache): return dout
def softmax_loss(x, y): return x.sum(), x - y
def grad_check(f, x): return x
def test_relu_backward(dout): assert dout
def xavier_conv2d(shape): return shape
def xavier_conv(shape): return shape
def gradient_descent(w, dw): return w - dw
def load_data(path): return path, path
'''


def forms(text: str) -> dict[str, str]:
    return {found.name: found.form for found in found_in(Source.read(text))}


def test_layers_are_found_by_their_forms():
    assert forms(FORMS) == {
        **{"Dense": "class", "Scale": "class", "MSELoss": "class"},
        **{"affine": "pair", "relu": "pair", "leaky_relu_fast": "pair", "tanh": "pair"},
        **{"conv": "backward", "sigmoid": "switch", "softmax_loss": "loss"},
    }


@pytest.mark.parametrize("text", ["", "dW = dY.T @ X\ndb = dY.sum(0)", "not Python {", "def f(x): return x"])
def test_what_holds_no_layer_holds_none(text):
    assert forms(text) == {}


def test_only_what_a_layer_needs_is_run():
    source = Source.read(
        "import numpy as np, os\nfrom math import *\nN = M = 2\nK = N + 1\nraise ValueError\n"
        "def helper(x): return K * x\ndata = open('nowhere').read()\n"
        "class Layer:\n    def forward(self, data): return np.exp(helper(data))\n"
    )
    lines = [statement.node.lineno for statement in source.needed(["Layer"])]
    assert lines == [1, 2, 3, 4, 6, 8]


NAMES = [
    ("Dense", "", ["Linear"], True),
    ("SoftmaxWithLoss", "", ["softmax cross entropy"], True),
    ("MSELoss", "", ["MSE"], True),
    ("CrossEntropy", "", ["SoftmaxCrossEntropy", "CrossEntropy"], True),
    ("LayerNorm", "", ["LayerNorm"], True),
    ("leaky_relu", "", ["LeakyReLU"], True),
    ("TanhActivation", "", ["Tanh"], True),
    ("elliot", "A fast approximation of the sigmoid", ["Sigmoid"], False),
    ("SigmoidWithLoss", "", ["Sigmoid"], False),
    ("Thing", "", [], False),
]


@pytest.mark.parametrize(("name", "doc", "known", "whole"), NAMES)
def test_a_name_says_which_layer_it_may_be(name, doc, known, whole):
    names, sure = named(Found(name, "class", (name,), 0, 1, doc))
    assert list(map(letters_of, names)) == list(map(letters_of, known)) and sure == whole


STRANGE = '''
import numpy as np
from helpers_that_nobody_has import something

class Dense:
    def __init__(self, M, N): self.W, self.b = np.random.randn(N, M), np.zeros(N)
    def forward(self, X): self.X = X; return X @ self.W.T + self.b
    def backward(self, dY): self.dW, self.db = dY.T @ self.X, dY.mean(0); return dY @ self.W

class Exits:
    def forward(self, X): import os; os._exit(0)
    def backward(self, dY): return dY

class Patches:
    """A tanh."""
    def forward(self, X): np.exp = np.sin; self.X = X; return np.tanh(X)
    def backward(self, dY): return dY * (1 - np.tanh(self.X) ** 2)

class Draws:
    def forward(self, X): self.X = X; return X ** 3 + np.random.randn(*X.shape)
    def backward(self, dY): return dY * 3 * self.X ** 2

class Needs:
    def forward(self, X): return something(X)
    def backward(self, dY): return dY

class Fails:
    rate = 1 / 0
    def forward(self, X): return X
    def backward(self, dY): return dY

def swish(x): return x / (1 + np.exp(-x))
def swish_backward(dout, x): s = 1 / (1 + np.exp(-x)); return dout * (s + x * s * (1 - s))

class Odd:
    def forward(self, X): self.X = X; return np.sin(X) + X ** 2
    def backward(self, dY): return dY * (np.cos(self.X) + 2 * self.X)

class SigmoidWithLoss:
    first = 0
    def forward(self, x, t):
        self.t, self.y = t - self.first, 1 / (1 + np.exp(-x))
        return -np.log(np.c_[1 - self.y, self.y][np.arange(len(t)), self.t] + 1e-7).mean()
    def backward(self, dout=1): return dout * (self.y - self.t) / len(self.t)

class SigmoidLogits(SigmoidWithLoss):
    def backward(self, dout=1): return dout * (self.y - self.t)

class SigmoidFromOne(SigmoidWithLoss): first = 1

print("training"); exit(1)
'''


@pytest.fixture(scope="module")
def strange():
    """The rows of a file whose layers do all that code of strangers may do."""
    return {row.name: row for row in judge_source(Source.read(STRANGE))}


VERDICTS = [
    ("Dense", "Linear", State.WRONG, "bias averaged"),
    ("Exits", "", State.NOT_JUDGED, "ended"),
    ("Patches", "", State.NOT_JUDGED, "changed"),
    ("Draws", "", State.NOT_JUDGED, "draws"),
    ("Needs", "", State.NOT_JUDGED, "package"),
    ("Fails", "", State.NOT_JUDGED, "load"),
    ("swish", "SiLU", State.RIGHT, ""),
    ("Odd", "", State.RIGHT, ""),
    ("SigmoidWithLoss", "bce with logits", State.REMARK, ""),
    ("SigmoidLogits", "bce with logits", State.WRONG, "factor"),
    ("SigmoidFromOne", "", State.NOT_JUDGED, "targets"),
]


@pytest.mark.parametrize(("name", "like", "state", "kind"), VERDICTS)
def test_each_layer_is_judged_whatever_the_others_do(strange, name, like, state, kind):
    row = strange[name]
    assert (row.like, row.state, row.kind) == (like, state, kind)
    assert bool(row.said) == (state not in (State.RIGHT, State.REMARK))


def test_rows_are_in_the_order_of_the_file(strange):
    assert list(strange) == [name for name, *_ in VERDICTS]


HANGS = '''
class Softmax:
    """That never comes."""
    def forward(self, X): return sum(range(10**12))
    def backward(self, dY): return dY

class Next:
    def forward(self, X): import os; os._exit(0)
    def backward(self, dY): return dY
'''


def test_a_layer_that_hangs_is_left_behind():
    kinds = [row.kind for row in judge_source(Source.read(HANGS), seconds=2)]
    assert kinds[0] == "late" and len(kinds) == 2


RELU = "import numpy as np\ndef relu(x): return np.maximum(x, 0)\ndef relu_grad(x, dout): return dout * (x {} 0)\n"


@pytest.fixture
def command(tmp_path, capsys):
    """The command on one file: (its code, what it prints)."""

    def run(name, text, *options):
        file = tmp_path / name
        file.write_text(text)
        code = main([str(file), *options])
        return code, capsys.readouterr().out

    return run


def test_the_command_tells_right_from_wrong(command):
    assert command("mine.py", RELU.format(">"))[0] == 0
    code, said = command("mine.py", RELU.format("<"))
    assert code == 1 and "✗ relu" in said and "1 layer: 1 wrong" in said


def test_the_command_is_told_what_a_layer_is(command):
    text = RELU.format(">").replace("relu", "f")
    for options, like in (
        ((), "relu"),
        (("--like", "f=leaky relu"), "leaky relu"),
        (("--like", "tanh"), "tanh"),
    ):
        [row] = json.loads(command("mine.py", text, "--json", *options)[1])
        assert (row["layer"], row["like"], row["at"]) == ("f", like, "2")
        assert row["verdict"] == ("right" if like == "relu" else "wrong")
    with pytest.raises(SystemExit):
        command("mine.py", text, "--like", "no such layer")


def test_a_notebook_has_its_cells_and_its_lines_judged(command):
    cells = [
        ("code", "%matplotlib inline\nimport numpy as np"),
        ("code", "!pip install torch\nbroken ("),
        ("code", RELU.format(">")),
        ("markdown", r"$$L = \frac{1}{2}\sum_i x_i^2$$" "\n\n" r"$$\frac{\partial L}{\partial x_i} = x_i$$"),
    ]
    text = json.dumps(
        {"cells": [{"cell_type": kind, "source": source.splitlines(True)} for kind, source in cells]}
    )
    code, said = command("mine.ipynb", text)
    assert code == 0 and "cell 3 ✓ relu" in said and "1 layer: 1 right" in said and "✓ = x_i" in said


def test_lines_of_python_are_still_lines(command):
    code, said = command("mine.py", "# question: linear\ndW = dY.T @ X\ndb = dY.mean(0)\n")
    assert code == 1 and "✓ = dY.T @ X" in said and "✗ = dY.mean(0)" in said


POOL = """
import numpy as np
def avg_pool_forward(x, pool_param):
    K, s = pool_param["pool_height"], pool_param["stride"]
    S, C, H, W = x.shape
    Y = np.zeros((S, C, (H - K) // s + 1, (W - K) // s + 1))
    for i in range(Y.shape[2]):
        for j in range(Y.shape[3]): Y[:, :, i, j] = x[:, :, i * s : i * s + K, j * s : j * s + K].mean((2, 3))
    return Y, (x, pool_param)
def avg_pool_backward(dout, cache):
    x, pool_param = cache
    K, s, dx = pool_param["pool_height"], pool_param["stride"], np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i * s : i * s + K, j * s : j * s + K] += dout[:, :, i, j][:, :, None, None] / K
    return dx
"""


def test_a_dict_of_options_is_filled_from_the_layer():
    [found] = found_in(Source.read(POOL))
    assert found.options == ("pool_param",)
    [row] = judge_source(Source.read(POOL))
    assert (letters_of(row.like), row.state, row.kind) == ("avgpool2d", State.WRONG, "factor")


def test_fifteen_layers_need_one_process(monkeypatch):
    made = []
    import helpers.sandbox

    forked = helpers.sandbox.forked
    monkeypatch.setattr(
        helpers.sandbox, "forked", lambda *given, **named: made.append(1) or forked(*given, **named)
    )
    one = "def relu{0}(x): return x * (x > 0)\ndef relu{0}_grad(x, dout): return dout * (x > 0)\n"
    report = judge_source(Source.read("".join(one.format("abcdefghijklmno"[k]) for k in range(15))))
    assert len(report.rows) == 15 and made == [1] and not report.wrong
