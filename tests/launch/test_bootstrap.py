"""The door: which Python may enter, and what each refusal says."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from studio.launch import bootstrap

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("version", [(2, 7), (3, 6), (3, 10), (3, 13), (4, 0)])
def test_another_python_is_refused_with_its_version_and_what_to_do(version: tuple[int, int]) -> None:
    said = bootstrap.unsupported_python(version)

    assert said is not None
    assert f"Python {version[0]}.{version[1]} cannot run" in said
    assert "Python 3.11 or 3.12" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("version", [(3, 11), (3, 12)])
def test_a_supported_python_may_enter(version: tuple[int, int]) -> None:
    assert bootstrap.unsupported_python(version) is None


def test_an_older_python_can_read_the_door_and_the_packages_on_the_way_to_it() -> None:
    source = (ROOT / "studio/launch/bootstrap.py").read_text()

    ast.parse(source, feature_version=(3, 6))
    assert "from __future__" not in source
    assert (ROOT / "studio/__init__.py").read_text() == ""
    assert (ROOT / "studio/launch/__init__.py").read_text() == ""


def test_the_installer_needs_no_package_that_is_yet_to_be_installed() -> None:
    program = (
        "import sys; import studio.launch.commands; from pathlib import Path;"
        "print([n for n, m in sys.modules.items() if 'site-packages' in (getattr(m, '__file__', '') or '')])"
    )

    ran = subprocess.run(
        [sys.executable, "-S", "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert ran.stdout.strip() == "[]"


def test_an_unknown_word_is_answered_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["fly"]) == 2
    assert "run | environment | test" in capsys.readouterr().err
