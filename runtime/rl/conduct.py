"""How long work meets the world: asked before every chunk, computed where it can be killed, told after every episode."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from runtime.rl.checkpoint import Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeReport:
    """An episode that is over."""

    phase: str
    """Which training it belongs to, e.g. `fold 2 of 4`; empty when there is one only."""
    episode: int
    """From 1."""
    episodes: int
    """Of this training."""
    reward: float
    """Mean reward of a decision, exploration included."""
    done: float
    """Share of the whole job, 0 .. 1."""


async def _always() -> None:
    return None


async def _here(function: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401  whatever the function takes and gives
    return function(*arguments)


def _unheard(report: EpisodeReport) -> None:  # noqa: ARG001
    return None


async def _unkept(checkpoint: Checkpoint) -> None:  # noqa: ARG001
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """The ways out of a job; by default it runs to its end, here, and tells nobody."""

    admit: Callable[[], Awaitable[None]] = _always
    """Asked before every chunk; raises (`HaltRequested`) when the job must not go on."""
    compute: Callable[..., Awaitable[Any]] = _here
    """`await compute(function, *arguments)`: runs a pure function, arguments and result can be pickled."""
    progress: Callable[[EpisodeReport], None] = _unheard
    keep: Callable[[Checkpoint], Awaitable[None]] = _unkept
    """Takes each checkpoint as soon as it is there, so that a killed training has its last one."""
