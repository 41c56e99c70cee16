"""GPT-2 from its official files: the logits and the ids that `transformers` finds; other files refused by name."""

import json
import pickle

import numpy as np
import pytest
from safetensors.numpy import save_file

from helpers.implement import GPT, read_gpt2

CONFIG = {
    "model_type": "gpt2",
    "activation_function": "gelu_new",
    "vocab_size": 11,
    "n_positions": 8,
    "n_embd": 6,
    "n_layer": 2,
    "n_head": 2,
    "n_inner": None,
    "layer_norm_epsilon": 1e-5,
    "tie_word_embeddings": True,
}
IDS = np.array([[3, 1, 4, 1], [5, 9, 2, 6]])


def tensors(M=6, F=24, V=11, T=8, layers=2):
    """Weights under their official names; matrices of linear layers are (inputs, outputs)."""
    shapes = {"wte.weight": (V, M), "wpe.weight": (T, M)}
    for i in range(layers):
        block = {
            "ln_1.weight": (M,),
            "ln_1.bias": (M,),
            "attn.c_attn.weight": (M, 3 * M),
            "attn.c_attn.bias": (3 * M,),
            "attn.c_proj.weight": (M, M),
            "attn.c_proj.bias": (M,),
            "ln_2.weight": (M,),
            "ln_2.bias": (M,),
            "mlp.c_fc.weight": (M, F),
            "mlp.c_fc.bias": (F,),
            "mlp.c_proj.weight": (F, M),
            "mlp.c_proj.bias": (M,),
        }
        shapes |= {f"h.{i}.{name}": shape for name, shape in block.items()}
    shapes |= {"ln_f.weight": (M,), "ln_f.bias": (M,)}
    waves = {
        name: np.sin(1.3 * np.arange(np.prod(shape)) ** 1.1 + k).reshape(shape)
        for k, (name, shape) in enumerate(shapes.items())
    }
    return {
        name: (0.7 * A + (".ln_" in f".{name}" and "weight" in name)).astype(np.float32)
        for name, A in waves.items()
    }


def write(folder, weights=None, prefix="transformer.", **config):
    """A folder as save_pretrained leaves it."""
    (folder / "config.json").write_text(json.dumps(CONFIG | config))
    weights = tensors() if weights is None else weights
    named = {prefix + name if name != "lm_head.weight" else name: A for name, A in weights.items()}
    save_file(named, folder / "model.safetensors", {"format": "pt"})
    return folder


LAST = {  # what GPT2LMHeadModel of transformers 5.24 says of these files behind IDS, and how it goes on, greedily
    "gelu_new": (
        [-2.07817, -0.2919, 3.36992, 1.1965, -1.02834, -1.91334, -2.02409, -1.87609, -1.65295, -1.34331, -0.87746],
        [-1.11603, 0.50501, 0.20949, -0.8242, -0.65407, -0.01874, 0.50653, 0.79559, 0.85593, 0.66651, 0.17078],
        167.66059,
    ),
    "gelu": (
        [-1.69112, -0.41745, 2.78329, 1.01764, -0.7587, -1.41707, -1.45313, -1.29414, -1.09209, -0.8518, -0.54293],
        [-0.93988, 0.49827, -0.03669, -0.9251, -0.58657, 0.13197, 0.68192, 0.96955, 1.01415, 0.7913, 0.23638],
        151.5452,
    ),
}  # fmt: skip
OPTIONS = {"gelu_new": {}, "gelu": {"activation_function": "gelu", "n_inner": 24, "layer_norm_epsilon": 1e-2}}
GREEDY = [[2, 2, 2, 2], [8, 7, 7, 7]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", LAST)
def test_logits_and_ids_are_those_of_transformers(tmp_path, kind, dtype):
    network = read_gpt2(write(tmp_path, **OPTIONS[kind]), dtype=dtype)
    Y = network.forward(IDS)
    assert Y.dtype == dtype
    np.testing.assert_allclose(Y[:, -1], LAST[kind][:2], atol=1e-5)
    assert (Y**2).sum() == pytest.approx(LAST[kind][2], abs=1e-3)
    for cache in (True, False):
        np.testing.assert_array_equal(network.generate(IDS, 4, temperature=0, cache=cache)[:, 4:], GREEDY)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"h.0.attn.bias": np.ones((1, 1, 8, 8), np.float32), "h.1.attn.masked_bias": np.array(-1e4, np.float32)},
        {"lm_head.weight": tensors()["wte.weight"]},
    ],
    ids=["bare", "with masks", "with its head"],
)  # fmt: skip
@pytest.mark.parametrize("prefix", ["", "transformer."])
def test_every_official_layout_is_read(tmp_path, prefix, more):
    network = read_gpt2(write(tmp_path, tensors() | more, prefix))
    np.testing.assert_allclose(network.forward(IDS)[:, -1], LAST["gelu_new"][:2], atol=1e-5)


def test_half_precision_is_made_whole(tmp_path):
    half = {name: A.astype(np.float16) for name, A in tensors().items()}
    network = read_gpt2(write(tmp_path, half))
    assert {A.dtype for A in network.params.values()} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(network.params["positions.P"], half["wpe.weight"])


def test_it_is_trained_on_from_there(tmp_path):
    network = read_gpt2(write(tmp_path), dtype=np.float64)
    network.forward(IDS)
    network.backward(np.ones((2, 4, 11)))
    assert set(network.grads) == set(network.params) and isinstance(network, GPT)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"model_type": "llama"}, "has model_type 'llama', and 'gpt2' alone is read"),
        ({"tie_word_embeddings": False}, "tie_word_embeddings False"),
        ({"scale_attn_weights": False}, "scale_attn_weights False"),
        ({"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx True"),
        ({"activation_function": "relu"}, "activation_function 'relu': known are gelu_new"),
        ({"n_layer": None}, "n_layer None, which should be an integer from 1 on"),
        ({"n_head": 4}, "E = 6 entries cannot be cut into H = 4 heads"),
        ({"n_layer": 3}, r"another network: it lacks h\.2\.attn\.c_attn\.weight, .*, and 9 more"),
        ({"n_layer": 1}, r"it has h\.1\.attn"),
        ({"n_positions": 9}, r"wpe.weight of .* has shape \(8, 6\), but config.json asks for \(9, 6\)"),
        (
            {"n_inner": 12},
            r"h.0.mlp.c_fc.weight of .* has shape \(6, 24\), but config.json asks for \(6, 12\)",
        ),
    ],
)
def test_another_config_is_refused_by_name(tmp_path, config, said):
    with pytest.raises(ValueError, match=said):
        read_gpt2(write(tmp_path, **config))


def other_head(weights):
    return weights | {"lm_head.weight": weights["wte.weight"] + 1}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda A: {k: v for k, v in A.items() if k != "ln_f.bias"}, "it lacks ln_f.bias"),
        (lambda A: A | {"score.weight": np.ones((2, 6), np.float32)}, "it has score.weight"),
        (other_head, "lm_head.weight of .* is not wte.weight"),
        (lambda A: A | {"wte.weight": np.ones((11, 6), np.int64)}, "wte.weight of .* has dtype I64, and is read in"),
        (lambda A: A | {"ln_f.bias": np.ones(5, np.float32)}, r"ln_f.bias of .* has shape \(5,\), but config"),
    ],
)  # fmt: skip
def test_other_weights_are_refused_by_name(tmp_path, change, said):
    with pytest.raises(ValueError, match=said):
        read_gpt2(write(tmp_path, change(tensors())))


class Bomb:
    def __reduce__(self):
        return exit, ("unpickled",)


def test_a_file_that_is_broken_or_foreign_is_refused_and_nothing_is_unpickled(tmp_path):
    path = write(tmp_path) / "model.safetensors"
    whole = path.read_bytes()
    for content in (
        whole[:-1],
        whole[:40],
        b"",
        pickle.dumps(Bomb()),
        b"PK\x03\x04" + bytes(200),
        whole + b"more",
    ):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"model.safetensors is broken, or no file of safetensors"):
            read_gpt2(tmp_path)
    path.rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(FileNotFoundError, match=r"model.safetensors: pytorch_model.bin is not read"):
        read_gpt2(tmp_path)
    for text in ("{", "[]"):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(ValueError, match=r"config.json is broken"):
            read_gpt2(tmp_path)
    (tmp_path / "config.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"there is no .*config.json"):
        read_gpt2(tmp_path)
