"""GPT-2 as its official files have it: config.json and model.safetensors of `transformers`, read into GPT."""

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np

from .gpt import GPT
from .weights import check_names, read_tensors

ACTIVATIONS = {"gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh", "gelu": "gelu"}
PLAIN = {  # what GPT computes, and what is meant where the file does not say it
    "model_type": "gpt2",
    "tie_word_embeddings": True,
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
    "add_cross_attention": False,
}
NAMES = {
    "wte.weight": "embedding.E",
    "wpe.weight": "positions.P",
    "ln_f.weight": "norm.gamma",
    "ln_f.bias": "norm.beta",
}
OF_BLOCKS = {
    "attn.c_attn.weight": "attention.W",
    "attn.c_attn.bias": "attention.b",
    "attn.c_proj.weight": "attention.Wo",
    "attn.c_proj.bias": "attention.bo",
    "mlp.c_fc.weight": "mlp.0.W",
    "mlp.c_fc.bias": "mlp.0.b",
    "mlp.c_proj.weight": "mlp.2.W",
    "mlp.c_proj.bias": "mlp.2.b",
    "ln_1.weight": "norm1.gamma",
    "ln_1.bias": "norm1.beta",
    "ln_2.weight": "norm2.gamma",
    "ln_2.bias": "norm2.beta",
}
OTHERS = {".bin", ".pt", ".pth", ".h5", ".msgpack", ".safetensors"}
MASKS = re.compile(r"h\.\d+\.attn\.(masked_)?bias")  # older files keep the causal mask among the weights


def read_gpt2(folder: str | os.PathLike, *, dtype: type = np.float32) -> GPT:
    """The GPT of a folder that holds config.json and model.safetensors, as `save_pretrained` writes them.

    The matrices of its linear layers stand there as (inputs, outputs), the transposes of ours. Raises ValueError, by
    name, for another model, for weights that do not fit the config, and for a file that is broken; FileNotFoundError
    where one is missing. No file is unpickled.
    """
    folder = Path(folder).expanduser()
    config, path = read_config(folder / "config.json"), folder / "model.safetensors"
    if not path.is_file():
        other = ", ".join(sorted(p.name for p in folder.iterdir() if p.suffix in OTHERS))
        raise FileNotFoundError(f"there is no {path}{other and f': {other} is not read'}")
    network = made(config, dtype)
    tensors = {name.removeprefix("transformer."): A for name, A in read_tensors(path)[0].items()}
    tensors = {name: A for name, A in tensors.items() if not MASKS.fullmatch(name)}
    head = tensors.pop("lm_head.weight", None)
    names = theirs_by_ours(config["n_layer"])
    check_names(path, tensors, names)
    if head is not None and not np.array_equal(head, tensors["wte.weight"]):
        raise ValueError(f"lm_head.weight of {path} is not wte.weight: GPT has one matrix for both")
    weights = {ours: A.T if is_linear(name) else A for name, ours in names.items() for A in [tensors[name]]}
    for name, ours in names.items():
        if weights[ours].shape != network.params[ours].shape:
            asked = network.params[ours].T.shape if is_linear(name) else network.params[ours].shape
            raise ValueError(
                f"{name} of {path} has shape {tensors[name].shape}, but config.json asks for {asked}"
            )
    network.restore({ours: A.astype(dtype) for ours, A in weights.items()})
    return network


def read_config(path: Path) -> dict[str, Any]:
    """What config.json says, if it is a GPT-2 that GPT computes as it is."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no {path}")
    try:
        config = json.loads(path.read_text("utf8"))
        config.keys()
    except (ValueError, AttributeError) as error:
        raise ValueError(f"{path} is broken: {error}") from None
    for name, value in PLAIN.items():
        if config.get(name, value if name != "model_type" else None) != value:
            raise ValueError(f"{path} has {name} {config.get(name)!r}, and {value!r} alone is read")
    if config.get("activation_function") not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise ValueError(
            f"{path} has activation_function {config.get('activation_function')!r}: known are {known}"
        )
    for name in ("vocab_size", "n_positions", "n_embd", "n_head", "n_layer"):
        if not isinstance(config.get(name), int) or config[name] < 1:
            raise ValueError(f"{path} has {name} {config.get(name)!r}, which should be an integer from 1 on")
    return config


def made(config: dict[str, Any], dtype: type) -> GPT:
    """A GPT of the sizes in a config."""
    sizes = (config[name] for name in ("vocab_size", "n_positions", "n_embd", "n_head", "n_layer"))
    activation, eps = ACTIVATIONS[config["activation_function"]], config.get("layer_norm_epsilon", 1e-5)
    return GPT(*sizes, config.get("n_inner"), activation, eps=eps, dtype=dtype, rng=0)


def theirs_by_ours(layers: int) -> dict[str, str]:
    """The name of each of our parameters by the name that it has in the file."""
    blocks = {
        f"h.{i}.{name}": f"blocks.{i}.{ours}" for i in range(layers) for name, ours in OF_BLOCKS.items()
    }
    return NAMES | blocks


def is_linear(name: str) -> bool:
    return name.endswith(".weight") and ".c_" in name
