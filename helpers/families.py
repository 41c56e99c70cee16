"""Every family of layers and losses in one row: its name, its formula, its layer, its twin in PyTorch.

Whoever adds a family writes its formula (derive/formulas), its layer (implement), and a row here. The sheet, the
questions of the judge and their headings, the twins, the names of a diagnosis and the battery are derived from these
rows. What is not SymPy is named as text, "helpers.implement.linear.Linear", and loaded by the room that needs it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import Any

import sympy as sp

from helpers.derive import formulas, sizes
from helpers.derive.card import Card
from helpers.derive.formulas import Formula, activations, convolution, likelihood_losses, pooling, transformer
from helpers.derive.formulas.convolution import DILATION, PADDING, STRIDE

ANY = ((2, 3), (4, 4), (1, 3), (3,), (2, 3, 4), (0, 3))
"""Shapes of X for a layer that takes any: distinct sizes, equal ones, one sample, no sample axis, more axes, none."""


@dataclass(frozen=True)
class Example:
    """A layer as the battery makes it, `layer(*arguments, **options)`, and the shapes of X that it is tried on.

    `mixes` says that by these options a sample reaches the Y of others, where the class does not say it of itself.
    """

    arguments: tuple = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    shapes: tuple[tuple[int, ...], ...] = ANY
    training: bool = True
    mixes: bool = False


@dataclass(frozen=True)
class Held:
    """A layer made so that it is its formula: `layer(*arguments, **options)`, where letters stand for drawn numbers.

    `make` is the formula, without it that of the first card. `numbers` fixes letters of the formula. `names` says what
    the formula calls the arrays of the layer, where that is not the same; `laid` brings X and Y from the shape in the
    formula to that in the layer. `beside` names what the layer takes beside X, and brings it to its shape there alike.
    `stacked` says which arrays of the formula, one below the other, are one parameter of the layer. `given` are arrays
    of the formula that are taken from the layer after forward, and `selection` is one that picks the largest of what
    is summed.
    """

    arguments: tuple = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    make: Callable[[], Formula] | None = None
    numbers: Mapping[sp.Symbol, float] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    laid: Callable[[Any], Any] = lambda A: A
    beside: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    stacked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    given: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    selection: str = ""


@dataclass(frozen=True)
class Family:
    """A layer or a loss, or a formula that the course derives.

    name        under which a diagnosis is asked for it, in any spelling: "Leaky ReLU" for LeakyReLU
    headings    what titles call it: regular expressions in small letters, where a space may be left out
    cards       its formulas, each with the notebook that derives it, as the sheet shows them
    questions   what a line can be judged as an answer to: a formula, or by its dotted name what returns a Question
    declared    asked only where a text declares the question, or a heading names it
    letters     sizes and numbers of its formulas beyond those of every layer, and what they mean
    layer       its class in helpers.implement, by its dotted name
    parameters  what else the letters of its parameters are called, PyTorch's name first
    twin        the function of PyTorch that it must equal, f(X, parameters, options), by its dotted name
    options     the options of the twin, and the attribute of the layer that holds each
    module      the class of torch.nn that takes the same arguments, by its dotted name
    axes        the letters of the axes of what the layer of several inputs, or of sequences, takes, learns and returns:
                {"X": "STM", "H0": "LSN", "U": "_N"}, _ for an axis without a letter; S are the samples, T the times
    sizes       what letters of axes are attributes of the layer: {"L": "num_layers"}
    made        the letters of the sizes that the layer is made with: "MN"
    below       of an input of integers the letter of the size that it is below
    examples    how the battery makes it
    held        how it is made to be held to its formula
    no_twin     why PyTorch has none
    no_formula  why it is held to none
    """

    name: str
    headings: tuple[str, ...] = ()
    cards: tuple[Card, ...] = ()
    questions: tuple[Callable[[], Formula] | str, ...] = ()
    declared: bool = False
    letters: Mapping[str, str] = field(default_factory=dict)
    layer: str = ""
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    twin: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    module: str = ""
    axes: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, str] = field(default_factory=dict)
    made: str = ""
    below: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[Example, ...] = (Example(),)
    held: tuple[Held, ...] = (Held(),)
    no_twin: str = ""
    no_formula: str = ""

    def __post_init__(self) -> None:
        held = self.no_formula or (self.held and (self.cards or all(h.make for h in self.held)))
        for lacks, field_, why in (
            (not self.name, "name", "it is what the family is asked by"),
            (not (self.cards or self.questions or self.layer), "cards", "nor a question or a layer"),
            (not all(card.notebook for card in self.cards), "notebook", "a card says which derives it"),
            (self.headings and not self.questions, "questions", "its headings name them"),
            (self.layer and not held, "cards" if self.held else "held", "or say why in no_formula"),
            (self.layer and not (self.twin or self.no_twin), "twin", "or say why in no_twin"),
            (self.layer and not self.examples, "examples", "the battery makes its layer by them"),
            (
                (self.twin or self.module or self.parameters) and not self.layer,
                "layer",
                "whose twin is named",
            ),
            (self.options and not self.twin, "twin", "whose options are named"),
        ):
            if lacks:
                raise ValueError(f"the family {self.name!r} has no {field_}: {why}")

    def load(self, field_: str) -> Any:
        """What the dotted name in a field names. Raises ValueError where there is no such thing."""
        try:
            return found(getattr(self, field_))
        except (ImportError, AttributeError) as error:
            raise ValueError(f"the family {self.name!r} has no {field_}: {error}") from None

    @property
    def question_names(self) -> tuple[str, ...]:
        """The names of its questions: that of the function that makes each."""
        return tuple(q.rpartition(".")[2] if isinstance(q, str) else q.__name__ for q in self.questions)

    def said_in(self, name: str, whole: bool = True) -> int:
        """How many letters of the name of a class say that this family is meant: all of it, or a part."""
        match = re.fullmatch if whole else re.search
        own = "|".join(filter(None, map(letters_of, (self.name, self.module.rpartition(".")[2]))))
        said = [match(own, letters_of(name)), *(match(pattern(h), spelled(name)) for h in self.headings)]
        return max((len(m[0]) for m in said if m), default=0)


def found(dotted: str) -> Any:
    """What a dotted name names. Raises ImportError or AttributeError where there is no such thing."""
    module, _, name = dotted.rpartition(".")
    return getattr(import_module(module), name)


def letters_of(name: str) -> str:
    """leakyrelu for "Leaky ReLU" and leaky_relu."""
    return re.sub(r"[\W_]+", "", name).lower()


def spelled(title: str) -> str:
    """batch norm for Batch-Norm"""
    return re.sub(r"[\W_]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", title)).strip().lower()


def pattern(heading: str) -> str:
    """The regular expression of a heading, which ends at a word's end."""
    return rf"\b(?:{heading.replace(' ', ' ?')})(?![a-z])"


S, N, G, C, O = sizes("S N G C O")
(M, V), (T, D, H, F, I), (K, K1, K2, K3) = sizes("M V"), sizes("T D H F I"), sizes("K K1 K2 K3")
EPSILON = sp.Symbol("epsilon", positive=True)
SLOPE, ALPHA, P = sp.symbols("a alpha p", positive=True)
CUBIC = sp.Symbol("c", positive=True)

NORM = r"norm(?:ali[sz]ation)?s?"
ACTIVATION = r"activations?(?: functions?)?"
LINEAR = {"W": ("weight", "w", "weights"), "b": ("bias", "B", "biases")}
AFFINE = {"gamma": ("weight", "scale"), "beta": ("bias", "shift")}
NORMED = {"normalized_shape": "shape", "eps": "eps"}
SLIDE = {name: name for name in ("padding", "stride", "dilation", "groups")}
POOLED = {name: name for name in ("kernel_size", "stride", "padding", "ceil_mode")}
WINDOWS = {"r": "stride", "d": "dilation", "p": "padding", "K": "places of a kernel"}
PLACES = {
    "C": "channels",
    "H": "places of the input of a convolution",
    "N": "places of the output of a convolution",
}
ROOT = {r"\epsilon": "a small number under the root"}
TIME = ((2, 4, 6), (1, 6, 6), (2, 1, 6), (3, 6), (0, 4, 6))
ASKED = {
    "T": "queries, or places in time",
    "U": "keys",
    "D": "features of a query and a key",
    "E": "features of a value",
}
KEYS = {"K": lambda A: A, "V": lambda A: A}
PROJECTIONS = {
    "W": ("in_proj_weight",),
    "b": ("in_proj_bias",),
    "Wo": ("out_proj_weight",),
    "bo": ("out_proj_bias",),
}
BLOCK = {
    "attention.W": ("self_attn.in_proj_weight",),
    "attention.b": ("self_attn.in_proj_bias",),
    "attention.Wo": ("self_attn.out_proj.weight",),
    "attention.bo": ("self_attn.out_proj.bias",),
    "mlp.0.W": ("linear1.weight",),
    "mlp.0.b": ("linear1.bias",),
    "mlp.2.W": ("linear2.weight",),
    "mlp.2.b": ("linear2.bias",),
    "mlp.W": ("mlp.W",),
    "mlp.V": ("mlp.V",),
    "mlp.W2": ("mlp.W2",),
    "norm1.gamma": ("norm1.weight",),
    "norm1.beta": ("norm1.bias",),
    "norm2.gamma": ("norm2.weight",),
    "norm2.beta": ("norm2.bias",),
}
STACKED = {
    "attention.W": ("Wq", "Wk", "Wv"),
    "attention.b": ("bq", "bk", "bv"),
    "attention.Wo": ("Wo",),
    "attention.bo": ("bo",),
} | {f"mlp.{i}.{letter}": (f"{letter}{k}",) for i, k in ((0, 1), (2, 2)) for letter in "Wb"}
STACKED |= {f"norm{k}.{letter}": (f"{letter}{k}",) for k in (1, 2) for letter in ("gamma", "beta")}
BEHIND = (  # what is another gradient where the norms stand behind the sums
    *("dgamma2", "dbeta2", "dXhat2", "dZ2", "dB", "dW1", "dR"),
    *("dgamma1", "dbeta1", "dXhat1", "dZ1", "dA", "dWq", "dWk", "dWv", "dX"),
)
IMAGES = ((2, 3, 4, 5), (3, 4, 5), (0, 3, 4, 5))
VOLUMES = ((2, 3, 2, 4, 5), (3, 2, 4, 5), (0, 3, 2, 4, 5))
VOLUME = convolution.Slides(3, STRIDE, PADDING, DILATION)
KERNEL = {K1: 2, K2: 3, K3: 2}  # in a volume of few places
SEQUENCES = ((2, 4, 3), (3, 3, 3), (1, 4, 3), (2, 1, 3), (4, 3), (0, 4, 3))
RECURRENT = {
    f"{ours}{layer or ''}": (f"{theirs}_l{layer}",)
    for layer in range(4)
    for ours, theirs in zip("WUbc", ("weight_ih", "weight_hh", "bias_ih", "bias_hh"), strict=True)
}
COUNTED = {"c": lambda loss: loss.losses != 0}  # a sample that does not count has no loss
FIRST_STATE = {"H0": lambda A: A[None]}  # of one layer
HERE = "99_formulas"  # the appendix, for what no other notebook derives


def activation(name: str, heading: str, make: Callable[[], Formula], twin: str, **further: Any) -> Family:
    """The row of a function that works entry by entry, made in activations.py."""
    return Family(
        name,
        headings=(heading, ACTIVATION),
        cards=further.pop("cards", (Card(make, "04_activations"),)),
        questions=further.pop("questions", (make,)),
        layer=f"helpers.implement.activations.{name}",
        twin=twin,
        module=f"torch.nn.{name}",
        **further,
    )


def recurrent(name: str, gates: str, make: Callable[[], Formula], **further: Any) -> Family:
    """The row of a recurrent layer, whose gates stand one below the other in each parameter."""
    states = FIRST_STATE | dict.fromkeys(further.pop("states", ()), FIRST_STATE["H0"])
    stacked = {letter: tuple(f"{letter}{gate}" for gate in gates) for letter in "WUbc" if gates}
    options = {option: option for option in ("num_layers", "bias", *further.pop("options", ()))}
    return Family(
        name,
        layer=f"helpers.implement.{name.lower()}.{name}",
        parameters=RECURRENT,
        twin=f"helpers.compare.sequences.{name.lower()}",
        options=options,
        module=f"torch.nn.{name}",
        axes={"X": "STM", "Y": "STN", "W": "_M", "U": "_N"} | dict.fromkeys(("H0", "C0", "HT", "CT"), "LSN"),
        sizes={"L": "num_layers"},
        made="MN",
        examples=(
            Example((3, 2), {"batch_first": True}, SEQUENCES),
            Example((2, 3, 3), {"batch_first": True, "bias": False}, ((2, 3, 2), (3, 2))),
            *further.pop("examples", ()),
        ),
        held=(Held((M, N), make=make, beside=states, stacked=stacked),),
        cards=further.pop("cards", (Card(getattr(formulas, name.lower()), "13_recurrent", gates=gates),)),
        **further,
    )


FAMILIES = (
    Family(
        "Linear",
        headings=(r"linear(?= |$)(?! regression)|fully connected|dense",),
        cards=(
            Card(formulas.linear, "03_linear"),
            Card(formulas.linear_sample, "03_linear", ("dy/dW", "dy/dx", "dW", "db", "dx")),
        ),
        questions=("helpers.read.question.linear", "helpers.read.question.linear_sample"),
        layer="helpers.implement.linear.Linear",
        parameters=LINEAR,
        twin="torch.nn.functional.linear",
        module="torch.nn.Linear",
        examples=(
            Example((3, 5), shapes=((2, 3), (1, 3), (3,), (2, 4, 3), (0, 3))),
            Example((4, 4), shapes=((4, 4), (4, 4, 4))),
            Example((3, 1), {"bias": False}, ((2, 3), (1, 3))),
        ),
        held=(Held((M, N)),),
    ),
    Family("linear formula", questions=("helpers.read.question.linear_formula",), declared=True),
    Family(
        "two paths",
        cards=(
            Card(formulas.two_paths, "01_chain_rule"),
            Card(formulas.two_paths, "16_second_order", ("dx2",)),
        ),
        questions=("helpers.read.question.two_paths",),
    ),
    Family(
        "activation",
        headings=(ACTIVATION,),
        cards=(Card(activations.unknown, "04_activations"),),
        questions=("helpers.read.question.activation",),
    ),
    activation("ReLU", "relu|rectified linear unit", activations.relu, "torch.nn.functional.relu"),
    activation(
        "LeakyReLU",
        "leaky (?:relu|rectified linear unit)",
        activations.leaky_relu,
        "torch.nn.functional.leaky_relu",
        options={"negative_slope": "a"},
        examples=(Example(), Example((0.2,))),
        held=(Held((SLOPE,)),),
        letters={"a": "slope of leaky ReLU and PReLU below 0"},
    ),
    activation(
        "ELU",
        "elu|exponential linear unit",
        activations.elu,
        "torch.nn.functional.elu",
        options={"alpha": "alpha"},
        examples=(Example(), Example((1.7,))),
        held=(Held((ALPHA,)),),
        letters={r"\alpha": "slope of ELU just below 0"},
    ),
    activation("Sigmoid", "sigmoid|logistic function", activations.sigmoid, "torch.sigmoid"),
    activation("Tanh", "tanh|hyperbolic tangent", activations.tanh, "torch.tanh"),
    activation(
        "Softplus",
        "softplus",
        activations.softplus,
        "torch.nn.functional.softplus",
        options={"beta": "beta", "threshold": "threshold"},
        examples=(Example(), Example((3, 5))),
    ),
    activation(
        "GELU",
        "gelu|gaussian error linear unit",
        activations.gelu,
        "torch.nn.functional.gelu",
        options={"approximate": "approximate"},
        cards=(Card(activations.gelu, "04_activations"), Card(activations.gelu_tanh, "04_activations")),
        questions=("helpers.read.question.gelu", activations.gelu_tanh),
        examples=(Example(), Example(("tanh",))),
        held=(Held(), Held(("tanh",), make=activations.gelu_tanh, numbers={CUBIC: 0.044715})),
        letters={"c": "0.044715"},
    ),
    activation("SiLU", "silu|swish", activations.silu, "torch.nn.functional.silu"),
    Family(
        "Softmax",
        headings=("soft max",),
        cards=(Card(formulas.softmax, "05_softmax", ("dY/dX", "dX")),),
        questions=(formulas.softmax, "helpers.read.question.softmax_sample"),
        layer="helpers.implement.softmax.Softmax",
        twin="torch.nn.functional.softmax",
        options={"dim": "dim"},
        module="torch.nn.Softmax",
        examples=(
            Example((-1,)),
            Example((0,), shapes=((2, 3), (3, 2, 4), (1, 3)), mixes=True),
            Example((-1,), shapes=((2, 1), (1, 1))),
        ),
    ),
    Family(
        "LogSoftmax",
        headings=("log soft max",),
        cards=(Card(formulas.log_softmax, "05_softmax", ("dY/dX", "dX")),),
        questions=(formulas.log_softmax,),
        layer="helpers.implement.softmax.LogSoftmax",
        twin="torch.nn.functional.log_softmax",
        options={"dim": "dim"},
        module="torch.nn.LogSoftmax",
        examples=(Example((-1,)), Example((1,), shapes=((2, 3, 4),))),
    ),
    Family(
        "logsumexp",
        headings=("log sum exp",),
        cards=(Card(formulas.logsumexp, "05_softmax", ("dy/dX", "dX")),),
        questions=(formulas.logsumexp,),
    ),
    Family(
        "CrossEntropy",
        headings=("cross entropy",),
        cards=(Card(formulas.cross_entropy, "06_cross_entropy"),),
        questions=(formulas.cross_entropy,),
        layer="helpers.implement.cross_entropy.CrossEntropy",
        twin="helpers.compare.reference.cross_entropy",
        options={"reduction": "reduction"},
    ),
    Family(
        "SoftmaxCrossEntropy",
        headings=(
            "soft max (?:(?:and|with) )?(?:the )?cross entropy|cross entropy (?:with|of|after) (?:the |a )?soft max",
            "cross entropy",
        ),
        cards=(
            Card(formulas.softmax_cross_entropy, "06_cross_entropy"),
            Card(formulas.softmax_cross_entropy, "16_second_order", ("dX2", "dX2 V")),
        ),
        questions=("helpers.read.question.softmax_cross_entropy",),
        layer="helpers.implement.cross_entropy.SoftmaxCrossEntropy",
        twin="torch.nn.functional.cross_entropy",
        options={"reduction": "reduction", "ignore_index": "ignore_index", "label_smoothing": "smoothing"},
        module="torch.nn.CrossEntropyLoss",
        examples=(Example(), Example(options={"label_smoothing": 0.2})),
        held=(
            Held(),
            Held(
                options={"weight": likelihood_losses.w, "ignore_index": 1},
                make=formulas.cross_entropy_of_ids,
                given=COUNTED,
            ),
        ),
    ),
    Family(
        "NLLLoss",
        cards=(Card(formulas.nll, "15_transformer"), Card(formulas.cross_entropy_of_ids, "15_transformer")),
        layer="helpers.implement.cross_entropy.NLLLoss",
        twin="helpers.compare.reference.nll",
        options={"weight": "weight", "ignore_index": "ignore_index", "reduction": "reduction"},
        held=(
            Held(
                options={"weight": likelihood_losses.w, "ignore_index": 1}, make=formulas.nll, given=COUNTED
            ),
        ),
    ),
    Family(
        "BCEWithLogits",
        cards=(Card(formulas.bce_with_logits, "15_transformer"),),
        layer="helpers.implement.bce.BCEWithLogits",
        twin="torch.nn.functional.binary_cross_entropy_with_logits",
        options={"reduction": "reduction"},
        module="torch.nn.BCEWithLogitsLoss",
        held=(Held(options={"pos_weight": likelihood_losses.p}, make=formulas.bce_with_logits),),
    ),
    Family(
        "logistic regression",
        headings=("binary cross entropy|logistic regression",),
        cards=(Card(formulas.logistic_regression, "16_second_order", ("dw", "dw2")),),
        questions=(formulas.logistic_regression,),
    ),
    Family(
        "MSE",
        headings=("mean squared? error|mse",),
        cards=(Card(formulas.mse, HERE),),
        questions=(formulas.mse,),
        layer="helpers.implement.mse.MSE",
        twin="torch.nn.functional.mse_loss",
        options={"reduction": "reduction"},
        module="torch.nn.MSELoss",
        held=(Held(names={"X": "Y"}),),
    ),
    Family(
        "Dropout",
        headings=("dropout",),
        cards=(Card(formulas.dropout, HERE),),
        questions=(formulas.dropout,),
        letters={"p": "in dropout the probability to drop"},
        layer="helpers.implement.dropout.Dropout",
        no_twin="no two calls of it are equal: it is judged by its own mask",
        module="torch.nn.Dropout",
        examples=(Example((0,)), Example((0.5,), training=False)),
        held=(Held((P,), numbers={P: 0.3}, given={"R": lambda layer: layer.M != 0}),),
    ),
    activation(
        "PReLU",
        "prelu|parametric (?:relu|rectified linear unit)",
        activations.prelu,
        "torch.nn.functional.prelu",
        cards=(Card(activations.prelu, HERE),),
        parameters={"a": ("weight", "alpha", "slope", "leakiness")},
        examples=(Example(), Example((3,), shapes=((2, 3), (1, 3), (0, 3), (4, 3, 2), (2, 3, 4, 5)))),
        held=(Held((N,)),),
        letters={"a": "slope of leaky ReLU and PReLU below 0"},
    ),
    Family(
        "Conv1d",
        headings=(r"conv(?:olution)?(?:al)? ?1 ?d|1 ?d conv(?:olution)?",),
        cards=(Card(formulas.conv1d, "11_convolution"),),
        questions=(formulas.conv1d,),
        declared=True,
        letters=PLACES | {"O": "channels of the output"} | WINDOWS,
        layer="helpers.implement.convolution.Conv1d",
        parameters=LINEAR,
        twin="helpers.compare.reference.conv1d",
        options=SLIDE,
        module="torch.nn.Conv1d",
        examples=(Example((2, 3, 2, 1, 1), shapes=((4, 2, 5), (2, 5), (0, 2, 5))),),
        held=(Held((C, O, K, STRIDE, PADDING, DILATION)),),
    ),
    Family(
        "Conv2d",
        headings=(r"conv(?:olution)?(?:al)? ?2 ?d|2 ?d conv(?:olution)?",),
        cards=(Card(formulas.conv2d, "11_convolution"),),
        questions=(formulas.conv2d,),
        declared=True,
        letters=PLACES | {"O": "channels of the output"} | WINDOWS,
        layer="helpers.implement.convolution.Conv2d",
        parameters=LINEAR,
        twin="helpers.compare.reference.conv2d",
        options=SLIDE,
        module="torch.nn.Conv2d",
        examples=(
            Example(
                (2, 3, (3, 2), 2, 1),
                shapes=((4, 2, 5, 3), (2, 2, 2, 2), (1, 2, 5, 3), (2, 5, 3), (0, 2, 5, 3)),
            ),
            Example((4, 6, 2), {"padding": "same", "dilation": 2, "groups": 2}, ((3, 4, 5, 3),)),
            Example((3, 2, 1), {"bias": False}, ((2, 3, 4, 5),)),
        ),
        held=(Held((C, O, (K1, K2), STRIDE, PADDING, DILATION)),),
    ),
    Family(
        "Conv3d",
        layer="helpers.implement.convolution.Conv3d",
        parameters=LINEAR,
        twin="helpers.compare.reference.conv3d",
        options=SLIDE,
        module="torch.nn.Conv3d",
        examples=(
            Example((2, 3, (2, 3, 1), 2, 1), shapes=((2, 2, 3, 4, 2), (1, 2, 3, 4, 2), (2, 3, 4, 2))),
            Example((2, 2, 2), {"dilation": 2, "groups": 2, "bias": False}, ((2, 2, 3, 4, 3),)),
        ),
        held=(
            Held(
                (C, O, (K1, K2, K3), STRIDE, PADDING, DILATION),
                make=partial(convolution.convolution, "convolution of a volume", VOLUME),
                numbers=KERNEL,
            ),
        ),
    ),
    Family(
        "bonus question",
        headings=(r"conv(?:olution)?(?:al)? ?2 ?d|2 ?d conv(?:olution)?",),
        cards=(Card(formulas.conv2d_bonus, "11_convolution"),),
        questions=("helpers.read.question.conv2d_bonus",),
    ),
    Family(
        "MaxPool2d",
        cards=(Card(formulas.max_pool2d, "11_convolution"),),
        letters=PLACES | WINDOWS,
        layer="helpers.implement.pooling.MaxPool2d",
        twin="torch.nn.functional.max_pool2d",
        options=POOLED | {"dilation": "dilation"},
        module="torch.nn.MaxPool2d",
        examples=(Example((2,), shapes=IMAGES), Example((3, 2, 1), shapes=((2, 3, 6, 5),))),
        held=(Held(((K1, K2), STRIDE, PADDING, DILATION), selection="A"),),
    ),
    Family(
        "AvgPool2d",
        cards=(Card(formulas.avg_pool2d, "11_convolution"),),
        letters=PLACES | WINDOWS,
        layer="helpers.implement.pooling.AvgPool2d",
        twin="torch.nn.functional.avg_pool2d",
        options=POOLED | {"count_include_pad": "count_include_pad", "divisor_override": "divisor_override"},
        module="torch.nn.AvgPool2d",
        examples=(Example((2,), shapes=IMAGES), Example((3, 2, 1, True, False), shapes=((2, 3, 6, 5),))),
        held=(Held(((K1, K2), STRIDE, PADDING)),),
    ),
    Family(
        "MaxPool3d",
        layer="helpers.implement.pooling.MaxPool3d",
        twin="torch.nn.functional.max_pool3d",
        options=POOLED | {"dilation": "dilation"},
        module="torch.nn.MaxPool3d",
        examples=(Example((2,), shapes=VOLUMES), Example((3, 2, 1), shapes=((2, 3, 4, 3, 5),))),
        held=(
            Held(
                ((K1, K2, K3), STRIDE, PADDING, DILATION),
                make=partial(pooling.max_pooling, "max pooling of a volume", VOLUME),
                numbers=KERNEL,
                selection="A",
            ),
        ),
    ),
    Family(
        "AvgPool3d",
        layer="helpers.implement.pooling.AvgPool3d",
        twin="torch.nn.functional.avg_pool3d",
        options=POOLED | {"count_include_pad": "count_include_pad", "divisor_override": "divisor_override"},
        module="torch.nn.AvgPool3d",
        examples=(
            Example((2,), shapes=VOLUMES),
            Example((3, 2, 1, True, False), shapes=((2, 3, 4, 3, 5),)),
        ),
        held=(
            Held(
                ((K1, K2, K3), STRIDE, PADDING),
                make=partial(
                    pooling.avg_pooling,
                    "average pooling of a volume",
                    convolution.Slides(3, STRIDE, PADDING, 1),
                ),
                numbers=KERNEL,
            ),
        ),
    ),
    Family(
        "AdaptiveAvgPool2d",
        layer="helpers.implement.pooling.AdaptiveAvgPool2d",
        twin="torch.nn.functional.adaptive_avg_pool2d",
        options={"output_size": "output_size"},
        module="torch.nn.AdaptiveAvgPool2d",
        examples=(Example((2,), shapes=IMAGES), Example(((3, None),), shapes=IMAGES)),
        no_formula="how many numbers a mean is of differs from place to place",
    ),
    Family(
        "GlobalAvgPool2d",
        cards=(Card(formulas.global_avg_pool2d, HERE),),
        layer="helpers.implement.pooling.GlobalAvgPool2d",
        twin="helpers.compare.reference.global_avg_pool2d",
        examples=(Example(shapes=IMAGES),),
    ),
    Family(
        "BatchNorm1d",
        headings=(rf"batch {NORM}|bn",),
        cards=(
            Card(formulas.batch_norm, "09_batch_norm"),
            Card(formulas.batch_norm_inline, "09_batch_norm", ("dY/dX",)),
        ),
        questions=("helpers.read.question.batch_norm", "helpers.read.question.batch_norm_paper"),
        letters=ROOT,
        layer="helpers.implement.batch_norm.BatchNorm1d",
        parameters=AFFINE,
        twin="helpers.compare.reference.batch_norm",
        options={"eps": "eps", "training": "training", "buffers": "buffers"},
        module="torch.nn.BatchNorm1d",
        examples=(
            Example((3,), shapes=((5, 3), (3, 3), (4, 3, 2), (1, 3, 4))),
            Example((1,), {"affine": False}, ((5, 1),)),
            Example((3,), {"bias": False}, ((5, 3), (4, 3, 2))),
            Example((3, 1e-2, None), {"track_running_stats": False}, ((5, 3),)),
        ),
        held=(Held((N, EPSILON)),),
    ),
    Family(
        "BatchNorm2d",
        layer="helpers.implement.batch_norm.BatchNorm2d",
        parameters=AFFINE,
        twin="helpers.compare.reference.batch_norm",
        options={"eps": "eps", "training": "training", "buffers": "buffers"},
        module="torch.nn.BatchNorm2d",
        examples=(Example((2,), shapes=((5, 2, 3, 4), (2, 2, 2, 2), (1, 2, 3, 2))),),
        held=(
            Held(
                (N, EPSILON),
                make=formulas.batch_norm,
                numbers={S: 12},
                laid=lambda X: X.reshape(-1, 2, 3, X.shape[-1]).transpose(0, 3, 1, 2),
            ),
        ),
    ),
    Family(
        "LayerNorm",
        headings=(rf"layer {NORM}|ln",),
        cards=(
            Card(formulas.layer_norm, "10_layer_norm"),
            Card(formulas.layer_norm_sample, "10_layer_norm", ("dxhat/dx",)),
        ),
        questions=("helpers.read.question.layer_norm", "helpers.read.question.layer_norm_paper"),
        letters=ROOT,
        layer="helpers.implement.layer_norm.LayerNorm",
        parameters=AFFINE,
        twin="torch.nn.functional.layer_norm",
        options=NORMED,
        module="torch.nn.LayerNorm",
        examples=(
            Example((4,), shapes=((3, 4), (4, 4), (4,), (2, 3, 4), (0, 4))),
            Example((4, 1e-2), {"bias": False}, ((3, 4),)),
            Example(((2, 3),), {"elementwise_affine": False}, ((4, 2, 3), (2, 3), (5, 4, 2, 3))),
        ),
        held=(Held((N, EPSILON)),),
    ),
    Family(
        "RMSNorm",
        headings=(rf"rms {NORM}|root mean square {NORM}",),
        cards=(Card(formulas.rms_norm, "10_layer_norm"),),
        questions=("helpers.read.question.rms_norm",),
        letters=ROOT,
        layer="helpers.implement.layer_norm.RMSNorm",
        parameters=AFFINE,
        twin="torch.nn.functional.rms_norm",
        options=NORMED,
        module="torch.nn.RMSNorm",
        examples=(
            Example((4,), shapes=((3, 4), (4, 4), (4,), (2, 3, 4), (0, 4))),
            Example(((2, 3), 1e-2), shapes=((4, 2, 3),)),
        ),
        held=(Held((N, EPSILON)),),
    ),
    Family(
        "GroupNorm",
        cards=(Card(formulas.group_norm, "10_layer_norm"),),
        letters={"G": "groups", "C": "channels", "P": "positions"} | ROOT,
        layer="helpers.implement.layer_norm.GroupNorm",
        parameters=AFFINE,
        twin="torch.nn.functional.group_norm",
        options={"num_groups": "num_groups", "eps": "eps"},
        module="torch.nn.GroupNorm",
        examples=(
            Example((2, 6), shapes=((3, 6), (6, 6), (1, 6, 2), (3, 6, 2, 4))),
            Example((1, 3), {"affine": False}, ((4, 3, 2),)),
            Example((2, 6), {"bias": False}, ((3, 6, 2),)),
        ),
        held=(Held((G, G * C, EPSILON), laid=lambda X: X.reshape(len(X), -1, X.shape[-1])),),
    ),
    Family(
        "Flatten",
        layer="helpers.implement.shaping.Flatten",
        twin="torch.flatten",
        options={"start_dim": "start_dim", "end_dim": "end_dim"},
        module="torch.nn.Flatten",
        examples=(
            Example(shapes=((2, 3), (1, 3), (2, 3, 4), (0, 3, 2))),
            Example((0,), shapes=((2, 3), (1, 3), (3,), (2, 3, 4)), mixes=True),
            Example((-2, -1), shapes=((2, 3, 4), (2, 3, 4, 5))),
        ),
        no_formula="the same numbers in another shape: there is nothing to derive",
    ),
    Family(
        "Embedding",
        cards=(Card(formulas.embedding, "14_attention"),),
        letters={"V": "rows of an embedding, one for each id"},
        layer="helpers.implement.embedding.Embedding",
        parameters={"E": ("weight", "W")},
        twin="torch.nn.functional.embedding",
        options={"padding_idx": "padding_idx"},
        module="torch.nn.Embedding",
        axes={"ids": "ST", "Y": "STM", "E": "VM"},
        below={"ids": "V"},
        made="VM",
        examples=(
            Example((5, 3), shapes=((4,), (2, 6), (2, 3, 4), (), (0,), (2, 0))),
            Example((4, 4, -1), shapes=((4,), (2, 6))),
        ),
        held=(Held((V, M), make=formulas.embedding, names={"X": "ids"}),),
    ),
    recurrent(
        "RNN",
        "",
        partial(formulas.rnn, "bc"),
        options=("nonlinearity",),
        examples=(Example((3, 4, 2, "relu"), {"batch_first": True}, ((2, 4, 3), (4, 3))),),
    ),
    recurrent("LSTM", "ifgo", partial(formulas.lstm, "bc"), states=("C0",)),
    recurrent(
        "GRU",
        "rzc",
        formulas.gru_outside,
        cards=(
            Card(formulas.gru, "13_recurrent", gates="rz"),
            Card(formulas.gru_outside, "13_recurrent", gates="rz"),
        ),
    ),
    Family(
        "Attention",
        cards=tuple(
            Card(make, "14_attention")
            for make in (
                formulas.attention,
                formulas.causal_attention,
                formulas.padded_attention,
                formulas.relative_attention,
            )
        ),
        questions=(formulas.attention,),
        declared=True,
        letters=ASKED,
        layer="helpers.implement.attention.Attention",
        twin="helpers.compare.sequences.attention",
        options={"is_causal": "causal"},
        axes={"Q": "STD", "K": "SUD", "V": "SUE", "Y": "STE"},
        held=(
            Held((), make=formulas.attention, names={"X": "Q"}, beside=KEYS),
            Held((True,), make=formulas.causal_attention, names={"X": "Q"}, beside=KEYS),
        ),
    ),
    Family(
        "MultiheadAttention",
        cards=(Card(formulas.multihead_attention, "14_attention"),),
        letters={"H": "heads"},
        layer="helpers.implement.multihead_attention.MultiheadAttention",
        parameters=PROJECTIONS,
        twin="helpers.compare.sequences.multihead_attention",
        options={"num_heads": "num_heads", "causal": "causal"},
        axes={"X": "STE", "Y": "STE", "Wo": "EE"},
        sizes={"H": "num_heads"},
        made="EH",
        examples=(
            Example((6, 2), shapes=TIME),
            Example((6, 3), {"bias": False, "causal": True}, TIME),
        ),
        held=(
            Held(
                (H * D, H),
                make=formulas.multihead_attention,
                numbers={N: 72, H: 8, D: 9},
                stacked={"W": ("Wq", "Wk", "Wv"), "b": ("bq", "bk", "bv")},
            ),
        ),
    ),
    Family(
        "LearnedPositions",
        cards=(Card(formulas.positions, "14_attention"),),
        layer="helpers.implement.positions.LearnedPositions",
        parameters={"P": ("P",)},
        twin="helpers.compare.sequences.learned_positions",
        axes={"X": "STE", "Y": "STE", "P": "CE"},
        made="CE",
        examples=(Example((9, 6), shapes=TIME),),
        held=(Held((T, N), make=formulas.positions),),
    ),
    Family(
        "SinusoidalPositions",
        layer="helpers.implement.positions.SinusoidalPositions",
        twin="helpers.compare.sequences.sinusoidal_positions",
        examples=(Example((6, 6), shapes=TIME),),
        held=(
            Held(
                (T, 2 * I), make=formulas.positions, numbers={N: 12, I: 6}, given={"P": lambda layer: layer.P}
            ),
        ),
    ),
    Family(
        "RotaryPositions",
        cards=(Card(formulas.rotary, "14_attention"),),
        letters={"I": "pairs of features"},
        layer="helpers.implement.positions.RotaryPositions",
        twin="helpers.compare.sequences.rotary_positions",
        options={"base": "base"},
        examples=(Example((6,), shapes=TIME), Example((6, 50.0), shapes=TIME)),
        held=(
            Held(
                (2 * I,),
                make=formulas.rotary,
                laid=lambda X: X.reshape(len(X), -1),
                given={"R": lambda layer: layer.matrices(len(layer.X))},
            ),
        ),
    ),
    Family(
        "SwiGLU",
        cards=(Card(formulas.swiglu, "15_transformer"),),
        questions=(formulas.swiglu,),
        declared=True,
        letters={"F": "hidden units of an MLP or a gate"},
        layer="helpers.implement.swiglu.SwiGLU",
        parameters={"W": ("W",), "V": ("V",), "W2": ("W2",)},
        twin="helpers.compare.sequences.swiglu",
        axes={"X": "SM", "Y": "SM", "W": "FM"},
        made="MF",
        examples=(
            Example((3, 5), shapes=((2, 3), (1, 3), (3,), (2, 4, 3), (0, 3))),
            Example((4, 4), shapes=((4, 4),)),
        ),
        held=(Held((N, F), make=formulas.swiglu),),
    ),
    Family(
        "tied weights",
        cards=(Card(formulas.tied_weights, "15_transformer"),),
    ),
    Family(
        "TransformerBlock",
        cards=(
            Card(formulas.pre_norm_block, "15_transformer", gates="qkv"),
            Card(formulas.post_norm_block, "15_transformer", BEHIND, gates="qkv"),
        ),
        layer="helpers.implement.transformer.TransformerBlock",
        parameters=BLOCK,
        twin="helpers.compare.sequences.transformer_block",
        options={name: name for name in ("num_heads", "causal", "norm_first", "activation", "eps")},
        axes={"X": "STE", "Y": "STE", "attention.Wo": "EE", "mlp.0.W": "FE", "mlp.W": "FE"},
        sizes={"H": "num_heads"},
        made="EHF",
        examples=(
            Example((6, 2), shapes=TIME),
            Example((6, 3, 5, "gelu_tanh", False), {"causal": True}, TIME),
            Example((6, 2, 5, "relu"), shapes=TIME[:1]),
            Example((6, 1, 4, "swiglu", True, 1e-2, False), shapes=TIME),
        ),
        held=tuple(
            Held(
                (N, H, F, "gelu", make is formulas.pre_norm_block, EPSILON),
                make=partial(make, transformer.gelu),
                numbers={N: 72, H: 8, D: 9},
                stacked=STACKED,
            )
            for make in (formulas.pre_norm_block, formulas.post_norm_block)
        ),
    ),
    Family(
        "MLP",
        cards=(Card(formulas.mlp, "07_mlp"),),
        questions=("helpers.read.question.mlp",),
        letters={"K": "hidden units"},
    ),
    Family("network", questions=("helpers.read.question.network",)),
)
"""One row a family; of questions that fit a line as well the first is taken, and named as the likeliest."""


def layers() -> Iterator[Family]:
    """The families that have a layer or a loss."""
    return (family for family in FAMILIES if family.layer)
