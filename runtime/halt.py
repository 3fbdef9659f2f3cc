"""May this run go on? Three answers: go, halt, and unknown, which is not go."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from runtime.ids import RunId
from runtime.ports import Clock, HaltSource

FIRST_SHARE = 0.4
"""Share of the budget that every source but the last may use, so that the row always gets its turn."""


@dataclass(slots=True)
class HaltToken:
    """The in-process halt of one run: set by the worker before it cancels the run's task."""

    reason: str | None = None

    def engage(self, reason: str) -> None:
        """Halt; the first reason stands."""
        if self.reason is None:
            self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the gate says, and which source said it."""

    verdict: Literal["go", "halt", "unknown"]
    reason: str
    source: str
    milliseconds: float


class HaltGate:
    """Asks the token, then the sources in order; the first that can tell decides.

    A source that raises, answers None or takes longer than its share of the budget is passed over. When none can tell the
    answer is `unknown`.
    """

    def __init__(self, sources: Sequence[HaltSource], *, token: HaltToken, clock: Clock) -> None:
        self._sources = sources
        self._token = token
        self._clock = clock

    async def check(self, run_id: RunId, *, budget_seconds: float) -> Answer:
        """Answer within the budget."""
        started = self._clock.monotonic()
        if self._token.reason is not None:
            return self._answer("halt", self._token.reason, "token", started)
        why: list[str] = []
        for index, source in enumerate(self._sources):
            left = budget_seconds - (self._clock.monotonic() - started)
            share = left if index == len(self._sources) - 1 else min(left, budget_seconds * FIRST_SHARE)
            try:
                async with asyncio.timeout(max(share, 0.01)):
                    reading = await source.read(run_id)
            except Exception as error:  # noqa: BLE001  any failure of a source means: it cannot tell
                why.append(f"{type(source).__name__}: {type(error).__name__}")
                continue
            if reading is None:
                why.append(f"{type(source).__name__}: not to be trusted now")
                continue
            return self._answer("halt" if reading.engaged else "go", reading.reason, reading.source, started)
        if not self._sources:
            return self._answer("go", "", "none", started)
        return self._answer("unknown", "; ".join(why), "none", started)

    def _answer(
        self, verdict: Literal["go", "halt", "unknown"], reason: str, source: str, started: float
    ) -> Answer:
        elapsed = (self._clock.monotonic() - started) * 1000
        return Answer(verdict=verdict, reason=reason, source=source, milliseconds=elapsed)
