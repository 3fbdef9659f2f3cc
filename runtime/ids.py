"""Identifiers that must not be swapped for one another."""

from typing import NewType
from uuid import uuid4

RunId = NewType("RunId", str)
TaskId = NewType("TaskId", str)
SpecName = NewType("SpecName", str)
VersionId = NewType("VersionId", str)
NodeId = NewType("NodeId", str)
EdgeId = NewType("EdgeId", str)
PortId = NewType("PortId", str)
Digest = NewType("Digest", str)
UserId = NewType("UserId", str)
HaltId = NewType("HaltId", str)


def new_id() -> str:
    """Return a fresh 32-character identifier."""
    return uuid4().hex
