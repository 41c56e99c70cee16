"""Rows of attention, beside scaled_dot_product_attention, and of a whole step of a GPT."""

import tracemalloc

import numpy as np
import torch

from helpers import implement as ours
from helpers.compare.specimens.gpt import TorchGPT
from helpers.implement.linear import rows

from .work import Least, Work, normal, products

F = torch.nn.functional


def attention(S: int, T: int, H: int, D: int, goal: float | None) -> Work:
    """Causal, with heads as a projection leaves them: places before heads in memory."""
    layer, untuned = ours.Attention(causal=True), ours.Attention(causal=True)
    untuned.tuned = None
    given = [A.swapaxes(1, 2) for A in normal(4, S, T, H, D)]
    q, k, v, dy = (torch.from_numpy(A.swapaxes(1, 2).copy()).transpose(1, 2) for A in given)
    wanted = [A.requires_grad_() for A in (q, k, v)]

    def run(layer: ours.Attention = layer) -> None:
        layer.forward(*given[:3])
        layer.backward(given[3])

    def run_torch() -> None:
        torch.autograd.grad(F.scaled_dot_product_attention(q, k, v, is_causal=True), wanted, dy)

    P, A, K = normal(T, T // 2), normal(T, D), normal(T // 2, D)  # half of the keys are not seen
    least = products([*2 * [(A, K.T.copy())], *4 * [(P, K)]], S * H)  # S and dP; Y, dV, dQ and dK
    peers = {"its plain formula": lambda: run(untuned)} if S * H * T * T < 10**7 else {}
    return Work(f"attention B {S}, T {T}, {H} heads of {D}", goal, run, run_torch, least, peers=peers)


def attention_memory(T: int = 4096, H: int = 8, D: int = 32) -> str:
    """The most that forward and backward in blocks hold at once, beside Q, K, V and dY."""
    layer, given = ours.Attention(causal=True), normal(4, 1, H, T, D)
    tracemalloc.start()
    layer.forward(*given[:3])
    layer.backward(given[3])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return (
        f"memory of causal attention, T {T}, {H} heads of {D}, float32, forward and backward: at most "
        f"{peak / 1e6:.1f} MB,\n"
        f"where P alone, which the formula keeps, would take {4 * H * T * T / 1e6:.1f} MB"
    )


def gpt_step(goal: float) -> Work:
    """nanoGPT's setting for a CPU: forward, loss, every gradient, clipping, AdamW."""
    V, T, M, S = 65, 64, 128, 12
    network = ours.GPT(V, T, M, 4, 4, bias=False, rng=0, dtype=np.float32)
    module, (ids, next_) = TorchGPT(network), np.random.default_rng(0).integers(V, size=(2, S, T))
    options = {"lr": 1e-4, "betas": (0.9, 0.99), "weight_decay": 0.1}
    adam = ours.AdamW(network, **options, no_decay=ours.norms_and_biases(network))
    matrices, others = ([W for W in module.parameters() if (W.ndim > 1) == wide] for wide in (True, False))
    groups = [{"params": matrices}, {"params": others, "weight_decay": 0.0}]
    adam_torch, loss = torch.optim.AdamW(groups, **options), ours.SoftmaxCrossEntropy()
    i, t = torch.from_numpy(ids), torch.from_numpy(next_)

    def step() -> None:
        Y = network.forward(ids)
        loss.forward(rows(Y), next_.ravel())
        network.parameter_gradients(loss.backward().reshape(Y.shape))
        ours.clip_by_norm(network, 1.0)
        adam.step()

    def step_torch() -> None:
        adam_torch.zero_grad()
        F.cross_entropy(module(i).flatten(0, 1), t.flatten()).backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        adam_torch.step()

    return Work(f"GPT step, 4 layers, {M} wide, batch {S}", goal, step, step_torch, least_of(network, S * T))


def least_of(network: ours.GPT, S: int) -> Least:
    """Three products for each matrix of a linear layer, and for the head; of attention none."""
    wide = [W for key, W in network.params.items() if W.ndim > 1 and not key.startswith("positions")]
    pairs = []
    for W in wide:
        N, M = W.shape
        X, dY = normal(S, M), normal(S, N)
        pairs += [(X, W.T), (dY, W), (dY.T, X)]
    return products(pairs)
