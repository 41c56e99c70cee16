"""Texts by character: the names, a file of one's own, tiny Shakespeare from a folder or a download."""

import hashlib
import string

import numpy as np
import pooch
import pytest

from helpers import texts
from helpers.data import load
from helpers.implement import LSTM, Embedding, Linear, Sequential, SoftmaxCrossEntropy
from helpers.texts import END, MD5, NAMES, SHAKESPEARE, URL, Text, of_lines

PLAY = "First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\nSpeak, speak.\n"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.delenv("SHAKESPEARE_DIR", raising=False)
    cache = tmp_path / "cache"
    monkeypatch.setattr(pooch, "os_cache", lambda project: cache)
    return cache


def test_the_names_are_sorted_and_different_and_in_small_letters():
    names = NAMES.read_text("utf8").splitlines()
    assert len(names) == 4508 and names == sorted(set(names))
    assert all(2 <= len(name) <= 12 and set(name) <= set(string.ascii_lowercase) for name in names)
    assert {"ada", "olivia", "sofia", "yuto", "zora"} <= set(names)


def test_the_parts_of_the_names_are_whole_names_that_differ():
    text = load("names")
    assert text.characters == END + string.ascii_lowercase and text.train.dtype == np.int64
    parts = [text.decode(part).splitlines() for part in (text.train, text.validation)]
    assert [len(part) for part in parts] == [4057, 451]
    assert sorted(parts[0] + parts[1]) == NAMES.read_text("utf8").splitlines()
    assert {name[0] for name in parts[1]} >= set("abcdefghijklm")  # no part ends with the alphabet
    assert np.array_equal(load("names").train, text.train)


def test_a_text_and_its_ids():
    text = of_lines(["ab", "c"] * 5)
    assert text.characters == "\nabc"
    np.testing.assert_array_equal(text.encode("cab\n"), [3, 1, 2, 0])
    assert (
        text.decode(text.encode("cab\n")) == "cab\n" and text.decode([]) == text.decode(text.encode("")) == ""
    )
    with pytest.raises(ValueError, match="'é' at place 2 is none of the 4 characters of this text"):
        text.encode("abé")
    for wrong in ([0, 4], [-1, 0]):
        with pytest.raises(ValueError, match=r"the ids are 0 to 3, and -?\d to \d came"):
            text.decode(wrong)


def test_lines_begin_and_end_with_the_mark():
    text = of_lines(["ab", "c", "bca"])
    part = text.encode("ab\n\nc\n")
    ids, targets, lengths = text.lines(part)
    np.testing.assert_array_equal(ids, [[0, 1, 2], [0, 3, 0]])
    np.testing.assert_array_equal(targets, [[1, 2, 0], [3, 0, -100]])
    np.testing.assert_array_equal(lengths, [3, 2])
    assert [A.shape for A in text.lines(part[:0])] == [(0, 0), (0, 0), (0,)]


def test_windows_are_followed_by_their_targets():
    text = Text(np.arange(50), np.arange(3), "".join(map(chr, range(65, 115))))
    ids, targets = text.windows(text.train, 200, 4, np.random.default_rng(0))
    assert ids.shape == targets.shape == (200, 4)
    np.testing.assert_array_equal(targets, ids + 1)
    np.testing.assert_array_equal(ids, ids[:, :1] + np.arange(4))
    assert ids.min() == 0 and targets.max() == 49  # the first and the last place are drawn too
    ids, targets = text.windows(text.validation, 5, 2, np.random.default_rng(0))
    np.testing.assert_array_equal(targets, [[1, 2]] * 5)
    with pytest.raises(ValueError, match="a window of 3 needs 4 characters, and this part has 3"):
        text.windows(text.validation, 5, 3, np.random.default_rng(0))


def test_a_network_reads_a_batch_of_names():
    ids, targets, lengths = (A[:4] for A in load("names").lines(load("names").validation))
    network = Sequential(Embedding(27, 3, rng=0), LSTM(3, 5, rng=0), Linear(5, 27, rng=0))
    L = SoftmaxCrossEntropy().forward(np.moveaxis(network.forward(ids), -1, 1), targets)
    assert pytest.approx(np.log(27), rel=0.1) == L
    assert lengths.tolist() == (targets != -100).sum(1).tolist()


def test_any_file_is_a_text(tmp_path, monkeypatch):
    path = tmp_path / "play.txt"
    path.write_bytes(
        b"\xef\xbb\xbf" + PLAY.replace("\n", "\r\n").encode()
    )  # as an editor of Windows writes it
    monkeypatch.setenv("TEXT", str(path))
    text = load("text")
    assert text.decode(np.concatenate([text.train, text.validation])) == PLAY
    assert len(text.train) == len(PLAY) * 9 // 10 and text.characters == "".join(sorted(set(PLAY)))
    monkeypatch.delenv("TEXT")
    np.testing.assert_array_equal(load("text").train, load("names").train)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"caf\xe9" * 10, "play.txt is no text in UTF-8: byte 3 is 0xe9"),
        (b"short", "play.txt has 5 characters, and two parts of it need 20"),
        (None, "TEXT is .*play.txt, and there is no such file"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path, monkeypatch, content, said):
    path = tmp_path / "play.txt"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("TEXT", str(path))
    with pytest.raises(ValueError, match=said):
        load("text")


def test_a_folder_is_read_and_another_file_than_the_published_one_is_said_once(tmp_path, monkeypatch, caplog):
    (tmp_path / SHAKESPEARE).write_text(PLAY, "utf8")
    monkeypatch.setenv("SHAKESPEARE_DIR", str(tmp_path))
    for _ in range(2):
        assert load("shakespeare").characters == "".join(sorted(set(PLAY)))
    assert caplog.messages == [
        f"{tmp_path / SHAKESPEARE} is not byte for byte the published tiny Shakespeare"
    ]
    caplog.clear()
    (tmp_path / "official").mkdir()
    (tmp_path / "official" / SHAKESPEARE).write_text(PLAY, "utf8")
    monkeypatch.setattr(texts, "MD5", hashlib.md5(PLAY.encode()).hexdigest())
    monkeypatch.setenv("SHAKESPEARE_DIR", str(tmp_path / "official"))
    load("shakespeare")
    assert not caplog.messages
    monkeypatch.setenv("SHAKESPEARE_DIR", str(tmp_path / "empty"))
    with pytest.raises(
        ValueError, match=r"SHAKESPEARE_DIR is .*empty, and tinyshakespeare\.txt is not there"
    ):
        load("shakespeare")


def test_the_download_asks_for_the_published_md5(cache, monkeypatch):
    asked = []

    def retrieve(url, known_hash, fname, path, progressbar):
        asked.append((url, known_hash, progressbar))
        path.mkdir()
        (path / fname).write_text(PLAY, "utf8")
        return str(path / fname)

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    assert len(load("shakespeare").train) == len(PLAY) * 9 // 10
    assert asked == [(URL, f"md5:{MD5}", True)]


def test_a_file_in_the_cache_is_held_against_its_md5(cache):
    cache.mkdir()
    (cache / SHAKESPEARE).write_text(PLAY, "utf8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "MD5", hashlib.md5(PLAY.encode()).hexdigest())
        assert len(load("shakespeare").train) == len(PLAY) * 9 // 10


def test_with_no_network_one_sentence_says_the_three_ways(cache, monkeypatch):
    def offline(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr(pooch, "retrieve", offline)
    with pytest.raises(
        ConnectionError, match=r"connect to the network .* put the file .* set SHAKESPEARE_DIR"
    ):
        load("shakespeare")
