"""Wait: let time pass, where a halt stops it at once."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from runtime.marker import Marker, keep_busy, last_line, marker_path
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
    mode: Literal["async", "blocking", "cpu"] = Field(
        default="async",
        title="How",
        description=(
            "How it passes the time: waiting so that anything can interrupt it, blocked in a call that nothing interrupts, "
            "or computing without a pause. A halt ends the first by cancelling it, the others by killing their process."
        ),
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
    headline = ("seconds", "mode", "marker")
    Config = WaitConfig

    async def run(self, inputs: Mapping[str, Any], config: WaitConfig, ctx: NodeContext) -> Mapping[str, Any]:
        """Let the time pass in the chosen way."""
        if config.mode == "async":
            await self._wait(config, ctx)
        else:
            await self._be_busy(config, ctx)
        ctx.progress(1.0, f"{config.seconds:g} s")
        return {"value": inputs.get("value") or Value(type="number", data=float(config.seconds))}

    async def _wait(self, config: WaitConfig, ctx: NodeContext) -> None:
        began = ctx.clock.monotonic()
        told = -PROGRESS_EVERY
        with Marker.opened(ctx, wanted=config.marker) as marker:
            while (waited := ctx.clock.monotonic() - began) < config.seconds:
                marker.stamp()
                if waited - told >= PROGRESS_EVERY:
                    told = waited
                    ctx.progress(waited / config.seconds, f"{waited:.1f} of {config.seconds:g} s")
                await ctx.clock.sleep(min(config.tick_seconds, config.seconds - waited))

    async def _be_busy(self, config: WaitConfig, ctx: NodeContext) -> None:
        path = marker_path(ctx.folder)
        ctx.progress(0.0, f"busy for {config.seconds:g} s")
        try:
            await ctx.compute(
                keep_busy,
                path if config.marker else None,
                ctx.node_id,
                seconds=config.seconds,
                tick_seconds=config.tick_seconds,
                how=config.mode,
            )
        finally:
            # Also when it was killed: its last line is the last thing that this node did.
            last = last_line(path, ctx.node_id) if config.marker else None
            if last is not None:
                ctx.side_effect(last)
