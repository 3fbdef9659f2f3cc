"""`Desk`: everything about one desk, in one class in one file of this package; subclassing registers it.

REST, control room, halting and the reaper follow from the class. A desk's work is an async function over a `DeskContext`:
it asks `admit` between its steps, runs blocking or heavy functions by `compute`, stamps what it does to the world with
`side_effect`, and on cancellation puts its things in order (cancels its orders, writes its ledger) and lets
`CancelledError` pass.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from persistence.desk_runs import DeskClaim, DeskRunRecord
from runtime.desks import DeskName
from runtime.ids import RunId
from runtime.settings import LiveSettings
from runtime.spec import Guardrails
from tasks.access import Actor
from tasks.control.context import Control

if TYPE_CHECKING:
    from runtime.transitions import TransitionPipeline
    from tasks.worker.process import Parts

Queue = Literal["default", "agents", "paper", "training", "backtest"]
LONG_RUN = Guardrails(max_duration_seconds=7 * 24 * 3600)
"""Limits of work that goes on until it is stopped."""


class DeskConfig(BaseModel):
    """Base of all configs; `kind` says which of the desk's works it asks for where there are several."""

    # What is said below a field stands below it in the form as well.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskContext:
    """What a desk's work may use while it runs."""

    claim: DeskClaim
    """Which run it is, with its fencing token; writes to the desk's own tables ask `DeskRunRepository.holds` first."""
    parts: "Parts"
    """Database, market, artifacts, clock, `offload` for blocking calls: what the worker process owns."""
    folder: Path
    """The run's own folder; exists."""
    transitions: "TransitionPipeline"
    """For work that is made of transitions: `take` gives each a crumb, a frame and the guardrails."""
    compute: Callable[..., Awaitable[Any]]
    """`await ctx.compute(function, *args)`: run a slow function without blocking the loop; a halt ends it."""
    tell: Callable[..., None]
    """`ctx.tell(stage, message, **fields)`: a frame for watchers, such as `bar.received`; JSON only."""
    keep: Callable[[Mapping[str, Any]], None]
    """What the run has got so far: its result when it is stopped, and written now and then."""

    @property
    def run_id(self) -> RunId:
        """The run."""
        return self.claim.run_id

    async def admit(self) -> LiveSettings:
        """Return the live settings when the work may go on; raises `HaltRequested` or `GuardrailBreached`."""
        return await self.transitions.admit()

    def side_effect(self) -> None:
        """Stamp the time of the last thing done to the world; call it right after each."""
        self.transitions.side_effect()

    def progress(self, fraction: float, message: str) -> None:
        """Tell how far (0 to 1) and what."""
        self.transitions.progress(self.claim.desk, fraction, message)


class Desk(ABC):
    """One desk. Subclasses set the class attributes and implement `run`; instances hold no state."""

    name: ClassVar[DeskName]
    title: ClassVar[str]
    icon: ClassVar[str]
    """A Lucide icon name."""
    summary: ClassVar[str]
    """One sentence: what runs here."""
    Config: ClassVar[type[DeskConfig]]
    nameable: ClassVar[bool] = True
    """People may name its runs; else `title_of` does, and whoever halts by name finds all of them."""
    example: ClassVar[Mapping[str, Any]] = {}
    """What a form that starts a run is filled with, beside the defaults."""
    filled_in: ClassVar[frozenset[str]] = frozenset()
    """Fields of the config that `check` fills in: no form asks for them."""
    breach: ClassVar[Literal["error", "rejected"]] = "error"
    """How a run ends that crossed a guardrail."""

    def __init_subclass__(cls) -> None:
        """Register the desk."""
        super().__init_subclass__()
        _DESKS[cls.name] = cls

    @classmethod
    def kind_of(cls, config: Any) -> str:  # noqa: ANN401, ARG003  the desk's own config
        """Return what a run with this config does, in one word."""
        return "run"

    @classmethod
    def queue_of(cls, config: Any) -> Queue:  # noqa: ANN401, ARG003
        """Return the queue on which it waits."""
        return "default"

    @classmethod
    def title_of(cls, config: Any) -> str:  # noqa: ANN401, ARG003
        """Return what people call a run with this config when nobody named it."""
        return cls.title

    @classmethod
    def rails(cls, config: Any) -> Guardrails:  # noqa: ANN401, ARG003
        """Return the limits of a run."""
        return LONG_RUN

    @classmethod
    def check(cls, control: Control, actor: Actor, config: Any) -> Any:  # noqa: ANN401, ARG003
        """Look at a config before its run is accepted, and return it, completed; raises what is wrong. Blocks."""
        return config

    @classmethod
    def holds(cls, control: Control, record: DeskRunRecord) -> str:  # noqa: ARG003
        """Say in a few words what a run holds in its hands now, such as open orders; empty for nothing. Blocks."""
        return ""

    @classmethod
    def clear_up(cls, session: Session, run_id: RunId, *, why: str, now: datetime) -> None:  # noqa: ARG003
        """Put in order what a run has left behind, in the transaction that ends it: a lost worker could not."""
        return

    @abstractmethod
    async def run(self, config: Any, ctx: DeskContext) -> Mapping[str, Any]:  # noqa: ANN401  the desk's own config
        """Do the work and return its result, JSON only."""


_DESKS: dict[DeskName, type[Desk]] = {}


def registered_desks() -> Mapping[DeskName, type[Desk]]:
    """Return what has been registered so far; `tasks.desks.registry` makes sure that everything is."""
    return _DESKS
