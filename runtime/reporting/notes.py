"""Whatever else is wired into a report: each value shown in the way its type asks for."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import pandas as pd

from runtime.report import Cell, Metric, Report, Table, Text, cell, empty_report, extend, is_report
from runtime.reporting.charts import bars_of, chart_of, numeric, table_of
from runtime.values import PortType, Value

MIN_CHART_ROWS = 5
TABLE_ROWS = 20
MAX_FIELDS = 60
MAX_LIST_ROWS = 100


def note_report(title: str, value: Value) -> Report:
    """Return the part of a report that shows one value."""
    report = empty_report(title)
    _DRAW[value.type](report, title, value.data)
    return report


def _number(report: Report, title: str, value: object) -> None:
    report["metrics"].append(Metric(label=title, value=cell(value), unit=""))


def _text(report: Report, title: str, body: str) -> None:
    report["texts"].append(Text(title=title, body=body))


def _weights(report: Report, title: str, frame: pd.DataFrame) -> None:
    _last_row(report, title, frame, unit="% of equity", scale=100.0)


def _signals(report: Report, title: str, frame: pd.DataFrame) -> None:
    _last_row(report, title, frame, unit="-1 to 1", scale=1.0)


def _last_row(report: Report, title: str, frame: pd.DataFrame, *, unit: str, scale: float) -> None:
    if frame.empty:
        report["texts"].append(Text(title=title, body="No rows."))
        return
    day = cell(frame.index[-1])
    report["charts"].append(
        bars_of(frame.iloc[-1], title=f"{title} on {day}", unit=unit, name=title, scale=scale)
    )


def _prices(report: Report, title: str, prices: pd.DataFrame) -> None:
    if len(prices):
        growth = prices / prices.bfill().iloc[0]
        report["charts"].append(chart_of(growth, title=title, unit="× start"))


def _table(report: Report, title: str, frame: pd.DataFrame) -> None:
    numbers = numeric(frame)
    if numbers.shape[1] == frame.shape[1] and len(frame) >= MIN_CHART_ROWS and _ordered(frame.index):
        report["charts"].append(chart_of(numbers, title=title, unit=""))
        return
    report["tables"].append(table_of(frame, title=title, rows=TABLE_ROWS))


def _ordered(index: pd.Index) -> bool:
    days_or_steps = isinstance(index, pd.DatetimeIndex) or pd.api.types.is_numeric_dtype(index.dtype)
    return days_or_steps and bool(index.is_monotonic_increasing)


def _record(report: Report, title: str, record: Mapping[str, Any]) -> None:
    if is_report(record):
        extend(report, cast(Report, dict(record)))
        return
    facts = _facts(record, "")
    rationale = record.get("rationale")
    if isinstance(rationale, str) and rationale:
        report["texts"].append(Text(title=title, body=rationale))
    # The weights that a verdict is about have their own chart; here they would bury the verdict.
    hidden = ("rationale", "simulated_weights.")
    rows: list[list[Cell]] = [[name, value] for name, value in facts if not name.startswith(hidden)]
    rows = rows[:MAX_FIELDS]
    if rows:
        report["tables"].append(Table(title=title, columns=["field", "value"], rows=rows))
    for key, item in record.items():
        if isinstance(item, list) and item and all(isinstance(row, Mapping) for row in item):  # pyright: ignore[reportUnknownVariableType]  JSON
            report["tables"].append(_listing(f"{title}: {key}", cast(list[Mapping[str, Any]], item)))


def _facts(record: Mapping[str, Any], prefix: str) -> list[tuple[str, Cell]]:
    found: list[tuple[str, Cell]] = []
    for key, item in record.items():
        name = f"{prefix}{key}"
        if isinstance(item, Mapping):
            found += _facts(cast(Mapping[str, Any], item), f"{name}.")
        elif isinstance(item, list):
            plain = cast(list[object], item)
            if not any(isinstance(each, Mapping) for each in plain):
                found.append((name, "; ".join(str(each) for each in plain) or "none"))
        else:
            found.append((name, cell(item)))
    return found


def _listing(title: str, rows: list[Mapping[str, Any]]) -> Table:
    columns = list(dict.fromkeys(str(key) for row in rows for key in row))
    body = [[_inner(row.get(column)) for column in columns] for row in rows[:MAX_LIST_ROWS]]
    return Table(title=title, columns=columns, rows=body)


def _inner(item: object) -> Cell:
    if isinstance(item, Mapping):
        facts = _facts(cast(Mapping[str, Any], item), "")
        return ", ".join(
            f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}" for name, value in facts
        )
    return cell(item)


_DRAW: dict[PortType, Callable[[Report, str, Any], None]] = {
    "number": _number,
    "text": _text,
    "verdict": _record,
    "insight": _record,
    "report": _record,
    "weights": _weights,
    "signals": _signals,
    "prices": _prices,
    "table": _table,
}
