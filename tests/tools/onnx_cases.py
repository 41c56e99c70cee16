"""Holds the layers to ONNX's own node cases: agree, or refused with a sentence.

    python -m tests.tools.onnx_cases [--list]

The cases are those in the package onnx (onnx.backend.test), which is no requirement of this project. They know values
and no gradients. With --list each case that is refused is shown with its sentence.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from helpers import implement as ours
from tests.tools.onnx_layers import LAYERS, Arrays, Refused

TOLERANCE = {np.dtype(np.float32): 1e-5, np.dtype(np.float64): 1e-9}
TYPED = {"test_averagepool_2d_ceil_last_window_starts_on_pad": 1e-3}
"""Cases whose values are typed with a few digits."""
ORDER = {"RNN": (0,), "LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2)}
"""Their gates in our order: theirs are I O F C, and Z R H."""


def recurrent(kind: str, given: Arrays, options: dict[str, Any]) -> Arrays:
    """Y, Y_h and Y_c of RNN, LSTM or GRU."""
    direction = options.get("direction", b"forward").decode()
    if direction != "forward":
        raise Refused(f"direction={direction}: Hₜ knows what came before it")
    if "P" in given:
        raise Refused("peepholes: the gates see X and H, not C")
    if kind == "GRU" and not options.get("linear_before_reset"):
        raise Refused("linear_before_reset=0: R multiplies U Hₜ₋₁ + c, as in torch.nn.GRU")
    X, W, R = given["X"], given["W"][0], given["R"][0]
    X = X if options.get("layout") else X.swapaxes(0, 1)
    N = R.shape[1]
    layer = getattr(ours, kind)(W.shape[1], N, dtype=X.dtype)
    b, c = np.split(given.get("B", np.zeros((1, 2 * len(W)), X.dtype))[0], 2)
    for key, A in zip("WUbc", (W, R, b, c), strict=True):
        layer.params[key][...] = np.concatenate([np.split(A, len(W) // N)[k] for k in ORDER[kind]])
    states = [given.get(name) for name in ("initial_h", "initial_c")[: len(layer.outputs)]]
    if options.get("layout"):
        states = [None if H is None else H.swapaxes(0, 1) for H in states]
    lengths = given.get("sequence_lens")
    Y = layer.forward(X, *states, lengths=lengths)
    last = [getattr(layer, of) for of in layer.outputs]
    if options.get("layout"):
        Y, last = Y[:, :, None], [H.swapaxes(0, 1) for H in last]
    else:
        Y = Y.swapaxes(0, 1)[:, None]
    return dict(zip(("Y", "Y_h", "Y_c"), (Y, *last), strict=False))


def four(A: np.ndarray, heads: int | None) -> np.ndarray:
    """(S, T, H D) as (S, H, T, D)."""
    return A if A.ndim == 4 else A.reshape(*A.shape[:2], heads, -1).swapaxes(1, 2)


def attention(kind: str, given: Arrays, options: dict[str, Any]) -> Arrays:
    """Y of attention; its queries stand behind the past, and each sees the keys up to its own place."""
    for name, why in (
        ("softcap", "S is not squeezed"),
        ("left_window_size", "a query sees all keys, or all before it"),
        ("right_window_size", "a query sees all keys, or all before it"),
    ):
        if options.get(name, -1 if "window" in name else 0.0) not in (0.0, -1):
            raise Refused(f"{name}: {why}")
    Q, K, V = (
        four(given[name], options.get(heads))
        for name, heads in (("Q", "q_num_heads"), ("K", "kv_num_heads"), ("V", "kv_num_heads"))
    )
    if Q.shape[1] != K.shape[1]:
        raise Refused("grouped queries: each head has keys of its own")
    if not np.isclose(options.get("scale", Q.shape[-1] ** -0.5), Q.shape[-1] ** -0.5):
        raise Refused("scale: S is divided by √D")
    past = given["past_key"].shape[2] if "past_key" in given else 0
    if past:
        K, V = (np.concatenate([given[f"past_{n}"], A], 2) for n, A in (("key", K), ("value", V)))
    T, U = Q.shape[2], K.shape[2]
    seen, B = given.get("attn_mask"), None
    if seen is not None and seen.dtype != bool:
        seen, B = None, seen.astype(Q.dtype)
    hidden = np.zeros((T, U), bool) if seen is None else ~seen
    valid = given.get("nonpad_kv_seqlen")
    if options.get("is_causal"):
        first = past if valid is None else (valid - T)[:, None, None, None]
        hidden = hidden | (np.arange(U) > np.arange(T)[:, None] + first)
    padding = None if valid is None else np.arange(U) >= valid[:, None, None]
    layer = ours.Attention()
    Y = layer.forward(Q, K, V, padding, hidden if hidden.any() else None, B)
    return {"Y": Y if given["Q"].ndim == 4 else Y.swapaxes(1, 2).reshape(*given["Q"].shape[:2], -1)}


def rms_norm(kind: str, given: Arrays, options: dict[str, Any]) -> Arrays:
    X, scale = given["X"], given["scale"]
    layer = ours.RMSNorm(X.shape[options.get("axis", -1) :], options.get("epsilon", 1e-5), dtype=X.dtype)
    layer.params["gamma"][...] = scale
    return {"Y": layer.forward(X)}


def gelu(kind: str, given: Arrays, options: dict[str, Any]) -> Arrays:
    return {"Y": ours.GELU(options.get("approximate", b"none").decode()).forward(given["X"])}


def loss(make: Callable, names: str) -> Callable[[str, Arrays, dict[str, Any]], Arrays]:
    def run(kind: str, given: Arrays, options: dict[str, Any]) -> Arrays:
        X, T, weight = given[names[0]], given[names[1]], given.get(names[2])
        ignored = {"ignore_index": options["ignore_index"]} if "ignore_index" in options else {}
        made = make(weight=weight, reduction=options.get("reduction", b"mean").decode(), **ignored)
        return {"L": np.asarray(made.forward(X, T), X.dtype)}

    return run


INPUTS = {
    "RNN": ("X", "W", "R", "B", "sequence_lens", "initial_h"),
    "LSTM": ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"),
    "GRU": ("X", "W", "R", "B", "sequence_lens", "initial_h"),
    "Attention": ("Q", "K", "V", "attn_mask", "past_key", "past_value", "nonpad_kv_seqlen"),
    "RMSNormalization": ("X", "scale"),
    "Gelu": ("X",),
    "NegativeLogLikelihoodLoss": ("X", "T", "w"),
    "SoftmaxCrossEntropyLoss": ("X", "T", "w"),
} | {kind: names for kind, (_, names) in LAYERS.items()}
OUTPUTS = dict.fromkeys(("RNN", "LSTM", "GRU"), ("Y", "Y_h", "Y_c")) | {
    "NegativeLogLikelihoodLoss": ("L",),
    "SoftmaxCrossEntropyLoss": ("L",),
    "BatchNormalization": ("Y", "running_mean", "running_var"),
}
RUN: dict[str, Callable[[str, Arrays, dict[str, Any]], Arrays]] = {
    **dict.fromkeys(("RNN", "LSTM", "GRU"), recurrent),
    "Attention": attention,
    "RMSNormalization": rms_norm,
    "Gelu": gelu,
    "NegativeLogLikelihoodLoss": loss(ours.NLLLoss, "XTw"),
    "SoftmaxCrossEntropyLoss": loss(ours.SoftmaxCrossEntropy, "XTw"),
    **{kind: run for kind, (run, _) in LAYERS.items()},
}


def compared(node: Any, arrays: list[np.ndarray], wanted: list[np.ndarray], digits: float = 0) -> bool:
    """Whether what comes out is what the case has."""
    from onnx import helper

    options = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    there = iter(arrays)
    given = {name: next(there) for name, said in zip(INPUTS[node.op_type], node.input, strict=False) if said}
    want = iter(wanted)
    names = OUTPUTS.get(node.op_type, ("Y",))
    asked = {name: next(want) for name, said in zip(names, node.output, strict=False) if said}
    values = RUN[node.op_type](node.op_type, given, options)
    return all(
        values[name].shape == A.shape and np.allclose(values[name], A, *[max(TOLERANCE[A.dtype], digits)] * 2)
        for name, A in asked.items()
        if name in values
    )


def cases() -> Iterator[tuple[str, str, str, str]]:
    """The operation and the name of each case, and what came of it."""
    from onnx import numpy_helper
    from onnx.backend.test.loader import load_model_tests

    for case in load_model_tests(kind="node"):
        nodes = case.model.graph.node if case.model else ()
        if len(nodes) != 1 or nodes[0].op_type not in RUN or re.search("expanded", case.name):
            continue
        for inputs, outputs in case.data_sets:
            try:
                inputs, outputs = (
                    [A if isinstance(A, np.ndarray | np.generic) else numpy_helper.to_array(A) for A in side]
                    for side in (inputs, outputs)
                )
                outcome = (
                    "agree" if compared(nodes[0], inputs, outputs, TYPED.get(case.name, 0)) else "differ"
                )
                yield nodes[0].op_type, case.name, outcome, ""
            except (Refused, ValueError, TypeError) as refusal:
                yield nodes[0].op_type, case.name, "refused", str(refusal)


def main(arguments: list[str]) -> int:
    counts, sentences = defaultdict(Counter), defaultdict(Counter)
    for kind, name, outcome, sentence in cases():
        counts[kind][outcome] += 1
        if outcome != "agree":
            sentences[kind][sentence or name] += 1
    print(f"{'':36}{'cases':>9}{'agree':>9}{'refused':>9}{'differ':>9}")
    for kind, count in counts.items():
        print(
            f"{kind:36}{count.total():9}" + "".join(f"{count[k]:9}" for k in ("agree", "refused", "differ"))
        )
        for sentence, n in sentences[kind].items() if "--list" in arguments else ():
            print(f"      {n} × {sentence}")
    return int(any(count["differ"] for count in counts.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
