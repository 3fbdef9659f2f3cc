"""`Adapter`: one way to run a spec. Concrete subclasses with a kind register at class creation."""

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

from runtime.errors import NotFound
from runtime.ids import RunId, SpecName, VersionId
from runtime.settings import LiveSettings, SettingName
from runtime.spec import AdapterKind
from runtime.state import OrchestrationState

if TYPE_CHECKING:
    from runtime.graph.session import GraphEngine
    from runtime.ports import RunQueue
    from runtime.transitions import TransitionPipeline

KINDS: tuple[AdapterKind, ...] = get_args(AdapterKind)
FailureKind = Literal["error", "policy", "timeout", "halted", "guardrail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterFailure:
    """Why an adapter did not complete."""

    message: str
    kind: FailureKind
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {"message": self.message, "kind": self.kind, "details": dict(self.details)}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterContext:
    """What an adapter may know and use; read only."""

    workflow_run_id: RunId
    workflow_spec_name: SpecName
    spec_version_id: VersionId | None
    spec_hash: str
    request_id: str
    actor: str
    params: Mapping[str, Any]
    max_rounds: int
    received_at: datetime
    transitions: "TransitionPipeline"
    """Every transition goes through it: knobs, halt check, guardrails, crumb, journal."""
    engine: "GraphEngine"
    """Runs drawings."""
    queue: "RunQueue | None" = None
    """Takes runs of other workflows; None where there are no workers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterResult:
    """What an adapter hands back. Cost, calls and crumbs are the pipeline's."""

    state: OrchestrationState
    status: Literal["completed", "error"] = "completed"
    failure: AdapterFailure | None = None


class Adapter(ABC):
    """One way to run a spec. Owns no storage and no transport; never calls another adapter."""

    adapter_kind: ClassVar[AdapterKind | None] = None
    adapter_alias: ClassVar[str] = ""
    adapter_tags: ClassVar[tuple[str, ...]] = ()
    adapter_source: ClassVar[str] = "alphaswarm"
    adapter_category: ClassVar[str] = ""
    requires: ClassVar[SettingName | None] = None
    """The flag without which `invoke` refuses."""

    def __init_subclass__(cls) -> None:
        """Register concrete adapters under their alias, by default the class name.

        Left out are classes without a kind or with an unknown one, abstract ones, and names that start with `Base` or `_`.
        """
        super().__init_subclass__()
        helper = cls.__name__.startswith(("Base", "_")) or getattr(cls.invoke, "__isabstractmethod__", False)
        if cls.adapter_kind not in KINDS or helper:
            return
        cls.adapter_alias = cls.__dict__.get("adapter_alias") or cls.__name__
        _ADAPTERS[cls.adapter_alias] = cls

    resumable: ClassVar[bool] = False
    """True: it runs a drawing with checkpoints, so a run of it may wait for a person, and go on when its worker is lost."""
    reproducible: ClassVar[bool] = True
    """False: a replay may do something else, as when a chat model is asked."""

    @abstractmethod
    async def invoke(self, state: OrchestrationState, context: AdapterContext) -> AdapterResult:
        """Run to the end; raise to fail. Every step goes through `context.transitions`."""

    @classmethod
    def describe(cls, live: LiveSettings | None = None) -> dict[str, Any]:
        """Return the catalogue row; `enabled` is false while its flag is off."""
        return {
            "alias": cls.adapter_alias,
            "kind": cls.adapter_kind,
            "module": cls.__module__,
            "class": cls.__qualname__,
            "tags": list(cls.adapter_tags),
            "source": cls.adapter_source,
            "category": cls.adapter_category,
            "doc": (cls.__doc__ or "").strip().splitlines()[0] if cls.__doc__ else "",
            "enabled": cls.requires is None or live is None or bool(getattr(live, cls.requires)),
        }


_ADAPTERS: dict[str, type[Adapter]] = {}


@cache
def adapters() -> dict[str, type[Adapter]]:
    """Return every adapter by alias, ordered by kind and then alias."""
    package = importlib.import_module("runtime.adapters")
    for module in pkgutil.iter_modules(package.__path__, prefix="runtime.adapters."):
        importlib.import_module(module.name)
    ordered = sorted(
        _ADAPTERS.values(),
        key=lambda a: (KINDS.index(a.adapter_kind) if a.adapter_kind else 0, a.adapter_alias),
    )
    return {adapter.adapter_alias: adapter for adapter in ordered}


def adapter_named(alias: str) -> type[Adapter]:
    """Return an adapter; raises `NotFound` that names the known ones."""
    known = adapters()
    if alias not in known:
        raise NotFound("adapter", alias, known=known.keys())
    return known[alias]


def adapters_of(kind: str) -> list[str]:
    """Return the aliases of a kind, sorted; raises `NotFound` for an unknown kind."""
    if kind not in KINDS:
        raise NotFound("adapter kind", kind, known=KINDS)
    return sorted(alias for alias, adapter in adapters().items() if adapter.adapter_kind == kind)


def catalog(live: LiveSettings | None = None) -> list[dict[str, Any]]:
    """Return the row of every adapter, by kind and alias; those whose flag is off are in it with `enabled` false."""
    return [adapter.describe(live) for adapter in adapters().values()]
