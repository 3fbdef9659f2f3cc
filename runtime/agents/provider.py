"""What an agent asks of whatever thinks for it: `quant` computes, a language model would write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from runtime.agents.evidence import Evidence
from runtime.agents.memory import Passage

Side = Literal["bull", "bear"]
Proposal = Literal["buy", "sell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What an agent is to think about."""

    role: str
    """The persona that speaks."""
    question: str
    proposal: Proposal
    """What the bull speaks for and the bear against."""
    evidence: Evidence
    past: Sequence[Passage] = ()
    """What was decided in similar situations before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One turn of a debate."""

    side: Side
    round: int
    """From 1."""
    measure: str
    """What it rests on; a measure is argued once in a debate."""
    title: str
    """The measure in words."""
    confidence: float
    """0 .. 1: how sure the side is of its case with all that it has said so far."""
    text: str
    point: str
    """The text without its answer to the other side."""
    weight: float
    """-1 .. 1: how much this turn helps its own side; negative when it concedes."""
    numbers: Mapping[str, float]

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {
            "side": self.side,
            "round": self.round,
            "measure": self.measure,
            "confidence": self.confidence,
            "title": self.title,
            "text": self.text,
            "weight": self.weight,
            "numbers": dict(self.numbers),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """An agent's view of a share."""

    direction: Literal["long", "short"]
    strength: float
    """0 .. 1."""
    confidence: float
    """0 .. 1."""
    rationale: str
    numbers: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one request took."""

    calls: int = 1
    cost_usd: float = 0.0


class ModelClient(Protocol):
    """Thinks for agents. Requests may be cancelled at any await and then leave nothing behind."""

    async def argue(
        self, brief: Brief, side: Side, round_number: int, transcript: Sequence[Argument]
    ) -> tuple[Argument | None, Usage]:
        """Return the side's next argument, which must be new, or None when it has nothing new to say."""
        ...

    async def advise(self, brief: Brief) -> tuple[Advice, Usage]:
        """Return a view of the share."""
        ...
