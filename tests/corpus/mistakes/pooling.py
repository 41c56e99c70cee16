"""What goes wrong in pooling."""

from helpers.exercises.mistakes.mistake import Family

MAXIMUM = Family(
    "MaxPool2d",
    """\
class MaxPool2d:
    def __init__(self, K=2):
        self.K = K

    def forward(self, X):
        self.X, K = X, self.K
        S, C, H, W = X.shape
        self.N = S, C, H // K, W // K
        tiles = X[:, :, : H // K * K, : W // K * K].reshape(S, C, H // K, K, W // K, K)
        self.tiles = tiles.swapaxes(3, 4).reshape(*self.N, K * K)
        self.at = self.tiles.argmax(axis=-1)[..., None]
        return self.tiles.max(axis=-1)

    def backward(self, dY):
        (S, C, N1, N2), K = self.N, self.K
        dtiles, dX = np.zeros_like(self.tiles), np.zeros_like(self.X)
        np.put_along_axis(dtiles, self.at, dY[..., None], axis=-1)
        tiles = dtiles.reshape(S, C, N1, N2, K, K).swapaxes(3, 4)
        dX[:, :, : N1 * K, : N2 * K] = tiles.reshape(S, C, N1 * K, N2 * K)
        return dX
""",
    (
        (
            "the gradient to every maximum",
            "only at ties",
            "np.put_along_axis(dtiles, self.at, dY[..., None], axis=-1)",
            "dtiles += dY[..., None] * (self.tiles == self.tiles.max(axis=-1, keepdims=True))",
        ),
        (
            "the gradient shared among maxima",
            "only at ties",
            "np.put_along_axis(dtiles, self.at, dY[..., None], axis=-1)",
            "M = self.tiles == self.tiles.max(-1, keepdims=True); "
            "dtiles += dY[..., None] * M / M.sum(-1, keepdims=True)",
        ),
        (
            "the last of several maxima",
            "only at ties",
            "self.tiles.argmax(axis=-1)",
            "K * K - 1 - self.tiles[..., ::-1].argmax(axis=-1)",
        ),
        ("the gradient to the minimum", "wrong value", "tiles.argmax", "tiles.argmin"),
        ("the minimum", "forward", "self.tiles.max(axis=-1)", "self.tiles.min(axis=-1)"),
        ("the mean", "forward", "self.tiles.max(axis=-1)", "self.tiles.mean(axis=-1)"),
        (
            "the gradient shared by all",
            "wrong value",
            "np.put_along_axis(dtiles, self.at, dY[..., None], axis=-1)",
            "dtiles += dY[..., None] / K**2",
        ),
        (
            "rows and columns of a tile exchanged",
            "wrong value",
            "K, K).swapaxes(3, 4)",
            "K, K).transpose(0, 1, 2, 5, 3, 4)",
        ),
        ("dY does not enter", "upstream ignored", "self.at, dY[..., None]", "self.at, 1"),
        ("what no tile covers is cut off", "shape", "return dX", "return dX[:, :, : N1 * K, : N2 * K]"),
        ("the maximum of the whole image", "shape", "self.tiles.max(axis=-1)", "X.max(axis=(2, 3))"),
    ),
    (2,),
)
AVERAGE = Family(
    "AvgPool2d",
    """\
class AvgPool2d:
    def __init__(self, K=3, stride=2, padding=1):
        self.K, self.r, self.p = K, stride, padding

    def at(self, A, u, v):
        r, (N1, N2) = self.r, self.N
        return A[:, :, u : u + r * N1 : r, v : v + r * N2 : r]

    def forward(self, X):
        p, K = self.p, self.K
        self.X = np.pad(X, ((0, 0), (0, 0), (p, p), (p, p)))
        self.N = [(H - K) // self.r + 1 for H in self.X.shape[2:]]
        return sum(self.at(self.X, u, v) for u, v in np.ndindex(K, K)) / K**2

    def backward(self, dY):
        p, K, dX = self.p, self.K, np.zeros_like(self.X)
        for u, v in np.ndindex(K, K):
            place = self.at(dX, u, v)
            place += dY / self.K**2
        return dX[:, :, p:-p, p:-p]
""",
    (
        ("the sum", "factor", "np.ndindex(K, K)) / K**2", "np.ndindex(K, K))"),
        ("divided by K", "factor", "np.ndindex(K, K)) / K**2", "np.ndindex(K, K)) / K"),
        (
            "the padding not counted",
            "forward",
            "np.ndindex(K, K)) / K**2",
            "np.ndindex(K, K)) / sum(self.at(np.pad(X * 0 + 1, ((0, 0), (0, 0), (p, p), (p, p))), u, v) "
            "for u, v in np.ndindex(K, K))",
        ),
        ("dY as it is", "factor", "dY / self.K**2", "dY"),
        ("dX divided by K", "factor", "dY / self.K**2", "dY / K"),
        ("dX divided by the stride", "factor", "dY / self.K**2", "dY / self.r**2"),
        ("dX divided by the number of outputs", "factor", "dY / self.K**2", "dY / np.prod(self.N)"),
        ("= where windows overlap", "wrong value", "place +=", "place[...] ="),
        ("padding not cut off", "shape", "dX[:, :, p:-p, p:-p]", "dX"),
        (
            "stride ignored backward",
            "wrong value",
            "self.at(dX, u, v)",
            "dX[:, :, u : u + self.N[0], v : v + self.N[1]]",
        ),
    ),
    (3, 2, 1),
)
FAMILIES = (MAXIMUM, AVERAGE)
