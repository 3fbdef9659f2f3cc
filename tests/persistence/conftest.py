"""When the tests of this folder take place."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2026, 5, 17, 9, 30, 0, 123456, tzinfo=UTC)
