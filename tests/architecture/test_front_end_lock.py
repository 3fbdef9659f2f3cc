"""The lock of the front end: complete, verifiable, and naming no host."""

import json
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[2] / "reflex.lock"


def packages() -> dict[str, dict[str, Any]]:
    return {
        name: entry
        for name, entry in json.loads((LOCK / "package-lock.json").read_text())["packages"].items()
        if name
    }


def test_no_package_says_where_it_came_from() -> None:
    assert [name for name, entry in packages().items() if "resolved" in entry] == []


def test_the_lock_holds_no_address_at_all() -> None:
    assert "://" not in (LOCK / "package-lock.json").read_text()


def test_every_package_can_be_verified() -> None:
    unverified = [
        name for name, entry in packages().items() if "integrity" not in entry and "link" not in entry
    ]

    assert unverified == []


def test_the_lock_holds_what_the_pages_import() -> None:
    wanted = json.loads((LOCK / "package.json").read_text())["dependencies"]
    locked = {name.removeprefix("node_modules/") for name in packages()}

    assert set(wanted) <= locked
    assert {"@xyflow/react", "recharts", "@radix-ui/themes", "@fontsource-variable/inter"} <= set(wanted)
