"""Every planted mistake is caught and named, nothing right is flagged, bad code ends in a sentence."""

import sys
import threading
import time

import numpy as np
import pytest
import torch

from helpers import implement as ours
from helpers.compare.reference import layer_named
from helpers.judge.code import diagnose_work, guard, sentences
from helpers.judge.code.door_sentences import DOOR
from helpers.judge.code.guard import Endless, within
from helpers.judge.code.sentences import ADDED, CHECKED, SENTENCES, sentence
from helpers.judge.code.sorts import EXTREME
from helpers.read.question import QUESTIONS
from helpers.verdict import Kind, State
from tests.corpus.mistakes import FAMILIES, MISTAKES, __main__, like
from tests.corpus.mistakes.unusual import UNUSUAL, Base
from tests.judge.test_kinds_of_code import NAMED
from tests.judge.test_masks import SAID
from tests.judge.test_training import TOLD
from tests.judge.work import told

LAYERS = [  # and those of the table in test_layers.py
    ours.Linear,
    ours.Linear(4, 3),
    ours.Linear(4, 4),
    ours.Linear(1, 1),
    ours.Linear(4, 3, bias=False),
    ours.Linear(4, 3, dtype=np.float32),
    ours.CrossEntropy(),
    ours.SoftmaxCrossEntropy(),
    ours.SoftmaxCrossEntropy(reduction="sum", label_smoothing=0.1),
    ours.MSE(),
    ours.Sequential(ours.Linear(4, 5), ours.Dropout(0)),  # it draws, and is no dropout
]
KINDS = {kind for kind, _ in SENTENCES} | {*EXTREME.values()}
nn = torch.nn
MODULES = [
    (ours.Linear(4, 3), nn.Linear(4, 3)),
    (ours.ReLU(), nn.ReLU()),
    (ours.Softmax(), nn.Softmax(1)),
    (ours.MSE(), nn.MSELoss()),
    (ours.SoftmaxCrossEntropy(), nn.CrossEntropyLoss()),
    (
        ours.Sequential(ours.Linear(4, 5), ours.ReLU(), ours.Linear(5, 2)),
        nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 2)),
    ),
]


def diagnose(work, like=None, **options):
    """A diagnosis in which no time limit strikes unless it is asked for, however busy the machine is."""
    return diagnose_work.diagnose(work, like, **({"seconds": 1e6, "call_seconds": 1e4} | options))


def limits(kind):
    """A time limit where a loop never ends."""
    return {"call_seconds": 0.3} if kind == Kind.LOOPS else {}


def shown(work) -> str:
    return getattr(work, "__name__", type(work).__name__)


@pytest.fixture(scope="module")
def found():
    """Every planted mistake, held against the project's own layers, which is to say PyTorch."""
    np.random.seed(0)
    return {str(m): diagnose(m.make(), like=like(m.family.name), **limits(m.kind)) for m in MISTAKES}


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_a_planted_mistake_is_caught(mistake, found):
    diagnosis = found[str(mistake)]
    assert diagnosis.findings or diagnosis.remarks
    assert diagnosis.right == (not diagnosis.findings)
    assert all(len(sentence(verdict)) > 20 for verdict in diagnosis.verdicts)


def test_all_are_named_by_their_kind(found):
    first = {str(m): (found[str(m)].findings + found[str(m)].remarks)[0].kind for m in MISTAKES}
    assert first == {str(m): m.kind for m in MISTAKES}
    named_elsewhere = {kind for kind, _ in (*NAMED, *TOLD, *DOOR)} | {Kind.ALIASED, Kind.TOO_SLOW}
    assert {m.kind for m in MISTAKES} >= KINDS - named_elsewhere


def test_no_two_tables_of_sentences_share_a_key():
    tables = sentences.OF_ANY_LAYER, sentences.NORMS, sentences.SEQUENCES, sentences.DOOR, sentences.TRAINING
    assert len(SENTENCES) == sum(map(len, tables))  # else one says its sentence of the other's mistake


@pytest.mark.parametrize("family, name, work", UNUSUAL, ids=lambda x: x if isinstance(x, str) else "")
def test_unusual_and_right_is_right(family, name, work):
    diagnosis = diagnose(work, like=like(family), alpha=1.7)
    assert diagnosis.right, diagnosis


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_the_source_that_mistakes_change_is_right(family):
    diagnosis = diagnose(family.right(), like=like(family.name))
    assert diagnosis.right and not diagnosis.remarks, diagnosis


@pytest.mark.parametrize("layer", LAYERS, ids=shown)
def test_our_own_are_right(layer):
    diagnosis = diagnose(layer, like=layer)
    assert diagnosis.right and not diagnosis.remarks, diagnosis
    assert len(diagnosis.checked) >= 3


@pytest.mark.parametrize("layer, module", MODULES, ids=shown)
def test_a_module_of_pytorch_can_be_the_truth(layer, module):
    assert diagnose(layer, like=module), diagnose(layer, like=module)


@pytest.mark.parametrize("layer", [ours.Linear(4, 3), ours.Softmax(), ours.MSE(), Base(4, 3)], ids=shown)
def test_without_a_truth_backward_is_held_against_forward(layer):
    assert diagnose(layer)
    backward = type(layer).backward
    twice = type("Twice", (type(layer),), {"backward": lambda self, *dY: 2 * backward(self, *dY)})
    layer = twice(4, 3) if "params" in vars(layer) and layer.params else twice()
    assert diagnose(layer).kind == "factor"


def softmax(X):
    E = np.exp(X - X.max(1, keepdims=True))
    return E / E.sum(1, keepdims=True)


FUNCTIONS = [
    ("bias averaged", ours.Linear, lambda X, W, dY: (dY @ W, dY.T @ X, dY.mean(0))),
    ("bias scalar", ours.Linear, lambda X, W, dY: (dY @ W, dY.T @ X, np.sum(dY))),
    ("transposed", ours.Linear, lambda X, W, dY: (dY @ W, X.T @ dY, dY.sum(0))),
    ("transposed", ours.Linear, lambda X, W, dY: (dY @ W.T, dY.T @ X, dY.sum(0))),
    ("sign", ours.Linear, lambda X, W, dY: (-dY @ W, dY.T @ X, dY.sum(0))),
    ("not summed", ours.Linear, lambda X, W, dY: (dY @ W, np.outer(dY[0], X[0]), dY.sum(0))),
    ("type", ours.Linear, lambda X, W, dY: (dY @ W, dY.T @ X)),
    ("wrong array", ours.ReLU, lambda X, dY: dY * (dY > 0)),
    ("only at ties", ours.ReLU, lambda X, dY: dY * np.where(X == 0, 2, X > 0)),
    ("mutates its input", ours.ReLU, lambda X, dY: np.multiply(dY, X > 0, out=dY)),
    ("diagonal only", ours.Softmax, lambda Y, dY: Y * (1 - Y) * dY),
    ("applied twice", ours.SoftmaxCrossEntropy, lambda X, T: twice(softmax(X), (softmax(X) - T) / len(X))),
    ("factor", ours.SoftmaxCrossEntropy, lambda X, T: softmax(X) - T),
    ("interface", ours.ReLU, lambda dY, mask: dY * mask),
]


def twice(P, dP):
    return P * (dP - (dP * P).sum(1, keepdims=True))


@pytest.mark.parametrize("kind, layer, backward", FUNCTIONS)
def test_a_backward_alone_is_diagnosed(kind, layer, backward):
    assert diagnose(backward, like=layer).kind == kind


def test_a_wrong_forward_is_one_finding_where_backward_belongs_to_it():
    def forward(X, T):
        return ((X - T) ** 2).sum(1).mean()

    (finding,) = diagnose((forward, lambda X, T: 2 * (X - T) / X.size), like=ours.MSE).findings
    assert (finding.kind, finding.where) == ("factor", "L")
    assert "N = 3 times" in sentence(finding)
    assert len(diagnose((lambda X, T: 7 * forward(X, T), lambda X, T: X), like=ours.MSE).findings) == 2


def test_a_factor_is_named_by_its_letter():
    reason = diagnose(lambda X, W, dY: (dY @ W, dY.T @ X / len(X), dY.sum(0)), like=ours.Linear).reason
    assert reason == "dW is 1/S = 1/7 times the right value."


def test_a_factor_is_named_in_float32_too():
    class Work(Base):
        def backward(self, dY):
            return super().backward(dY) / np.float32(len(dY))

    work = Work(4, 3)
    work.params = {key: A.astype(np.float32) for key, A in work.params.items()}
    found = diagnose(work, like=ours.Linear(4, 3, dtype=np.float32))
    assert (found.kind, found.reason) == (Kind.FACTOR, "dX is 1/S = 1/7 times the right value.")


def test_remarks_leave_right_work_right():
    alias = diagnose((lambda X: X, lambda dY: dY), like=nn.Identity())
    assert alias.right and {r.kind for r in alias.remarks} == {"aliased output"}
    slow = diagnose(
        (lambda X: np.maximum(X, 0), lambda X, dY: dY * (X > 0).astype(np.float64)), like=ours.ReLU
    )
    assert slow.right and [r.kind for r in slow.remarks] == ["dtype"]


# bad input: each ends in a sentence, and the notebook goes on


def with_forward(forward):
    return type("Work", (Base,), {"forward": forward})


def loops(self, X):
    while True:
        pass


def loops_and_prints(self, X):
    while True:
        print("forward")


def swallows(self, X):
    while True:
        try:
            while True:
                X = X + 0
        except BaseException:
            pass


def recurses(self, X):
    return recurses(self, X)


class Uncopied(Base):
    def __deepcopy__(self, memo):
        raise RuntimeError("not me")


class Locked(Base):
    def __init__(self, M, N):
        super().__init__(M, N)
        self.lock = threading.Lock()


class Property(Base):
    grads = property(lambda self: {}["W"], lambda self, value: None)


class Bare:
    def forward(self, X):
        return X

    def backward(self, dY):
        return dY


def listed():
    layer = Base(4, 3)
    layer.params["W"] = [[1.0, 2.0]]
    return layer


BAD = {
    "nothing": (None, "interface"),
    "an ellipsis": (..., "interface"),
    "a number": (3, "interface"),
    "a module": (nn.Linear(4, 3), "interface"),
    "loops": (with_forward(loops), "loops for ever"),
    "loops and prints": (with_forward(loops_and_prints), "loops for ever"),
    "loops and swallows": (with_forward(swallows), "loops for ever"),
    "sleeps": (with_forward(lambda self, X: time.sleep(30)), "loops for ever"),
    "recurses": (with_forward(recurses), "raises"),
    "exits": (with_forward(lambda self, X: sys.exit(1)), "raises"),
    "raises": (with_forward(lambda self, X: X.nothing), "raises"),
    "takes nothing": (with_forward(lambda self: 0), "interface"),
    "asks for memory": (with_forward(lambda self, X: np.ones(10**13)), "raises"),
    "a class that raises": (type("Work", (Base,), {"__init__": lambda self, *sizes: 1 / 0}), "interface"),
    "a maker that raises": (lambda: 1 / 0, "raises"),
    "a maker that loops": (lambda: loops(None, 0), "loops for ever"),
    "a property that raises": (Property, "raises"),
    "None": (with_forward(lambda self, X: None), "returns nothing"),
    "a list": (with_forward(lambda self, X: X.tolist()), "type"),
    "a generator": (with_forward(lambda self, X: (x for x in X)), "type"),
    "a tensor": (with_forward(lambda self, X: torch.tensor(X)), "type"),
    "complex": (with_forward(lambda self, X: X + 1j), "type"),
    "objects": (with_forward(lambda self, X: X.astype(object)), "type"),
    "NaN": (with_forward(lambda self, X: np.full((len(X), 3), np.nan)), "NaN"),
    "empty": (with_forward(lambda self, X: np.empty(0)), "shape"),
    "one column too many": (with_forward(lambda self, X: np.ones((len(X), 4))), "shape"),
    "params a list": (listed(), "type"),
    "no params": (Bare(), "interface"),
    "a class without sizes": (Bare, "interface"),
}


@pytest.mark.parametrize("work, kind", BAD.values(), ids=BAD)
def test_bad_work_ends_in_a_sentence(work, kind, capsys):
    diagnosis = diagnose(work, like=ours.Linear(4, 3), **limits(kind))
    assert diagnosis.kind == kind
    assert diagnosis.reason.endswith((".", "?")) or "The line: " in diagnosis.reason
    assert not any(capsys.readouterr())


def test_a_class_that_wants_something_else_than_sizes_is_not_wrong_for_it():
    class OfImages(Base):
        def __init__(self, shape):
            self.C, self.H, self.W = shape

    diagnosis = diagnose(OfImages, like=ours.LayerNorm)
    assert diagnosis.state is State.NOT_JUDGED
    assert "OfImages(3) cannot be made: TypeError" in diagnosis.reason


def test_the_line_that_raised_is_shown():
    mistake = next(m for m in MISTAKES if m.kind == "raises" and m.family.name == "Linear")
    assert 'The line: self.grads["W"] = dY.T @ X' in diagnose(mistake.make(), like=ours.Linear).reason


def test_what_cannot_be_copied_is_told_apart():
    assert diagnose(Locked(4, 3), like=ours.Linear(4, 3))
    assert diagnose(Uncopied(4, 3), like=ours.Linear(4, 3)).right


def test_nothing_of_the_reader_is_changed():
    class Used(Base):
        def backward(self, dY):
            self.params["W"] *= 2
            return super().backward(dY)

    layer, X = Used(4, 3), np.ones((5, 4))
    layer.backward(layer.forward(X))
    before = {key: A.copy() for key, A in (layer.params | layer.grads).items()}, layer.X
    assert diagnose(layer, like=ours.Linear(4, 3)).kind == "mutates its input"
    after = layer.params | layer.grads
    assert all(np.array_equal(A, after[key]) for key, A in before[0].items())
    assert layer.X is before[1] is X


@pytest.mark.parametrize("uncopied", [Locked, Uncopied])
def test_nothing_is_changed_of_what_cannot_be_copied_whole(uncopied):
    layer = uncopied(4, 3)
    before = layer.params["W"].copy()
    diagnose(layer, like=ours.Linear(4, 3))
    np.testing.assert_array_equal(layer.params["W"], before)


def test_a_call_is_stopped_in_time_and_its_thread_ends():
    before = threading.active_count()
    with pytest.raises(Endless):
        within(0.1, swallows, None, np.ones(3))
    assert threading.active_count() == before
    assert within(60, max, 1, 2) == 2


def test_a_diagnosis_prints_and_renders():
    wrong = diagnose(lambda X, dY: dY * np.where(X == 0, 2, X > 0), like=ours.ReLU)
    assert not wrong
    assert repr(wrong).startswith("✗ <lambda>: only at ties\n")
    assert "<lambda>" not in wrong._repr_html_()
    assert "&lt;lambda&gt;" in wrong._repr_html_()
    assert repr(diagnose(ours.ReLU)).startswith("✓ ReLU: right\n")


def test_the_command_counts(monkeypatch, capsys):
    monkeypatch.setattr(__main__, "MISTAKES", MISTAKES[:3])
    monkeypatch.setattr(__main__, "UNUSUAL", (*UNUSUAL[:2], ("ReLU", "wrong", lambda X, dY: dY)))
    __main__.main()
    said = capsys.readouterr().out
    assert (
        f"3 planted mistakes in {len(FAMILIES)} layers and losses: 3 caught, 3 named by their kind (100%)"
        in said
    )
    assert f"{len(FAMILIES) + 3} right implementations, usual and unusual: 1 flagged" in said
    assert "ReLU, wrong: false alarm" in said


class Plain:
    """A linear layer as a student writes it; the classes below change how it is made or one result."""

    def __init__(self, M, N):
        self.params, self.grads = {"W": np.ones((N, M)), "b": np.zeros(N)}, {}

    def forward(self, X):
        self.X = X
        return X @ self.params["W"].T + self.params["b"]

    def backward(self, dY):
        self.grads = {"W": dY.T @ self.X, "b": dY.sum(0)}
        return dY @ self.params["W"]


class WithStd(Plain):
    def __init__(self, M, N, std):
        super().__init__(M, N)


class WithConfig(Plain):
    def __init__(self, config):
        super().__init__(config["M"], config["N"])


def linear_forward(X, W, b):
    return X @ W.T + b


def exchanged(dY, X, W, b):
    return dY.T @ X, dY @ W, dY.sum(0)


@pytest.mark.parametrize("M, N", [(4, 3), (3, 3), (1, 1)])
@pytest.mark.parametrize("own_forward", [True, False])
def test_functions_may_have_W_as_M_N(own_forward, M, N):
    def of(dW, dX=lambda dY, w: dY @ w.T):
        def backward(dY, x, w):
            return dX(dY, w), dW(x, dY), dY.sum(axis=0)

        return (lambda x, w, b: x @ w + b, backward) if own_forward else backward

    like = ours.Linear(M, N)
    assert diagnose(of(lambda x, dY: x.T @ dY), like=like)
    found = diagnose(of(lambda x, dY: x.T @ dY / len(x)), like=like)
    assert (found.kind, found.findings[0].where) == ("factor", "dW")
    if own_forward and M != N:
        said = "dW has shape (3, 4), where (4, 3) is right, that of W (M, N)."
        assert said in diagnose(of(lambda x, dY: dY.T @ x), like=like).reason
        assert not diagnose(of(lambda x, dY: x.T @ dY, lambda dY, w: dY @ w), like=like)


@pytest.mark.parametrize(
    "name", ["linear", "layer_norm", "softmax_cross_entropy", "rms_norm", "log_softmax", "conv2d", "mse"]
)
def test_like_may_be_the_name_of_a_question(name):
    assert name in QUESTIONS
    assert layer_named(name).__name__.lower() == name.replace("_", "")


def test_a_class_without_like_is_told_that_like_is_missing():
    found = diagnose(Plain)
    assert found.kind == "interface"
    assert "Plain is made with M, N, and like is missing" in found.reason
    assert diagnose(Plain(4, 3))


@pytest.mark.parametrize("name", ["linear", "Linear", " LINEAR "])
def test_like_may_be_a_name(name):
    assert diagnose(Plain, like=name)
    assert diagnose(Plain(5, 2), like=name)  # at its own size


def test_options_go_to_the_layer_of_that_name():
    elu = (
        lambda X: np.where(X > 0, X, 1.7 * np.expm1(X)),
        lambda X, dY: dY * np.where(X > 0, 1, 1.7 * np.exp(X)),
    )
    assert diagnose(elu, like="elu", alpha=1.7)
    assert not diagnose(elu, like="elu", alpha=1.5)


@pytest.mark.parametrize("spelled", ["leaky relu", "Leaky-ReLU", "leaky_relu"])
def test_every_spelling(spelled):
    layer = lambda X: np.where(X > 0, X, 0.01 * X), lambda X, dY: dY * np.where(X > 0, 1, 0.01)
    assert diagnose(layer, like=spelled)


@pytest.mark.parametrize(
    ("like", "error", "said"),
    [
        ("rotary", ValueError, "no layer is named 'rotary': there are Linear, ReLU"),
        ("sofmax", ValueError, "no layer is named 'sofmax': LogSoftmax or Softmax\\?"),
        ("bach_norm1d", ValueError, "no layer is named 'bach_norm1d': BatchNorm1d"),
        ("activation", ValueError, "'activation' may be ReLU, LeakyReLU"),
        (3, TypeError, "like=3 cannot be run"),
        (np.tanh, TypeError, "like=tanh is one function, and two are needed: \\(forward, backward\\)"),
    ],
)
def test_a_like_that_cannot_be_used_is_refused_in_a_sentence(like, error, said):
    with pytest.raises(error, match=said):
        diagnose(Plain, like=like)


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (WithStd, "missing a required argument: 'std'. A class is made with M and N, its sizes"),
        (WithConfig, "WithConfig(4, 3) cannot be made"),
        ("Linear", "'Linear' is no layer: a class or an object with forward and backward"),
        ([linear_forward], "a list of 1 is no layer"),
        ((exchanged, linear_forward), "asks for an upstream gradient: the order is (forward, backward)"),
        (
            (linear_forward, lambda q, r, s, k, m, n: q),
            "asks for q, r, s, k, m, n, and there are only dY, X, W, b, Y",
        ),
    ],
)
def test_work_that_cannot_be_called_is_told_how(work, said):
    found = diagnose(work, like=ours.Linear)
    assert found.kind == "interface"
    assert said in found.reason


def test_results_in_another_order():
    found = diagnose((linear_forward, exchanged), like=ours.Linear)
    assert found.kind == "swapped"
    assert "dX holds what is right for dW" in found.reason


def test_a_width_that_does_not_fit():
    with pytest.raises(ValueError, match=r"W of shape .3, 4. needs X of shape .S, 4."):
        diagnose(Plain(4, 3), like=ours.Linear(4, 3), X=np.zeros((2, 7)))


def test_targets_come_one_hot():
    class Labels:
        def forward(self, X, T):
            return -np.log(X[np.arange(len(T)), T["class"]]).mean()

        def backward(self):
            return 0

    assert "T is one-hot here" in diagnose(Labels, like="cross-entropy").reason


@pytest.mark.parametrize(
    "names", ["Y, T", "X, T", "y_hat, y", "predictions, targets", "logits, t", "y_pred, y_true"]
)
def test_a_loss_may_call_its_argument_otherwise(names):
    Y, T = names.split(", ")
    forward = eval(f"lambda {names}: (({Y} - {T})**2).mean()")
    backward = eval(f"lambda {names}: 2 * ({Y} - {T}) / {Y}.size")
    assert diagnose((forward, backward), like="mse")
    assert diagnose(backward, like="mse")
    assert names == "y_hat, y" or diagnose((forward, backward))  # y alone does not tell a loss from a layer
    wrong = eval(f"lambda {names}: 2 * ({Y} - {T}) / len({Y})")
    assert diagnose((forward, wrong), like="mse").reason == "dX is N = 3 times the right value."


@pytest.mark.parametrize("forward", [None, lambda X, T: -(T * np.log(softmax(X))).sum(1).mean()])
def test_the_probabilities_of_a_fused_loss_are_not_its_argument(forward):
    work = (forward, lambda P, T: (P - T) / len(P)) if forward else lambda P, T: (P - T) / len(P)
    found = diagnose(work, like=ours.SoftmaxCrossEntropy)
    assert found.kind == "interface"
    assert "backward asks for P, and nothing here has that name" in found.reason


def with_(base, **methods):
    """A class like base, with other methods."""
    return type("Work", (base,), methods)


class Dropping:
    """Dropout with one mask for all samples, or with the share that is asked for."""

    share = None

    def __init__(self, p=0.5):
        self.p = p

    def forward(self, X):
        shape = X.shape if self.share else X.shape[1:]
        self.M = (np.random.random(shape) >= (self.share or self.p)) / (1 - self.p)
        return X * self.M

    def backward(self, dY):
        return dY * self.M


def with_needs(base, *needs):
    """A class like base that is made with more than its sizes."""
    names = {}
    exec(f"def __init__(self, {', '.join(needs)}): pass", names)
    return with_(base, __init__=names["__init__"])


mse = ours.MSE()
LINEAR = ours.Linear(4, 3)
RARE = {  # what no planted mistake is told: a piece that only this has, the work, and what it should be like
    (Kind.ALIASED, ""): ((lambda X: X, lambda dY: dY), nn.Identity()),
    (Kind.BIAS_NEVER_SET, "absent"): (
        with_(
            Plain, backward=lambda self, dY: [self.grads.update(W=dY.T @ self.X), dY @ self.params["W"]][1]
        ),
        LINEAR,
    ),
    (Kind.DTYPE, "more digits"): (
        (lambda X: np.maximum(X, 0), lambda X, dY: dY * (X > 0).astype(np.float64)),
        ours.ReLU,
    ),
    (Kind.FORWARD, "share"): (with_(Dropping, share=0.1), ours.Dropout),
    (Kind.INTERFACE, "made with M and N"): (WithStd, LINEAR),
    (Kind.INTERFACE, "made with N"): (with_needs(ours.LayerNorm, "N", "steps"), ours.LayerNorm),
    (Kind.INTERFACE, "made with nothing"): (with_needs(ours.ReLU, "slope"), ours.ReLU),
    (Kind.INTERFACE, "no like"): (Plain, None),
    (Kind.INTERFACE, "no methods"): (3, LINEAR),
    (Kind.INTERFACE, "no parameter"): (Bare(), LINEAR),
    (Kind.INTERFACE, "order"): ((exchanged, linear_forward), LINEAR),
    (Kind.INTERFACE, "several"): ([linear_forward], LINEAR),
    (Kind.INTERFACE, "text"): ("Linear", LINEAR),
    (Kind.INTERFACE, "too many names"): ((linear_forward, lambda q, r, s, k, m, n: q), LINEAR),
    (Kind.INTERFACE, "unknown names"): (lambda dY, mask: dY * mask, ours.ReLU),
    (Kind.RAISES, "maker"): (lambda: 1 / 0, LINEAR),
    (Kind.SHAPE, "dropout"): (with_(Dropping, backward=lambda self, dY: 1 * dY[1:]), ours.Dropout),
    (Kind.SHAPE, "layout"): (
        (lambda X, W, b: X @ W + b, lambda X, W, dY: (dY @ W.T, dY.T @ X, dY.sum(0))),
        LINEAR,
    ),
    (Kind.SHAPE, "parameter"): (with_(Plain, __init__=lambda self, M, N: Plain.__init__(self, 5, 2)), LINEAR),
    (Kind.TYPE, "dtype"): (with_forward(lambda self, X: X + 1j), LINEAR),
    (Kind.TYPE, "dtype of a number"): ((lambda X, T: np.array(1j), lambda X, T: X), mse),
    (Kind.TYPE, "number"): ((lambda X, T: [1.0], lambda X, T: X), mse),
    (Kind.TYPE, "one result"): (lambda X, W, dY: dY @ W, LINEAR),
    (Kind.TYPE, "results"): (lambda X, W, dY: (dY @ W, dY.T @ X), LINEAR),
    (Kind.TYPE, "parameter"): (listed(), LINEAR),
    (Kind.WRONG_VALUE, "one mask"): (Dropping, ours.Dropout),
    "own_sizes": (Plain(5, 2), LINEAR),
    "guessed": (with_forward(lambda self, X: 1 / 0)(4, 3), None),
}


@pytest.mark.parametrize("key, work, like", [(key, *row) for key, row in RARE.items()], ids=map(str, RARE))
def test_what_no_planted_mistake_is_told(key, work, like):
    assert key in told(diagnose(work, like=like).verdicts[0])


def test_every_sentence_is_said(found):
    reached = (
        set(RARE) | set(NAMED) | set(TOLD) | SAID | {(Kind.TOO_SLOW, ""), "still_running"}
    )  # the two tests of time limits below
    reached |= set().union(*(told(verdict) for d in found.values() for verdict in d.verdicts))
    assert not {*SENTENCES, *ADDED} - {*DOOR} - reached


def test_words_decide_nothing(found, monkeypatch):
    monkeypatch.setattr(sentences, "difference_said", lambda difference: "other words")
    for table in (SENTENCES, ADDED, CHECKED):
        for key in table:
            monkeypatch.setitem(table, key, "other words")
    one_each = {m.kind: m for m in reversed(MISTAKES) if m.kind is not Kind.LOOPS}.values()
    for mistake in one_each:
        again = diagnose(mistake.make(), like=like(mistake.family.name))
        assert [v.kind for v in again.verdicts] == [v.kind for v in found[str(mistake)].verdicts]
        assert set(again.reason.split()) <= {"other", "words", "wordsother"}


def test_a_time_limit_is_no_verdict_on_the_work():
    slow = diagnose(ours.Linear, like=ours.Linear, seconds=0)
    assert not slow
    assert (slow.state, slow.kind) == (State.NOT_JUDGED, Kind.TOO_SLOW)
    assert slow.headline == "? Linear: not judged, too slow"
    assert "limit of 0 s" in slow.reason


def test_a_call_that_nothing_stops_is_said_to_go_on(monkeypatch):
    monkeypatch.setattr(guard, "stop", lambda thread: None)
    left = diagnose(with_forward(lambda self, X: time.sleep(1)), like=LINEAR, call_seconds=0.1)
    assert left.kind == Kind.LOOPS
    assert "did not return within 0.1 s" in left.reason
    assert "goes on behind" in left.reason
