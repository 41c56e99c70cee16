"""Makes a layer of a stranger's class: which sizes, arrays and options its arguments ask for, by their names."""

import contextlib
import copy
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from helpers.judge.code.arguments import TOLD, letter, names_of, optional_names_of, parameters_of
from helpers.judge.code.case import Case
from helpers.judge.code.letters import BESIDE, LETTER
from helpers.judge.code.places import vars_of
from helpers.judge.code.roles import forward_of, plain

INPUTS = (
    " m nin inputs in infeatures infeature indim insize inputsize inputdim inputfeatures inputunits inputshape ninputs"
    " ninput numinputs numin fanin din inch inchannel inchannels inputchannels inplanes cin "
)
OUTPUTS = (
    " n nout out outfeatures outfeature outdim outsize outputsize outputdim outputfeatures outputunits outputshape"
    " noutputs noutput numoutputs numout fanout dout outch outchannel outchannels outputchannels outplanes cout units"
    " nunits neurons nneurons numneurons hidden hiddensize filters nfilters numfilters size dim features nfeatures"
    " numfeatures channels "
)
OPTIONS = (  # what a layer of this project or of torch.nn calls it, and what others do
    ("alpha", "negative_slope", "slope", "leak", "leakage", "a"),
    ("eps", "epsilon"),
    (
        "kernel_size",
        "kernel",
        "filter_size",
        "kernel_shape",
        "pool_size",
        "kernel_dim",
        "size",
        "k",
        "f",
        "pool",
    ),
    ("stride", "strides", "s"),
    ("padding", "pad", "pads", "p"),
    ("dilation", "dilations"),
    ("groups", "n_groups"),
    ("num_groups", "groups"),
    ("beta", "threshold"),
    ("p", "rate", "dropout_rate", "prob", "drop_prob"),
    ("delta", "d"),
    ("reduction",),
)
SHAPE = ("alpha", "negative_slope", "delta")
"""Options that are the work's own to choose, where like is a name: an activation or a loss of another shape."""


def option(name: str, like: Any) -> tuple[Any, ...]:
    """Return the option of `like` that a name stands for, in a tuple of one; an empty one where there is none."""
    rows = [row for row in OPTIONS if plain(name) in map(plain, row)]
    found = (getattr(like, one, callable) for row in rows for one in row)
    return next(((one_number(value),) for value in found if not callable(value)), ())


def own_options(work: Any, like: type) -> dict[str, float]:
    """Return the options of shape that `like` has, with the numbers that a work has by itself: its α, its δ."""
    there = {plain(p.name.strip("_")): p.default for f in callables(work) for p in parameters_of(f) or ()}
    there |= {} if inspect.isclass(work) else {plain(name): value for name, value in vars_of(work).items()}
    numbers = {name: value for name, value in there.items() if type(value) in (int, float)}
    found = {}
    for name in {*SHAPE} & {*optional_names_of(like)}:
        spelled = [plain(one) for row in OPTIONS if name in row for one in row]
        if own := [numbers[one] for one in spelled if one in numbers]:
            found[name] = own[0]
    return found


def callables(work: Any) -> list[Any]:
    return [f for f in (work if isinstance(work, tuple) else (work,)) if callable(f)]


def one_number(value: Any) -> Any:
    """Return 2 of (2, 2) and of ((2, 2), (2, 2)), which is how a kernel or a stride is asked for."""
    return one_number(value[0]) if isinstance(value, tuple) and len(set(value)) == 1 else value


def ways_to_make(
    kind: type, case: Case, like: Any, options: Mapping[str, Any]
) -> Iterator[tuple[list, dict]]:
    """Yield what a class may be made with: M and N by position as ever, else what its names ask for."""
    sizes = sizes_for(kind, case)
    names = [name for name in optional_names_of(kind) if len(name) > 1 and name != "rate"]
    more = {name: one[0] for name in names if (one := option(name, like))}
    more |= {name: options[name] for name in optional_names_of(kind) if name in options}
    asked = names_of(kind)
    by_arrays = bool(asked) and all(letter(name, case.params) for name in asked)
    named = {} if case.row and not by_arrays else by_names(asked, case, like, options)
    if named and not all(plain(name) in ("m", "n") for name in asked):
        yield [], named | more
    if matrices_of(named):
        yield [], named | more | {name: A.T.copy() for name, A in matrices_of(named).items()}
    yield sizes, {name: value for name, value in more.items() if name not in taken(kind, sizes)}
    if len(sizes) == 2 and not case.row:
        yield sizes[::-1], {}
        yield sizes[1:], {}
        yield [], {}


def matrices_of(named: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return the matrices that a class is made with, which may lie either way."""
    return {name: A for name, A in named.items() if isinstance(A, np.ndarray) and A.ndim == 2}


def sizes_for(kind: type, case: Case) -> list:
    """Return what the row of the layer says, else M and N beside a W, N beside a γ alone."""
    if case.row and case.row.made:
        return [case.sizes[a] for a in case.row.made][: len(names_of(kind))]
    if case.weights is not None:
        return list(case.channels)
    shape = next((A.shape for A in case.own.values()), ())
    return [shape[0] if len(shape) == 1 else shape] if shape and names_of(kind) else []


def taken(kind: type, sizes: list) -> list[str]:
    return [*names_of(kind), *optional_names_of(kind)][: len(sizes)]


def by_names(asked: list[str], case: Case, like: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what each name asks for: a size, an array, an option of `like`; nothing where one is not known."""
    learns = case.weights is not None
    M, N = case.channels if learns else (None, next((A.shape[0] for A in case.own.values()), None))
    found: dict[str, Any] = {}
    for name in asked:
        own, word = option(name, like), f" {plain(name)} "
        if name in options:
            found[name] = options[name]
        elif M is not None and word in INPUTS:
            found[name] = M
        elif N is not None and word in OUTPUTS and not (learns and own):
            found[name] = N
        elif key := letter(name, case.params):
            found[name] = case.params[key].copy()
        elif own:
            found[name] = own[0]
        else:
            return {}
    return found


def fits(kind: type, given: list, named: dict) -> str:
    """Return why a class does not take these arguments, "" where it does or does not tell."""
    try:
        inspect.signature(kind).bind(*given, **named)
    except TypeError as error:
        return str(error)
    except ValueError:
        return ""
    return ""


def asked_by(work: Any) -> list[str]:
    """Return the names of what forward cannot do without, beside self and what only tells how."""
    f = forward_of(work)
    names = names_of(f) if f else []
    own = getattr(f, "__name__", "")
    static = isinstance(inspect.getattr_static(work, own, None), staticmethod)
    names = names[1:] if inspect.isclass(work) and not static else names
    names += [name for name in optional_names_of(f) if is_target(name)] if f and len(names) == 1 else []
    return [name for name in names if name not in TOLD and name not in BESIDE["cache"]]


def is_target(name: str) -> bool:
    """Tell whether a name means the target of a loss."""
    return name in ("y", "Y") or LETTER.get(name) == "T"


def copied(layer: Any) -> Any:
    """Copy a layer deeply; share what cannot be copied, such as a lock."""
    try:
        return copy.deepcopy(layer)
    except Exception:
        twin, memo = copy.copy(layer), {}
        for name, value in vars(layer).items():
            with contextlib.suppress(Exception):
                setattr(twin, name, copy.deepcopy(value, memo))
        return twin
