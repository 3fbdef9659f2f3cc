"""Many ids, statement by statement: databases bound the number of parameters."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

_CHUNK = 500

T = TypeVar("T")


def chunks(ids: Sequence[T]) -> Iterator[Sequence[T]]:
    """Give ids in pieces that fit into a statement."""
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
