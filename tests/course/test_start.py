"""A reader's copy of the notebooks can be brought up to date as often as one likes, and never loses what they wrote."""

import json

import pytest

from helpers.course.__main__ import main
from helpers.course.release import NOTEBOOKS
from helpers.course.start import FIRST, GIVEN, start


def notebook(*sources, outputs=()):
    """A notebook of code cells."""
    return json.dumps(
        {"cells": [{"cell_type": "code", "source": [s], "outputs": list(outputs)} for s in sources]}
    )


@pytest.fixture
def folders(tmp_path):
    """The clone's notebooks, and a reader's folder that has them."""
    clone, mine = tmp_path / "clone", tmp_path / "mine"
    clone.mkdir()
    for name in ("00.ipynb", "01.ipynb", "02.ipynb"):
        (clone / name).write_text(notebook(name, "y = ..."))
    assert start(mine, clone)["copied"] == ["00.ipynb", "01.ipynb", "02.ipynb"]
    return clone, mine


def contents(folder):
    return {path.name: path.read_text() for path in folder.glob("*.ipynb")}


def test_again_nothing_is_done(folders):
    clone, mine = folders
    assert start(mine, clone)["as they were"] == ["00.ipynb", "01.ipynb", "02.ipynb"]
    assert contents(mine) == contents(clone)


def test_what_was_only_run_is_updated_and_what_was_answered_is_kept(folders):
    clone, mine = folders
    (mine / "00.ipynb").write_text(notebook("00.ipynb", "y = ...", outputs=["seen"]))
    (mine / "01.ipynb").write_text(answered := notebook("01.ipynb", "y = 3"))
    for name in ("00.ipynb", "01.ipynb"):
        (clone / name).write_text(notebook(f"better {name}", "y = ..."))
    done = start(mine, clone)
    assert (done["updated"], done["kept"]) == (["00.ipynb"], ["01.ipynb"])
    assert done["beside"] == ["01.new.ipynb"] and done["as they were"] == ["02.ipynb"]
    assert contents(mine) == {
        **contents(clone),
        "01.ipynb": answered,
        "01.new.ipynb": contents(clone)["01.ipynb"],
    }
    assert start(mine, clone)["beside"] == []  # it was laid there once
    (mine / "01.new.ipynb").write_text("mine as well")
    (clone / "01.ipynb").write_text(notebook("best"))
    assert start(mine, clone)["beside"] == ["01.new2.ipynb"]
    assert contents(mine)["01.ipynb"] == answered and contents(mine)["01.new.ipynb"] == "mine as well"


def test_a_notebook_that_was_deleted_comes_back(folders):
    clone, mine = folders
    (mine / "02.ipynb").unlink()
    assert start(mine, clone)["copied"] == ["02.ipynb"]


@pytest.mark.parametrize("record", [None, "", "{", "[]", '{"01.ipynb": 3}'])
def test_without_its_record_all_that_differs_counts_as_answered(folders, record):
    clone, mine = folders
    (mine / GIVEN).unlink()
    if record is not None:
        (mine / GIVEN).write_text(record)
    (mine / "01.ipynb").write_text("no notebook at all")
    assert start(mine, clone)["kept"] == ["01.ipynb"]
    assert contents(mine)["01.ipynb"] == "no notebook at all"


def test_broken_off_before_the_record_it_goes_on(folders):
    clone, mine = folders
    before = (mine / GIVEN).read_bytes()
    (clone / "01.ipynb").write_text(notebook("better"))
    start(mine, clone)
    (mine / GIVEN).write_bytes(before)
    assert start(mine, clone)["as they were"] == ["00.ipynb", "01.ipynb", "02.ipynb"]


@pytest.mark.parametrize(
    "folder, said",
    [
        ("{file}", "file: File exists"),
        ("{file}/below", "file/below: Not a directory"),
        (str(NOTEBOOKS), "name a folder of your own"),
        (str(NOTEBOOKS / "mine"), "name a folder of your own"),
    ],
)
def test_what_is_no_folder_of_ones_own_gets_a_sentence(folder, said, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["start", folder.format(file=tmp_path / "file")]) == 2
    assert said in capsys.readouterr().err


def test_the_command_says_what_it_did_and_how_to_go_on(tmp_path, capsys):
    assert main(["start", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert (
        f"{len(list(NOTEBOOKS.glob('*.ipynb')))} copied." in said and str(tmp_path.resolve() / FIRST) in said
    )
    (tmp_path / FIRST).write_text(notebook("mine"))
    (tmp_path / GIVEN).unlink()
    assert main(["start", str(tmp_path)]) == 0
    assert (
        f"{FIRST} has your changes and is kept; the new version is 00_start_here.new.ipynb."
        in capsys.readouterr().out
    )


def test_without_a_clone_it_says_so(tmp_path):
    with pytest.raises(ValueError, match="they come with a clone"):
        start(tmp_path / "mine", tmp_path)
