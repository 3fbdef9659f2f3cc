"""What an agent remembers: decisions in their situations, with what became of them. Never anything from a later day."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from uuid import UUID, uuid5

_NAMESPACE = UUID("6f1f5a5e-6d0a-4c8e-9a55-0f4bb2f0c0de")
MAX_OWNER = 160
_KEPT_OF_LONG = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a decision."""

    known_on: date
    """The day from which on it was known."""
    gain: float
    """What the decision brought, as a fraction of what was staked: above zero it was right."""
    text: str
    move: float | None = None
    """Of a decision on a share: its return over the decision's horizon, whatever was decided."""

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {
            "known_on": self.known_on.isoformat(),
            "gain": self.gain,
            "move": self.move,
            "text": self.text,
        }

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> "Outcome":
        """Rebuild what `dump` returned."""
        return cls(
            known_on=date.fromisoformat(data["known_on"]),
            gain=float(data["gain"]),
            move=None if data["move"] is None else float(data["move"]),
            text=str(data["text"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """One decision that is remembered."""

    key: str
    """Equal for equal decisions of a run: remembering twice is remembering once. See `memory_key`."""
    agent: str
    """Whose memory it is in; see `owner_of`."""
    as_of: date
    """The last day that the agent knew of when it decided."""
    situation: str
    """What the decision was about, in words; situations are compared by them."""
    decision: Mapping[str, Any]
    outcome: Outcome | None = None
    """None while it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A memory that came back."""

    memory: Memory
    score: float
    """How much alike the situations are: the cosine of their embeddings, above 0 and at most 1."""

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data, for a prompt, the state and the record."""
        memory = self.memory
        return {
            "agent": memory.agent,
            "as_of": memory.as_of.isoformat(),
            "situation": memory.situation,
            "decision": dict(memory.decision),
            "outcome": memory.outcome.dump() if memory.outcome else None,
            "score": round(self.score, 6),
        }


class AgentMemory(Protocol):
    """The memories of all agents of an installation."""

    async def remember(self, memory: Memory) -> None:
        """Keep a memory; one whose key is known is left as it is. Raises `Unavailable`."""
        ...

    async def recall(self, agent: str, query: str, *, k: int, before: date) -> Sequence[Passage]:
        """Return up to `k` memories of this agent from days before `before`, most alike first; raises `Unavailable`.

        An outcome that was not known on a day before `before` is left out. Equally alike ones come newest first.
        """
        ...


class ClosedMemory:
    """Recalls nothing and keeps nothing: for a replay, which must find what its original found."""

    async def remember(self, memory: Memory) -> None:
        """Keep nothing."""

    async def recall(self, agent: str, query: str, *, k: int, before: date) -> Sequence[Passage]:  # noqa: ARG002
        """Return nothing."""
        return ()


def owner_of(workflow: str, node_id: str) -> str:
    """Return whose memory the agent of a node has: its own, in its own workflow."""
    owner = f"{workflow}/{node_id}"
    if len(owner) <= MAX_OWNER:
        return owner
    return f"{owner[:_KEPT_OF_LONG]}-{hashlib.sha256(owner.encode()).hexdigest()[:32]}"


def memory_key(run_id: str, node_id: str, number: int = 1) -> str:
    """Return the key of the `number`-th decision of a node of a run."""
    return str(uuid5(_NAMESPACE, f"{run_id}/{node_id}/{number}"))


def as_known(memory: Memory, *, before: date) -> Memory:
    """Return the memory as it could be known: without an outcome that came on that day or later."""
    if memory.outcome is None or memory.outcome.known_on < before:
        return memory
    return Memory(
        key=memory.key,
        agent=memory.agent,
        as_of=memory.as_of,
        situation=memory.situation,
        decision=memory.decision,
    )
