"""Read a CSV file as text cells that remember their line, or say what is wrong with it."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import InvalidValue, TooLarge

MAX_BYTES = 64 * 1024 * 1024
"""Of one file, unpacked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTable:
    """A header and its rows."""

    header: list[str]
    rows: list[list[str]]
    """Each as long as the header."""
    lines: list[int]
    """The line of each row in the file, from 1."""


def read_csv_table(path: Path) -> TextTable:
    """Return the cells of a `.csv` or `.csv.gz` file, blank lines left out.

    Raises `InvalidValue` naming file, line and fault, `TooLarge` over `MAX_BYTES`.
    """
    numbered = _numbered(_text(path), path)
    _, header = next(numbered)
    header = [name.strip() for name in header]
    _check_header(header, path)
    rows: list[list[str]] = []
    lines: list[int] = []
    for line, row in numbered:
        if row and len(row) != len(header):
            raise InvalidValue(
                f"{path.name}, line {line}: {len(row)} fields where the header has {len(header)}."
            )
        if row:
            rows.append(row)
            lines.append(line)
    return TextTable(header=header, rows=rows, lines=lines)


def _numbered(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise InvalidValue(f"{path.name}, line {reader.line_num}: this is not CSV: {error}.") from error


def _text(path: Path) -> str:
    try:
        with gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidValue(f"{path.name} cannot be read: {error}.") from error
    if len(data) > MAX_BYTES:
        raise TooLarge(f"{path.name} is larger than {MAX_BYTES // 2**20} MB.")
    if b"\0" in data:
        raise InvalidValue(f"{path.name} is not a CSV file: it holds binary data.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InvalidValue(
            f"{path.name}, line {line}: the text is not UTF-8. Save the file as UTF-8."
        ) from error
    if not text.strip():
        raise InvalidValue(f"{path.name} is empty.")
    return text


def _check_header(header: list[str], path: Path) -> None:
    if len(header) == 1 and ";" in header[0]:
        raise InvalidValue(f"{path.name}, line 1: the fields must be separated by commas, not semicolons.")
    if len(header) < 2:  # noqa: PLR2004  a date and a price
        raise InvalidValue(f"{path.name}, line 1: this is not a CSV table; it has no second column.")
