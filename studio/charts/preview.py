"""A value of any port type as something to draw. Pure: `preview(value)` is all there is to it."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from runtime.values import Value, describe
from studio.charts.bars import bar_chart
from studio.charts.lines import line_chart
from studio.charts.model import MAX_SERIES, Chart, Metric, Passage, Preview, Table
from studio.charts.numbers import cell_text, number_text
from studio.charts.report import clipped, is_report, report_preview, table

_KEY_FACTS = ("approved", "action", "direction", "vt_symbol", "confidence", "score")
_LAST_ROWS = 20
_NOTABLE = 1e-12


def preview(value: Value) -> Preview:
    """Return what to show of a value."""
    match value.type:
        case "prices":
            return _prices(value)
        case "signals" | "weights":
            return _per_symbol(value)
        case "table":
            return Preview(line=describe(value), tables=[_frame_table("", cast(pd.DataFrame, value.data))])
        case "verdict" | "insight" | "report":
            return _record(value)
        case "number":
            return Preview(
                line=describe(value), metrics=[Metric(label="Value", value=number_text(value.data))]
            )
        case "text" | "any":
            return Preview(line=describe(value), texts=[Passage(title="", body=clipped(str(value.data)))])


def _prices(value: Value) -> Preview:
    """Growth of each symbol from its first close, log scale: equal distances are equal returns."""
    frame = cast(pd.DataFrame, value.data)
    if frame.empty:
        return Preview(line=describe(value))
    growth = frame / frame.bfill().iloc[0] * 100
    moved = growth.ffill().iloc[-1].map(_log_size).sort_values(ascending=False, kind="stable")
    chosen = [str(symbol) for symbol in moved.index[:MAX_SERIES]]
    left_out = frame.shape[1] - len(chosen)
    chart = line_chart(
        "Growth of 100",
        list(frame.index),
        {symbol: _floats(growth[symbol]) for symbol in chosen},
        unit="",
        scale="log",
        note=f"The {len(chosen)} largest moves of {frame.shape[1]} symbols, log scale"
        if left_out
        else "Log scale",
    )
    return Preview(
        line=describe(value),
        charts=[chart],
        tables=[_frame_table("Last closes, USD", frame.tail(_LAST_ROWS))],
    )


def _per_symbol(value: Value) -> Preview:
    frame = cast(pd.DataFrame, value.data)
    if frame.empty:
        return Preview(line=describe(value))
    charts = [_last_row(value.type, frame)]
    if value.type == "weights" and len(frame) > 1:
        charts.append(_exposure(frame))
    if value.type == "signals" and len(frame) > 1:
        charts.append(_mean_signal(frame))
    return Preview(
        line=describe(value), charts=charts, tables=[_frame_table("Last rows", frame.tail(_LAST_ROWS))]
    )


def _last_row(port_type: str, frame: pd.DataFrame) -> Chart:
    last = frame.iloc[-1].dropna().sort_values(ascending=False, kind="stable")
    held = last[last.abs() > _NOTABLE] if port_type == "weights" else last
    scale, unit, word = (100.0, "%", "Weights") if port_type == "weights" else (1.0, "", "Signals")
    labels = [str(symbol) for symbol in held.index]
    return bar_chart(
        f"{word} on {cell_text(frame.index[-1])}",
        labels,
        {word: [float(each) * scale for each in held]},
        unit=unit,
    )


def _exposure(frame: pd.DataFrame) -> Chart:
    filled = frame.fillna(0.0) * 100
    lines = {"Gross": _floats(filled.abs().sum(axis=1)), "Net": _floats(filled.sum(axis=1))}
    return line_chart("Exposure", list(frame.index), lines, unit="%")


def _mean_signal(frame: pd.DataFrame) -> Chart:
    lines = {"Mean": _floats(frame.mean(axis=1))}
    return line_chart("Mean signal", list(frame.index), lines)


def _record(value: Value) -> Preview:
    record = cast("Mapping[str, Any]", value.data)
    if is_report(record):
        shown = report_preview(record)
        return shown if not shown.is_empty else Preview(line=describe(value), texts=[_raw(record)])
    facts = [
        Metric(
            label=key.replace("_", " ").replace("vt symbol", "symbol").capitalize(),
            value=cell_text(record[key]),
        )
        for key in _KEY_FACTS
        if record.get(key) is not None
    ]
    rationale = record.get("rationale")
    texts = (
        [Passage(title="Rationale", body=clipped(rationale))]
        if isinstance(rationale, str) and rationale
        else []
    )
    return Preview(line=describe(value), metrics=facts, texts=[*texts, _raw(record)])


def _raw(record: Mapping[str, Any]) -> Passage:
    body = json.dumps(record, indent=2, ensure_ascii=False, default=str)
    return Passage(title="Record", body=clipped(body), code=True)


def _frame_table(title: str, frame: pd.DataFrame) -> Table:
    named = not (isinstance(frame.index, pd.RangeIndex))
    head = [str(frame.index.name or "")] if named else []
    shown = frame.iloc[:200]
    rows = [
        [*([_scalar(index)] if named else []), *(_scalar(each) for each in row)]
        for index, row in zip(shown.index, shown.itertuples(index=False, name=None), strict=True)
    ]
    columns = [*head, *(str(column) for column in frame.columns)]
    return table(title, columns, rows, total=len(frame))


def _scalar(value: object) -> object:
    """Return a plain Python scalar; None for NaN and NaT."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value


def _floats(values: "pd.Series[Any]") -> Sequence[float | None]:
    return [float(each) if math.isfinite(each) else None for each in values.astype(float)]


def _log_size(growth: float) -> float:
    return abs(math.log(growth / 100)) if math.isfinite(growth) and growth > 0 else 0.0
