"""The command that trains the course's convolutional networks, on a few images in the official layout."""

import pytest

from helpers.train_cnn import main
from tests.house.test_data import write_layout

SMALL = ["--width", "1", "--steps", "2", "--every", "1", "--batch", "4", "--validation", "10"]


@pytest.fixture
def cifar10(tmp_path, monkeypatch):
    write_layout(tmp_path / "cifar-10-batches-py")
    monkeypatch.setenv("CIFAR10_DIR", str(tmp_path / "cifar-10-batches-py"))


def steps_in(out):
    return [line.split(" · ")[0] for line in out.splitlines() if line.startswith("step")]


@pytest.mark.parametrize("net", ["2018", "preact"])
def test_it_trains_goes_on_and_tests_once(cifar10, tmp_path, capsys, net):
    command = ["--net", net, *SMALL, "--checkpoint", str(tmp_path / "cnn.npz")]
    assert main(command) == 0
    first = capsys.readouterr().out
    assert steps_in(first) == ["step     0", "step     1", "step     2"]
    assert "test accuracy" not in first
    assert main([*command, "--test"]) == 0
    again = capsys.readouterr().out
    assert steps_in(again) == []  # nothing is left to do
    assert "test accuracy 0." in again or "test accuracy 1." in again


def test_an_unknown_net_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["--net", "2019"])
    assert "invalid choice" in capsys.readouterr().err
