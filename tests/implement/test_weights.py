"""Weights in a file: what was written is read, by a layer of the same make alone, and at once or not at all."""

import os
import pickle

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from helpers.implement import MLP, BatchNorm1d, Linear, Sequential, load_weights, save_weights
from tests.implement.rows import normal


def network(seed=0, **options):
    return Sequential(Linear(3, 4, rng=seed, **options), BatchNorm1d(4, **options))


def test_what_is_written_is_read(tmp_path):
    written, read = network(0), network(1)
    written.forward(normal((5, 3)))  # statistics of its own
    save_weights(written, tmp_path / "net.safetensors")
    load_weights(read, tmp_path / "net.safetensors")
    X = normal((4, 3), seed=1)
    np.testing.assert_array_equal(read.predict(X), written.predict(X))
    assert {key: A.dtype for key, A in read.saved().items()} == {
        key: A.dtype for key, A in written.saved().items()
    }
    assert os.listdir(tmp_path) == ["net.safetensors"]
    with safe_open(tmp_path / "net.safetensors", framework="np") as file:
        assert set(file.keys()) == set(written.saved())
        assert file.metadata()["network"] == repr(written)


def test_views_and_columns_are_written_as_they_read(tmp_path):
    layer = Linear(3, 4, rng=0)
    layer.params["W"] = np.asfortranarray(layer.params["W"])
    save_weights(layer, tmp_path / "net")
    load_weights(read := Linear(3, 4, rng=1), tmp_path / "net")
    np.testing.assert_array_equal(read.params["W"], layer.params["W"])


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    save_weights(layer := Linear(2, 2, rng=0), tmp_path / "net")
    before = (tmp_path / "net").read_bytes()
    monkeypatch.setattr(os, "replace", lambda *paths: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        save_weights(Linear(2, 2, rng=1), tmp_path / "net")
    assert (tmp_path / "net").read_bytes() == before
    load_weights(layer, tmp_path / "net")


@pytest.mark.parametrize(
    ("other", "error", "said"),
    [
        (lambda: MLP(3, [4], 2), ValueError, r"another network, Sequential\(.*\): it lacks 2\.W, 2\.b and has 1\.beta"),
        (lambda: Sequential(Linear(3, 5), BatchNorm1d(5)), ValueError, r"0\.W of .*net has shape \(4, 3\), but"),
        (lambda: network(dtype=np.float32), TypeError, r"0\.W of .*net has dtype float64, but it"),
        (lambda: Sequential(Linear(3, 4), BatchNorm1d(4, affine=False)), ValueError, r"it has 1\.beta, 1\.gamma"),
    ],
)  # fmt: skip
def test_another_network_is_refused_by_name_and_left_as_it_was(tmp_path, other, error, said):
    save_weights(network(), tmp_path / "net")
    layer = other()
    before = {key: A.copy() for key, A in layer.saved().items()}
    with pytest.raises(error, match=said):
        load_weights(layer, tmp_path / "net")
    for key, A in layer.saved().items():
        np.testing.assert_array_equal(A, before[key])


def test_a_shape_that_differs_last_changes_nothing_before(tmp_path):
    layer = Linear(3, 4, rng=0)
    before = layer.params["W"].copy()
    save_file({"W": np.ones((4, 3)), "b": np.ones(5)}, tmp_path / "net")
    with pytest.raises(ValueError, match=r"b of .*net has shape \(5,\)"):
        load_weights(layer, tmp_path / "net")
    np.testing.assert_array_equal(layer.params["W"], before)


class Bomb:
    def __reduce__(self):
        return exit, ("unpickled",)


def test_what_is_no_such_file_is_refused(tmp_path):
    path = tmp_path / "net"
    save_weights(layer := Linear(3, 4, rng=0), path)
    whole = path.read_bytes()
    for content in (whole[:-1], whole[:20], b"", pickle.dumps(Bomb())):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="net is broken, or no file of safetensors"):
            load_weights(layer, path)
    path.unlink()
    for missing in (path, tmp_path):
        with pytest.raises(FileNotFoundError, match="there is no file"):
            load_weights(layer, missing)
