"""`Rule`: one thing that can be wrong with a drawing. Subclassing in `runtime/graph/rules/` registers it."""

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterable
from functools import cache
from typing import ClassVar

import runtime.graph.rules as rules_package
from runtime.graph.issue import CODES, Issue
from runtime.graph.topology import Topology


class Rule(ABC):
    """One rule: looks at the whole drawing, returns every problem it finds, never raises."""

    codes: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def issues(self, drawing: Topology) -> Iterable[Issue]:
        """Return what is wrong."""


@cache
def rules() -> tuple[Rule, ...]:
    """Return one instance of every rule, ordered by its first code."""
    for module in pkgutil.iter_modules(rules_package.__path__, prefix=f"{rules_package.__name__}."):
        importlib.import_module(module.name)
    found = sorted(Rule.__subclasses__(), key=lambda rule: rule.codes)
    unknown = {code for rule in found for code in rule.codes} - CODES.keys()
    if unknown:
        raise KeyError(f"codes without a line in the table: {sorted(unknown)}")
    return tuple(rule() for rule in found)
