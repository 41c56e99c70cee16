"""One input of the battery: X with the parameters, and what comes from above."""

from dataclasses import dataclass, field, replace

import numpy as np

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Case:
    """X, the parameters by their letters, T of a loss, and dY, the upstream gradient of a layer."""

    X: np.ndarray
    params: Arrays = field(default_factory=dict)
    T: np.ndarray | None = None
    dY: np.ndarray | None = None

    @property
    def value(self) -> str:
        """The letter of what forward returns."""
        return "Y" if self.T is None else "L"

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
        return self.X.ndim > 3 or (self.weights is not None and self.weights.ndim > 2)

    @property
    def channels(self) -> tuple[int, int]:
        """M and N, the sizes that a layer is made with: inputs and outputs, or channels of them."""
        N, M = self.weights.shape[:2]
        return M, N

    @property
    def sizes(self) -> dict[str, int]:
        """The letters that a factor may have."""
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
        return replace(self, X=cast(self.X), T=cast(self.T), dY=cast(self.dY), params=params)

    def sample(self, s: int) -> "Case":
        """Sample s alone."""
        rows = slice(s, s + 1 or None)
        T, dY = (None if A is None else A[rows] for A in (self.T, self.dY))
        return replace(self, X=self.X[rows], T=T, dY=dY)
