"""Node kinds that do not want to stop, for a worker of the tests: `celery -A tests.integration.deaf_kinds`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from runtime.marker import Marker
from runtime.node import NodeConfig, NodeContext, NodeKind, Port
from tasks.app import app

__all__ = ["app"]

TICK_SECONDS = 0.01


class _Config(NodeConfig):
    deaf_seconds: float = 3600.0


class Deaf(NodeKind):
    """Swallows every cancellation for so long, leaving markers."""

    kind = "test.deaf"
    title = "Deaf"
    summary = "Does not listen."
    outputs = (Port(id="number", type="number"),)
    effects = "local"
    terminal = True
    Config = _Config

    async def run(self, inputs: Mapping[str, Any], config: _Config, ctx: NodeContext) -> Mapping[str, Any]:
        told_at = None
        with Marker.opened(ctx, wanted=True) as marker:
            while told_at is None or time.monotonic() < told_at + config.deaf_seconds:
                try:
                    if told_at is None:
                        marker.stamp()
                    await asyncio.sleep(TICK_SECONDS)
                except asyncio.CancelledError:
                    told_at = told_at or time.monotonic()
        return {"number": 1.0}


class Stuck(NodeKind):
    """Keeps the loop of its worker for itself, leaving markers."""

    kind = "test.stuck"
    title = "Stuck"
    summary = "Lets nobody else run."
    outputs = (Port(id="number", type="number"),)
    effects = "local"
    terminal = True
    Config = _Config

    async def run(self, inputs: Mapping[str, Any], config: _Config, ctx: NodeContext) -> Mapping[str, Any]:
        with Marker.opened(ctx, wanted=True) as marker:
            while True:
                marker.stamp()
                time.sleep(TICK_SECONDS)  # noqa: ASYNC251  that is its nature
