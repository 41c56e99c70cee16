"""Makes a layer or a loss of a reader's class, or copies an object of theirs, and puts our parameters into it."""

import contextlib
import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from helpers.judge.code import making
from helpers.judge.code.arguments import names_of
from helpers.judge.code.case import Case
from helpers.judge.code.diagnosis import Trouble
from helpers.judge.code.letters import spellings
from helpers.judge.code.places import (
    Path,
    arrays_in,
    at,
    listing,
    put,
    stored,
)
from helpers.judge.code.roles import INITIALISE, forward_of, method
from helpers.judge.code.subject import Subject
from helpers.verdict import Difference, Kind, State, not_judged, wrong


class Made(Subject):
    """Has an object of a reader's, or makes one of its class, and knows where it keeps its parameters."""

    method = True

    def __init__(
        self, layer: Any, seconds: float, call_seconds: float, options: Mapping[str, Any] | None = None
    ) -> None:
        name = layer.__name__ if inspect.isclass(layer) else type(layer).__name__
        super().__init__(name, seconds, call_seconds, options)
        self.original, self.made = layer, {}
        self.clears: str | None = None  # the method that clears gradients which add up, where it is needed
        self.like: Any = None  # whose options the class may be made with
        self.sizes_guessed = False  # whether the sizes of like were read off from this object
        self.how: int | None = None  # the way in which the class could be made
        self.paths: dict[str, Path] = {}  # where parameters and gradients are, by their letters
        self.turned: set[str] = set()  # parameters kept as (M, N), seen where M and N differ
        self.rate: float | None = None  # of a backward that updates
        self.loss = len(making.asked_by(layer)) == 2

    def fresh(self) -> None:
        self.made = {}

    @property
    def is_class(self) -> bool:
        return inspect.isclass(self.original)

    # making

    def at(self, case: Case) -> Any:
        """Return the reader's layer at the sizes of a case: a copy, so that theirs stays as it is."""
        shapes = tuple(A.shape for A in case.params.values())
        if shapes not in self.made:
            made = (
                self.make(case)
                if self.is_class
                else self.call("copy(layer)", case, making.copied, self.original)
            )
            self.made[shapes] = made
        return self.made[shapes]

    def make(self, case: Case) -> Any:
        """Make the class in the first way in which it takes its arguments and its parameters fit."""
        ways = list(making.ways_to_make(self.original, case, self.like, self.options))
        troubles: list[Trouble] = []
        tight: list[Any] = []  # layers in which the parameters do not fit
        for k, (given, named) in enumerate(ways):
            if self.how in (None, k):
                try:
                    layer = self.made_with(given, named, case)
                    fits = all(self.has_room(layer, key, A) for key, A in case.params.items())
                    fits = fits and (not making.matrices_of(named) or self.runs(layer, case))
                    fits = fits and not (
                        tight and self.is_empty(layer, case) and not self.is_empty(tight[0], case)
                    )
                    if self.how is not None or fits:
                        self.how = k
                        return layer
                    tight.append(layer)
                except Trouble as trouble:
                    troubles.append(trouble)
        if tight:
            return tight[0]
        raise troubles[0]

    def is_empty(self, layer: Any, case: Case) -> bool:
        """Tell whether a layer holds none of the parameters: one that was made with arrays is told of sooner."""
        return all(stored(layer, key, A.shape) is None for key, A in case.params.items())

    def runs(self, layer: Any, case: Case) -> bool:
        """Tell whether a layer takes the inputs of the case, in what it was made with."""
        try:
            self.call("forward", case, forward_of(layer), *(A.copy() for A in case.inputs.values()))
        except Trouble as trouble:
            return trouble.verdict.kind is not Kind.RAISES
        return True

    def made_with(self, given: list, named: dict, case: Case) -> Any:
        """Call the class. Raises Trouble, not judged, where these arguments, which are guessed, are none for it."""
        words = [*map(str, given), *(f"{name}={value}" for name, value in named.items())]
        said, error = f"{self.name}({', '.join(words)})", making.fits(self.original, given, named)
        if not error:
            try:
                return self.call(said, case, self.original, *given, **named)
            except Trouble as trouble:
                if trouble.verdict.kind is not Kind.RAISES:
                    raise
                error = trouble.verdict.pieces["error"]
        how = ("made with nothing", "made with N", "made with M and N")[len(given)]
        raise Trouble(not_judged(Kind.INTERFACE, self.name, case=how, said=said, error=error))

    def has_room(self, layer: Any, key: str, A: np.ndarray) -> bool:
        """Tell whether a parameter of the layer has the entries of ours; one that is not there yet may."""
        path = stored(layer, key, A.shape)
        return path is None or at(layer, path).size == A.size

    # parameters

    def place(self, layer: Any, key: str, case: Case) -> Path:
        """Find where a parameter is kept; a layer that makes it at its first forward is called once."""
        path = self.paths.get(key) or self.found(layer, key, case)
        if (path is None or type(at(layer, path)) in (int, float)) and self.widened(layer, key, case):
            path = path or self.found(layer, key, case)
        if path is None or at(layer, path) is None:
            self.initialise(layer, case)
            path = self.found(layer, key, case)
        if path is None or at(layer, path) is None:
            self.warm(layer, case)
            path = path or self.found(layer, key, case)
        if path is None:
            found = ", ".join(listing(arrays_in(layer)))
            there = f"There are {found}." if found else "It holds no array."
            raise Trouble(not_judged(Kind.INTERFACE, key, case="no parameter", there=there))
        self.paths[key] = path
        return path

    def found(self, layer: Any, key: str, case: Case) -> Path | None:
        taken = [path for other, path in self.paths.items() if other != key]
        taken += [
            path for path, A in arrays_in(layer).items() if np.array_equal(A, case.X)
        ]  # kept by forward
        return self.call("params", case, stored, layer, key, case.params[key].shape, taken)

    def widened(self, layer: Any, key: str, case: Case) -> bool:
        """Put a vector in the place of a number that broadcasts until backward makes an array of it, γ = 1."""
        of_one_axis = spellings(key) if case.params[key].ndim == 1 else ()
        name = next((name for name in of_one_axis if type(getattr(layer, name, None)) in (int, float)), None)
        if name is not None:
            setattr(layer, name, np.full(case.params[key].shape, float(getattr(layer, name))))
            self.noted[key] = f"{key} is one number, and an array is put there"
        return name is not None

    def initialise(self, layer: Any, case: Case) -> None:
        """Call the method that makes the parameters, with the width of X or with nothing, where there is one."""
        make, width = method(layer, INITIALISE), case.X.shape[-1]
        if make and len(names_of(make)) < 2:
            with contextlib.suppress(Trouble):
                self.call(f"{make.__name__}()", case, make, *[width] * len(names_of(make)))
                self.noted["initialise"] = f"parameters made by {make.__name__}()"

    def warm(self, layer: Any, case: Case) -> None:
        """Run forward once, for the parameters that it makes."""
        with contextlib.suppress(Trouble):
            self.call("forward", case, forward_of(layer), case.X.copy())

    def live(self, layer: Any, key: str, case: Case) -> np.ndarray:
        """Return a parameter itself, which may be behind a property of the reader's."""
        A = self.call("params", case, at, layer, self.place(layer, key, case))
        if isinstance(A, np.ndarray) and A.dtype.kind in "fiu":
            return A
        raise Trouble(wrong(Kind.TYPE, key, case="parameter", type=type(A).__name__))

    def dtype(self, case: Case) -> np.dtype:
        """Return the dtype of its parameters."""
        case = self.adapted(case)
        return self.live(self.at(case), next(iter(case.params)), case).dtype

    def takes(self, case: Case) -> bool:
        """Tell whether its parameters can be put into the dtype of the case; those of its parts cannot."""
        case = self.adapted(case)
        layer = self.filled(case)
        if any(hasattr(part, "forward") for part in vars(layer).values()):
            return False
        kept = getattr(layer, "buffers", None)
        same = all(A.dtype == case.dtype for A in kept.values()) if isinstance(kept, dict) else True
        return same and all(self.live(layer, key, case).dtype == A.dtype for key, A in case.params.items())

    def filled(self, case: Case) -> Any:
        """Return the layer with the parameters of the case in it."""
        layer = self.at(case)
        if self.clears:
            self.call(f"{self.clears}()", case, getattr(layer, self.clears))
        for key, value in case.params.items():
            live = self.live(layer, key, case)
            if np.shape(live) == value.T.shape != value.shape and value.ndim == 2:
                self.turned.add(key)
            if key[0] == "U" and case.row and f"W{key[1:]}" in self.turned:
                self.turned.add(key)  # a square U lies as its W does
            value = value.T if key in self.turned else value
            if np.shape(live) != value.shape and np.size(live) == value.size:
                value = value.reshape(np.shape(live))  # b as (1, N)
            if np.shape(live) != value.shape:
                shapes = Difference(Kind.SHAPE, shapes=(np.shape(live), value.shape))
                fault = wrong(Kind.SHAPE, key, shapes, case="parameter", own_sizes=not self.is_class)
                raise Trouble(replace(fault, state=State.NOT_JUDGED) if self.sizes_guessed else fault)
            put(layer, self.paths[key], value)
        return layer
