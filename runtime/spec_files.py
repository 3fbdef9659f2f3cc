"""Specs as YAML: out and in again without a difference, and a folder of them read in the order of names."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from runtime.errors import InvalidSpec, StudioError, TooLarge
from runtime.spec import WorkflowSpec

MAX_BYTES = 2 * 1024 * 1024
_log = logging.getLogger(__name__)


def spec_to_yaml(spec: WorkflowSpec) -> str:
    """Return the whole spec as YAML, defaults included, in the order of its fields."""
    return yaml.safe_dump(spec.dump(), sort_keys=False, allow_unicode=True, width=100)


def spec_from_yaml(text: str) -> WorkflowSpec:
    """Read one spec; raises `InvalidSpec` naming the line or the field, also for a field that specs do not have."""
    if len(text.encode()) > MAX_BYTES:
        raise TooLarge(f"The file is larger than {MAX_BYTES // 1024} KB.")
    try:
        payload = yaml.load(text, Loader=_Loader)  # noqa: S506  a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f" Line {mark.line + 1}, column {mark.column + 1}."
        said = str(getattr(error, "problem", None) or "not readable")
        raise InvalidSpec(f"The file is not YAML that can be read: {said}.{where}") from error
    if not isinstance(payload, dict):
        raise InvalidSpec("The file holds no workflow: a mapping with a name and an adapter is needed.")
    return WorkflowSpec.parse(cast(Mapping[str, Any], payload))


def load_spec(path: Path) -> WorkflowSpec:
    """Read one file; raises `InvalidSpec` naming the file, and `OSError` when it cannot be opened."""
    if path.stat().st_size > MAX_BYTES:
        raise TooLarge(f"{path.name} is larger than {MAX_BYTES // 1024} KB.")
    try:
        return spec_from_yaml(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidSpec(f"{path.name} is not UTF-8 text.") from error
    except InvalidSpec as error:
        raise InvalidSpec(f"{path.name}: {error.message}", field=error.field) from error


def load_folder(folder: Path) -> list[WorkflowSpec]:
    """Read every `*.yaml` of a folder, by name; what cannot be read is left out, and the log says why."""
    if not folder.is_dir():
        return []
    specs: list[WorkflowSpec] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            specs.append(load_spec(path))
        except (OSError, StudioError) as error:
            _log.warning("a workflow file was left out: %s", error, extra={"file": path.name})
    return specs


class _Loader(yaml.SafeLoader):
    """Loads plain data only; refuses a key that is written twice, of which YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  PyYAML's
        """Build a mapping, each key once."""
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(getattr(key, "value", key))
            if name in seen and name != "<<":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {name!r} is there twice", key.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep=deep)
