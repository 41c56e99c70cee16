"""One time of a recurrent layer, as a work of its own: (X, H_prev) to H, or (X, H_prev, C_prev) to (H, C)."""

import inspect
from dataclasses import replace
from typing import Any

from helpers.compare.reference import family_of, layer_meant, layer_named
from helpers.judge.code.axes import Axes
from helpers.judge.code.gate_packings import GATES
from helpers.judge.code.layer_object import Object
from helpers.judge.code.places import arrays_in, in_grads
from helpers.judge.code.subject import Subject


def unrolled(like: Any) -> tuple[Any, bool]:
    """Return the layer that a cell of torch.nn is one time of, and whether like is such a cell."""
    kind = like if inspect.isclass(like) else type(like)
    name = kind.__name__.removesuffix("Cell")
    if not kind.__module__.startswith("torch.nn") or name not in GATES or name == kind.__name__:
        return like, False
    layer = layer_named(name)
    return (layer if inspect.isclass(like) else layer(like.input_size, like.hidden_size)), True


def one_step(row: Axes) -> Axes:
    """The row of one time, whose Y is the last state; of an LSTM C comes out beside it."""
    beside = tuple(of for of in row.outputs if of != "HT")
    return replace(row, known=dict(row.known) | {"T": 1}, outputs=beside, upstream=beside)


def has_times(like: Any) -> bool:
    """Tell whether a layer is a recurrent one of one layer, which may be written one time by one."""
    return gates_of(like) > 0 and getattr(like, "num_layers", 1) == 1


def gates_of(like: Any) -> int:
    """Return the matrices that stand one below the other in each parameter of a recurrent layer, 0 of another."""
    layer = layer_meant(like)
    family = layer and family_of(layer)
    return len(GATES.get(family.name, "")) if family else 0


def arguments_of(subject: Subject, like: type) -> tuple[int, ...]:
    """Return the sizes that a class of sequences is made with: those of an object that is there, else usual ones."""
    usual = family_of(layer_meant(like)).examples[0].arguments
    if not isinstance(subject, Object) or subject.is_class:
        return usual
    shapes = [
        A.shape for path, A in arrays_in(subject.original).items() if A.ndim == 2 and not in_grads(path)
    ]
    if "E" in family_of(layer_meant(like)).parameters:
        return shapes[0] if shapes else usual
    gates = gates_of(like)
    for N in {n for shape in shapes for n in shape}:
        wide = [(N, gates * N), (gates * N, N), (N, N)]
        others = [n for shape in shapes if shape not in wide for n in shape if {N, gates * N} & {*shape}]
        if {*shapes} & {*wide} and (M := [n for n in others if n not in (N, gates * N)]):
            return M[0], N
    return usual
