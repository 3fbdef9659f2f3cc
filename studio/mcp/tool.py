"""`DataTool`: one tool for agents of other systems, in one class; subclassing registers it. All transports call `invoke`.

The order of an invocation is: arguments, permission, the work, one line in the log. Whatever happens is an envelope, never
an exception.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from runtime.errors import CapabilityOff, NotFound, StudioError
from tasks.access import Actor, Permission, require
from tasks.control.context import Control
from tasks.control.settings import settings_in_force

_log = logging.getLogger(__name__)

Scope = Literal["data:read", "data:write"]


class Arguments(BaseModel):
    """Base of all arguments."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What every tool answers."""

    ok: bool
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    error: str | None = None
    summary: str = ""
    rows_returned: int = 0

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return asdict(self)


class DataTool(ABC):
    """One tool. Subclasses set the class attributes and implement `run`; instances hold no state."""

    name: ClassVar[str] = ""
    summary: ClassVar[str]
    """One sentence: what it returns or does."""
    category: ClassVar[str] = "orchestration"
    scope: ClassVar[Scope] = "data:read"
    permission: ClassVar[Permission] = Permission.READ
    Args: ClassVar[type[Arguments]] = Arguments

    def __init_subclass__(cls) -> None:
        """Register the tool."""
        super().__init_subclass__()
        if cls.name:
            _TOOLS[cls.name] = cls

    @abstractmethod
    def run(self, control: Control, actor: Actor, args: Any) -> Envelope:  # noqa: ANN401  the tool's own arguments
        """Answer. Blocks; may raise any `StudioError`."""

    @classmethod
    def describe(cls) -> dict[str, Any]:
        """Return the tool as it is listed."""
        return {
            "name": cls.name,
            "description": cls.summary,
            "category": cls.category,
            "scope": cls.scope,
            "input_schema": cls.Args.model_json_schema(),
        }


_TOOLS: dict[str, type[DataTool]] = {}


def registered_tools() -> Mapping[str, type[DataTool]]:
    """Return what has been registered so far; `studio.mcp.registry` makes sure that everything is."""
    return _TOOLS


def invoke(tool: type[DataTool], control: Control, actor: Actor, arguments: Mapping[str, Any]) -> Envelope:
    """Answer one call; never raises."""
    answer = _answer(tool, control, actor, arguments)
    _log.info(
        "a data tool was called",
        extra={"tool": tool.name, "actor": actor.name, "ok": answer.ok, "rows": answer.rows_returned},
    )
    return answer


def _answer(tool: type[DataTool], control: Control, actor: Actor, arguments: Mapping[str, Any]) -> Envelope:
    try:
        args = tool.Args.model_validate(dict(arguments))
        require(actor, tool.permission, owner=actor.id)
        return tool().run(control, actor, args)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "arguments"
        return Envelope(ok=False, error=f"invalid arguments: {where}: {first['msg']}")
    except NotFound as error:
        return Envelope(ok=False, error="not_found", summary=error.message)
    except StudioError as error:
        return Envelope(ok=False, error=error.message, summary=error.code)
    except Exception:  # noqa: BLE001  an agent gets an envelope, whatever happens
        _log.exception("a data tool failed", extra={"tool": tool.name})
        return Envelope(ok=False, error="the tool failed; the server's log has the cause")


def rows(key: str, found: list[dict[str, Any]], **more: Any) -> Envelope:  # noqa: ANN401  JSON
    """Return a list as an envelope."""
    return Envelope(
        ok=True, data={key: found, **more}, summary=f"{len(found)} {key}", rows_returned=len(found)
    )


def studio_on(control: Control) -> bool:
    """Tell whether the studio is on: while it is off nobody reads the tables of workflows."""
    return settings_in_force(control).live.orchestration_studio_enabled


def require_studio(control: Control) -> None:
    """Raise `CapabilityOff` while the studio is off."""
    if not studio_on(control):
        raise CapabilityOff("The studio is off: ALPHASWARM_ORCHESTRATION_STUDIO_ENABLED=true switches it on.")
