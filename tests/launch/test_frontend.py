"""The front end is built again when, and only when, something that goes into it has changed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from reflex_base.constants import GitIgnore

from studio.launch import frontend
from studio.launch.problems import LaunchProblem
from studio.launch.progress import Progress
from studio.launch.workspace import Workspace

# Stands where the interpreter of the virtual environment would: notes each build, and builds as Reflex does.
FAKE_PYTHON = """#!/bin/sh
echo "$@" >> builds
mkdir -p .web/build && echo '{"built": true}' > reflex.lock/package.json
exit $(cat exit-code 2>/dev/null || echo 0)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Workspace:
    for folder in (
        "studio/launch",
        "runtime",
        "tasks",
        "persistence",
        "assets/external",
        "reflex.lock",
        ".venv/bin",
    ):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "studio/app.py").write_text("app")
    (tmp_path / "rxconfig.py").write_text("config")
    for name, text in (("python", FAKE_PYTHON), ("npm", "#!/bin/sh\necho registry-of-the-person\n")):
        (tmp_path / ".venv/bin" / name).write_text(text)
        (tmp_path / ".venv/bin" / name).chmod(0o755)
    return Workspace(root=tmp_path, home=tmp_path / ".alphaswarm", port=8321)


def builds(checkout: Workspace) -> int:
    """Bring the front end up to date and return how often it was built so far."""
    frontend.ensure(checkout, Progress(total=1, out=io.StringIO()))
    return len((checkout.root / "builds").read_text().splitlines())


def test_the_second_start_builds_nothing_even_though_the_build_wrote_the_npm_lock(
    checkout: Workspace,
) -> None:
    assert builds(checkout) == 1
    assert builds(checkout) == 1


@pytest.mark.parametrize(
    "path", ["studio/app.py", "runtime/node.py", "rxconfig.py", "assets/logo.svg", "requirements.lock"]
)
def test_a_changed_source_is_built_again(checkout: Workspace, path: str) -> None:
    assert builds(checkout) == 1
    (checkout.root / path).write_text("changed")

    assert builds(checkout) == 2


def test_changed_npm_packages_are_built_again(checkout: Workspace) -> None:
    assert builds(checkout) == 1
    (checkout.root / "reflex.lock/package-lock.json").write_text("{}")

    assert builds(checkout) == 2


@pytest.mark.parametrize("path", ["studio/launch/bootstrap.py", "assets/external/made.js", "README.md"])
def test_what_no_page_is_made_from_is_not_a_reason_to_build(checkout: Workspace, path: str) -> None:
    assert builds(checkout) == 1
    (checkout.root / path).write_text("changed")

    assert builds(checkout) == 1


def test_a_removed_build_is_made_again(checkout: Workspace) -> None:
    assert builds(checkout) == 1
    (checkout.root / ".web/build/alphaswarm-stamp").unlink()

    assert builds(checkout) == 2


def test_a_failed_build_is_a_problem_and_is_tried_again(checkout: Workspace) -> None:
    (checkout.root / "exit-code").write_text("3")
    with pytest.raises(LaunchProblem, match="Building the front end ended with code 3"):
        builds(checkout)

    (checkout.root / "exit-code").unlink()
    assert builds(checkout) == 2


def test_the_persons_registry_is_used_unless_the_environment_names_one(
    checkout: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout.root / ".venv/bin/python").write_text(
        "#!/bin/sh\necho $NPM_CONFIG_REGISTRY >> builds; mkdir -p .web/build\n"
    )
    monkeypatch.delenv("NPM_CONFIG_REGISTRY", raising=False)
    builds(checkout)
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "registry-of-the-environment")
    (checkout.root / "rxconfig.py").write_text("changed")
    builds(checkout)

    said = (checkout.root / "builds").read_text().split()
    assert said == ["registry-of-the-person", "registry-of-the-environment"]


def test_a_build_in_a_fresh_clone_has_nothing_to_add_to_gitignore() -> None:
    ignored = (Path(__file__).resolve().parents[2] / ".gitignore").read_text().splitlines()

    assert set(GitIgnore.DEFAULTS) <= set(ignored)
