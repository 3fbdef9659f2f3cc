"""Column types that behave alike on SQLite and PostgreSQL."""

import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import BigInteger, DateTime, Integer, Text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, UserDefinedType
from typing_extensions import override

BigIntKey = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit key that counts up by itself; SQLite does that for its own INTEGER only."""

EMBEDDING_SIZE = 384


def dump_json(value: object) -> str:
    """Write JSON that every reader takes: a float that is not finite becomes null, as in JavaScript."""
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False, separators=(",", ":"))


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in cast("dict[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in cast("Sequence[object]", value)]
    return value


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time with microseconds; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn the time into UTC; SQLite keeps it without the offset."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"A stored time needs a timezone: {value!r}.")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the time back aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class FreeText(TypeDecorator[str]):
    """Text from anywhere, such as an exception's message: what no database takes is replaced, not refused."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace NUL characters and lone surrogates."""
        if value is None:
            return None
        return value.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")


class Vector(UserDefinedType[list[float]]):
    """The column type of the PostgreSQL extension pgvector."""

    cache_ok = True

    def __init__(self, size: int = EMBEDDING_SIZE) -> None:
        self.size = size

    def get_col_spec(self, **_: object) -> str:
        """Return the type as DDL."""
        return f"vector({self.size})"


# So that reading a schema knows the type; SQLAlchemy keeps this registry open for extensions.
ischema_names["vector"] = Vector  # pyright: ignore[reportArgumentType]  its stub lists only the built-in types


class Embedding(TypeDecorator[Sequence[float]]):
    """An embedding: pgvector or JSON, as the migration found the server. Both take the same text."""

    impl = Vector
    cache_ok = True

    @override
    def process_bind_param(self, value: Sequence[float] | None, dialect: Dialect) -> str | None:
        """Write `[0.1,0.2,…]`, the notation that pgvector and JSON share."""
        return None if value is None else dump_json([float(item) for item in value])

    @override
    def process_result_value(self, value: str | list[float] | None, dialect: Dialect) -> list[float] | None:
        """Read the notation back; the driver decodes a JSON column by itself."""
        if value is None:
            return None
        return json.loads(value) if isinstance(value, str) else value
