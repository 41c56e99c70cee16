"""One input of the battery: X with the parameters, and what comes from above."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from helpers.judge.code.axes import Axes

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Case:
    """X, the parameters by their letters, T of a loss, and dY, the upstream gradient of a layer.

    first      the letter of X: "ids" of an embedding, "Q" of attention
    more       what goes in beside it, by letters in their order: K and V, H0 and C0, padding
    dmore      the upstream gradients of what comes out behind Y: dHT and dCT
    row        what the row of the layer says of all these, where it says something
    fixed      the letters of inputs whose gradient nobody asks for, as of the data of a network
    """

    X: np.ndarray
    params: Arrays = field(default_factory=dict)
    T: np.ndarray | None = None
    dY: np.ndarray | None = None
    first: str = "X"
    more: Arrays = field(default_factory=dict)
    dmore: Arrays = field(default_factory=dict)
    row: Axes | None = None
    fixed: frozenset[str] = frozenset({"T"})

    @property
    def value(self) -> str:
        """The letter of what forward returns."""
        return "Y" if self.T is None else "L"

    @property
    def dtype(self) -> np.dtype:
        """That of what is no integer."""
        floats = (A.dtype for A in (self.X, *self.params.values()) if A.dtype.kind == "f")
        return next(floats, np.dtype(float))

    @property
    def inputs(self) -> Arrays:
        """What goes in, by letters in the order of forward."""
        return {self.first: self.X} | ({} if self.T is None else {"T": self.T}) | self.more

    @property
    def upstream(self) -> Arrays:
        """What backward is handed, by letters in its order."""
        return ({} if self.dY is None else {"dY": self.dY}) | self.dmore

    @property
    def gradients(self) -> list[str]:
        """The gradients of the inputs that have one, which are floats: dX, dH0, ..."""
        return [
            f"d{letter}"
            for letter, A in self.inputs.items()
            if letter not in self.fixed and A.dtype.kind == "f"
        ]

    @property
    def weights(self) -> np.ndarray | None:
        """What stands between X and Y: W, or a matrix or a kernel of another name that is no scale of a sample."""
        others = (A for A in self.own.values() if A.ndim > 1 and A.shape != self.X.shape[1:][-A.ndim :])
        return self.params.get("W", next(others, None))

    @property
    def own(self) -> Arrays:
        """The parameters of a layer itself, none of a network."""
        return {key: A for key, A in self.params.items() if "." not in key}

    @property
    def images(self) -> bool:
        """Whether X has spatial axes: that of a convolution, or channels with rows and columns."""
        return not self.row and (self.X.ndim > 3 or (self.weights is not None and self.weights.ndim > 2))

    @property
    def channels(self) -> tuple[int, int]:
        """M and N, the sizes that a layer is made with: inputs and outputs, or channels of them."""
        N, M = self.weights.shape[:2]
        return M, N

    @property
    def sizes(self) -> dict[str, int]:
        """The letters that a factor may have."""
        if self.row:
            return self.row.bound({of: A.shape for of, A in (self.params | self.inputs).items()})
        if self.images:
            outputs = () if self.dY is None or self.dY.shape == self.X.shape else self.dY.shape[2:]
            O = {"O": len(self.weights)} if self.weights is not None else {}
            named = zip("SCHW", self.X.shape, strict=False)
            return dict(named) | O | {f"N{axis}": n for axis, n in enumerate(outputs, 1)}
        if self.weights is None:
            return {"S": len(self.X), "N": self.X.shape[-1]}
        return {"S": len(self.X), "M": self.weights.shape[-1], "N": len(self.weights)}

    def __str__(self) -> str:
        return f"{', '.join(self.sizes)} = {', '.join(map(str, self.sizes.values()))}"

    def astype(self, dtype: type) -> "Case":
        def cast(A: np.ndarray | None) -> np.ndarray | None:
            return A.astype(dtype) if A is not None and A.dtype.kind == "f" else A

        params = {key: cast(W) for key, W in self.params.items()}
        return replace(self.with_each(lambda _, A: cast(A)), params=params)

    def having(self, letter: str, A: np.ndarray) -> "Case":
        """The case with another array for an input or a parameter."""
        if letter == self.first:
            return replace(self, X=A)
        field = "params" if letter in self.params else "more"
        return replace(self, **{field: {**getattr(self, field), letter: A}})

    def sample(self, s: int) -> "Case":
        """Sample s alone."""

        def cut(letter: str, A: np.ndarray) -> np.ndarray:
            axis = self.row.axes.get(letter, "S").find("S") if self.row else 0
            return A if axis < 0 else A.take([s], axis)

        return self.with_each(cut)

    def with_each(self, change: Callable[[str, np.ndarray], np.ndarray]) -> "Case":
        """The case with change(letter, A) for each array but the parameters."""
        T, dY = (None if A is None else change(of, A) for of, A in (("T", self.T), ("Y", self.dY)))
        more = {letter: change(letter, A) for letter, A in self.more.items()}
        dmore = {of: change(of[1:], dA) for of, dA in self.dmore.items()}
        return replace(self, X=change(self.first, self.X), T=T, dY=dY, more=more, dmore=dmore)
