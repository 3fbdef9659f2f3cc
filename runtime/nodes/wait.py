"""Wait: let time pass, where a halt stops it at once."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from runtime.marker import Marker
from runtime.node import NodeConfig, NodeContext, NodeKind, Port
from runtime.values import Value

PROGRESS_EVERY = 0.1
"""Seconds between two reports of progress, at least."""


class WaitConfig(NodeConfig):
    """How long, in what steps, and whether to leave a trace."""

    seconds: float = Field(
        default=60.0,
        ge=0,
        le=86_400,
        title="Wait",
        description="How long to wait.",
        json_schema_extra={"unit": "s"},
    )
    tick_seconds: float = Field(
        default=0.25,
        ge=0.01,
        le=60,
        title="Tick",
        description="Length of one step; progress and marker go by steps.",
        json_schema_extra={"unit": "s"},
    )
    marker: bool = Field(
        default=False,
        title="Leave a marker",
        description=(
            "Write a line with the time into markers.log in the run's folder at every tick: proof of when it stopped."
        ),
    )


class Wait(NodeKind):
    """Hands its input on when the time is over; with nothing wired, the seconds that it waited."""

    kind = "control.wait"
    title = "Wait"
    family = "control"
    icon = "hourglass"
    summary = "Waits, then hands its input on; a halt ends it at once."
    example: ClassVar[dict[str, Any]] = {"seconds": 0.05, "tick_seconds": 0.01, "marker": True}
    inputs = (Port(id="value", type="any", title="Value", required=False),)
    outputs = (Port(id="value", type="any", title="The same value", same_as="value"),)
    effects = "local"
    headline = ("seconds", "marker")
    Config = WaitConfig

    async def run(self, inputs: Mapping[str, Any], config: WaitConfig, ctx: NodeContext) -> Mapping[str, Any]:
        """Sleep tick by tick; every tick can be cancelled."""
        began = ctx.clock.monotonic()
        told = -PROGRESS_EVERY
        with Marker.opened(ctx, wanted=config.marker) as marker:
            while (waited := ctx.clock.monotonic() - began) < config.seconds:
                marker.stamp()
                if waited - told >= PROGRESS_EVERY:
                    told = waited
                    ctx.progress(waited / config.seconds, f"{waited:.1f} of {config.seconds:g} s")
                await ctx.clock.sleep(min(config.tick_seconds, config.seconds - waited))
        ctx.progress(1.0, f"{config.seconds:g} s")
        return {"value": inputs.get("value") or Value(type="number", data=float(config.seconds))}
