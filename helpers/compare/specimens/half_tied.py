"""GPTs whose tied matrix is taught by one of its two uses only."""

import numpy as np

from helpers.implement import GPT, SoftmaxCrossEntropy
from helpers.implement.linear import product, rows


class Halved(GPT):
    """A GPT whose dE may lack one of its two terms; it keeps the dX that came to the embedding."""

    lacks = "nothing"

    def gradient(self, dY: np.ndarray) -> None:
        dX = self.blocks.backward(self.norm.backward(product(dY, self.embedding.params["E"])))
        self.dX = self.positions.backward(dX)
        self.embedding.backward(self.dX)
        dE = self.embedding.grads["E"]
        if self.lacks == "reading":
            dE[...] = 0
        if self.lacks != "writing":
            dE += rows(dY).T @ rows(self.H)


LACKS = {"A": "reading", "B": "writing", "C": "nothing"}


def nets(vocab_size: int, context: int, seed: int = 15) -> dict[str, GPT]:
    """Three small nets A, B and C with the same weights; of two of them dE lacks a half."""
    made = {name: Halved(vocab_size, context, 32, 4, 2, rng=seed, dtype=np.float32) for name in LACKS}
    for name, net in made.items():
        net.lacks = LACKS[name]
    return made


def evidence(net: GPT, ids: np.ndarray, T: np.ndarray) -> dict[str, np.ndarray]:
    """What a net computes for one sequence ids (T,) and its targets: ids, dX (T, M), dY (T, V), H (T, M), dE (V, M)."""
    loss = SoftmaxCrossEntropy()
    loss.forward(net.forward(ids), T)
    net.backward(dY := loss.backward())
    return {"ids": ids, "dX": net.dX, "dY": dY, "H": net.H, "dE": net.embedding.grads["E"]}
