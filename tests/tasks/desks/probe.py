"""A desk for tests: it counts, stops when told, and can fail, return rubbish or spend too much."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import pytest

from runtime.guardrails import Totals
from runtime.spec import Guardrails
from tasks.desks import desk as desk_module
from tasks.desks import registry
from tasks.desks.desk import Desk, DeskConfig, DeskContext


class ProbeConfig(DeskConfig):
    """What to do."""

    steps: int = 3
    then: Literal["end", "wait", "fail", "rubbish", "spend"] = "end"


class ProbeWork:
    """What the probe does; it becomes a desk only while it is installed."""

    name = "paper"
    title = "Probe"
    icon = "bug"
    summary = "Counts."
    Config = ProbeConfig
    breach: ClassVar[Literal["error", "rejected"]] = "rejected"

    @classmethod
    def kind_of(cls, config: ProbeConfig) -> str:
        """Return what it ends with."""
        return config.then

    @classmethod
    def rails(cls, _config: ProbeConfig) -> Guardrails:
        """Allow one call."""
        return Guardrails(max_calls=1)

    async def run(self, config: ProbeConfig, ctx: DeskContext) -> Mapping[str, Any]:
        """Count, then do what was asked."""
        done = 0
        try:
            for done in range(1, config.steps + 1):
                await ctx.admit()
                ctx.side_effect()
                ctx.tell("step", f"step {done}", number=done)
                ctx.progress(done / config.steps, f"{done} of {config.steps}")
                ctx.keep({"steps": done})
            await _then(config.then, ctx)
        except asyncio.CancelledError:
            ctx.keep({"steps": done, "put in order": True})
            raise
        return {"steps": done, "doubled": await ctx.compute(double, done)}


async def _then(what: str, ctx: DeskContext) -> None:
    match what:
        case "wait":
            await asyncio.Event().wait()
        case "fail":
            raise ZeroDivisionError("no luck")
        case "rubbish":
            ctx.keep({"set": {1, 2}})
            raise ValueError("rubbish")
        case "spend":
            ctx.transitions.trace.totals = Totals(n_calls=5)
            await ctx.admit()
        case _:
            return


def double(number: int) -> int:
    """Return twice the number."""
    return 2 * number


def install(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Make the probe the only desk there is, until the test is over; by some names, as many desks."""
    known: dict[Any, type[Desk]] = {}
    monkeypatch.setattr(desk_module, "_DESKS", known)
    monkeypatch.setattr(registry, "desks", lambda: known)
    for name in names or (ProbeWork.name,):
        type("ProbeDesk", (ProbeWork, Desk), {"name": name})
