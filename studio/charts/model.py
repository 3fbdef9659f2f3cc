"""What a value looks like on screen: charts, tables, figures and texts, ready to draw. No framework, no pandas."""

from dataclasses import dataclass, field
from typing import Literal

MAX_POINTS = 400
"""Per chart: more cannot be told apart on a screen."""
MAX_SERIES = 8
MAX_ROWS = 100
MAX_COLUMNS = 24
MAX_TEXT = 20_000
"""Characters of one text."""

COLORS: tuple[str, ...] = tuple(
    f"var(--{palette}-9)"
    for palette in ("indigo", "cyan", "amber", "violet", "green", "orange", "pink", "slate")
)
"""Of series, in order. Red is reserved for halting and harm."""

XKind = Literal["time", "number", "text"]
Point = dict[str, float | str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line or area of a chart."""

    key: str
    """Of its values in the points."""
    name: str
    color: str
    last: str
    """The newest value, as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarPart:
    """One bar of a row: percent of the row's width."""

    left: str
    width: str
    color: str
    text: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BarRow:
    """One label with a bar per series."""

    label: str
    parts: list[BarPart]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart; `points` serve lines and areas, `bars` serve bars."""

    kind: Literal["line", "area", "bar"]
    title: str
    unit: str = ""
    x_kind: XKind = "time"
    scale: Literal["linear", "log"] = "linear"
    points: list[Point] = field(default_factory=list[Point])
    """Each has `x` (milliseconds since 1970 for `time`) and one value per series key; None is a hole."""
    series: list[Series] = field(default_factory=list[Series])
    bars: list[BarRow] = field(default_factory=list[BarRow])
    zero: str = ""
    """Where zero stands in the bars: percent of the row's width."""
    note: str = ""
    """What has been left out, in words."""
    has_legend: bool = False
    has_data: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    name: str
    numeric: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of texts."""

    title: str
    columns: list[Column]
    rows: list[list[str]]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One figure with its name."""

    label: str
    value: str
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Prose, or data in its raw form."""

    title: str
    body: str
    code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Everything there is to show of one value."""

    title: str = ""
    line: str = ""
    metrics: list[Metric] = field(default_factory=list[Metric])
    charts: list[Chart] = field(default_factory=list[Chart])
    tables: list[Table] = field(default_factory=list[Table])
    texts: list[Passage] = field(default_factory=list[Passage])

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to show."""
        return not (self.metrics or self.charts or self.tables or self.texts)
