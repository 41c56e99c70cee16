"""An interrupted training goes on where it stood, and ends where it would have ended."""

import contextlib
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from helpers.compare import TorchLoss, from_torch
from helpers.implement import (
    MLP,
    SGD,
    Adam,
    AdamW,
    BatchNorm1d,
    Dropout,
    Linear,
    Residual,
    Sequential,
    SoftmaxCrossEntropy,
    train,
)

STEPS, EVERY = 23, 5


def points(S=50, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((S, 6)).astype(dtype), rng.integers(0, 4, S)


def decay(step):
    return 0.1 / step


def noisy(X, rng):
    return X + 0.1 * rng.standard_normal(X.shape)


class Dropped(nn.Sequential):
    """Buffers (batch norm's running statistics) and numbers of PyTorch's own generator (dropout)."""

    def __init__(self):
        super().__init__(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 4))
        self.double()


def numpy_parts(
    optimizer=SGD,
    activation="elu",
    dtype=np.float64,
    hidden=(8,),
    std=0.3,
    smoothing=0.0,
    weight=None,
    **options,
):
    network = MLP(6, list(hidden), 4, activation, std=std, rng=1, dtype=dtype)
    return (
        network,
        SoftmaxCrossEntropy(weight, label_smoothing=smoothing),
        optimizer(network, **{"lr": 0.1, **options}),
    )


def normalised_parts():
    """Running statistics, and numbers that dropout draws for itself."""
    inner = Residual(BatchNorm1d(8), Dropout(0.3, rng=2))
    network = Sequential(Linear(6, 8, rng=1), inner, Linear(8, 4, rng=3), Dropout(0.1, rng=4))
    return network, SoftmaxCrossEntropy(), SGD(network, lr=0.1)


def torch_parts(optimizer=torch.optim.SGD, **options):
    torch.manual_seed(1)
    module = Dropped()
    return from_torch(module, F.cross_entropy, optimizer(module.parameters(), **{"lr": 0.1, **options}))


RUNS = {
    "SGD": lambda: numpy_parts(),
    "momentum": lambda: numpy_parts(momentum=0.9, nesterov=True),
    "Adam": lambda: numpy_parts(Adam, lr=0.01, amsgrad=True),
    "AdamW float32": lambda: numpy_parts(AdamW, lr=0.01, dtype=np.float32),
    "batch norm and dropout": lambda: normalised_parts(),
    "torch SGD": lambda: torch_parts(momentum=0.9),
    "torch Adam": lambda: torch_parts(torch.optim.Adam, lr=0.01, amsgrad=True),
}


def run(parts, path=None, stop_at=None, **changed):
    dtype = next(iter(parts[0].params.values())).dtype

    def progress(steps):
        for step in steps:
            if step == stop_at:
                raise KeyboardInterrupt
            yield step

    options = {
        "data": points(dtype=dtype),
        "validation": points(20, 1, dtype),
        "steps": STEPS,
        "batch_size": 8,
    }
    options |= {"eval_every": EVERY, "rng": 7, "progress": progress, "checkpoint": path} | changed
    return train(*parts, **options)


def weights(parts):
    return [W.copy() for W in parts[0].params.values()]


def assert_same(parts, others):
    for W, W_other in zip(weights(parts), weights(others), strict=True):
        np.testing.assert_array_equal(W, W_other)


@pytest.mark.parametrize("name", RUNS)
@settings(max_examples=8, deadline=None)
@given(stops=st.lists(st.integers(0, STEPS), max_size=3))
def test_a_run_interrupted_anywhere_gives_the_curve_of_the_whole_one(tmp_path_factory, name, stops):
    path = tmp_path_factory.mktemp("run") / "curve"
    whole = RUNS[name]()
    expected = run(whole)
    for stop_at in stops:
        with contextlib.suppress(KeyboardInterrupt):
            run(RUNS[name](), path, stop_at)
    parts = RUNS[name]()
    assert run(parts, path) == expected
    assert_same(parts, whole)


@pytest.mark.parametrize("name", ["momentum", "torch SGD"])
def test_in_a_notebook_the_same_objects_go_on(tmp_path, name):
    whole = RUNS[name]()
    expected = run(whole)
    parts, rng = RUNS[name](), np.random.default_rng(7)
    with pytest.raises(KeyboardInterrupt):
        run(parts, tmp_path / "curve", stop_at=13, rng=rng)
    assert run(parts, tmp_path / "curve", rng=rng) == expected
    assert_same(parts, whole)


def test_a_file_remembers_the_first_weights_through_every_interruption(tmp_path):
    parts = numpy_parts()
    for stop_at in (8, 17):  # the second time the network has begun to learn
        with pytest.raises(KeyboardInterrupt):
            run(parts, tmp_path / "curve", stop_at)
    with pytest.raises(ValueError, match="its weights is"):
        run(numpy_parts(std=0.2), tmp_path / "curve")


def test_schedule_and_augmentation_go_on_too(tmp_path):
    changed = {"schedule": decay, "augment": noisy}
    expected = run(numpy_parts(), **changed)
    assert expected != run(numpy_parts())
    with pytest.raises(KeyboardInterrupt):
        run(numpy_parts(), tmp_path / "curve", 17, **changed)
    assert run(numpy_parts(), tmp_path / "curve", **changed) == expected


@pytest.mark.parametrize("stop_at", [1, 5, 6, 10, 14])
def test_at_most_one_evaluation_period_is_lost(tmp_path, stop_at):
    with pytest.raises(KeyboardInterrupt):
        run(numpy_parts(), tmp_path / "curve", stop_at)
    taken = []
    run(numpy_parts(), tmp_path / "curve", progress=lambda steps: taken.extend(steps) or steps)
    assert 0 <= stop_at - taken[0] <= EVERY
    assert taken[-1] == STEPS


@pytest.mark.parametrize("name", ["Adam", "torch SGD"])
def test_of_a_finished_run_the_history_comes_at_once(tmp_path, name):
    whole = RUNS[name]()
    expected = run(whole, tmp_path / "curve")
    parts, taken = RUNS[name](), []
    parts[0].forward = None  # nothing may be computed
    for _ in range(2):  # the second time with the weights that the first has read
        assert run(parts, tmp_path / "curve", progress=lambda steps: taken.extend(steps) or steps) == expected
        assert not taken
        assert_same(parts, whole)


def test_without_a_seed_the_stream_of_the_file_goes_on(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(numpy_parts(), tmp_path / "curve", 13, rng=None)
    first = run(numpy_parts(), tmp_path / "curve", rng=None)
    assert run(numpy_parts(), tmp_path / "curve", rng=None) == first


KILLED = """
    import os, signal, sys
    import numpy as np
    import test_checkpoint as here

    def progress(steps):
        for step in steps:
            if step == 14:
                {kill}
            yield step

    here.run(here.{parts}(), sys.argv[1], progress=progress)
"""
KILL = "os.kill(os.getpid(), signal.SIGKILL)"
HALF_WRITTEN = f"np.savez = lambda file, **arrays: (file.write(b'PK half a file'), file.flush(), {KILL})"


@pytest.mark.parametrize(
    ("kill", "parts"),
    [(KILL, "numpy_parts"), (HALF_WRITTEN, "torch_parts")],
    ids=["between steps", "while it writes"],
)
def test_a_killed_run_goes_on(tmp_path, kill, parts):
    path, code = tmp_path / "curve", textwrap.dedent(KILLED).format(kill=kill, parts=parts)
    killed = subprocess.run(
        [sys.executable, "-c", code, str(path)], cwd=Path(__file__).parent, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    taken = []
    history = run(globals()[parts](), path, progress=lambda steps: taken.extend(steps) or steps)
    assert taken[0] == 11
    assert history == run(globals()[parts]())


@pytest.mark.parametrize(
    ("parts", "changed", "message"),
    [
        (lambda: numpy_parts(hidden=[9]), {}, r"its network is .*W=\(8, 6\).* here it is .*W=\(9, 6\)"),
        (
            lambda: numpy_parts(activation="relu"),
            {},
            r"its network is .*ELU\(alpha=1.0\).* here it is .*ReLU",
        ),
        (lambda: numpy_parts(std=0.2), {}, "its weights is"),
        (lambda: numpy_parts(dtype=np.float32), {}, "its dtype is float64, and here it is float32"),
        (lambda: numpy_parts(smoothing=0.1), {}, r"its loss is .*smoothing=0.0.* here it is .*smoothing=0.1"),
        (lambda: numpy_parts(lr=0.2), {}, r"its optimizer is SGD\(lr=0.1.* here it is SGD\(lr=0.2"),
        (lambda: numpy_parts(Adam), {}, r"its optimizer is SGD\(.* here it is Adam\("),
        (torch_parts, {}, "its network is MLP.* here it is Dropped"),
        (lambda: numpy_parts(weight=np.arange(1.0, 5)), {}, "its class weights is"),
        (numpy_parts, {"data": points(51)}, "its training data is"),
        (numpy_parts, {"validation": points(20, 2)}, "its validation data is"),
        (numpy_parts, {"validation": None}, "its validation data is"),
        (numpy_parts, {"steps": STEPS + 1}, "its steps is 23, and here it is 24"),
        (numpy_parts, {"batch_size": 9}, "its batch_size is 8, and here it is 9"),
        (numpy_parts, {"eval_every": 6}, "its eval_every is 5, and here it is 6"),
        (numpy_parts, {"rng": 8}, r"its seed is PCG64 \[7, .* here it is PCG64 \[8,"),
        (numpy_parts, {"schedule": decay}, "its schedule is"),
        (numpy_parts, {"max_norm": 1.0}, "its max_norm is"),
        (numpy_parts, {"augment": noisy}, "its augment is"),
    ],
)
def test_another_training_is_refused_and_the_file_stays(tmp_path, parts, changed, message):
    path = tmp_path / "curve"
    run(numpy_parts(), path)
    before = path.read_bytes()
    parts = parts()
    started = weights(parts)
    with pytest.raises(ValueError, match=f"curve is the checkpoint of another training: {message}"):
        run(parts, path, **changed)
    assert path.read_bytes() == before
    for W, W_started in zip(weights(parts), started, strict=True):
        np.testing.assert_array_equal(W, W_started)


@pytest.mark.parametrize("other", [{"lr": 0.2}, {"momentum": 0.9}, {"weight_decay": 0.1}])
def test_another_torch_optimizer_is_refused(tmp_path, other):
    run(torch_parts(), tmp_path / "curve")
    with pytest.raises(ValueError, match="its optimizer is"):
        run(torch_parts(**other), tmp_path / "curve")


@pytest.mark.parametrize(
    "other",
    [
        F.cross_entropy,
        nn.CrossEntropyLoss(label_smoothing=0.1),
        nn.CrossEntropyLoss(reduction="sum"),
        nn.CrossEntropyLoss(weight=torch.arange(1.0, 5).double()),
    ],
)
def test_another_torch_loss_is_refused(tmp_path, other):
    for _ in range(2):  # the same is not
        network, _, optimizer = torch_parts()
        run((network, TorchLoss(nn.CrossEntropyLoss()), optimizer), tmp_path / "curve")
    with pytest.raises(ValueError, match="its loss is"):
        run((network, TorchLoss(other), optimizer), tmp_path / "curve")


class Danger:
    def __reduce__(self):
        return print, ("this ran",)


def foreign(path, kind):
    if kind == "pickle":
        np.save(path, np.array([Danger()]), allow_pickle=True)
    elif kind == "array":
        np.save(path, np.arange(3))
    elif kind == "npz":
        np.savez(path, W=np.arange(3))
    elif kind == "npz of objects":
        np.savez(path, about=np.array([Danger()]), allow_pickle=True)
    with_suffix = [p for p in path.parent.iterdir() if p.name.startswith("curve.")]
    if with_suffix:
        with_suffix[0].replace(path)


@pytest.mark.parametrize("kind", ["pickle", "array", "npz", "npz of objects"])
def test_a_foreign_file_is_refused(tmp_path, kind, capsys):
    path = tmp_path / "curve"
    foreign(path, kind)
    with pytest.raises(ValueError, match="curve is broken, or no checkpoint"):
        run(numpy_parts(), path)
    assert "this ran" not in capsys.readouterr().out


@pytest.mark.parametrize("length", [0, 1, 100, 1000, -1000, -100, -1])
@pytest.mark.parametrize("name", ["momentum", "torch SGD"])
def test_a_cut_file_is_refused(tmp_path, name, length):
    path = tmp_path / "curve"
    run(RUNS[name](), path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError, match="curve is broken, or no checkpoint"):
        run(RUNS[name](), path)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_changed_byte_is_refused_or_does_no_harm(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("run") / "curve"
    expected = run(numpy_parts(momentum=0.9), path)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        assert run(numpy_parts(momentum=0.9), path) == expected
    except ValueError as error:
        assert "curve is broken, or no checkpoint" in str(error)


def test_only_the_file_itself_stays_behind(tmp_path):
    run(numpy_parts(), tmp_path / "new folder" / "curve.npz")
    assert [path.name for path in (tmp_path / "new folder").iterdir()] == ["curve.npz"]


def test_the_second_training_of_one_file_is_refused_while_the_first_is_under_way(tmp_path):
    def meanwhile(history):
        with pytest.raises(ValueError, match="curve belongs to a training that is under way"):
            run(numpy_parts(), tmp_path / "curve")

    first = run(numpy_parts(), tmp_path / "curve", on_evaluation=meanwhile)
    assert run(numpy_parts(), tmp_path / "curve") == first


def test_what_was_changed_by_hand_is_refused(tmp_path):
    path = tmp_path / "curve.npz"
    run(numpy_parts(), path)
    with np.load(path) as content:
        arrays = dict(content)
    arrays["network/0.W"][0, 0] += 1e-9
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match="what it holds was changed after it was written"):
        run(numpy_parts(), path)


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
def test_a_full_disk_is_said_and_leaves_the_old_file(tmp_path):
    import resource

    path = tmp_path / "curve"
    with pytest.raises(KeyboardInterrupt):
        run(numpy_parts(), path, 13)
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(
            OSError, match=r"curve could not be written \(.*\): what was there before is whole"
        ):
            run(numpy_parts(), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
    assert run(numpy_parts(), path) == run(numpy_parts())


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "curve").symlink_to(tmp_path / "elsewhere" / "real")
    run(numpy_parts(), tmp_path / "curve")
    assert (tmp_path / "curve").is_symlink() and (tmp_path / "elsewhere" / "real").is_file()


def test_a_file_that_unfolds_to_more_than_it_is_long_is_refused(tmp_path):
    path = tmp_path / "curve.npz"
    run(numpy_parts(), path)
    with np.load(path) as content:
        arrays = dict(content)
    np.savez_compressed(
        path, **{key: np.zeros_like(A) if A.dtype.kind == "f" else A for key, A in arrays.items()}
    )
    with pytest.raises(ValueError, match="it would unfold to more than it is long"):
        run(numpy_parts(), path)
