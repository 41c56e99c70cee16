"""Holds the layers and losses to PyTorch's own samples: agree, or refused with a sentence.

    python -m tests.tools.torch_samples [--list]

The samples are those by which PyTorch tests itself, OpInfo and the module infos in torch.testing._internal, which needs
the package expecttest. For each sample the layer is made with the same arguments and parameters; Y, the last states and
every gradient are compared in float64. With --list each sample that is refused is shown with its sentence.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from helpers import implement as ours
from helpers.families import BLOCK
from tests.tools.torch_layers import OPTIONS, same_layer

TOLERANCE = 1e-10


class Refused(Exception):
    """What is asked for is none of ours."""


@dataclass
class Sample:
    """What PyTorch computes, `reference()`, and what we do: a layer, its inputs, and the tensors of their gradients.

    `inputs` and `tensors` have the same order; a tensor is None where there is no gradient to compare.
    """

    layer: Any
    inputs: list[np.ndarray | None]
    tensors: list[torch.Tensor | None]
    reference: Callable[[], Any]
    parameters: dict[str, torch.Tensor]


def array(A: torch.Tensor | None) -> np.ndarray | None:
    return None if A is None else A.detach().numpy().copy()


def flat(value: Any) -> list[torch.Tensor]:
    return [one for part in value for one in flat(part)] if isinstance(value, tuple) else [value]


def compared(sample: Sample) -> bool:
    """Whether all that comes out is the same."""
    outs = flat(sample.reference())
    layer = sample.layer
    for key, W in sample.parameters.items():
        layer.params[key][...] = array(W)
    Y = layer.forward(*sample.inputs)
    if isinstance(layer, ours.Loss):
        dY = np.random.default_rng(0).normal(size=np.shape(Y))
        results, upstream = [np.asarray(Y)], [torch.tensor(dY)]
        gradients = [layer.backward(dY if layer.reduction == "none" else float(dY))]
    else:
        results = [Y, *(getattr(layer, of) for of in layer.outputs)]
        dY = [np.random.default_rng(k).normal(size=A.shape) for k, A in enumerate(results)]
        upstream, gradients = [torch.tensor(A) for A in dY], layer.backward(*dY)
        gradients = list(gradients) if isinstance(gradients, tuple) else [gradients]
    wanted = [t for t in sample.tensors if t is not None]
    asked = [t for t in (*wanted, *sample.parameters.values()) if t.requires_grad]
    outs = outs[: len(results)]
    grads = torch.autograd.grad(outs, asked, upstream, allow_unused=True, materialize_grads=True)
    ours_ = dict(zip(map(id, wanted), gradients, strict=False))
    ours_ |= {id(t): layer.grads[key] for key, t in sample.parameters.items()}
    pairs = [*zip(results, (A.detach().numpy() for A in outs), strict=True)]
    pairs += [(ours_[id(t)], g.numpy()) for t, g in zip(asked, grads, strict=True) if id(t) in ours_]
    return all(
        np.allclose(np.reshape(a, b.shape), b, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
        for a, b in pairs
    )


def module_samples(info: Any) -> Iterator[tuple[Any, tuple, dict]]:
    """Each module as its info makes it, and what its forward is handed."""
    made = info.module_inputs_func(info, device="cpu", dtype=torch.float64, requires_grad=True, training=True)
    for sample in made:
        options = {"dtype": torch.float64} if "dtype" in info.module_cls.__init__.__code__.co_varnames else {}
        module = info.module_cls(
            *sample.constructor_input.args, **sample.constructor_input.kwargs, **options
        ).to(torch.float64)
        yield module, sample.forward_input.args, sample.forward_input.kwargs


def recurrent(module: Any, args: tuple, kwargs: dict) -> Sample:
    for name, value in (("bidirectional", False), ("proj_size", 0)):
        if getattr(module, name) != value:
            raise Refused(f"{name}={getattr(module, name)}: one direction, and states as wide as U")
    name = type(module).__name__
    options = {"nonlinearity": module.nonlinearity} if name == "RNN" else {}
    layer = getattr(ours, name)(
        module.input_size, module.hidden_size, module.num_layers, bias=module.bias, **options
    )
    X, *states = flat(args)
    turned = X.ndim == 3 and not module.batch_first
    inputs = [array(X.transpose(0, 1) if turned else X), *map(array, states)]

    def reference() -> Any:
        Y, *last = flat(module(*args))
        return (Y.transpose(0, 1) if turned else Y, *last)

    tensors = [None if turned else X, *states]
    return Sample(layer, inputs, tensors, reference, lettered(module, layer))


def lettered(module: Any, layer: Any) -> dict[str, torch.Tensor]:
    return dict(zip(layer.params, module.parameters(), strict=True))


def embedding(module: Any, args: tuple, kwargs: dict) -> Sample:
    layer = ours.Embedding(module.num_embeddings, module.embedding_dim, module.padding_idx)
    (ids,) = args
    return Sample(layer, [array(ids)], [None], lambda: module(ids), lettered(module, layer))


def masked(mask: torch.Tensor | None) -> tuple[np.ndarray | None, np.ndarray | None]:
    """A mask of torch.nn as ours: True where nothing is seen, or what is added to S."""
    if mask is None:
        return None, None
    return (array(mask), None) if mask.dtype == torch.bool else (None, array(mask))


def multihead(module: Any, args: tuple, kwargs: dict) -> Sample:
    Q, K, _ = args
    if module.bias_k is not None or module.add_zero_attn:
        raise Refused("add_bias_kv, add_zero_attn: no key is added to those of Z")
    layer = ours.MultiheadAttention(module.embed_dim, module.num_heads, module.in_proj_bias is not None)
    mask, B = masked(kwargs["attn_mask"])
    inputs = [array(Q), array(K), array(kwargs["key_padding_mask"]), mask, B]

    def reference() -> torch.Tensor:
        return module(Q, K, K, **kwargs)[0]  # their V is another array than K; ours are both made of Z

    return Sample(layer, inputs, [Q, K], reference, lettered(module, layer))


def block(module: Any, args: tuple, kwargs: dict) -> Sample:
    (X,) = args
    turned = X.ndim == 3 and not module.self_attn.batch_first
    sizes = module.self_attn.embed_dim, module.self_attn.num_heads, module.linear1.out_features
    bias = module.linear1.bias is not None
    layer = ours.TransformerBlock(*sizes, module.activation.__name__, module.norm_first, bias=bias)
    mask, _ = masked(kwargs.get("src_mask"))
    named = dict(module.named_parameters())
    parameters = {key: named[BLOCK[key][0]] for key in layer.params}
    inputs = [array(X.transpose(0, 1) if turned else X), array(kwargs.get("src_key_padding_mask")), mask]

    def reference() -> torch.Tensor:
        Y = module(X, **kwargs)
        return Y.transpose(0, 1) if turned else Y

    return Sample(layer, inputs, [None if turned else X], reference, parameters)


def rms_norm(module: Any, args: tuple, kwargs: dict) -> Sample:
    options = {"eps": module.eps, "elementwise_affine": module.elementwise_affine}
    layer = ours.RMSNorm(tuple(module.normalized_shape), **options)
    return Sample(layer, [array(args[0])], [args[0]], lambda: module(args[0]), lettered(module, layer))


def gelu(module: Any, args: tuple, kwargs: dict) -> Sample:
    return Sample(ours.GELU(module.approximate), [array(args[0])], [args[0]], lambda: module(args[0]), {})


def plain(module: Any, args: tuple, kwargs: dict) -> Sample:
    """Any layer of X, or loss of X and T, by its options."""
    layer, args = same_layer(module), args or tuple(kwargs.values())
    parameters = {} if isinstance(layer, ours.Loss) else lettered(module, layer)
    return Sample(layer, [*map(array, args)], [args[0]], lambda: module(*args), parameters)


def loss(make: Callable) -> Callable[[Any, tuple, dict], Sample]:
    def sample(module: Any, args: tuple, kwargs: dict) -> Sample:
        X, T = args
        return Sample(make(module), [array(X), array(T)], [X], lambda: module(X, T), {})

    return sample


def classes(module: Any) -> dict[str, Any]:
    return {
        "weight": array(module.weight),
        "ignore_index": module.ignore_index,
        "reduction": module.reduction,
    }


MODULES: dict[str, Callable[[Any, tuple, dict], Sample]] = {
    **dict.fromkeys(OPTIONS, plain),
    "RNN": recurrent,
    "LSTM": recurrent,
    "GRU": recurrent,
    "Embedding": embedding,
    "MultiheadAttention": multihead,
    "TransformerEncoderLayer": block,
    "RMSNorm": rms_norm,
    "GELU": gelu,
    "CrossEntropyLoss": loss(
        lambda m: ours.SoftmaxCrossEntropy(label_smoothing=m.label_smoothing, **classes(m))
    ),
    "NLLLoss": loss(lambda m: ours.NLLLoss(**classes(m))),
    "BCEWithLogitsLoss": loss(
        lambda m: ours.BCEWithLogits(array(m.weight), m.reduction, array(m.pos_weight))
    ),
}


def op_embedding(W: torch.Tensor, args: tuple, kwargs: dict) -> Sample:
    (ids,) = args
    for name in kwargs.keys() - {"padding_idx"}:
        raise Refused(f"{name}: the rows of E are learned as they are")
    layer = ours.Embedding(*W.shape, kwargs.get("padding_idx"))

    def reference() -> torch.Tensor:
        return torch.nn.functional.embedding(ids, W, **kwargs)

    return Sample(layer, [array(ids)], [None], reference, {"E": W})


def op_attention(Q: torch.Tensor, args: tuple, kwargs: dict) -> Sample:
    K, V = args[:2]
    given = dict(kwargs)
    if given.pop("dropout_p", 0.0):
        raise Refused("dropout_p: attention drops nothing")
    for name in ("scale", "enable_gqa"):
        if given.pop(name, None) not in (None, False):
            raise Refused(f"{name}: S is divided by √D, and each head has keys of its own")
    causal, bias = given.pop("is_causal", False), given.pop("attn_mask", None)
    seen, B = masked(bias)
    if causal:  # their queries are the first of U places, ours the last: as a mask they are the same
        seen = np.tril(np.ones((Q.shape[-2], K.shape[-2]), bool))
    inputs = [*map(array, (Q, K, V)), None, None if seen is None else ~seen, B]

    def reference() -> torch.Tensor:
        return torch.nn.functional.scaled_dot_product_attention(Q, K, V, bias, is_causal=causal)

    return Sample(ours.Attention(), inputs, [Q, K, V], reference, {})


def op_rms_norm(X: torch.Tensor, args: tuple, kwargs: dict) -> Sample:
    shape, *W = args
    shape, eps = tuple(shape), kwargs.get("eps")
    weight = W[0] if W else kwargs.get("weight")
    layer = ours.RMSNorm(shape, eps, elementwise_affine=weight is not None)

    def reference() -> torch.Tensor:
        return torch.nn.functional.rms_norm(X, shape, weight, eps)

    return Sample(layer, [array(X)], [X], reference, {} if weight is None else {"gamma": weight})


def op_loss(function: str, make: Callable) -> Callable[[torch.Tensor, tuple, dict], Sample]:
    def sample(X: torch.Tensor, args: tuple, kwargs: dict) -> Sample:
        (T,) = args
        given = {name: array(A) if isinstance(A, torch.Tensor) else A for name, A in kwargs.items()}
        reference = getattr(torch.nn.functional, function)
        return Sample(make(**given), [array(X), array(T)], [X], lambda: reference(X, T, **kwargs), {})

    return sample


def op_gelu(X: torch.Tensor, args: tuple, kwargs: dict) -> Sample:
    return Sample(ours.GELU(**kwargs), [array(X)], [X], lambda: torch.nn.functional.gelu(X, **kwargs), {})


OPS: dict[str, Callable[[torch.Tensor, tuple, dict], Sample]] = {
    "embedding": op_embedding,
    "scaled_dot_product_attention": op_attention,
    "rms_norm": op_rms_norm,
    "gelu": op_gelu,
    "cross_entropy": op_loss("cross_entropy", ours.SoftmaxCrossEntropy),
    "nll_loss": op_loss("nll_loss", ours.NLLLoss),
    "binary_cross_entropy_with_logits": op_loss("binary_cross_entropy_with_logits", ours.BCEWithLogits),
}


def tried(make: Callable[..., Sample], *given: Any) -> tuple[str, str]:
    """What comes of one sample, and the sentence of a refusal."""
    try:
        return ("agree" if compared(make(*given)) else "differ"), ""
    except (Refused, ValueError, TypeError) as refusal:
        return "refused", str(refusal)


def samples() -> Iterator[tuple[str, str, str]]:
    """The name of each sample's module or function, and what came of it."""
    from torch.testing._internal.common_methods_invocations import op_db
    from torch.testing._internal.common_modules import module_db

    for info in module_db:
        name = info.module_cls.__name__
        for given in module_samples(info) if name in MODULES else ():
            yield f"nn.{name}", *tried(MODULES[name], *given)
    for op in op_db:
        name = op.name.removeprefix("nn.functional.")
        if op.name == f"nn.functional.{name}" and name in OPS:
            for s in op.sample_inputs("cpu", torch.float64, requires_grad=True):
                yield f"F.{name}", *tried(OPS[name], s.input, s.args, s.kwargs)


def main(arguments: list[str]) -> int:
    counts, sentences = defaultdict(Counter), defaultdict(Counter)
    for name, outcome, sentence in samples():
        counts[name][outcome] += 1
        if sentence:
            sentences[name][sentence] += 1
    print(f"{'':36}{'samples':>9}{'agree':>9}{'refused':>9}{'differ':>9}")
    for name, count in counts.items():
        print(
            f"{name:36}{count.total():9}" + "".join(f"{count[k]:9}" for k in ("agree", "refused", "differ"))
        )
        for sentence, n in sentences[name].items() if "--list" in arguments else ():
            print(f"      {n} × {sentence}")
    return int(any(count["differ"] for count in counts.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
