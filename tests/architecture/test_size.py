"""No module grows beyond what a person can keep in mind."""

from __future__ import annotations

import ast

from tests.architecture.checkout import PACKAGES, ROOT, python_files, shown

MODULE_LINES, FUNCTION_LINES = 500, 60
FOLDERS = (*PACKAGES, "tests", "alembic")


def test_no_module_has_more_than_500_lines() -> None:
    files = python_files(*FOLDERS)

    too_long = {
        shown(file): lines
        for file in files
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > MODULE_LINES
    }

    assert len(files) > 100
    assert too_long == {}


def test_no_function_has_more_than_60_lines() -> None:
    too_long = {
        f"{shown(file)}:{node.lineno} {node.name}": lines
        for file in python_files(*FOLDERS)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
        # A migration says in one function what the schema becomes.
        and file.parent != ROOT / "alembic" / "versions"
    }

    assert too_long == {}


def test_every_module_of_the_product_says_what_it_is_for() -> None:
    silent = [
        shown(file)
        for file in python_files(*PACKAGES)
        if file.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    ]

    assert silent == []
