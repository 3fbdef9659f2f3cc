"""The one frame that ends a run, whoever writes it: the worker, a halt of a queued run, or the reaper."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, assert_never

from runtime.frames import frame
from runtime.ids import RunId, SpecName

EndStatus = Literal["completed", "halted", "error", "rejected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended."""

    status: EndStatus
    error: str | None = None
    """Why it failed, or the reason of the halt."""
    duration_ms: float | None = None
    cost_usd: float = 0.0
    last_effect_at: datetime | None = None
    """When it last did something to the world; None when it never did."""


def terminal_frame(
    run_id: RunId, spec: SpecName, ending: Ending, *, at: datetime, what: str = "workflow"
) -> dict[str, Any]:
    """Return the frame; `result` holds the stage that tells how `what` ended."""
    result: Mapping[str, Any] = {
        "status": ending.status,
        "spec": spec,
        "run_id": run_id,
        "duration_ms": ending.duration_ms,
        "cost_usd": ending.cost_usd,
        "last_effect_at": ending.last_effect_at and ending.last_effect_at.isoformat(),
    }
    match ending.status:
        case "completed":
            return frame("done", "Completed", at, result={**result, "stage": f"{what}_complete"})
        case "halted":
            reason = ending.error or "halted"
            stage = "watchdog" if reason.startswith("watchdog:") else "kill_switch"
            halted = {**result, "halted": True, "stage": stage, "reason": reason, "workflow": spec}
            return frame("done", f"Halted: {reason}", at, result=halted)
        case "error" | "rejected":
            message = ending.error or "The run failed."
            failed = {**result, "stage": f"{what}_{ending.status}", "error": message}
            return frame("error", message, at, result=failed)
        case _:
            assert_never(ending.status)
