"""The command that trains a GPT, on a short text: both sides alike, interrupted and gone on, refused by name."""

import json
import signal

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from helpers import train_gpt
from helpers.compare.specimens.gpt import TorchGPT
from helpers.implement import GPT
from helpers.train_gpt import Side, main

SIZES = {"steps": 6, "batch": 2, "context": 8, "layers": 1, "heads": 2, "width": 8, "every": 3, "batches": 2}
SMALL = [word for name, size in SIZES.items() for word in (f"--{name}", str(size))]


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("\nin the beginning was the word\n" * 20)
    return str(path)


def measured(out):
    return [line for line in out.splitlines() if line.startswith("step")]


def curve(line):
    """A line less its seconds."""
    return [word for word in line.split() if not word.isdigit()]


def losses(path):
    with np.load(path) as file:
        return json.loads(str(file["about"]))["sides"]


@pytest.mark.parametrize("wide", [True, False])
def test_torch_has_the_same_logits(wide):
    network = GPT(7, 6, 8, 2, 2, hidden=5, bias=wide, rng=0)
    for k, W in enumerate(network.params.values()):
        W[...] = np.random.default_rng(k).standard_normal(W.shape)
    ids = np.array([[0, 3, 6], [1, 1, 2]])
    Y = TorchGPT(network)(torch.tensor(ids)).detach().numpy()
    np.testing.assert_allclose(network.forward(ids), Y, rtol=1e-10, atol=1e-12)


def test_torch_has_no_other_kind():
    for options in ({"positions": "rotary"}, {"positions": "sinusoidal"}, {"activation": "swiglu"}):
        with pytest.raises(ValueError, match="learned positions and a GELU"):
            TorchGPT(GPT(7, 6, 8, 2, 1, **options))


def test_both_sides_learn_alike(text, tmp_path, capsys):
    file = tmp_path / "gpt.npz"
    assert main([text, *SMALL, "--torch", "--lr", "0.01", "--checkpoint", str(file)]) == 0
    said = capsys.readouterr().out
    assert [line.split()[1] for line in measured(said)] == ["3", "6"]
    assert "NumPy train" in said and "PyTorch train" in said and "losses at most" in said
    ours, theirs = (losses(file)[name] for name in ("NumPy", "PyTorch"))
    np.testing.assert_allclose(ours["losses"], theirs["losses"], atol=1e-5)
    np.testing.assert_allclose(ours["validation"], theirs["validation"], atol=1e-5)
    assert ours["losses"][-1] < ours["losses"][0]


@pytest.mark.parametrize("beside", [[], ["--torch"]])
@pytest.mark.parametrize("at", [2, 3, 5])
def test_interrupted_it_loses_nothing(text, tmp_path, capsys, monkeypatch, at, beside):
    whole, parts = (tmp_path / name for name in ("whole.npz", "parts.npz"))
    assert main([text, *SMALL, *beside, "--checkpoint", str(whole)]) == 0
    want = capsys.readouterr().out
    step = Side.step

    def with_ctrl_c(side, *given):
        if len(side.losses) == at - 1 and side.name == "NumPy":
            signal.raise_signal(signal.SIGINT)
        step(side, *given)

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(Side, "step", with_ctrl_c)
    command = [text, *SMALL, *beside, "--checkpoint", str(parts), "--weights", str(tmp_path / "w")]
    assert main(command) == 130
    first = capsys.readouterr().out
    assert f"interrupted behind step {at}: the same command goes on" in first
    assert signal.getsignal(signal.SIGINT) is before
    monkeypatch.undo()
    assert main(command) == 0
    second = capsys.readouterr().out
    assert f"going on behind step {at}" in second
    assert [*map(curve, measured(first + second))] == [*map(curve, measured(want))]
    assert want.splitlines()[-1] == second.splitlines()[-1]  # the sample of the same weights
    for name, side in losses(whole).items():
        assert losses(parts)[name]["losses"] == side["losses"]
    assert load_file(tmp_path / "w")["embedding.E"].shape == (15, 8)


def test_without_a_checkpoint_it_says_that_nothing_was_kept(text, capsys, monkeypatch):
    monkeypatch.setattr(
        Side, "step", lambda side, *_: (side.losses.append(1.0), signal.raise_signal(signal.SIGINT))
    )
    assert main([text, *SMALL]) == 130
    assert "nothing was kept: give --checkpoint FILE" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.txt"], "missing.txt is no file, and none of names, shakespeare, text"),
        ([None, "--context", "900"], "a window of 900 needs 901 characters"),
        ([None, "--heads", "3"], "E = 8 entries cannot be cut into H = 3 heads"),
        ([None, "--lr", "1e9", "--torch"], "a smaller --lr may help"),
        ([None, "--lr", "-1"], "lr is at least 0, not -1.0"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_what_cannot_be_is_said_in_a_sentence(text, capsys, arguments, said):
    assert main([arguments[0] or text, *SMALL, *arguments[1:]]) == 2
    assert said in capsys.readouterr().err


def test_the_checkpoint_of_another_training_is_refused(text, tmp_path, capsys):
    command = [text, *SMALL, "--checkpoint", str(tmp_path / "gpt.npz")]
    assert main(command) == 0
    assert main([*command, "--width", "16"]) == 2
    assert "its width is 8, and here it is 16" in capsys.readouterr().err


@pytest.mark.parametrize("argument", ["0", "-3", "2.5", "many"])
def test_what_is_no_number_is_refused(argument, capsys):
    with pytest.raises(SystemExit):
        main(["names", "--steps", argument])
    assert f"{argument} is no integer from 1 on" in capsys.readouterr().err


def test_names_are_what_it_trains_on_by_default():
    assert train_gpt.parser().parse_args([]).text == "names"
