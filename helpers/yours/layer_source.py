"""A definition as the source of a layer, which needs this project's `Layer` or `Loss` and nothing else."""

import ast
import textwrap
from dataclasses import dataclass

from helpers.derive.program import forward_source
from helpers.implement import Layer, Loss
from helpers.yours.body import Body, assigned, code, needed, read_first, statements
from helpers.yours.docstring import docstring
from helpers.yours.labels import chosen_class
from helpers.yours.python_text import as_argument, axes_of, function, imports, new_array, together
from helpers.yours.refused_inputs import refusals
from helpers.yours.roles import USUAL, check_class_name, check_written_out
from helpers.yours.samples import LOSSES, BySample, by_sample
from helpers.yours.starts import start_of


def layer_source(body: Body, name: str) -> str:
    """The source of a `Layer` of this name, or of a `Loss` where L is a sum over samples and nothing is learned."""
    check_written_out(body.chain)
    check_class_name(name)
    samples = loss_of_samples(body)
    made = LossSource(body, name, samples) if samples else LayerSource(body, name)
    made.check_attributes()
    return made.source()


def letters(names: list[str]) -> str:
    """The names as a tuple of texts in Python."""
    return f"({', '.join(f'{chr(34)}{x}{chr(34)}' for x in names)}{',' * (len(names) == 1)})"


def loss_of_samples(body: Body) -> BySample | None:
    """The loss of each sample, where the layer can be a `Loss`."""
    return None if body.output in read_first(body.backward) else by_sample(body.roles)


@dataclass(frozen=True)
class LayerSource:
    """The parts of the source of a Layer."""

    body: Body
    name: str
    base = Layer

    def source(self) -> str:
        parts = [
            docstring(self.body.roles, self.body.gradients, self.notes),
            self.says,
            function("__init__", self.signature, self.init),
            function("formula", self.body.inputs, self.formula),
            function("gradient", [self.upstream], self.gradient),
            self.checks,
            self.accuracy,
        ]
        inside = textwrap.indent("\n\n".join(filter(None, parts)), "    ")
        text = f"class {self.name}({self.base.__name__}):\n{inside}\n"
        return f"{imports(text)}\n\nfrom helpers.implement import {self.base.__name__}\n\n\n{text}"

    @property
    def says(self) -> str:
        """What the layer says of itself: the letters of its inputs, and those that are whole numbers."""
        whole = [code(t) for t in self.body.roles.inputs if t.label.is_integer]
        said = [f"inputs = {letters(self.body.inputs)}"] if self.body.inputs != ["X"] else []
        return "\n".join([*said, *[f"integers = {letters(whole)}"] * bool(whole)])

    @property
    def upstream(self) -> str:
        return self.body.upstream

    def check_attributes(self) -> None:
        """Refuse a number that a layer calls something else."""
        for name in self.body.constants:
            if hasattr(self.base, name):
                raise ValueError(f"{name} means something else to a {self.base.__name__}: call it otherwise")

    @property
    def sizes(self) -> list[str]:
        """What a layer is made with: the sizes of its parameters, those of its inputs first."""
        own = {n for t in self.body.roles.parameters for n in t.shape}
        return [code(n) for n in self.body.roles.sizes if n in own]

    @property
    def signature(self) -> list[str]:
        options = [f"{c}={USUAL.get(c, 1.0)!r}" for c in self.body.constants]
        drawn = any("rng." in line for line in self.starts)
        options += ["rng=None"] * drawn + ["dtype=np.float64"] * bool(self.starts)
        return [*self.sizes, *["*"] * bool(options), *options]

    @property
    def starts(self) -> list[str]:
        chain = self.body.chain
        return [
            f'self.params["{code(t)}"] = {start_of(chain, t, as_argument(t))}'
            for t in self.body.roles.parameters
        ]

    @property
    def init(self) -> list[str]:
        lines = ["super().__init__()"]
        if any("rng." in line for line in self.starts):
            lines.append("rng = np.random.default_rng(rng)")
        return [*lines, *self.starts, *(f"self.{c} = {c}" for c in self.body.constants)]

    def given(self, lines: list[str]) -> list[str]:
        """The parameters and numbers that lines read, out of the layer."""
        params = self.body.read_by(lines, self.body.parameters)
        constants = self.body.read_by(lines, self.body.constants)
        return [
            *together(params, [f'self.params["{p}"]' for p in params]),
            *together(constants, [f"self.{c}" for c in constants]),
        ]

    @property
    def formula(self) -> list[str]:
        lines, out = self.body.forward, self.body.output
        lines = [new_array(line) if assigned(line) == [out] else line for line in lines]
        keep = [f"self.kept = {', '.join(self.body.kept)}"] if self.body.kept else []
        return [*self.given(lines), *lines, *keep, f"return {out}"]

    @property
    def gradient(self) -> list[str]:
        kept = together(self.body.kept, ["self.kept"]) if self.body.kept else []
        lines = self.body.backward
        loss = f"{self.upstream} * " if self.body.roles.is_loss else ""
        places = {
            d: f'self.grads["{p}"]'
            for d, p in zip(self.body.parameter_gradients, self.body.parameters, strict=True)
        }
        said, later = [], set()
        for line in reversed(lines):
            name = assigned(line)[0]
            if name in places or name in self.returned:
                line = new_array(line)
            alone = isinstance(ast.parse(line).body[0], ast.Assign) and name not in later and not loss
            if name in places and alone:
                line = f"{places.pop(name)}{line.removeprefix(name)}"
            later |= read_first([line])
            said.append(line)
        behind = [f"{place} = {loss}{name}" for name, place in places.items()]
        answer = ", ".join(f"{loss}{name}" for name in self.returned) or "None"
        return [*kept, *self.given(lines), *said[::-1], *behind, f"return {answer}"]

    @property
    def returned(self) -> list[str]:
        return self.body.input_gradients

    notes = ()  # further lines of the docstring
    accuracy = ""

    @property
    def checks(self) -> str:
        """The method that refuses inputs that do not fit."""
        return function("check", self.body.inputs, refusals(self.body.roles, self.body.roles.inputs))


@dataclass(frozen=True)
class LossSource(LayerSource):
    """The parts of the source of a Loss."""

    samples: BySample
    base = Loss

    @property
    def signature(self) -> list[str]:
        options = [f"{c}={USUAL.get(c, 1.0)!r}" for c in self.body.constants]
        return [f'reduction="{self.samples.reduction}"', *["*"] * bool(options), *options]

    @property
    def init(self) -> list[str]:
        return ["super().__init__(reduction)", *(f"self.{c} = {c}" for c in self.body.constants)]

    @property
    def upstream(self) -> str:
        return "dL"

    @property
    def formula(self) -> list[str]:
        lines = statements(forward_source(self.samples.chain))
        kept = self.kept
        made = {name for line in lines for name in assigned(line)}
        more = [line for line in self.body.forward if set(assigned(line)) & (set(kept) - made)]
        lines = [*more, *lines] if more else lines
        keep = [f"self.kept = {', '.join(kept)}"] if kept else []
        return [*self.given(lines), *lines, *keep, f"return {LOSSES}"]

    @property
    def lines(self) -> list[str]:
        return needed(self.body.backward, set(self.returned))

    @property
    def kept(self) -> list[str]:
        return [name for name in self.body.kept if name in read_first(self.lines)]

    @property
    def gradient(self) -> list[str]:
        (dX,), axes = self.returned, axes_of(self.body.roles.inputs[0])
        S = code(axes[0])
        mean = self.samples.reduction == "mean"
        weight = (
            "dL" if len(axes) == 1 else f"np.reshape(dL, ({', '.join(['-1', *['1'] * (len(axes) - 1)])}))"
        )
        known = {name for line in self.lines for name in assigned(line)}
        size = [f"{S} = len({self.kept[0]})"] if mean and S not in known else []
        kept = together(self.kept, ["self.kept"]) if self.kept else []
        return [
            *kept,
            *self.given(self.lines),
            *size,
            *self.lines,
            f"return {f'{S} * ' * mean}{weight} * {dX}",
        ]

    @property
    def returned(self) -> list[str]:
        return self.body.input_gradients[:1]

    @property
    def checks(self) -> str:
        """The method that takes the inputs: whole numbers as floats where the target has the shape of X."""
        (X, T), (x, t) = self.body.inputs, self.body.roles.inputs
        lines = [f"{X}, {T} = np.asarray({X}), np.asarray({T})"]
        if t.label.is_integer:
            lines += [
                f'if {T}.dtype.kind not in "iu":',
                f'    raise TypeError(f"{T} has dtype {{{T}.dtype}}, and should be made of integers")',
            ]
        else:
            lines += [f'if {T}.dtype.kind in "biu":', f"    {T} = {T}.astype({X}.dtype)"]
        if alike := axes_of(x) == axes_of(t) and not t.label.is_integer:
            lines.append(f"{X}, {T} = super().checked_inputs({X}, {T})")
        lines += refusals(self.body.roles, [x] if alike else [x, t])
        lines += [f"self.samples = {X}.shape[:1]", f"return {X}, {T}"]
        return function("checked_inputs", [X, T], lines)

    @property
    def accuracy(self) -> str:
        """The share of samples whose largest X stands at the class that T names, where T names one."""
        (X, T), chosen = self.body.inputs, chosen_class(self.body.roles)
        answer = f"return float((np.argmax({X}, 1) == {chosen.format(T=f'np.asarray({T})')}).mean())"
        return function("accuracy", [X, T], [answer]) if chosen else ""

    @property
    def notes(self) -> list[str]:
        """That there is no accuracy, where the target names no class."""
        T = self.body.inputs[1]
        return [] if chosen_class(self.body.roles) else [f"Accuracy   NaN: {T} names no class of a sample"]
