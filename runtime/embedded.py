"""Ports for an embedder without Redis or database: time, artifacts and journal in memory, fixed settings."""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from runtime.errors import NotFound
from runtime.ids import Digest
from runtime.settings import LiveSettings
from runtime.values import ArtifactRef, Value, describe, digest_of, encode


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        """Return the wall clock, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait, cancellably."""
        await asyncio.sleep(seconds)


def reference_to(value: Value) -> tuple[ArtifactRef, bytes, str]:
    """Return the reference of a value, its encoding and its media type. Slow for large frames: run it in a thread."""
    data, media = encode(value)
    ref = ArtifactRef(
        digest=digest_of(value.type, data), type=value.type, size=len(data), line=describe(value)
    )
    return ref, data, media


class MemoryArtifacts:
    """Keeps every value of a process, by content."""

    def __init__(self) -> None:
        self._values: dict[Digest, Value] = {}

    async def put(self, value: Value) -> ArtifactRef:
        """Store a value; equal values are stored once."""
        ref, _, _ = await asyncio.to_thread(reference_to, value)
        self._values.setdefault(ref.digest, value)
        return ref

    async def get(self, ref: ArtifactRef) -> Value:
        """Return a stored value; raises `NotFound`."""
        try:
            return self._values[ref.digest]
        except KeyError:
            raise NotFound("artifact", ref.digest) from None


class ThreadCompute:
    """Computes in a thread. A thread cannot be stopped: a cancelled caller leaves, and the function runs on to its own end.

    Enough for pure functions, whose late result nobody takes. Whoever has to stop functions that act, or that must not
    use the processor after a halt, gives the runtime killable processes, as the workers do.
    """

    async def run(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Return what `function` returns, or raise what it raises."""
        return await asyncio.to_thread(function, *args, **kwargs)


class MemoryJournal:
    """Keeps every frame of one run, numbered from 1."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []

    def record(self, frame: Mapping[str, Any]) -> None:
        """Append one frame."""
        self.frames.append({**frame, "seq": len(self.frames) + 1})

    async def flush(self) -> None:
        """Return at once: memory is as durable as it gets here."""


class FixedSettings:
    """Settings that never change."""

    def __init__(self, settings: LiveSettings) -> None:
        self._settings = settings

    async def live(self) -> LiveSettings:
        """Return them."""
        return self._settings
