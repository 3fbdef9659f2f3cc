"""Frames as the runtime records them, for tests: one place that knows their shape."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from runtime.frames import frame
from runtime.ids import Digest
from runtime.values import ArtifactRef, PortType

START = datetime(2024, 1, 2, 15, 0, tzinfo=UTC)


def at(milliseconds: float) -> datetime:
    return START + timedelta(milliseconds=milliseconds)


def ref(line: str, port_type: PortType = "prices") -> dict[str, Any]:
    return ArtifactRef(digest=Digest("d" * 64), type=port_type, size=10, line=line).dump()


def started(*nodes: str, spec: str = "demo") -> dict[str, Any]:
    return frame("start", "Run started", START, spec=spec, nodes=list(nodes))


def running(node: str, when: float, title: str = "") -> dict[str, Any]:
    return frame(
        "node",
        "",
        at(when),
        at=at(when).isoformat(),
        node=node,
        kind="data.prices",
        title=title or node.title(),
        status="running",
        duration_ms=None,
        inputs={},
        outputs={},
        error=None,
        crumb=None,
    )


def finished(
    node: str,
    when: float,
    duration: float,
    *,
    status: str = "completed",
    line: str = "20 × 10",
    error: object = None,
    crumb: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    return running(node, when) | {
        "status": status, "duration_ms": duration, "timestamp": at(when + duration).timestamp(),
        "outputs": {"prices": ref(line)} if status == "completed" else {}, "error": error,
        "crumb": {"node": node, "status": "ok", **(crumb or {})},
    }  # fmt: skip


def progressed(node: str, when: float, fraction: float, message: str = "") -> dict[str, Any]:
    return frame("progress", message, at(when), node=node, fraction=fraction)


def ended(when: float, status: str = "completed", **result: object) -> dict[str, Any]:
    stage = "error" if status == "error" else "done"
    return frame(stage, "over", at(when), result={"status": status, "halted": status == "halted", **result})


def numbered(*frames: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"run_id": "r1", "task_id": "t1", "seq": index, **each} for index, each in enumerate(frames, 1)]
