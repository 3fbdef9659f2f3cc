"""The day that a run pretends to be on: nothing later may be seen."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from runtime.errors import InvalidValue


def as_of_day(inputs: Mapping[str, Any]) -> date | None:
    """Return the run's `as_of`, None when it has none; raises `InvalidValue` when it is no date."""
    given = inputs.get("as_of")
    if given is None or given == "":
        return None
    try:
        return date.fromisoformat(str(given)[:10])
    except ValueError:
        raise InvalidValue(f"The run's as_of is {given!r}; write it as YYYY-MM-DD.", field="as_of") from None


def earliest(*days: date | None) -> date | None:
    """Return the first of the days that are given."""
    return min((day for day in days if day is not None), default=None)
