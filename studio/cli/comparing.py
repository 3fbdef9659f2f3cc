"""What is different between two specs, place by place. Things with an id are found again by it, wherever they stand in their list."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from runtime.spec import WorkflowSpec, canonical_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place; what is only on one side is None on the other."""

    path: str
    old: Any
    new: Any


def differences(old: WorkflowSpec, new: WorkflowSpec) -> list[Difference]:
    """Return every place at which two specs differ, sorted by place; none exactly when their hashes are the same."""
    before, after = _flat(old.dump(), ""), _flat(new.dump(), "")
    return [
        Difference(path=path, old=before.get(path), new=after.get(path))
        for path in sorted(before.keys() | after.keys())
        if (path in before) != (path in after)
        or canonical_json(before.get(path)) != canonical_json(after.get(path))
    ]


def _flat(value: object, path: str) -> dict[str, Any]:
    parts = _parts(value)
    if not parts:
        return {path: value}
    flat: dict[str, Any] = {}
    for name, part in parts.items():
        flat |= _flat(part, f"{path}.{name}" if path else name)
    if isinstance(value, list):
        # The order of a list counts as well: the hash knows it.
        flat[f"{path}.order"] = list(parts)
    return flat


def _parts(value: object) -> dict[str, Any]:
    """Return what a mapping or a list with ids holds, by name; nothing for what is compared as a whole."""
    if isinstance(value, Mapping):
        return {str(key): part for key, part in cast(Mapping[object, Any], value).items()}
    if isinstance(value, list):
        parts = cast(list[Any], value)
        named = {str(part["id"]): part for part in parts if isinstance(part, Mapping) and "id" in part}
        return named if len(named) == len(parts) else {}
    return {}
