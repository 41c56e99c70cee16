"""A recurrent net and a GPT learn in NumPy and in PyTorch from the same weights and batches: equal after 100 steps."""

import numpy as np
import pytest
import torch

from helpers.compare.specimens.gpt import TorchGPT
from helpers.implement import GPT, GRU, LSTM, RNN, SGD, Embedding, Linear, Sequential, SoftmaxCrossEntropy
from helpers.implement.linear import rows

V, M, N, S, T, STEPS = 5, 4, 3, 3, 6, 100


class Recurrent(torch.nn.Module):
    """Embedding, a recurrent layer, Linear."""

    def __init__(self, kind):
        super().__init__()
        self.embedding, self.linear = torch.nn.Embedding(V, M), torch.nn.Linear(N, V)
        self.recurrent = getattr(torch.nn, kind.__name__)(M, N, 2, batch_first=True)

    def forward(self, ids):
        return self.linear(self.recurrent(self.embedding(ids))[0])


def recurrent(kind):
    network = Sequential(Embedding(V, M, rng=0), kind(M, N, 2, rng=1), Linear(N, V, rng=2))
    module = Recurrent(kind).double()
    parts = (module.embedding, module.recurrent, module.linear)
    parameters = [W for part in parts for W in part.parameters()]
    with torch.no_grad():
        for W, ours in zip(parameters, network.params.values(), strict=True):
            W.copy_(torch.from_numpy(ours))
    return network, module, parameters


def gpt():
    network = GPT(V, T, 8, 2, 2, rng=0)
    module = TorchGPT(network)
    return network, module, [*module.parameters()]


@pytest.mark.parametrize(
    "make",
    [*(pytest.param(lambda kind=kind: recurrent(kind), id=kind.__name__) for kind in (RNN, LSTM, GRU)), gpt],
)
def test_weights_are_equal_after_100_steps(make):
    network, module, parameters = make()
    before = {key: W.copy() for key, W in network.params.items()}
    update = SGD(network, 0.1, momentum=0.9)
    update_torch = torch.optim.SGD(module.parameters(), 0.1, momentum=0.9)
    rng, loss = np.random.default_rng(3), SoftmaxCrossEntropy()
    for _ in range(STEPS):
        ids = rng.integers(V, size=(S, T + 1))
        Y = network.forward(ids[:, :-1])
        loss.forward(rows(Y), ids[:, 1:].ravel())
        network.parameter_gradients(loss.backward().reshape(Y.shape))
        update.step()
        update_torch.zero_grad()
        y = module(torch.from_numpy(ids[:, :-1]))
        torch.nn.functional.cross_entropy(y.flatten(0, 1), torch.from_numpy(ids[:, 1:].ravel())).backward()
        update_torch.step()
    for W_torch, (key, W) in zip(parameters, network.params.items(), strict=True):
        assert np.abs(W - W_torch.detach().numpy()).max() < 1e-10, key
        assert np.abs(W - before[key]).max() > 1e-5, key
