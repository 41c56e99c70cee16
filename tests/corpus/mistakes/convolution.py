"""What goes wrong in a convolution."""

from helpers.exercises.mistakes.mistake import Family

CONVOLUTION = Family(
    "Conv2d",
    """\
class Conv2d:
    def __init__(self, C, O, K=3, stride=2, padding=1):
        self.params = {"W": np.random.normal(size=(O, C, K, K)), "b": np.zeros(O)}
        self.grads, self.r, self.p = {}, stride, padding

    def at(self, A, u, v):
        r, (N1, N2) = self.r, self.N
        return A[:, :, u : u + r * N1 : r, v : v + r * N2 : r]

    def forward(self, X):
        p, W, b = self.p, self.params["W"], self.params["b"]
        self.X = np.pad(X, ((0, 0), (0, 0), (p, p), (p, p)))
        self.N = [(H - len(W[0, 0])) // self.r + 1 for H in self.X.shape[2:]]
        Y = np.zeros((len(X), len(W), *self.N), X.dtype)
        for u, v in np.ndindex(W.shape[2:]):
            Y += np.einsum("schw,oc->sohw", self.at(self.X, u, v), W[:, :, u, v])
        return Y + b[:, None, None]

    def backward(self, dY):
        p, W = self.p, self.params["W"]
        dX, dW = np.zeros_like(self.X), np.zeros_like(W)
        for u, v in np.ndindex(W.shape[2:]):
            place = self.at(dX, u, v)
            place += np.einsum("sohw,oc->schw", dY, W[:, :, u, v])
            dW[:, :, u, v] = np.einsum("sohw,schw->oc", dY, self.at(self.X, u, v))
        self.grads["W"], self.grads["b"] = dW, dY.sum(axis=(0, 2, 3))
        return dX[:, :, p:-p, p:-p]
""",
    (
        (
            "the kernel turned in forward",
            "flipped",
            "v), W[:, :, u, v])\n",
            "v), W[:, :, ::-1, ::-1][:, :, u, v])\n",
        ),
        ("the kernel turned in dX", "flipped", "dY, W[:, :, u, v])", "dY, W[:, :, ::-1, ::-1][:, :, u, v])"),
        ("dW turned", "flipped", "= dW, dY", "= dW[:, :, ::-1, ::-1], dY"),
        ("forward without b", "forward", " + b[:, None, None]", ""),
        ("padded with the border of X", "forward", "(p, p)))", '(p, p)), mode="edge")'),
        ("no padding", "shape", "(0, 0), (p, p), (p, p)", "(0, 0), (0, 0), (0, 0)"),
        ("stride ignored", "raises", "// self.r + 1", "+ 1"),
        (
            "stride ignored backward",
            "wrong value",
            "self.at(dX, u, v)",
            "dX[:, :, u : u + self.N[0], v : v + self.N[1]]",
        ),
        ("= where windows overlap", "wrong value", "place +=", "place[...] ="),
        ("padding not cut off", "shape", "dX[:, :, p:-p, p:-p]", "dX"),
        ("padding cut off on one side", "wrong value", "dX[:, :, p:-p, p:-p]", "dX[:, :, 2 * p :, 2 * p :]"),
        ("db over the batch alone", "not summed", "dY.sum(axis=(0, 2, 3))", "dY.sum(axis=0)"),
        ("db over the places alone", "not summed", "dY.sum(axis=(0, 2, 3))", "dY.sum(axis=(2, 3))"),
        ("db over the channels", "shape", "dY.sum(axis=(0, 2, 3))", "dY.sum(axis=(0, 1))"),
        ("db of all channels", "bias scalar", "dY.sum(axis=(0, 2, 3))", "dY.sum()"),
        ("db a mean over the places", "factor", "dY.sum(axis=(0, 2, 3))", "dY.mean(axis=(2, 3)).sum(axis=0)"),
        (
            "db a mean over the samples",
            "bias averaged",
            "dY.sum(axis=(0, 2, 3))",
            "dY.sum(axis=(2, 3)).mean(axis=0)",
        ),
        ("dW a mean over the places", "factor", "= dW, dY", "= dW / np.prod(self.N), dY"),
        ("dW divided by S", "factor", "= dW, dY", "= dW / len(dY), dY"),
        (
            "dW of one place of Y",
            "not summed",
            "dY, self.at(self.X, u, v))",
            "dY[..., :1, :1], self.at(self.X, u, v)[..., :1, :1])",
        ),
        (
            "dW of the last sample",
            "not summed",
            "dY, self.at(self.X, u, v))",
            "dY[-1:], self.at(self.X, u, v)[-1:])",
        ),
        (
            "dX averaged over the kernel",
            "factor",
            "return dX[:, :, p:-p, p:-p]",
            "return dX[:, :, p:-p, p:-p] / W[0, 0].size",
        ),
        ("dX with the channels exchanged", "raises", "sohw,oc->schw", "sohw,co->schw"),
        ("dW with the channels exchanged", "raises", "sohw,schw->oc", "sohw,schw->co"),
    ),
    (4, 3, 3, 2, 1),
)
