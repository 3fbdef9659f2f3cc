"""What commands print: lines for people, or the same as JSON for programs."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import typer
from pydantic import TypeAdapter

_PLAIN: TypeAdapter[Any] = TypeAdapter(Any)


def tell(data: object, lines: Iterable[str], *, as_json: bool) -> None:
    """Print either the data or the lines."""
    if as_json:
        typer.echo(json.dumps(_PLAIN.dump_python(data, mode="json"), indent=2, ensure_ascii=False))
        return
    for line in lines:
        typer.echo(line)


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return rows as aligned columns under their titles."""
    cells = [list(titles), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(titles))]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "on" if value else "off"
        case _:
            return str(value)
