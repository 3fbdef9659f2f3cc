"""The committed npm lock names nobody's address, whatever npm writes into it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.launch.npm_lock import forget_addresses


def test_addresses_are_forgotten_and_all_else_is_kept(tmp_path: Path) -> None:
    lock = tmp_path / "package-lock.json"
    kept = {"version": "1.0.0", "integrity": "sha512-x", "license": "MIT"}
    added = {"resolved": "somewhere", "funding": {"url": "somebody"}}
    lock.write_text(json.dumps({"name": "web", "packages": {"": {}, "a": kept | added}}, indent=2) + "\n")

    forget_addresses(lock)

    assert json.loads(lock.read_text()) == {"name": "web", "packages": {"": {}, "a": kept}}
    assert lock.read_text().endswith("}\n")


def test_a_lock_without_addresses_is_not_written_again(tmp_path: Path) -> None:
    lock = tmp_path / "package-lock.json"
    lock.write_text(json.dumps({"packages": {"ä": {"version": "1"}}}, indent=2, ensure_ascii=False))
    before = lock.stat().st_mtime_ns

    forget_addresses(lock)

    assert lock.stat().st_mtime_ns == before


@pytest.mark.parametrize("content", [None, "", "{", "[]", "{}", '{"packages": 5}'])
def test_what_is_no_lock_is_left_alone(content: str | None, tmp_path: Path) -> None:
    lock = tmp_path / "package-lock.json"
    if content is not None:
        lock.write_text(content)

    forget_addresses(lock)

    assert (lock.read_text() if lock.exists() else None) == content
