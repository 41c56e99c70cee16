"""A page of problems to print: the questions first, no answer among them, all mathematics set without a network."""

import pytest

from helpers import drill_sheet
from helpers.drill_sheet import drill_page
from helpers.exercises import drill
from helpers.exercises.machine.drill import DRILLS


@pytest.mark.parametrize("notebook", DRILLS)
def test_a_page_has_its_questions_and_then_how_they_are_worked(notebook):
    problems = [drill(notebook, k) for k in range(3, 8)]
    questions, answers = drill_page(problems).split('id="answers"')
    assert questions.count("<li>") == answers.count("<li>") == 5
    assert 'start="3"' in questions and 'start="3"' in answers
    assert "$" not in questions + answers and "http" not in (questions + answers).replace(
        "http://www.w3.org", ""
    )


def test_the_command_writes_the_page_and_refuses_what_is_no_drill(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(drill_sheet, "browser", lambda: None)
    assert drill_sheet.main(["05", str(tmp_path / "new"), "--count", "2"]) == 0
    assert (tmp_path / "new" / "drill_05.html").read_text("utf8").count("<li>") == 4
    for arguments, said in ((["98"], "notebook 98 has no drill"), (["5", "--count", "0"], "start at 1")):
        with pytest.raises(SystemExit):
            drill_sheet.main(arguments)
        assert said in capsys.readouterr().err
