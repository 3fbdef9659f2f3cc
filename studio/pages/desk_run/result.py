"""A result, or a config, of any desk as figures, charts and tables. Pure, and tolerant: a desk's JSON may have any form."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from studio.charts.lines import line_chart
from studio.charts.model import Chart, Metric, Passage, Preview, Table
from studio.charts.numbers import cell_text, finite
from studio.charts.report import clipped, is_report, report_preview, table

MAX_FIGURES = 24
LONG_TEXT = 80
"""Characters above which a text is no figure any more."""
CURVE = 8
"""Numbers in a row from which on they are drawn and not written."""

Json = Mapping[str, Any]


def result_preview(result: Json | None) -> Preview:
    """Return what there is to show of a result; an empty one for nothing."""
    if not result:
        return Preview()
    if is_report(result):
        shown = report_preview(result)
        if not shown.is_empty:
            return shown
    metrics: list[Metric] = []
    charts: list[Chart] = []
    tables: list[Table] = []
    texts: list[Passage] = []
    for key, value in result.items():
        title = title_of(key)
        if _is_scalar(value):
            _add_scalar(title, value, metrics, texts)
        elif isinstance(value, Mapping):
            _add_record(title, cast("Json", value), tables, texts)
        else:
            _add_list(title, cast("Sequence[Any]", value), charts, tables, texts)
    return Preview(metrics=metrics[:MAX_FIGURES], charts=charts, tables=tables, texts=texts)


def facts(config: Json) -> list[Metric]:
    """Return a config as a flat list of names and values; what is nested is written as JSON."""
    return [
        Metric(label=title_of(key), value=cell_text(_dated(value)) if _is_scalar(value) else _inline(value))
        for key, value in config.items()
    ]


def title_of(key: str) -> str:
    """Return a name as words: `max_drawdown` gives `Max drawdown`."""
    words = key.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _add_scalar(title: str, value: object, metrics: list[Metric], texts: list[Passage]) -> None:
    if isinstance(value, str) and len(value) > LONG_TEXT:
        texts.append(Passage(title=title, body=clipped(value)))
    elif value is not None and value != "":
        metrics.append(Metric(label=title, value=cell_text(_dated(value))))


def _dated(value: object) -> object:
    """Return the moment that a text of JSON stands for, and anything else as it is."""
    if not isinstance(value, str) or value[10:11] != "T":
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return value


def _add_record(title: str, record: Json, tables: list[Table], texts: list[Passage]) -> None:
    if not record:
        return
    if all(_is_scalar(value) for value in record.values()):
        tables.append(table(title, ["", "Value"], [[title_of(key), value] for key, value in record.items()]))
    elif all(isinstance(value, Mapping) and _is_flat(cast("Json", value)) for value in record.values()):
        tables.append(_rows(title, [{"": key, **cast("Json", value)} for key, value in record.items()]))
    else:
        texts.append(_raw(title, record))


def _add_list(
    title: str, values: Sequence[Any], charts: list[Chart], tables: list[Table], texts: list[Passage]
) -> None:
    if not values:
        return
    numbers = [finite(value) for value in values]
    if len(values) >= CURVE and all(value is None or _is_number(value) for value in values):
        charts.append(line_chart(title, list(range(1, len(values) + 1)), {title: numbers}))
    elif all(_is_scalar(value) for value in values):
        tables.append(
            table(title, ["#", "Value"], [[number, value] for number, value in enumerate(values, 1)])
        )
    elif all(isinstance(value, Mapping) for value in values):
        tables.append(_rows(title, cast("Sequence[Json]", values)))
    else:
        texts.append(_raw(title, values))


def _rows(title: str, records: Sequence[Json]) -> Table:
    names = list(dict.fromkeys(name for record in records for name in record))
    rows = [[_cell(record.get(name)) for name in names] for record in records]
    return table(title, [title_of(name) for name in names], rows)


def _cell(value: object) -> object:
    return value if _is_scalar(value) else _inline(value)


def _inline(value: object) -> str:
    if isinstance(value, Sequence) and all(_is_scalar(each) for each in cast("Sequence[object]", value)):
        return ", ".join(cell_text(each) for each in cast("Sequence[object]", value)) or cell_text(None)
    return json.dumps(value, ensure_ascii=False, default=str)


def _raw(title: str, value: object) -> Passage:
    body = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return Passage(title=title, body=clipped(body), code=True)


def _is_flat(record: Json) -> bool:
    return all(_is_scalar(value) for value in record.values())


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
