"""Numbers and other scalars as people read them: four significant digits, thousands apart, a real minus, no `nan`."""

import math
from datetime import date, datetime

NOTHING = "–"


def number_text(value: object, unit: str = "", *, digits: int = 4) -> str:
    """Return a number of at least `digits` significant digits with its short unit; a dash for what is no finite number.

    The short unit is a leading percent or times sign; what else a unit says belongs in a title.
    """
    number = finite(value)
    if number is None:
        return NOTHING
    text = _digits(number, digits).replace("-", "\N{MINUS SIGN}")
    return f"{text}{unit[0]}" if unit[:1] in ("%", "×") else text


def finite(value: object) -> float | None:
    """Return a JSON number as float; None for everything else, also for what no float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def cell_text(value: object) -> str:
    """Return any scalar of a table."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def is_number(value: object) -> bool:
    """Say whether a cell belongs in a numeric column (a hole does)."""
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _digits(value: float, digits: int) -> str:
    size = abs(value)
    if value == int(value) and size < 1e15:  # noqa: PLR2004  exact integers
        return f"{int(value):,}"
    if size >= 1e9 or size < 1e-4:  # noqa: PLR2004
        return f"{value:.3e}"
    if size >= 1_000:  # noqa: PLR2004
        return f"{value:,.0f}"
    decimals = max(0, digits - 1 - math.floor(math.log10(size)))
    return f"{value:,.{min(decimals, digits)}f}"
