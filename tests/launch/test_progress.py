"""What a person reads while it starts."""

from __future__ import annotations

import io
import re

import pytest

from studio.launch.problems import LaunchProblem
from studio.launch.progress import Progress


def shown(out: io.StringIO) -> str:
    return re.sub(r"\d+\.\d s", "T", out.getvalue())


def test_a_quick_step_is_one_line_and_a_talking_one_names_itself_again() -> None:
    out = io.StringIO()
    progress = Progress(total=2, out=out)

    with progress.step("Packages"):
        pass
    with progress.step("Front end"):
        progress.say("compiling")

    assert shown(out) == "[1/2] Packages … T\n[2/2] Front end …\n      compiling\n[2/2] Front end … T\n"


def test_a_problem_starts_on_a_line_of_its_own() -> None:
    out = io.StringIO()
    progress = Progress(total=1, out=out)

    with pytest.raises(LaunchProblem) as caught, progress.step("Packages"):
        raise LaunchProblem("The disk is full.", remedy="Free some space.")
    progress.complain(caught.value)

    assert shown(out) == "[1/1] Packages …\nThe disk is full. Free some space.\n"


def test_a_start_ends_with_one_link() -> None:
    out = io.StringIO()

    Progress(total=1, out=out).announce("http://127.0.0.1:8321/login")

    assert out.getvalue().count("http") == 1
    assert "Ctrl-C ends it" in out.getvalue()
