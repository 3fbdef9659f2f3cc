"""Values that runs have stored, by reference."""

from persistence.artifacts import ArtifactRepository
from runtime.errors import NotFound, TooLarge
from runtime.values import ArtifactRef, Value, decode
from tasks.access import Actor, Permission, require
from tasks.control.context import Control

MAX_BYTES = 64 * 1024 * 1024
"""Larger values are not opened for a screen."""


def artifact(control: Control, actor: Actor, ref: ArtifactRef) -> Value:
    """Return a stored value; raises `NotFound` when it is gone and `TooLarge` when no screen could show it."""
    require(actor, Permission.READ)
    if ref.size > MAX_BYTES:
        raise TooLarge(f"This {ref.type} value has {ref.size / 1e6:,.0f} MB; the limit for showing is 64 MB.")
    with control.database.read() as session:
        record = ArtifactRepository(session).get(ref.digest)
    if record is None:
        raise NotFound("stored value", ref.digest[:12])
    return decode(ref.type, record.data)
