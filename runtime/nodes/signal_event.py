"""Signal event: an approved decision, told to the world."""

from collections.abc import Mapping
from typing import Any

from runtime.decision.signal_event import Refusal, make_signal_event
from runtime.node import NodeConfig, NodeContext, NodeKind, Port


class SignalEventConfig(NodeConfig):
    """Nothing to set: the event says what was approved."""


class EmitSignalEvent(NodeKind):
    """Emits one event per run at most; what is malformed or not in the approved target is refused and said so."""

    kind = "output.signal_event"
    title = "Signal event"
    family = "output"
    icon = "radio-tower"
    summary = "Emits the approved target as a signal event: symbol, direction, strength, confidence, horizon."
    inputs = (
        Port(id="weights", type="weights", title="Approved weights"),
        Port(id="insight", type="insight", title="Insight behind them", required=False),
    )
    outputs = (Port(id="event", type="insight", title="Event"),)
    effects = "side_effect"
    writes = ("signal_event_emitted", "consensus_status", "trader_signal")
    terminal = True
    Config = SignalEventConfig

    async def run(
        self,
        inputs: Mapping[str, Any],
        config: SignalEventConfig,  # noqa: ARG002
        ctx: NodeContext,
    ) -> Mapping[str, Any]:
        """Make the event, write the slots; the slot is what others read."""
        frame = inputs["weights"]
        weights = {} if frame.empty else frame.iloc[-1].fillna(0.0).to_dict()
        fused = ctx.state.get("fusion_output")
        event = make_signal_event(
            {str(symbol): float(weight) for symbol, weight in weights.items()},
            inputs.get("insight"),
            fused=fused if isinstance(fused, Mapping) else {},  # pyright: ignore[reportUnknownArgumentType]  JSON of our own
            now=ctx.clock.now(),
        )
        if isinstance(event, Refusal):
            ctx.write("consensus_status", event.status)
            ctx.write("signal_event_emitted", None)
            ctx.progress(1.0, f"Not emitted: {event.reason}")
            return {}
        record = event.dump()
        ctx.write("signal_event_emitted", record)
        ctx.write("trader_signal", record)
        ctx.write("consensus_status", "approved_emitted")
        ctx.side_effect()
        return {"event": record}
