"""Specs by name, in memory: from code, from the shipped library, from a folder. Explicit; importing registers nothing."""

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import RLock
from typing import TypeVar, overload

from runtime.errors import NotFound
from runtime.ids import SpecName
from runtime.library import named_specs, shipped
from runtime.spec import WorkflowSpec
from runtime.spec_files import load_folder

Factory = Callable[[], WorkflowSpec]
F = TypeVar("F", bound=Factory)


class SpecRegistry:
    """Holds specs by name. The first look-up scans the library once; a scan never replaces what is there already."""

    def __init__(self, *, folder: Path | None = None, library: bool = True) -> None:
        self._folder = folder
        self._library = library
        self._specs: dict[str, WorkflowSpec] = {}
        self._scanned = False
        self._lock = RLock()

    def add(self, spec: WorkflowSpec) -> WorkflowSpec:
        """Register a spec under its name, in place of one that has it; raises TypeError for anything else."""
        _checked(spec)
        with self._lock:
            self._specs[spec.name] = spec
        return spec

    @overload
    def register(self, target: WorkflowSpec) -> WorkflowSpec: ...

    @overload
    def register(self, target: F) -> F: ...

    def register(self, target: WorkflowSpec | Factory) -> WorkflowSpec | Factory:
        """Decorate a factory of a spec, or take a spec; returns it as it was. Raises TypeError for anything else."""
        if isinstance(target, WorkflowSpec):
            return self.add(target)
        if not callable(target):
            raise TypeError(
                f"expected a WorkflowSpec or a function that returns one, got {type(target).__name__}"
            )
        self.add(target())
        return target

    def get(self, name: str) -> WorkflowSpec:
        """Return a spec; raises `NotFound`, a KeyError too, with the nearest known name."""
        specs = self.all()
        if name not in specs:
            raise NotFound("workflow", name, known=specs.keys())
        return specs[SpecName(name)]

    def names(self) -> list[str]:
        """Return every name, sorted."""
        return sorted(self.all())

    def all(self) -> Mapping[SpecName, WorkflowSpec]:
        """Return every spec by name; scans the library if that has not happened yet."""
        with self._lock:
            if not self._scanned:
                for spec in self._found():
                    self._specs.setdefault(spec.name, spec)
                self._scanned = True
            return {SpecName(name): spec for name, spec in self._specs.items()}

    def reload(self) -> int:
        """Scan again and replace what has the same name; return how many specs were found."""
        with self._lock:
            found = self._found()
            self._specs.update({spec.name: spec for spec in found})
            self._scanned = True
            return len(found)

    def _found(self) -> list[WorkflowSpec]:
        own = [] if self._folder is None else load_folder(self._folder)
        # In a mapping the later one stands: a file of one's own has precedence over a shipped spec of its name.
        shipped_specs = [*(entry.spec for entry in shipped()), *named_specs()] if self._library else []
        return list({spec.name: spec for spec in (*shipped_specs, *own)}.values())


def _checked(spec: object) -> None:
    if not isinstance(spec, WorkflowSpec):
        raise TypeError(f"expected a WorkflowSpec, got {type(spec).__name__}")
