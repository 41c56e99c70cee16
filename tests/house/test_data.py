"""Digits and CIFAR-10: shapes, splits, normalisation, and files that must not be believed."""

import builtins
import io
import os
import pickle
import pickletools
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pooch
import pytest

from helpers import data
from helpers.data import FOLDER, MD5, load

ROOT = Path(__file__).parents[2]
CLASSES = b"airplane automobile bird cat deer dog frog horse ship truck".split()


def batch(name, size=20, **changes):
    """What one file of the official layout holds; a test changes an entry."""
    rng = np.random.default_rng(len(name) + ord(name[-1]))
    number = name[-1]
    label = b"testing batch 1 of 1" if name == "test_batch" else f"training batch {number} of 5".encode()
    content = {
        b"batch_label": label,
        b"labels": [int(t) for t in np.arange(size) % 10],
        b"data": rng.integers(0, 256, (size, 3072), dtype=np.uint8),
        b"filenames": [b"a.png"] * size,
    }
    return {**content, **{k.encode(): v for k, v in changes.items()}}


def write_layout(folder, protocol=2):
    folder.mkdir(parents=True)
    for name in MD5:
        content = {b"label_names": CLASSES} if name == "batches.meta" else batch(name)
        (folder / name).write_bytes(pickle.dumps(content, protocol=protocol))
    return folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    folder = write_layout(tmp_path / FOLDER)
    monkeypatch.setenv("CIFAR10_DIR", str(folder))
    return folder


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.delenv("CIFAR10_DIR", raising=False)
    cache = tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setattr(pooch, "os_cache", lambda project: cache)
    return cache


def test_digits_have_a_fixed_split_in_proportion():
    digits = load("digits", normalise=None)
    assert digits.X_train.shape == (1437, 64) and digits.X_test.shape == (360, 64)
    assert digits.X_train.dtype == np.float32 and digits.T_train.dtype == np.int64
    assert digits.X_train.min() == 0 and digits.X_train.max() == 16 and digits.shape == (1, 8, 8)
    counts = np.bincount(digits.T_test)
    assert len(counts) == 10 and counts.min() >= 34 and counts.max() <= 37
    together = np.vstack([digits.X_train, digits.X_test])
    assert together.sum() == load_all_digits().sum() and len(together) == 1797
    assert np.array_equal(digits.X_test, load("digits", normalise=None).X_test)


def load_all_digits():
    from sklearn.datasets import load_digits

    return load_digits().data


def test_validation_comes_out_of_the_training_part():
    digits, whole = load("digits", validation=200, normalise=None), load("digits", normalise=None)
    assert len(digits.T_validation) == 200 and len(digits.T_train) == 1237
    assert np.array_equal(digits.X_test, whole.X_test)
    assert set(np.bincount(digits.T_validation)) <= {19, 20, 21}
    assert digits.X_train.sum() + digits.X_validation.sum() == whole.X_train.sum()
    for wrong in (-1, 1437):
        with pytest.raises(ValueError, match="there are 1437 training images"):
            load("digits", validation=wrong)


def test_the_mean_image_is_of_the_training_part_alone():
    raw, centred = load("digits", 100, normalise=None), load("digits", 100)
    mean = raw.X_train.mean(0)
    assert np.allclose(centred.X_train.mean(0), 0, atol=1e-4)
    assert np.allclose(centred.X_test, raw.X_test - mean, atol=1e-4)
    assert np.allclose(centred.X_validation, raw.X_validation - mean, atol=1e-4)
    assert centred.X_train.dtype == np.float32


def test_each_channel_has_its_own_mean_and_deviation(folder):
    cifar10 = load("cifar10", normalise="channel")
    channels = cifar10.X_train.reshape(-1, 3, 1024)
    assert np.allclose(channels.mean((0, 2)), 0, atol=1e-4) and np.allclose(
        channels.std((0, 2)), 1, atol=1e-4
    )


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="no data set 'mnist'"):
        load("mnist")
    with pytest.raises(ValueError, match="normalise='max' is unknown"):
        load("digits", normalise="max")


@pytest.mark.parametrize("protocol", range(6))
def test_the_official_layout_is_read_whatever_the_protocol(tmp_path, monkeypatch, protocol):
    folder = write_layout(tmp_path / FOLDER, protocol)
    monkeypatch.setenv("CIFAR10_DIR", str(tmp_path))  # the folder above will do
    cifar10 = load("cifar10", normalise=None)
    assert cifar10.X_train.shape == (100, 3072) and cifar10.X_test.shape == (20, 3072)
    assert np.array_equal(cifar10.X_train[20:40], batch("data_batch_2")[b"data"])
    assert np.array_equal(cifar10.T_test, np.arange(20) % 10)
    assert cifar10.classes[:2] == ("airplane", "automobile") and cifar10.shape == (3, 32, 32)
    assert folder.is_dir()


def python2_pickle(content):
    """The opcodes that Python 2 wrote with protocol 2: bytes are its str, numpy.core its module."""
    X = content[b"data"]
    string = lambda b: b"T" + len(b).to_bytes(4, "little") + b  # noqa: E731
    integer = lambda n: b"J" + int(n).to_bytes(4, "little")  # noqa: E731
    dtype = b"cnumpy\ndtype\n" + string(b"u1") + integer(0) + integer(1) + b"\x87R"
    dtype += (
        b"("
        + integer(3)
        + string(b"|")
        + b"NNN"
        + integer(-1 % 2**32)
        + integer(-1 % 2**32)
        + integer(0)
        + b"tb"
    )
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
        + integer(0)
        + b"\x85"
        + string(b"b")
        + b"\x87R"
    )
    array += (
        b"("
        + integer(1)
        + integer(len(X))
        + integer(3072)
        + b"\x86"
        + dtype
        + b"\x89"
        + string(X.tobytes())
        + b"tb"
    )
    labels = b"](" + b"".join(map(integer, content[b"labels"])) + b"e"
    items = string(b"data") + array + string(b"labels") + labels
    items += string(b"batch_label") + string(content[b"batch_label"])
    return b"\x80\x02}(" + items + b"u."


def test_a_pickle_of_python_2_is_read(folder):
    content = batch("data_batch_1")
    old = python2_pickle(content)
    assert "BINSTRING" in {op.name for op, *_ in pickletools.genops(old)}
    (folder / "data_batch_1").write_bytes(old)
    assert np.array_equal(load("cifar10", normalise=None).X_train[:20], content[b"data"])


class Reduce:
    """Pickles as a call."""

    def __init__(self, f, *args):
        self.call = f, args

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    ("hostile", "said"),
    [
        (Reduce(os.system, "touch SPOILT"), "asks for (posix|nt).system"),
        (Reduce(builtins.eval, "open('SPOILT', 'w')"), "asks for (builtins|__builtin__).eval"),
        (Reduce(builtins.getattr, os, "system"), "asks for|cannot pickle|not read"),
        (np.array([[Reduce(os.system, "touch SPOILT")]], dtype=object), "dtype 'O8'|asks for"),
        (np.array([[1, None]], dtype=object), "dtype 'O8'"),
        (io.BytesIO(b""), "asks for _io.BytesIO"),
        (np.zeros(3, [("a", "u1")]), r"dtype .*V"),
    ],
    ids=["os.system", "eval", "getattr", "objects that call", "objects", "BytesIO", "records"],
)
@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_a_hostile_pickle_is_refused_before_it_acts(folder, tmp_path, monkeypatch, hostile, said, protocol):
    monkeypatch.chdir(tmp_path)
    try:
        text = pickle.dumps(batch("data_batch_3", data=hostile), protocol=protocol)
    except TypeError:  # a module cannot be pickled: by hand
        text = b"cbuiltins\ngetattr\n(cos\nsystem\nS'x'\ntR."
    (folder / "data_batch_3").write_bytes(text)
    with pytest.raises(ValueError, match=f"(?s)data_batch_3 is no file of CIFAR-10: .*({said})"):
        load("cifar10")
    assert not (tmp_path / "SPOILT").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"labels": [0] * 19}, "20 images and 19 labels"),
        ({"labels": [10] * 20}, "class ids 0 to 9"),
        ({"labels": [0.5] * 20}, "class ids 0 to 9"),
        ({"labels": None}, "class ids 0 to 9"),
        ({"data": np.zeros((20, 784), np.uint8)}, r"shape \(S, 3072\)"),
        ({"data": np.zeros((20, 3072))}, "an array of dtype 'f8'"),
        ({"data": np.zeros((0, 3072), np.uint8), "labels": []}, r"shape \(S, 3072\)"),
        ({"batch_label": b"training batch 2 of 5"}, "its label is b'training batch 2 of 5'"),
        ({"batch_label": b"testing batch 1 of 1"}, "its label is b'testing batch 1 of 1'"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(folder, changes, said):
    (folder / "data_batch_3").write_bytes(pickle.dumps(batch("data_batch_3", **changes)))
    with pytest.raises(ValueError, match=f"data_batch_3 is no file of CIFAR-10: .*{said}"):
        load("cifar10")


@pytest.mark.parametrize(
    "content", [b"", b"not a pickle", pickle.dumps([1]), pickle.dumps(batch("test_batch"))[:-100]]
)
def test_a_truncated_or_foreign_file_is_refused(folder, content):
    (folder / "test_batch").write_bytes(content)
    with pytest.raises(ValueError, match="test_batch is no file of CIFAR-10"):
        load("cifar10")


def test_a_missing_file_and_foreign_classes_are_named(folder):
    (folder / "batches.meta").write_bytes(pickle.dumps({b"fine_label_names": CLASSES}))
    with pytest.raises(
        ValueError, match=r"batches\.meta is no file of CIFAR-10: it does not name ten classes"
    ):
        load("cifar10")
    (folder / "data_batch_4").unlink()
    with pytest.raises(ValueError, match=r"CIFAR10_DIR is .*, and data_batch_4 is not there"):
        load("cifar10")


def test_other_pixels_than_the_official_ones_are_said_once_and_read(folder, caplog):
    for _ in range(2):
        assert len(load("cifar10").T_train) == 100
    (said,) = caplog.messages
    assert said == f"7 of 7 files in {folder} are not byte for byte the official ones, data_batch_1 first"


def test_with_no_network_one_sentence_says_the_three_ways(cache, monkeypatch):
    def offline(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr(pooch, "retrieve", offline)
    with pytest.raises(
        ConnectionError, match=r"connect to the network .* put the folder .* set CIFAR10_DIR"
    ) as said:
        load("cifar10")
    assert "\n" not in str(said.value) and not list(cache.iterdir())


def test_the_download_asks_for_the_published_md5_and_is_kept(cache, tmp_path, monkeypatch):
    asked = []

    def retrieve(url, known_hash, fname, path, progressbar):
        asked.append((url, known_hash, progressbar))
        return make_archive(path / fname, write_layout(tmp_path / "new"))

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    first, second = load("cifar10"), load("cifar10")
    assert asked == [(data.URL, "md5:c58f30108f718f92721af3b95e74349a", True)]
    assert np.array_equal(first.X_train, second.X_train)
    assert sorted(p.name for p in (cache / FOLDER).iterdir()) == sorted(MD5)


def make_archive(path, folder, leave_out=(), extra=()):
    with tarfile.open(path, "w:gz") as tar:
        for name in MD5:
            if name not in leave_out:
                tar.add(folder / name, f"{FOLDER}/{name}")
        for member in extra:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    return path


def test_half_an_archive_leaves_nothing_behind(cache, tmp_path):
    archive = make_archive(tmp_path / "a.tar.gz", write_layout(tmp_path / "new"), leave_out=["test_batch"])
    with pytest.raises(ValueError, match=f"a.tar.gz has no file {FOLDER}/test_batch"):
        data.extract(archive, cache)
    assert [path.suffix for path in cache.iterdir()] == [".lock"]


def test_an_archive_writes_its_seven_files_and_nowhere_else(cache, tmp_path):
    outside, link = tarfile.TarInfo("../SPOILT"), tarfile.TarInfo(f"{FOLDER}/link")
    outside.size, link.type, link.linkname = 1, tarfile.SYMTYPE, "/etc/passwd"
    data.extract(
        make_archive(tmp_path / "a.tar.gz", write_layout(tmp_path / "new"), extra=[outside, link]), cache
    )
    assert not (tmp_path / "SPOILT").exists()
    assert sorted(p.name for p in cache.rglob("*")) == sorted([FOLDER, f"{FOLDER}.lock", *MD5])


def test_what_a_killed_process_left_is_cleared_away_and_what_another_finished_is_kept(cache, tmp_path):
    archive = make_archive(tmp_path / "a.tar.gz", write_layout(tmp_path / "new"))
    (cache / f"{FOLDER}.unfinished").mkdir()
    (cache / f"{FOLDER}.unfinished" / "data_batch_1").write_bytes(b"half")
    data.extract(archive, cache)
    assert sorted(p.name for p in (cache / FOLDER).iterdir()) == sorted(MD5)
    (cache / FOLDER / "data_batch_1").write_bytes(b"finished by the first of two")
    data.extract(archive, cache)
    assert (cache / FOLDER / "data_batch_1").read_bytes() == b"finished by the first of two"
    assert sorted(p.name for p in cache.iterdir()) == [FOLDER, f"{FOLDER}.lock"]


def test_two_processes_unpack_at_once_and_both_read(cache, tmp_path):
    archive = make_archive(tmp_path / "a.tar.gz", write_layout(tmp_path / "new"))
    code = "import sys, pathlib; from helpers import data; data.extract(*map(pathlib.Path, sys.argv[1:]))"
    both = [subprocess.Popen([sys.executable, "-c", code, archive, cache], cwd=ROOT) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert sorted(p.name for p in (cache / FOLDER).iterdir()) == sorted(MD5)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"cnumpy\ndtype\n}S'kind'\nS'O'\nsb.", "changes what it has named"),
        (b"cnumpy\nndarray\n(I1\nI2\nI3\ntb.", "changes what it has named"),
        (pickle.dumps(np.array([[0, None]])), "O8"),
    ],
    ids=["sets on dtype", "sets on ndarray", "objects"],
)
def test_nothing_is_set_on_what_a_file_names(folder, content, said):
    (folder / "data_batch_2").write_bytes(content)
    with pytest.raises(ValueError, match=f"data_batch_2 is no file of CIFAR-10: .*{said}"):
        load("cifar10")


def test_a_label_that_explodes_is_cut(folder):
    label = []
    for _ in range(60):
        label = [label, label]
    (folder / "data_batch_2").write_bytes(pickle.dumps(batch("data_batch_2", batch_label=label)))
    with pytest.raises(ValueError, match="its label is ") as said:
        load("cifar10")
    assert len(str(said.value)) < 500 and "of type list" in str(said.value)


@pytest.mark.parametrize("shape", [(19, 3072), (-20, -3072), (20, 3072, 1), [20, 3072], (2**40, 3072), None])
def test_a_shape_that_does_not_belong_to_its_bytes_is_refused(folder, shape):
    dtype = Reduce(np.dtype, "u1")
    array = Reduce(np._core.multiarray._reconstruct, np.ndarray, (0,), b"b")
    content = pickle.dumps(
        batch("data_batch_2", data=Stated(array, (1, shape, dtype, False, bytes(20 * 3072))))
    )
    (folder / "data_batch_2").write_bytes(content)
    with pytest.raises(ValueError, match="no array of bytes of shape"):
        load("cifar10")


class Stated:
    """Pickles as a call, and a state that is set on what comes back."""

    def __init__(self, made, state):
        self.made, self.state = made, state

    def __reduce__(self):
        return *self.made.call, self.state


def test_a_link_in_place_of_a_file_is_refused(cache, tmp_path):
    link = tarfile.TarInfo(f"{FOLDER}/test_batch")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    folder = write_layout(tmp_path / "new")
    archive = make_archive(tmp_path / "a.tar.gz", folder, leave_out=["test_batch"], extra=[link])
    with pytest.raises(ValueError, match="has no file"):
        data.extract(archive, cache)


@pytest.mark.parametrize("kind", ["w", "w:gz"])
def test_an_archive_that_is_cut_off_is_refused(cache, tmp_path, kind):
    archive, layout = tmp_path / "cut.tar", write_layout(tmp_path / FOLDER)
    with tarfile.open(archive, kind) as tar:
        tar.add(layout, FOLDER)
    os.truncate(archive, archive.stat().st_size // 2)
    with pytest.raises(ValueError, match=r"cut.tar is no whole archive"):
        data.extract(archive, cache)
    assert [path.name for path in cache.iterdir()] == [f"{FOLDER}.lock"]
