"""What the repository holds: no script of ours for the browser, nothing of one machine, and no undeclared dependency."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

from tests.architecture.checkout import PACKAGES, ROOT, committed_files, python_files, shown

BROWSER_CODE = {".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx"}
# The hosts that package managers write into their lock files.
REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs|registry\.yarnpkg|npmmirror\.com|files\.pypi", re.IGNORECASE
)
MACHINE_PATHS = re.compile(r"(?<![\w.$}/])/(home|Users|root|work|mnt|media)/[\w.-]+")
# What comes with a declared package and is part of its interface: import name → the package that requires it.
BROUGHT = {
    "kombu": "celery",
    "langchain_core": "langgraph",
    "psycopg_pool": "psycopg",
    "reflex_base": "reflex",
    "reflex_components_core": "reflex",
    "reflex_components_recharts": "reflex",
    "starlette": "fastapi",
    "typing_extensions": "pydantic",
}
FIRST_PARTY = {*PACKAGES, "tests", "rxconfig"}


def test_no_script_of_ours_for_the_browser_is_committed() -> None:
    assert [shown(file) for file in committed_files() if file.suffix in BROWSER_CODE] == []


def test_no_committed_file_names_a_package_registry() -> None:
    assert _lines_with(REGISTRIES) == []


def test_the_locks_name_no_place_to_download_from() -> None:
    npm = json.loads((ROOT / "reflex.lock" / "package-lock.json").read_text(encoding="utf-8"))
    python = (ROOT / "requirements.lock").read_text(encoding="utf-8")

    assert len(npm["packages"]) > 50
    assert [name for name, package in npm["packages"].items() if "resolved" in package] == []
    assert (
        re.findall(r"^(?!\s*#).*(?:://|--(?:extra-)?index-url|--find-links).*$", python, re.MULTILINE) == []
    )


def test_no_committed_file_names_a_path_of_one_machine() -> None:
    assert _lines_with(MACHINE_PATHS) == []


@pytest.mark.parametrize(("folders", "groups"), [(PACKAGES, ()), (("tests",), ("dev",))])
def test_every_third_party_import_is_a_declared_dependency(
    folders: tuple[str, ...], groups: tuple[str, ...]
) -> None:
    declared = _declared(groups)
    offered = packages_distributions()

    undeclared = {
        f"{shown(file)}: {name}"
        for file in python_files(*folders)
        for name in _third_party(file)
        if not {BROUGHT.get(name, ""), *(_plain(each) for each in offered.get(name, ()))} & declared
    }

    assert len(declared) > 10
    assert undeclared == set()


@pytest.mark.parametrize(("name", "by"), BROUGHT.items())
def test_what_is_said_to_come_with_a_package_is_required_by_it(name: str, by: str) -> None:
    brought = {_plain(each) for each in packages_distributions()[name]}

    assert brought & {_plain(each) for each in requires(by) or ()}


def test_what_the_extra_for_crews_may_not_take_back_is_what_the_lock_holds() -> None:
    overridden = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["uv"]
    locked = re.findall(
        r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE
    )

    assert {_plain(each) for each in overridden["override-dependencies"]} <= {_plain(each) for each in locked}


def _lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{shown(file)}:{number}: {line.strip()[:120]}"
        for file in committed_files()
        # This file spells out what it looks for.
        if file != Path(__file__)
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


def _declared(groups: tuple[str, ...]) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = [project["dependencies"], *(project["optional-dependencies"][group] for group in groups)]
    return {_plain(requirement) for each in lists for requirement in each}


def _third_party(file: Path) -> set[str]:
    names = {
        name for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) for name in _imported(node)
    }
    return names - FIRST_PARTY - sys.stdlib_module_names


def _imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import():
            return [alias.name.partition(".")[0] for alias in node.names]
        case ast.ImportFrom(level=0, module=str(module)):
            return [module.partition(".")[0]]
        case _:
            return []


def _plain(requirement: str) -> str:
    """Return a distribution's normalised name without version, extras and markers."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;(]", requirement, maxsplit=1)[0]).lower()
